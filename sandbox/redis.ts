// A private Redis (or valkey) server: loopback only, on a port of its own, every write on disk before it is acknowledged.
import { spawn } from "node:child_process";
import { mkdir, open } from "node:fs/promises";
import { connect } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { onExit } from "./cleanup.ts";
import { findFreePort } from "./free-port.ts";
import { findRedis } from "./prerequisites.ts";
import { endProcess, isAlive, signalProcess, waitUntilDead } from "./processes.ts";

export type RedisOptions = {
  /** Where it keeps its append-only file and its log; made when missing. */
  readonly dir: string;
  readonly port?: number;
};

export type PrivateRedis = {
  readonly url: string;
  readonly port: number;
  readonly dir: string;
  /** Process id of the running server; null while it is down. */
  pid(): number | null;
  /** Ends it in good order. */
  stop(): Promise<void>;
  /** Ends it with SIGKILL. */
  kill(): Promise<void>;
  /** Starts it again, on the same port and data; ends it first when it runs. */
  restart(): Promise<void>;
};

/** Starts a Redis server and waits until it answers. It ends with this program, if not before. */
export const startRedis = async ({ dir, port: wanted }: RedisOptions): Promise<PrivateRedis> => {
  const program = await findRedis();
  if (program === null) throw new Error("no redis-server or valkey-server found: npx tsx sandbox/prepare.ts gets one");
  await mkdir(dir, { recursive: true });
  const port = wanted ?? (await findFreePort());
  let pid: number | null = null;

  const start = async (): Promise<void> => {
    pid = await launch(program, dir, port);
  };
  const stop = async (): Promise<void> => {
    if (pid === null) return;
    await endProcess(pid, 5_000);
    pid = null;
  };
  const kill = async (): Promise<void> => {
    if (pid === null) return;
    signalProcess(pid, "SIGKILL");
    await waitUntilDead(pid, 5_000);
    pid = null;
  };

  await start();
  const forget = onExit(stop);
  return {
    url: `redis://127.0.0.1:${port}`,
    port,
    dir,
    pid: () => pid,
    stop: async () => {
      forget();
      await stop();
    },
    kill,
    restart: async () => {
      await stop();
      await start();
    },
  };
};

const launch = async (program: string, dir: string, port: number): Promise<number> => {
  const settings = {
    bind: "127.0.0.1",
    port: `${port}`,
    dir,
    appendonly: "yes",
    appendfsync: "always",
    save: "",
    "maxmemory-policy": "noeviction",
    daemonize: "no",
  };
  const log = await open(join(dir, "redis.log"), "a");
  // Detached: Ctrl-C in a terminal reaches every process of its group, and the app must be able to end first.
  const child = spawn(
    program,
    Object.entries(settings).flatMap(([name, value]) => [`--${name}`, value]),
    {
      stdio: ["ignore", log.fd, log.fd],
      detached: true,
    },
  );
  child.unref();
  const failed = new Promise<never>((_, reject) => child.once("error", reject));
  const pid = child.pid;
  await log.close();
  if (pid === undefined) return failed;
  const deadline = Date.now() + 20_000;
  while (!(await answersPing(port))) {
    if (!(await isAlive(pid)) || Date.now() > deadline) {
      await endProcess(pid, 0);
      throw new Error(`${program} did not start on port ${port}: see ${join(dir, "redis.log")}`);
    }
    await sleep(20);
  }
  return pid;
};

// Not just any answer: while it loads its append-only file Redis answers -LOADING.
const answersPing = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect({ host: "127.0.0.1", port });
    const end = (answered: boolean) => {
      socket.destroy();
      resolve(answered);
    };
    socket.setTimeout(1_000, () => end(false));
    socket.on("connect", () => socket.write("PING\r\n"));
    socket.on("data", (data) => end(data.toString().startsWith("+PONG")));
    socket.on("error", () => end(false));
  });
