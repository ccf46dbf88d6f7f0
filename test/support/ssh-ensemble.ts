// Three servers on hosts that are reached by ssh, laid out and started as other people do it, by an ordinary user.
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { stringify } from "yaml";
import { dynamicConfig, type EnsembleConfig, isBefore35, javaEnv, zooCfg } from "../../sandbox/ensemble/config-text.ts";
import { observeServer } from "../../sandbox/four-letter-words.ts";
import { findProcesses, signalProcess, waitUntilDead } from "../../sandbox/processes.ts";
import { ensureReleases } from "../../sandbox/releases.ts";
import { runCommand } from "../../sandbox/run-command.ts";
import type { SshPool } from "../../src/hosts/ssh/pool.ts";
import { makeSshTransport } from "../../src/hosts/ssh/transport.ts";
import { waitFor } from "./run-on-stage.ts";
import { HOST_USER, type SshHost } from "./ssh-hosts.ts";

/** Its super user's password, where it has reconfiguration. */
const SUPER = "of-the-super-user";

export type SshEnsemble = {
  readonly connectString: string;
  /** Holds the secret that the inventory names. */
  readonly environment: Readonly<Record<string, string>>;
  /** Every host, those without a server too. */
  readonly inventoryYaml: string;
  stop(): Promise<void>;
};

export type SshEnsembleOptions = {
  readonly name?: string;
  /** Their servers' ids go from `firstId` up; default the first three. */
  readonly members?: readonly SshHost[];
  readonly firstId?: number;
  /** False: laid out as far as an installation goes, with no server started ever and no myid. */
  readonly started?: boolean;
};

/** Servers 1 to 3 on the first three hosts. */
export const startSshEnsemble = async (
  hosts: readonly SshHost[],
  release: string,
  pool: SshPool,
  { name: ensemble = "orders", members = hosts.slice(0, 3), firstId = 1, started = true }: SshEnsembleOptions = {},
): Promise<SshEnsemble> => {
  const { files } = await ensureReleases([release], () => undefined);
  const secret = `ZK_${ensemble.toUpperCase()}_SUPER`;
  const reconfig = !isBefore35(release);
  const config: EnsembleConfig = {
    release,
    members: members.map(({ address }, i) => ({ id: firstId + i, address, role: "participant" })),
    ports: { client: 2181, quorum: 2888, election: 3888, admin: 8080 },
    reconfig,
    whitelist: "*",
    settings: {},
    heapMb: 96,
  };
  const stop = async (): Promise<void> => {
    const pids = await findProcesses(
      (argv) =>
        (argv[0] ?? "").endsWith("java") && members.some(({ dir }) => argv.some((word) => word.startsWith(`${dir}/`))),
    );
    for (const pid of pids) signalProcess(pid, "SIGKILL");
    for (const pid of pids) await waitUntilDead(pid, 10_000);
  };
  try {
    await Promise.all(
      members.map(async ({ name, dir, sshd }, i) => {
        const software = join(dir, "software", `zookeeper-${release}`);
        for (const folder of [software, join(dir, "etc"), join(dir, "srv", "data")])
          await mkdir(folder, { recursive: true });
        await runCommand("tar", ["-xzf", files.get(release) ?? "", "-C", software, "--strip-components=1"]);
        const member = config.members[i];
        if (member === undefined) throw new Error(`there is no member ${i}`);
        const dynamicFile = join(dir, "etc", "members.dynamic");
        await writeFile(join(dir, "etc", "zoo.cfg"), zooCfg(config, member, join(dir, "srv", "data"), dynamicFile));
        if (reconfig) await writeFile(dynamicFile, dynamicConfig(config));
        await writeFile(join(dir, "etc", "java.env"), javaEnv(reconfig ? SUPER : null, config.heapMb));
        if (started) await writeFile(join(dir, "srv", "data", "myid"), `${member.id}\n`);
        await runCommand("chown", ["-R", HOST_USER, dir]);
        if (!started) return;
        const begun = await makeSshTransport(pool.to(name, sshd.access), null).exec(
          [join(software, "bin", "zkServer.sh"), "start"],
          { timeoutMs: 60_000, env: { ZOOCFGDIR: join(dir, "etc"), ZOO_LOG_DIR: join(dir, "log") } },
        );
        if (begun.code !== 0) throw new Error(begun.stdout + begun.stderr);
      }),
    );
    for (const { address } of started ? members : [])
      await waitFor(`${address} to serve`, () => observeServer(address, 2181), 60_000);
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    environment: reconfig ? { [secret]: `super:${SUPER}` } : {},
    connectString: hosts.map(({ address }) => `${address}:2181`).join(","),
    inventoryYaml: stringify({
      hosts: Object.fromEntries(
        hosts.map(({ name, address, dir, sshd }) => [
          name,
          {
            driver: "ssh",
            address,
            user: HOST_USER,
            root: join(dir, "zkshift"),
            conf: join(dir, "etc"),
            data: join(dir, "srv", "data"),
            logs: join(dir, "log"),
            ssh: { key: sshd.access.key, knownHosts: sshd.access.knownHosts },
          },
        ]),
      ),
      ensembles: {
        [ensemble]: {
          servers: Object.fromEntries(members.map(({ name }, i) => [firstId + i, name])),
          channel: "#zookeeper",
          approvers: { groups: ["zk-approvers"] },
          gates: "once",
          ...(reconfig ? { super: `env:${secret}` } : {}),
        },
      },
    }),
    stop,
  };
};
