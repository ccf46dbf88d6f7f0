// One real ZooKeeper server of the sandbox: its folders, its start and its end.
import { spawn } from "node:child_process";
import { access, cp, mkdir, open, readdir, readFile, realpath, rm, symlink, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { observeServer } from "../four-letter-words.ts";
import { findJava } from "../prerequisites.ts";
import { findProcesses, signalProcess, waitUntilDead, waitUntilFrozen } from "../processes.ts";
import { runCommand } from "../run-command.ts";
import {
  dynamicConfig,
  type EnsembleConfig,
  javaEnv,
  type MemberConfig,
  serverJvmFlags,
  superDigestFlag,
  zooCfg,
} from "./config-text.ts";

/** Where a server's things are; by default in the layout that zkshift makes on a host. */
export type ServerPaths = {
  readonly root: string;
  /** The unpacked distribution. */
  readonly distribution: string;
  /** The directory of zoo.cfg, java.env and the logging configuration. */
  readonly conf: string;
  readonly data: string;
  readonly logs: string;
};

export type SandboxServer = ServerPaths & {
  readonly id: number;
  /** Its host's name in the inventory. */
  readonly host: string;
  readonly address: string;
  readonly clientPort: number;
  /** The path of zoo.cfg. */
  readonly configFile: string;
};

/** How servers are started: by the distribution's script, or by a bare `java` command as hand-made installations do. */
export type Launch = "zkServer.sh" | "java";

/** The host layout that zkshift makes. */
export const hostLayout = (root: string, release: string): ServerPaths => ({
  root,
  distribution: join(root, "releases", `apache-zookeeper-${release}-bin`),
  conf: join(root, "conf"),
  data: join(root, "data"),
  logs: join(root, "logs"),
});

/** Unpacks the release and writes the configuration. The data directory gets `myid` and nothing else. */
export const layOutServer = async (
  server: SandboxServer,
  tarball: string,
  config: EnsembleConfig,
  superPassword: string | null,
): Promise<void> => {
  if (await hasData(server)) throw new Error(`${server.data} holds data of another ensemble already`);
  for (const folder of [server.distribution, server.conf, server.data, server.logs]) {
    await mkdir(folder, { recursive: true });
  }
  await runCommand("tar", ["-xzf", tarball, "-C", server.distribution, "--strip-components=1"]);
  if (server.distribution.startsWith(`${server.root}/`)) await link(server);
  const member = memberOf(server, config);
  const dynamicFile = join(server.conf, "zoo.cfg.dynamic");
  await writeFile(server.configFile, zooCfg(config, member, server.data, dynamicFile));
  if (config.reconfig) await writeFile(dynamicFile, dynamicConfig(config));
  await writeFile(join(server.conf, "java.env"), javaEnv(superPassword, config.heapMb), { mode: 0o600 });
  await writeFile(join(server.data, "myid"), `${server.id}\n`);
  for (const name of await readdir(join(server.distribution, "conf"))) {
    if (/^(log4j\.properties|logback\.xml)$/.test(name)) {
      await cp(join(server.distribution, "conf", name), join(server.conf, name));
    }
  }
};

// A server that finds old data takes its members from it.
const hasData = (server: SandboxServer): Promise<boolean> =>
  access(join(server.data, "version-2")).then(
    () => true,
    () => false,
  );

const link = async (server: SandboxServer): Promise<void> => {
  const current = join(server.root, "current");
  await rm(current, { force: true });
  await symlink(server.distribution.slice(server.root.length + 1), current);
};

const memberOf = (server: SandboxServer, config: EnsembleConfig): MemberConfig => {
  const member = config.members.find(({ id }) => id === server.id);
  if (member === undefined) throw new Error(`server.${server.id} is no member`);
  return member;
};

/** Starts the server on the release that `current` points at; does not wait until it serves. */
export const launchServer = async (
  server: SandboxServer,
  launch: Launch,
  superPassword: string | null,
): Promise<void> => {
  // The real path: a running server must keep its own jars when `current` is pointed elsewhere.
  const distribution = await realpath(join(server.root, "current")).catch(() => server.distribution);
  if (launch === "java") return launchBare(server, distribution, superPassword);
  // After a SIGKILL this file names a process that may look alive, and zkServer.sh would refuse to start.
  await rm(join(server.data, "zookeeper_server.pid"), { force: true });
  await runCommand(join(distribution, "bin", "zkServer.sh"), ["start"], {
    env: { ZOOCFGDIR: server.conf, ZOO_LOG_DIR: server.logs },
    timeoutMs: 30_000,
  });
};

const launchBare = async (server: SandboxServer, distribution: string, superPassword: string | null): Promise<void> => {
  const java = await findJava();
  if (java === null) throw new Error("no Java found: npx tsx sandbox/prepare.ts gets one");
  const jars = [server.conf, join(distribution, "lib", "*"), ...(await topJars(distribution))];
  const flags = [...serverJvmFlags(), ...(superPassword === null ? [] : [superDigestFlag(superPassword)])];
  const log = await open(join(server.logs, "server.out"), "a");
  const child = spawn(java, [...flags, "-cp", jars.join(":"), mainClass, server.configFile], {
    detached: true,
    stdio: ["ignore", log.fd, log.fd],
  });
  child.once("error", () => undefined);
  child.unref();
  await log.close();
};

const topJars = async (distribution: string): Promise<readonly string[]> =>
  (await readdir(distribution)).filter((name) => name.endsWith(".jar")).map((name) => join(distribution, name));

const mainClass = "org.apache.zookeeper.server.quorum.QuorumPeerMain";

/** Ids of the live ZooKeeper processes that run on this server's configuration, whoever started them; normally one or none. */
export const serverProcesses = (server: SandboxServer): Promise<readonly number[]> =>
  findProcesses((argv) => argv.includes(mainClass) && argv.some((each) => resolve(each) === server.configFile));

/** Sends the server's process a signal, and waits for its death when the signal is one to die of. */
export const signalServer = async (server: SandboxServer, signal: NodeJS.Signals): Promise<void> => {
  for (const pid of await serverProcesses(server)) {
    signalProcess(pid, signal);
    if (signal === "SIGSTOP") await waitUntilFrozen(pid, 5_000);
    if (signal !== "SIGKILL" && signal !== "SIGTERM") continue;
    if (!(await waitUntilDead(pid, 15_000))) throw new Error(`server.${server.id} does not end on ${signal}`);
  }
};

/** Waits until the server serves; throws with the end of its log when it does not. */
export const waitUntilServing = async (server: SandboxServer, timeoutMs: number): Promise<void> => {
  const deadline = Date.now() + timeoutMs;
  while ((await observeServer(server.address, server.clientPort)) === null) {
    if (Date.now() > deadline) {
      throw new Error(`server.${server.id} does not serve after ${timeoutMs / 1000} s: ${await lastLog(server)}`);
    }
    await sleep(50);
  }
};

const lastLog = async (server: SandboxServer): Promise<string> => {
  const names = await readdir(server.logs).catch(() => []);
  const texts = await Promise.all(names.map((name) => readFile(join(server.logs, name), "utf8")));
  const lines = texts.join("\n").trim().split("\n");
  return lines.length === 1 && lines[0] === "" ? `${server.logs} is empty` : lines.slice(-8).join("\n");
};
