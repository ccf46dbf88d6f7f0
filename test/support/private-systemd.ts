// A real systemd as process 1 of namespaces of its own, for tests of units. It must not touch the machine: it sees the machine's
// programs read-only, an /etc, /var, /run and /tmp of its own, the one folder it is given, and no unit but those written here and the bus.
// (Debian's own units would, with a shared /tmp, empty it: systemd-tmpfiles does so at boot.)
import { spawn } from "node:child_process";
import { access, mkdir, mkdtemp, readFile, rm, rmdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { onExit } from "../../sandbox/cleanup.ts";
import { runCommand, tryCommand } from "../../sandbox/run-command.ts";
import { makeLocalTransport } from "../../src/hosts/local.ts";
import type { Transport } from "../../src/hosts/transport.ts";

/** What the machine gives: its programs and how users are known. Nothing of it can be changed from inside. */
const BOOT = `
set -e
root=$1 shared=$2 writable=$3
mount --make-rprivate /
mount -t tmpfs -o mode=755 private "$root"
cd "$root"
mkdir -p usr etc dev proc sys run tmp var/tmp var/lib root ".$shared"
# Else systemd would mount the kernel's one devtmpfs, which is the machine's too.
mount -t tmpfs -o mode=755 devices dev
mkdir dev/pts dev/shm
for folder in bin sbin lib lib64; do if [ -e "/usr/$folder" ]; then ln -s "usr/$folder" "$folder"; fi; done
chmod 1777 tmp var/tmp
if [ -n "$writable" ]; then
  mkdir layer
  mount -t tmpfs layer layer
  mkdir layer/upper layer/work
  mount -t overlay overlay -o lowerdir=/usr,upperdir=layer/upper,workdir=layer/work usr
else
  mount --bind /usr usr
  mount -o remount,bind,ro usr
fi
mount -t tmpfs units usr/lib/systemd/system
mount -t tmpfs generators usr/lib/systemd/system-generators
for target in sysinit basic multi-user shutdown; do
  printf '[Unit]\\nDefaultDependencies=no\\n' >"usr/lib/systemd/system/$target.target"
done
# Whoever is not root asks systemd over the bus.
cp /usr/lib/systemd/system/dbus.service /usr/lib/systemd/system/dbus.socket usr/lib/systemd/system/
for one in passwd group shadow nsswitch.conf hosts localtime alternatives pam.d security login.defs ld.so.cache; do
  if [ -e "/etc/$one" ]; then cp -a "/etc/$one" etc/; fi
done
for one in /etc/java*; do if [ -e "$one" ]; then cp -a "$one" etc/; fi; done
mkdir -p etc/sudoers.d etc/systemd/system
printf 'root ALL=(ALL) ALL\\n@includedir /etc/sudoers.d\\n' >etc/sudoers
chmod 440 etc/sudoers
: >etc/fstab
: >etc/machine-id
mknod -m 666 dev/null c 1 3
mknod -m 666 dev/zero c 1 5
mknod -m 666 dev/full c 1 7
mknod -m 666 dev/random c 1 8
mknod -m 666 dev/urandom c 1 9
# Units with PrivateDevices= want it to be there.
ln -s pts/ptmx dev/ptmx
mount -t proc proc proc
for part in sys sysrq-trigger; do
  [ -e "proc/$part" ] || continue
  mount --bind "proc/$part" "proc/$part"
  mount -o remount,bind,ro "proc/$part"
done
mount -t sysfs -o ro sysfs sys
mount -t cgroup2 cgroup2 sys/fs/cgroup
mount --bind "$shared" ".$shared"
mkdir old
pivot_root . old
cd /
umount -l /old
rmdir /old
# As systemd has it on a machine: what it mounts for a unit, as its credentials, is mounted in a namespace of its own first.
mount --make-rshared /
exec env -i container=private PATH=/usr/sbin:/usr/bin /usr/lib/systemd/systemd --system --unit=multi-user.target --log-target=null --show-status=no --default-standard-output=null
`;

const SYSTEMD = "/usr/lib/systemd/systemd";

/** Where this process's branch of the unified cgroups is; null where there are none. */
const cgroupFolder = async (): Promise<string | null> => {
  const mount = /^\S+ (\S+) cgroup2 /m.exec(await readFile("/proc/mounts", "utf8"))?.[1];
  const own = /^0::(.*)$/m.exec(await readFile("/proc/self/cgroup", "utf8"))?.[1];
  return mount === undefined || own === undefined ? null : join(mount, own);
};

/** Root, a systemd and unified cgroups are needed. */
export const mayRunSystemd = async (): Promise<boolean> => {
  const there = await access(SYSTEMD).then(
    () => true,
    () => false,
  );
  return there && process.getuid?.() === 0 && (await cgroupFolder()) !== null;
};

export type PrivateSystemd = {
  /** Runs a program inside, as root. Throws when it fails. */
  run(...argv: readonly string[]): Promise<string>;
  /** Writes a unit, or any other file of its /etc. */
  write(path: string, text: string): Promise<void>;
  /** A driver to it, acting as root or as the user (`uid:gid`, both numbers). */
  transport(host: string, user?: { readonly uid: number; readonly gid: number }): Transport;
  /** Stands in front of a command that is to run inside, as root. */
  readonly enter: readonly string[];
  stop(): Promise<void>;
};

/**
 * `shared` is the only folder that inside and outside have in common, at the same path. `netns`: whose network it has; default the
 * machine's. `writableUsr`: what is written in its /usr stays its own.
 */
export const startSystemd = async (
  shared: string,
  options: { readonly netns?: string; readonly writableUsr?: boolean } = {},
): Promise<PrivateSystemd> => {
  const above = await cgroupFolder();
  if (above === null) throw new Error("there are no unified cgroups");
  const root = await mkdtemp(join(dirname(shared), "zkshift-systemd-"));
  const cgroup = join(above, `zkshift-${process.pid}-${Date.now()}`);
  await mkdir(cgroup);
  const joinCgroup = 'echo $$ >"$1/cgroup.procs"; shift; exec "$@"';
  const network = options.netns === undefined ? [] : ["ip", "netns", "exec", options.netns];
  const namespaces = [
    ...network,
    "unshare",
    "--pid",
    "--mount",
    "--cgroup",
    "--uts",
    "--ipc",
    "--fork",
    "--kill-child=KILL",
  ];
  const outer = spawn(
    "sh",
    [
      "-c",
      joinCgroup,
      "enter",
      cgroup,
      ...namespaces,
      "sh",
      "-c",
      BOOT,
      "boot",
      root,
      shared,
      options.writableUsr === true ? "yes" : "",
    ],
    {
      stdio: ["ignore", "ignore", "pipe"],
    },
  );
  let said = "";
  outer.stderr.on("data", (chunk: Buffer) => {
    said += chunk.toString();
  });
  const ended = new Promise<void>((resolve) => outer.once("exit", () => resolve()));
  const stop = async (): Promise<void> => {
    forget();
    outer.kill("SIGKILL");
    await ended;
    for (let tries = 0; tries < 50; tries++) {
      await tryCommand("find", [cgroup, "-depth", "-type", "d", "-exec", "rmdir", "{}", ";"]);
      if (
        await rmdir(cgroup).then(
          () => true,
          (error: NodeJS.ErrnoException) => error.code === "ENOENT",
        )
      )
        break;
      await sleep(100);
    }
    await rm(root, { recursive: true, force: true });
  };
  const forget = onExit(stop);

  const inside = async (): Promise<string> => {
    for (let tries = 0; tries < 200; tries++) {
      if (outer.exitCode !== null) break;
      const [pid] = (await readFile(`/proc/${outer.pid}/task/${outer.pid}/children`, "utf8").catch(() => "")).split(
        " ",
      );
      if (pid !== undefined && pid !== "") {
        const answer = await tryCommand("nsenter", ["-t", pid, "-m", "-p", "systemctl", "is-system-running"]);
        if (/^(running|degraded)/.test(answer.stdout)) return pid;
      }
      await sleep(50);
    }
    await stop();
    throw new Error(`systemd did not come up: ${said}`);
  };
  const pid = await inside();
  const enter = ["nsenter", "-t", pid, "-m", "-p", ...(options.netns === undefined ? [] : ["-n"])];
  const enterArgv = (user?: { readonly uid: number; readonly gid: number }): readonly string[] => [
    ...enter,
    ...(user === undefined ? [] : ["-S", String(user.uid), "-G", String(user.gid)]),
  ];
  const run = async (...argv: readonly string[]): Promise<string> => {
    const [program = "", ...rest] = [...enterArgv(), ...argv];
    return runCommand(program, rest);
  };
  return {
    run,
    write: async (path, text) => {
      await run("sh", "-c", 'printf %s "$2" >"$1"', "write", path, text);
    },
    transport: (host, user) => {
      const local = makeLocalTransport(host);
      return { ...local, exec: (argv, options) => local.exec([...enterArgv(user), ...argv], options) };
    },
    enter,
    stop,
  };
};
