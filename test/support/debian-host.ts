// A host that a distribution laid out, as root: a systemd of its own in namespaces of its own, ZooKeeper in /usr/share, its
// configuration in /etc/zookeeper behind a link, data in /var/lib, transaction logs on another folder, all of them the user zookeeper's. People log
// in by ssh as another user, whom sudo lets do little.
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { runCommand } from "../../sandbox/run-command.ts";
import { type PrivateSystemd, startSystemd } from "./private-systemd.ts";
import type { SshHost } from "./ssh-hosts.ts";
import { type Sshd, startSshd } from "./sshd.ts";

/** Who logs in, and whose the server is. */
export const DEPLOY = "deploy";
export const OWNER = "zookeeper";
const UIDS = { [DEPLOY]: 64_112, [OWNER]: 64_111 } as const;

/** Where the distribution puts things, and where zkshift may. */
export const DEBIAN = {
  home: "/usr/share/zookeeper",
  conf: "/etc/zookeeper/conf",
  data: "/var/lib/zookeeper",
  dataLog: "/srv/zookeeper-log",
  logs: "/var/log/zookeeper",
  root: "/opt/zkshift",
  current: "/opt/zkshift/current",
} as const;

export type DebianHost = {
  readonly sshd: Sshd;
  readonly systemd: PrivateSystemd;
  stop(): Promise<void>;
};

export type DebianServer = {
  readonly id: number;
  /** The archive of its release. */
  readonly tarball: string;
  readonly zooCfg: string;
  readonly dynamicText: string | null;
  readonly javaEnv: string;
};

// The conf folder is a link to a link, and myid a link into it, as Debian's package has them.
const LAY_OUT = `
set -e
shared=$1 id=$2
mkdir -p /etc/alternatives /etc/zookeeper/conf_example ${DEBIAN.home} ${DEBIAN.data} ${DEBIAN.dataLog} ${DEBIAN.logs} ${DEBIAN.root}
ln -sfn /etc/zookeeper/conf_example /etc/alternatives/zookeeper-conf
ln -sfn /etc/alternatives/zookeeper-conf ${DEBIAN.conf}
tar -xzf "$3" -C ${DEBIAN.home} --strip-components=1
cp "$shared/zoo.cfg" "$shared/java.env" ${DEBIAN.conf}/
[ ! -f "$shared/members" ] || cp "$shared/members" ${DEBIAN.conf}/zoo.cfg.dynamic
printf '%s\\n' "$id" >${DEBIAN.conf}/myid
ln -sfn ${DEBIAN.conf}/myid ${DEBIAN.data}/myid
ln -sfn ${DEBIAN.home} ${DEBIAN.current}
chown -R ${OWNER}:${OWNER} /etc/zookeeper/conf_example ${DEBIAN.data} ${DEBIAN.dataLog} ${DEBIAN.logs} ${DEBIAN.root}
`;

const ADD_USERS = Object.entries(UIDS)
  .map(
    ([name, uid]) =>
      `echo '${name}:x:${uid}:${uid}::/nonexistent:${name === OWNER ? "/usr/sbin/nologin" : "/bin/sh"}' >>/etc/passwd; echo '${name}:x:${uid}:' >>/etc/group; echo '${name}:*:19000:0:99999:7:::' >>/etc/shadow`,
  )
  .join("; ");

/** The unit as docs/service-managers.md wants it. */
export const unitText = (execStart = `${DEBIAN.current}/bin/zkServer.sh`): string => `[Unit]
StartLimitIntervalSec=0
[Service]
User=${OWNER}
Environment=ZOOCFGDIR=${DEBIAN.conf} ZOO_LOG_DIR=${DEBIAN.logs}
ExecStart=${execStart} start-foreground zoo.cfg
Restart=always
RestartSec=1
SuccessExitStatus=143
`;

const SYSTEMCTL = ["--no-block start", "--no-block stop", "kill --signal\\=SIGKILL", "reset-failed"];

/** Rights for nothing but what is needed: to act as the server's user, and for that user the unit. */
const SUDOERS = [
  `Defaults:${DEPLOY} !requiretty`,
  `${DEPLOY} ALL=(${OWNER}) NOPASSWD: ALL`,
  ...SYSTEMCTL.map((what) => `${OWNER} ALL=(root) NOPASSWD: /usr/bin/systemctl ${what} zookeeper.service`),
  "",
].join("\n");

/** On the network of `at`, whose own sshd must not run. `server` null: a host with users, Java and nothing else. */
export const bootDebianHost = async (at: SshHost, server: DebianServer | null): Promise<DebianHost> => {
  const shared = join(at.dir, "shared");
  await mkdir(shared, { recursive: true });
  await at.sshd.stop();
  const systemd = await startSystemd(shared, { netns: at.netns, writableUsr: true });
  try {
    await systemd.run("sh", "-c", ADD_USERS);
    await systemd.run("mkdir", "-p", "/run/sshd", DEBIAN.root);
    await systemd.run("chown", `${OWNER}:${OWNER}`, DEBIAN.root);
    await systemd.write("/etc/sudoers.d/zkshift", SUDOERS);
    await systemd.run("systemctl", "start", "dbus.socket", "dbus.service");
    if (server !== null) {
      await runCommand("cp", [server.tarball, join(shared, "release.tar.gz")]);
      await writeFile(join(shared, "zoo.cfg"), server.zooCfg);
      await writeFile(join(shared, "java.env"), server.javaEnv);
      if (server.dynamicText !== null) await writeFile(join(shared, "members"), server.dynamicText);
      await systemd.run("sh", "-c", LAY_OUT, "lay", shared, String(server.id), join(shared, "release.tar.gz"));
    }
    const sshd = await startSshd({
      dir: join(shared, "sshd"),
      address: at.address,
      port: 22,
      user: DEPLOY,
      within: systemd.enter,
    });
    return {
      sshd,
      systemd,
      stop: async () => {
        await sshd.stop();
        await systemd.stop();
      },
    };
  } catch (error) {
    await systemd.stop();
    throw error;
  }
};
