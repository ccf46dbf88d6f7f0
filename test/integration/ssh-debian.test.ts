// Hosts as a distribution lays them out, adopted as they are: paths of its own, files of a user whom nobody logs in as, sudo for
// little, and servers that a systemd unit or a team's own commands keep running. Reached by ssh.
import { chmod, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { stringify } from "yaml";
import { dynamicConfig, type EnsembleConfig, javaEnv, zooCfg } from "../../sandbox/ensemble/config-text.ts";
import { observeServer } from "../../sandbox/four-letter-words.ts";
import { startRedis } from "../../sandbox/redis.ts";
import { ensureReleases } from "../../sandbox/releases.ts";
import { startWriter, type Writer } from "../../sandbox/writer.ts";
import type { Goal } from "../../src/model/goal.ts";
import { ensembleName } from "../../src/model/ids.ts";
import { release } from "../../src/model/release.ts";
import { connectRedis } from "../../src/store/redis.ts";
import { bootDebianHost, DEBIAN, DEPLOY, type DebianHost, OWNER, unitText } from "../support/debian-host.ts";
import { begin, disturbed, goOn, type Moment } from "../support/move-site.ts";
import { mayRunSystemd } from "../support/private-systemd.ts";
import { waitFor } from "../support/run-on-stage.ts";
import { openSshHosts, type SshHost } from "../support/ssh-hosts.ts";
import { makeTestWorker, type TestWorker } from "../support/worker.ts";

const canRun = process.env.CAMPAIGN !== undefined && (await mayRunSystemd());

type Kept = "systemd" | "command" | "zkServer";

// A team's own wrapper: root's, and it keeps the server as its user.
const WRAPPER = `#!/bin/sh
export ZOOCFGDIR=${DEBIAN.conf} ZOO_LOG_DIR=${DEBIAN.logs}
case $1 in
start) exec setsid runuser -u ${OWNER} -- ${DEBIAN.current}/bin/zkServer.sh start zoo.cfg ;;
stop) exec runuser -u ${OWNER} -- ${DEBIAN.current}/bin/zkServer.sh stop zoo.cfg ;;
status) exec runuser -u ${OWNER} -- sh -c 'kill -0 "$(cat ${DEBIAN.data}/zookeeper_server.pid)"' ;;
esac
`;

const serviceOf = (kept: Kept) => {
  if (kept === "systemd") return "systemd:zookeeper";
  if (kept === "zkServer") return "zkServer";
  const command = (doing: string): readonly string[] => ["sudo", "-n", "/usr/local/sbin/zk-service", doing];
  return { command: { start: command("start"), stop: command("stop"), status: command("status") } };
};

const UPGRADE: Goal = {
  kind: "upgrade",
  ensemble: ensembleName("orders"),
  release: release("3.9.6"),
  gates: "once",
  overrides: [],
};

describe.runIf(canRun)("an ensemble that a distribution laid out, reached by ssh", () => {
  const closers: (() => unknown)[] = [];
  const moments: Moment[] = [];
  afterEach(async () => {
    for (let next = closers.pop(); next !== undefined; next = closers.pop()) await next();
  });

  type Site = {
    readonly hosts: readonly SshHost[];
    readonly debian: readonly DebianHost[];
    readonly worker: TestWorker;
    readonly writer: Writer;
  };

  const open = async (kept: Kept, from: string): Promise<Site> => {
    const dir = await mkdtemp(join(tmpdir(), "zkshift-debian-"));
    closers.push(() => rm(dir, { recursive: true, force: true }));
    await chmod(dir, 0o755);
    const { hosts, close } = await openSshHosts(dir, 3);
    closers.push(close);
    const { files, url } = await ensureReleases([from, "3.9.6"], () => undefined);
    const config: EnsembleConfig = {
      release: from,
      members: hosts.map(({ address }, i) => ({ id: i + 1, address, role: "participant" })),
      ports: { client: 2181, quorum: 2888, election: 3888, admin: 8080 },
      reconfig: true,
      whitelist: "*",
      settings: { dataLogDir: DEBIAN.dataLog },
      heapMb: 96,
    };
    const debian: DebianHost[] = [];
    for (const [i, host] of hosts.entries()) {
      const member = config.members[i];
      if (member === undefined) throw new Error("no member");
      const booted = await bootDebianHost(host, {
        id: member.id,
        tarball: files.get(from) ?? "",
        zooCfg: zooCfg(config, member, DEBIAN.data, `${DEBIAN.conf}/zoo.cfg.dynamic`),
        dynamicText: dynamicConfig(config),
        javaEnv: javaEnv("secret", 96),
      });
      closers.push(() => booted.stop());
      debian.push(booted);
      await booted.systemd.write("/etc/systemd/system/zookeeper.service", unitText());
      await booted.systemd.run("systemctl", "daemon-reload");
      if (kept === "command") {
        await booted.systemd.write("/usr/local/sbin/zk-service", WRAPPER);
        await booted.systemd.run("chmod", "755", "/usr/local/sbin/zk-service");
        await booted.systemd.write(
          "/etc/sudoers.d/zk-service",
          `${OWNER} ALL=(root) NOPASSWD: /usr/local/sbin/zk-service start, /usr/local/sbin/zk-service stop, /usr/local/sbin/zk-service status\n`,
        );
        await booted.systemd.run("/usr/local/sbin/zk-service", "start");
      } else if (kept === "systemd") await booted.systemd.run("systemctl", "start", "zookeeper.service");
      else {
        await booted.systemd.run(
          ...["runuser", "-u", OWNER, "--", "env", `ZOOCFGDIR=${DEBIAN.conf}`, `ZOO_LOG_DIR=${DEBIAN.logs}`],
          ...["setsid", `${DEBIAN.home}/bin/zkServer.sh`, "start", "zoo.cfg"],
        );
      }
    }
    for (const { address } of hosts) await waitFor(`${address} to serve`, () => observeServer(address, 2181), 60_000);
    const privateRedis = await startRedis({ dir: join(dir, "redis") });
    closers.push(() => privateRedis.stop());
    const redis = connectRedis(privateRedis.url, "worker");
    closers.push(() => redis.disconnect());
    const writer = await startWriter({
      connectString: hosts.map(({ address }) => `${address}:2181`).join(","),
      path: "/client",
      everyMs: 20,
    });
    closers.push(() => writer.close());
    const { root, current, conf, data, dataLog, logs } = DEBIAN;
    const inventoryYaml = stringify({
      hosts: Object.fromEntries(
        hosts.map(({ name, address }, i) => [
          name,
          {
            driver: "ssh",
            address,
            user: DEPLOY,
            ...{ root, current, conf, data, dataLog, logs },
            service: serviceOf(kept),
            ssh: {
              key: debian[i]?.sshd.access.key,
              knownHosts: debian[i]?.sshd.access.knownHosts,
              sudo: OWNER,
            },
          },
        ]),
      ),
      ensembles: {
        orders: {
          servers: { 1: "host1", 2: "host2", 3: "host3" },
          channel: "#zookeeper",
          approvers: { groups: ["zk-approvers"] },
          gates: "once",
          super: "env:ZK_ORDERS_SUPER",
        },
      },
    });
    const worker = makeTestWorker({
      redis,
      dir,
      inventoryYaml,
      releasesUrl: url,
      environment: { ZK_ORDERS_SUPER: "super:secret" },
      change: disturbed(moments),
    });
    return { hosts, debian, worker, writer };
  };

  const ownersOf = async ({ systemd }: DebianHost): Promise<readonly string[]> => {
    const said = await systemd.run(
      ...["find", DEBIAN.root, DEBIAN.data, DEBIAN.dataLog, `${DEBIAN.conf}/`, "-printf", "%u\\n"],
    );
    return [...new Set(said.trim().split("\n"))];
  };

  it.each(["systemd", "command", "zkServer"] as const)(
    "kept by %s is upgraded whole, leadership handed over, its files still its user's",
    async (kept) => {
      const { hosts, debian, worker, writer } = await open(kept, "3.8.0");
      const state = await goOn({ worker }, await begin({ worker }, UPGRADE, "u0001"));
      expect(state.outcome, JSON.stringify(state.hold, null, 2)).toBe("succeeded");
      const handed = state.steps.flatMap(({ evidence }) =>
        evidence?.step.kind === "hand-over-leadership" ? [evidence.step] : [],
      );
      expect(handed).toHaveLength(1);
      for (const { address } of hosts) expect((await observeServer(address, 2181))?.release).toBe("3.9.6");
      for (const host of debian) expect(await ownersOf(host)).toEqual([OWNER]);
      if (kept === "systemd") {
        for (const { systemd } of debian) {
          expect(
            (await systemd.run("systemctl", "show", "-p", "NRestarts", "--value", "zookeeper.service")).trim(),
          ).toBe("0");
        }
      }
      await writer.stop();
      console.log(kept, JSON.stringify(writer.stats()), JSON.stringify(handed));
      expect(writer.stats().sessionsLost).toBe(0);
      for (const { address } of hosts) {
        const found = await writer.verifyOn(`${address}:2181`);
        expect([found.missing, found.different]).toEqual([[], []]);
      }
    },
    400_000,
  );
});
