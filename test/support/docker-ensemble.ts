// Three servers in containers of a Docker engine, made as people make them: some volumes with names and some without, a restart policy,
// limits, a network of their own. The images are those of sandbox/docker/images.sh.
import { createHash, randomBytes } from "node:crypto";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { stringify } from "yaml";
import { observeServer } from "../../sandbox/four-letter-words.ts";
import { runCommand } from "../../sandbox/run-command.ts";
import { dockerArguments, testEngine } from "./docker-engine.ts";
import { waitFor } from "./run-on-stage.ts";

const SUPER_PASSWORD = "sesame";

export type DockerServer = { readonly id: number; readonly container: string; readonly address: string };

export type DockerEnsemble = {
  readonly servers: readonly DockerServer[];
  readonly connectString: string;
  readonly inventoryYaml: string;
  docker(...args: readonly string[]): Promise<string>;
  /** Names of the containers on the engine that are this ensemble's, those that lie aside too. */
  containers(): Promise<readonly string[]>;
  /** What `docker inspect` says of one of them. */
  // biome-ignore lint/suspicious/noExplicitAny: an answer of the engine as it is
  inspect(container: string): Promise<any>;
  /** What must not change in an upgrade, in one value to compare. */
  kept(container: string): Promise<unknown>;
  serving(): Promise<void>;
  close(): Promise<void>;
};

