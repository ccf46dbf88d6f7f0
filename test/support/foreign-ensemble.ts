// An ensemble as other people lay it out and start it: paths, ports, configuration and start commands of their own, nothing
// of the sandbox's layout. It only describes and starts; what zkshift makes of it is for the tests.
import { spawn } from "node:child_process";
import { mkdir, open, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { stringify } from "yaml";
import { observeServer } from "../../sandbox/four-letter-words.ts";
import { findFreePort } from "../../sandbox/free-port.ts";
import { findJava } from "../../sandbox/prerequisites.ts";
import { findProcesses, signalProcess, waitUntilDead } from "../../sandbox/processes.ts";
import { ensureReleases } from "../../sandbox/releases.ts";
import { runCommand } from "../../sandbox/run-command.ts";
import { type BareHost, bareHostEntry, describeBareHosts, signalOn } from "./foreign-hosts.ts";
import { waitFor } from "./run-on-stage.ts";

/** How a server is started: by the script, called from a folder that has nothing to do with it; or by a bare java command. */
type ForeignLaunch = "zkServer.sh" | "java" | "java with a relative path";

export type ForeignServerPlan = {
  readonly id: number;
  readonly role?: "participant" | "observer";
  readonly launch: ForeignLaunch;
  /** Name of its configuration file; default zoo.cfg. */
  readonly configName?: string;
  /** JVM flags that stand on the command line only. */
  readonly flags?: readonly string[];
  /** Lines of zoo.cfg; `PORT` in them becomes a free port. */
  readonly lines: readonly string[];
};

export type ForeignServer = ForeignServerPlan & {
  readonly address: string;
  readonly ports: { readonly client: number; readonly quorum: number; readonly election: number };
  readonly distribution: string;
  readonly configFile: string;
  readonly dataDir: string;
  readonly dataLogDir: string;
  readonly logs: string;
  /** What the inventory is told as root: zkshift's own folder for this server. */
  readonly root: string;
};

export type ForeignEnsemble = {
  readonly servers: readonly ForeignServer[];
  /** Hosts of the inventory with nothing on them. */
  readonly bareHosts: readonly BareHost[];
  readonly connectString: string;
  start(server: ForeignServer): Promise<void>;
  pidOf(server: ForeignServer): Promise<number | null>;
  signal(server: ForeignServer, signal: NodeJS.Signals): Promise<void>;
  /** `ensembles.yaml` as a person would write it. `extra` goes to the ensemble. */
  inventoryYaml(name: string, extra?: Readonly<Record<string, unknown>>): string;
  stop(): Promise<void>;
};

const SMALL_JVM = ["-Xmx96m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"];
const MAIN = "org.apache.zookeeper.server.quorum.QuorumPeerMain";

/**
 * Lays out and starts servers on 127.0.0.1, each on ports of its own. `dynamic`: the members stand in a dynamic file and
 * reconfiguration is on; else in every zoo.cfg, and it is not.
 */
export const startForeignEnsemble = async (options: {
  readonly dir: string;
  readonly release: string;
  readonly dynamic: boolean;
  readonly servers: readonly ForeignServerPlan[];
  /** How many hosts the inventory has beside those of the servers. Default 0. */
  readonly bareHosts?: number;
}): Promise<ForeignEnsemble> => {
  const { dir, release, dynamic } = options;
  const { files } = await ensureReleases([release], () => undefined);
  const tarball = files.get(release) ?? "";
  const java = (await findJava()) ?? "java";
  const servers: ForeignServer[] = [];
  for (const plan of options.servers) {
    const ports = { client: await findFreePort(), quorum: await findFreePort(), election: await findFreePort() };
    servers.push({
      ...plan,
      address: "127.0.0.1",
      ports,
      distribution: join(dir, "software", `zk_${plan.id}`, "zookeeper"),
      configFile: join(dir, "etc", `number-${plan.id}`, plan.configName ?? "zoo.cfg"),
      dataDir: join(dir, "var", `snapshots-${plan.id}`),
      dataLogDir: join(dir, "fast-disk", `transactions-${plan.id}`),
      logs: join(dir, "log", `${plan.id}`),
      root: join(dir, "zkshift", `${plan.id}`),
    });
  }
  const bareHosts = await describeBareHosts(dir, options.bareHosts ?? 0);
  const memberLine = (server: ForeignServer): string => {
    const role = server.role ?? "participant";
    const where = `server.${server.id}=${server.address}:${server.ports.quorum}:${server.ports.election}`;
    return dynamic ? `${where}:${role};${server.address}:${server.ports.client}` : `${where}:${role}`;
  };
  const members = servers.map(memberLine);

  const layOut = async (server: ForeignServer): Promise<void> => {
    for (const folder of [
      server.distribution,
      dirname(server.configFile),
      server.dataDir,
      server.dataLogDir,
      server.logs,
    ])
      await mkdir(folder, { recursive: true });
    await runCommand("tar", ["-xzf", tarball, "-C", server.distribution, "--strip-components=1"]);
    const dynamicFile = join(dirname(server.configFile), "members.dynamic");
    const lines: string[] = [];
    for (const line of server.lines) lines.push(line.replace("PORT", String(await findFreePort())));
    const text = [
      "# written by hand",
      "tickTime = 2000",
      "initLimit=10",
      "syncLimit=5",
      `dataDir=${server.dataDir}`,
      `dataLogDir=${server.dataLogDir}/`,
      ...(dynamic
        ? ["standaloneEnabled=false", "reconfigEnabled=true", `dynamicConfigFile=${dynamicFile}`]
        : [
            `clientPort=${server.ports.client}`,
            ...(server.role === "observer" ? ["peerType=observer"] : []),
            ...members,
          ]),
      ...lines,
      "",
    ];
    await writeFile(server.configFile, text.join("\n"));
    if (dynamic) await writeFile(dynamicFile, `${members.join("\n")}\n`);
    await writeFile(join(server.dataDir, "myid"), String(server.id));
  };

  const start = async (server: ForeignServer): Promise<void> => {
    const flags = [...SMALL_JVM, ...(server.flags ?? [])];
    if (server.launch === "zkServer.sh") {
      await runCommand(join(server.distribution, "bin", "zkServer.sh"), ["start", server.configFile], {
        cwd: "/",
        env: { JVMFLAGS: flags.join(" "), ZOO_LOG_DIR: server.logs, ZOOPIDFILE: "" },
        timeoutMs: 30_000,
      });
      return;
    }
    const relative = server.launch === "java with a relative path";
    const lib = relative ? "../../software" : join(dir, "software");
    const classPath = [
      `${lib}/zk_${server.id}/zookeeper/conf`,
      `${lib}/zk_${server.id}/zookeeper/lib/*`,
      `${lib}/zk_${server.id}/zookeeper/zookeeper-${release}.jar`,
    ].join(":");
    const log = await open(join(server.logs, "out.log"), "a");
    const child = spawn(
      java,
      [...flags, "-cp", classPath, MAIN, relative ? basename(server.configFile) : server.configFile],
      { cwd: relative ? dirname(server.configFile) : "/", detached: true, stdio: ["ignore", log.fd, log.fd] },
    );
    child.once("error", () => undefined);
    child.unref();
    await log.close();
  };

  const pidsOf = (server: ForeignServer): Promise<readonly number[]> =>
    findProcesses(
      (argv) =>
        argv.includes(MAIN) &&
        (argv.includes(server.configFile) ||
          (argv.includes(basename(server.configFile)) && argv.some((each) => each.includes(`/zk_${server.id}/`)))),
    );
  const end = async (server: ForeignServer, signal: NodeJS.Signals): Promise<void> => {
    for (const pid of await pidsOf(server)) {
      signalProcess(pid, signal);
      if (signal === "SIGKILL" || signal === "SIGTERM") await waitUntilDead(pid, 15_000);
    }
  };
  const stop = async (): Promise<void> => {
    await Promise.all([
      ...servers.map((server) => end(server, "SIGKILL")),
      ...bareHosts.map((host) => signalOn(host, "SIGKILL")),
    ]);
  };

  try {
    await Promise.all(servers.map(layOut));
    await Promise.all(servers.map(start));
    for (const { id, address, ports } of servers)
      await waitFor(`server.${id} to serve`, () => observeServer(address, ports.client), 40_000);
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    servers,
    bareHosts,
    connectString: servers.map(({ address, ports }) => `${address}:${ports.client}`).join(","),
    start,
    pidOf: async (server) => (await pidsOf(server))[0] ?? null,
    signal: end,
    inventoryYaml: (name, extra = {}) =>
      stringify({
        hosts: Object.fromEntries([
          ...servers.map((server) => [
            `box${server.id}`,
            {
              driver: "local",
              address: server.address,
              root: server.root,
              conf: dirname(server.configFile),
              data: server.dataDir,
              logs: server.logs,
              ports: server.ports,
            },
          ]),
          ...bareHosts.map((host) => [host.name, bareHostEntry(host)]),
        ]),
        ensembles: {
          [name]: {
            servers: Object.fromEntries(servers.map(({ id }) => [id, `box${id}`])),
            channel: "#zookeeper",
            approvers: { groups: ["zk-approvers"] },
            ...extra,
          },
        },
      }),
    stop,
  };
};