/** Of a test; throws where the engine or its images are missing, for who asks for these tests gets them. */
export const startDockerEnsemble = async (release: string): Promise<DockerEnsemble> => {
  if (testEngine === null) throw new Error("there is no Docker engine: set ZKSHIFT_TEST_DOCKER (docs/docker.md)");
  const engine = testEngine;
  const docker = async (...args: readonly string[]): Promise<string> =>
    (await runCommand("docker", [...dockerArguments(engine), ...args])).trim();
  const mark = `zkt${randomBytes(3).toString("hex")}`;
  const subnet = `172.29.${20 + ((randomBytes(1)[0] ?? 0) % 200)}`;
  const dir = await mkdtemp(join(tmpdir(), "zkshift-docker-"));
  const servers = [1, 2, 3].map((id) => ({ id, container: `${mark}-${id}`, address: `${subnet}.${10 + id}` }));
  const lines = servers.map(({ id, container }) => `server.${id}=${container}:2888:3888:participant;0.0.0.0:2181`);
  const sum = createHash("sha1").update(`super:${SUPER_PASSWORD}`).digest("base64");

  const close = async (): Promise<void> => {
    for (const filter of [`name=${mark}`, "label=zkshift.helper"]) {
      const found = (await docker("ps", "--all", "--quiet", "--filter", filter)).split("\n").filter((id) => id !== "");
      if (found.length > 0) await docker("rm", "--force", "--volumes", ...found);
    }
    const volumes = (await docker("volume", "ls", "--quiet")).split("\n").filter((name) => name.includes(mark));
    if (volumes.length > 0) await docker("volume", "rm", ...volumes);
    await docker("network", "rm", mark, `${mark}-more`).catch(() => "");
    await rm(dir, { recursive: true, force: true });
  };

  const make = async ({ id, container, address }: DockerServer): Promise<void> => {
    const conf = join(dir, String(id), "conf");
    const data = join(dir, String(id), "data");
    for (const folder of [conf, data]) await mkdir(folder, { recursive: true });
    await writeFile(
      join(conf, "zoo.cfg"),
      // One has two networks, and Docker gives its name's addresses in any order at each start: it must not bind to the first only.
      "quorumListenOnAllIPs=true\ntickTime=2000\ninitLimit=10\nsyncLimit=5\ndataDir=/data\nstandaloneEnabled=false\nreconfigEnabled=true\n4lw.commands.whitelist=*\nadmin.serverPort=8080\ndynamicConfigFile=/conf/zoo.cfg.dynamic\n",
    );
    await writeFile(join(conf, "zoo.cfg.dynamic"), `${lines.join("\n")}\n`);
    await writeFile(
      join(conf, "java.env"),
      `export SERVER_JVMFLAGS="-Xmx128m -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -Dzookeeper.DigestAuthenticationProvider.superDigest=super:${sum} $SERVER_JVMFLAGS"\n`,
    );
    await writeFile(join(data, "myid"), `${id}\n`);
    const policy = ["always", "unless-stopped", "on-failure:3"][id - 1] ?? "no";
    // The third has its data in a volume without a name, as the image declares it.
    const named = id === 3 ? [] : ["--volume", `${mark}-data-${id}:/data`];
    await docker(
      "create",
      ...[
        "--name",
        container,
        "--hostname",
        container,
        "--network",
        mark,
        "--ip",
        address,
        "--network-alias",
        `zoo${id}`,
      ],
      ...[
        "--restart",
        policy,
        "--memory",
        "400m",
        "--cpus",
        "1.5",
        "--ulimit",
        "nofile=4096:8192",
        "--env",
        "TEAM=orders",
      ],
      ...["--label", "team=orders", "--log-opt", "max-size=5m", ...named, "--volume", `${mark}-conf-${id}:/conf`],
      `zkshift-test/zookeeper:${release}`,
    );
    if (id === 2) await docker("network", "connect", "--alias", "second", `${mark}-more`, container);
    await docker("cp", `${conf}/.`, `${container}:/conf`);
    await docker("cp", `${data}/.`, `${container}:/data`);
    await docker("start", container);
  };

  const inspect: DockerEnsemble["inspect"] = async (container) => JSON.parse(await docker("inspect", container))[0];
  const serving = async (): Promise<void> => {
    for (const { address } of servers) {
      await waitFor(`${address} to serve`, () => observeServer(address, 2181).catch(() => null), 90_000);
    }
  };
  try {
    await docker("network", "create", "--subnet", `${subnet}.0/24`, mark);
    await docker("network", "create", `${mark}-more`);
    for (const server of servers) await make(server);
    await serving();
  } catch (error) {
    await close();
    throw error;
  }
  return {
    servers,
    connectString: servers.map(({ address }) => `${address}:2181`).join(","),
    inventoryYaml: stringify({
      hosts: Object.fromEntries(
        servers.map(({ container, address }) => [
          container,
          {
            driver: "docker",
            address,
            docker: {
              container,
              image: "zkshift-test/zookeeper:{release}",
              engine: engine.url,
              ...(engine.certs === null ? {} : { certs: engine.certs }),
            },
          },
        ]),
      ),
      ensembles: {
        orders: {
          servers: Object.fromEntries(servers.map(({ id, container }) => [id, container])),
          channel: "#zookeeper",
          approvers: { users: ["U1"], selfApproval: true },
          super: "env:ZK_SUPER",
          settings: { "autopurge.snapRetainCount": 5 },
        },
      },
    }),
    docker,
    containers: async () =>
      (await docker("ps", "--all", "--format", "{{.Names}}", "--filter", `name=${mark}`)).split("\n").sort(),
    inspect,
    kept: async (container) => {
      const { Config, HostConfig, Mounts, NetworkSettings, Name } = await inspect(container);
      const { Memory, NanoCpus, Ulimits, RestartPolicy, LogConfig, PortBindings } = HostConfig;
      return {
        Name,
        env: [...Config.Env].sort(),
        hostname: Config.Hostname,
        labels: Config.Labels.team,
        limits: { Memory, NanoCpus, Ulimits, RestartPolicy, LogConfig, PortBindings },
        mounts: Mounts.map((mount: { Name: string; Destination: string; RW: boolean }) => [
          mount.Destination,
          mount.Name,
          mount.RW,
        ]).sort(),
        networks: Object.entries(NetworkSettings.Networks as Record<string, { IPAMConfig: unknown; Aliases: string[] }>)
          .map(([name, { IPAMConfig, Aliases }]) => [
            name,
            IPAMConfig === null || Object.keys(IPAMConfig as object).length === 0 ? null : IPAMConfig,
            (Aliases ?? []).filter((alias) => !/^[0-9a-f]{12}$/.test(alias)).sort(),
          ])
          .sort(),
      };
    },
    serving,
    close,
  };
};
