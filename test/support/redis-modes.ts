// Real Redis servers in the ways that people run it: with TLS, watched by Sentinels, and as a Cluster. Each in a temporary
// folder, on loopback, ended by `close`.
import { spawn } from "node:child_process";
import { mkdir, mkdtemp, open, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Redis } from "ioredis";
import { onExit } from "../../sandbox/cleanup.ts";
import { findFreePort } from "../../sandbox/free-port.ts";
import { findRedis } from "../../sandbox/prerequisites.ts";
import { endProcess, signalProcess, waitUntilDead } from "../../sandbox/processes.ts";
import { runCommand } from "../../sandbox/run-command.ts";

type RedisProcess = {
  readonly port: number;
  /** Between nodes of a Cluster. */
  readonly busPort: number;
  /** A connection for the test's own questions. */
  readonly admin: Redis;
  kill(): Promise<void>;
  /** SIGSTOP: it keeps its connections and answers nothing. */
  freeze(): void;
  stop(): Promise<void>;
};

/** Also outside of tests, where vitest's own way of waiting is not to be had. */
const until = async (isSo: () => Promise<boolean>): Promise<void> => {
  const deadline = Date.now() + 20_000;
  while (!(await isSo())) {
    if (Date.now() > deadline) throw new Error("the Redis servers did not come together within 20 s");
    await sleep(50);
  }
};

type Certificates = { readonly ca: string; readonly cert: string; readonly key: string };

const launch = async (
  dir: string,
  port: number,
  args: readonly string[],
  { tls, busPort = 0 }: { readonly tls?: Certificates; readonly busPort?: number } = {},
): Promise<RedisProcess> => {
  const program = await findRedis();
  if (program === null) throw new Error("no redis-server found: npx tsx sandbox/prepare.ts gets one");
  await mkdir(dir, { recursive: true });
  const log = await open(join(dir, "redis.log"), "a");
  const child = spawn(program, [...args], { stdio: ["ignore", log.fd, log.fd], detached: true });
  child.unref();
  const pid = child.pid;
  await log.close();
  if (pid === undefined) throw new Error(`${program} could not be started`);
  const forget = onExit(() => endProcess(pid, 0));
  const admin = new Redis({
    host: "127.0.0.1",
    port,
    maxRetriesPerRequest: null,
    retryStrategy: () => 50,
    ...(tls === undefined ? {} : { tls }),
  });
  admin.on("error", () => {});
  const stop = async (): Promise<void> => {
    admin.disconnect();
    forget();
    signalProcess(pid, "SIGCONT");
    await endProcess(pid, 2_000);
  };
  try {
    await Promise.race([
      admin.ping(),
      sleep(15_000, null, { ref: false }).then(() => Promise.reject(new Error(`no answer: see ${dir}/redis.log`))),
    ]);
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    port,
    busPort,
    admin,
    kill: async () => {
      signalProcess(pid, "SIGKILL");
      await waitUntilDead(pid, 5_000);
    },
    freeze: () => signalProcess(pid, "SIGSTOP"),
    stop,
  };
};

const DURABLE = ["--appendonly", "yes", "--appendfsync", "always", "--save", "", "--maxmemory-policy", "noeviction"];

/** PEM files and their texts; null: no TLS. */
type Tls = { readonly files: Certificates; readonly pem: Certificates } | null;

/** With TLS no port speaks anything else, and clients are asked for a certificate, as Redis does by default. */
const listenArgs = (port: number, tls: Tls): readonly string[] =>
  tls === null
    ? ["--bind", "127.0.0.1", "--port", String(port)]
    : [
        ...["--bind", "127.0.0.1", "--port", "0", "--tls-port", String(port), "--tls-ca-cert-file", tls.files.ca],
        ...["--tls-cert-file", tls.files.cert, "--tls-key-file", tls.files.key],
        ...["--tls-replication", "yes"],
      ];

const serve = async (root: string, tls: Tls = null, more: readonly string[] = []): Promise<RedisProcess> => {
  const port = await findFreePort();
  const dir = join(root, String(port));
  const args = [...listenArgs(port, tls), "--dir", dir, ...DURABLE, ...more];
  return launch(dir, port, args, tls === null ? {} : { tls: tls.pem });
};

const serveInCluster = async (root: string, tls: Tls): Promise<RedisProcess> => {
  const [port, busPort] = [await findFreePort(), await findFreePort()];
  const dir = join(root, String(port));
  return launch(
    dir,
    port,
    [
      ...[...listenArgs(port, tls), "--dir", dir, ...DURABLE],
      ...["--cluster-enabled", "yes", "--cluster-node-timeout", "2000", "--cluster-port", String(busPort)],
      ...(tls === null ? [] : ["--tls-cluster", "yes"]),
    ],
    { busPort, ...(tls === null ? {} : { tls: tls.pem }) },
  );
};

const inFolder = async <T>(make: (root: string) => Promise<T>): Promise<{ made: T; remove(): Promise<void> }> => {
  const root = await mkdtemp(join(tmpdir(), "zkshift-redis-"));
  const remove = () => rm(root, { recursive: true, force: true });
  try {
    return { made: await make(root), remove };
  } catch (error) {
    await remove();
    throw error;
  }
};

export type TlsRedis = {
  /** rediss://… */
  readonly url: string;
  readonly files: Certificates;
  readonly pem: Certificates;
  close(): Promise<void>;
};

/** An authority, and a certificate of it for 127.0.0.1; file names. */
const makeCertificates = async (dir: string): Promise<Certificates> => {
  const path = (name: string) => join(dir, name);
  const ec = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-x509", "-days", "2"];
  await runCommand("openssl", [
    ...["req", ...ec, "-subj", "/CN=zkshift test authority"],
    ...["-keyout", path("ca.key"), "-out", path("ca.pem")],
  ]);
  await runCommand("openssl", [
    ...["req", ...ec, "-subj", "/CN=redis", "-addext", "subjectAltName=IP:127.0.0.1"],
    ...["-addext", "basicConstraints=critical,CA:FALSE", "-CA", path("ca.pem"), "-CAkey", path("ca.key")],
    ...["-keyout", path("redis.key"), "-out", path("redis.pem")],
  ]);
  return { ca: path("ca.pem"), cert: path("redis.pem"), key: path("redis.key") };
};

const makeTls = async (root: string): Promise<NonNullable<Tls>> => {
  const files = await makeCertificates(root);
  const [ca, cert, key] = await Promise.all([files.ca, files.cert, files.key].map((file) => readFile(file, "utf8")));
  return { files, pem: { ca: ca ?? "", cert: cert ?? "", key: key ?? "" } };
};

/** A Redis that speaks TLS only. */
export const startTlsRedis = async (): Promise<TlsRedis> => {
  const { made, remove } = await inFolder(async (root) => {
    const tls = await makeTls(root);
    return { ...tls, server: await serve(root, tls) };
  });
  return {
    url: `rediss://127.0.0.1:${made.server.port}`,
    files: made.files,
    pem: made.pem,
    close: async () => {
      await made.server.stop();
      await remove();
    },
  };
};

export type SentinelRedis = {
  /** redis+sentinel://…/zk; with TLS rediss+sentinel://… */
  readonly url: string;
  /** To be trusted and shown, with TLS; null without. */
  readonly pem: Certificates | null;
  /** The master as it was at the start. */
  readonly master: RedisProcess;
  readonly replica: RedisProcess;
  /** Asks the Sentinels to let the replica take the master's place, as people do before they work on its machine. */
  handOver(): Promise<void>;
  close(): Promise<void>;
};

/** A master with one replica, and three Sentinels that call it down after a second. */
export const startSentinelRedis = async (withTls = false): Promise<SentinelRedis> => {
  const { made, remove } = await inFolder(async (root) => {
    const tls = withTls ? await makeTls(root) : null;
    const master = await serve(root, tls);
    const replica = await serve(root, tls, ["--replicaof", "127.0.0.1", String(master.port)]);
    await until(async () => /master_link_status:up/.test(await replica.admin.info("replication")));
    const sentinels = await Promise.all([1, 2, 3].map(() => startSentinel(root, master.port, tls)));
    await until(async () => {
      const known = await Promise.all(
        sentinels.map(async ({ admin }) => {
          const facts = String(await admin.info("sentinel"));
          return /slaves=1,sentinels=3/.test(facts);
        }),
      );
      return known.every(Boolean);
    });
    return { master, replica, sentinels, pem: tls?.pem ?? null };
  });
  const { master, replica, sentinels } = made;
  return {
    url: `redis${withTls ? "s" : ""}+sentinel://${sentinels.map(({ port }) => `127.0.0.1:${port}`).join(",")}/zk`,
    pem: made.pem,
    master,
    replica,
    handOver: async () => {
      await sentinels[0]?.admin.call("SENTINEL", "FAILOVER", "zk");
    },
    close: async () => {
      await Promise.all([...sentinels, master, replica].map((each) => each.stop()));
      await remove();
    },
  };
};

const startSentinel = async (root: string, masterPort: number, tls: Tls): Promise<RedisProcess> => {
  const port = await findFreePort();
  const dir = join(root, `sentinel-${port}`);
  await mkdir(dir, { recursive: true });
  const file = join(dir, "sentinel.conf");
  const text = [
    `dir ${dir}`,
    `sentinel monitor zk 127.0.0.1 ${masterPort} 2`,
    "sentinel down-after-milliseconds zk 1000",
    "sentinel failover-timeout zk 5000",
  ];
  const config = await open(file, "w");
  await config.writeFile(`${text.join("\n")}\n`);
  await config.close();
  const args = [file, "--sentinel", ...listenArgs(port, tls)];
  return launch(dir, port, args, tls === null ? {} : { tls: tls.pem });
};

export type ClusterRedis = {
  /** redis+cluster://…; with TLS rediss+cluster://… */
  readonly url: string;
  /** To be trusted and shown, with TLS; null without. */
  readonly pem: Certificates | null;
  readonly masters: readonly RedisProcess[];
  close(): Promise<void>;
};

/** A Cluster of three masters, each with `replicas` replicas (0 or 1), that calls a node down after two seconds. */
export const startClusterRedis = async (replicas: 0 | 1, withTls = false): Promise<ClusterRedis> => {
  const { made, remove } = await inFolder(async (root) => {
    const tls = withTls ? await makeTls(root) : null;
    const nodes = await Promise.all(Array.from({ length: 3 * (1 + replicas) }, () => serveInCluster(root, tls)));
    const masters = nodes.slice(0, 3);
    const [first] = masters;
    if (first === undefined) throw new Error("a Cluster needs a node");
    const ranges = [
      [0, 5460],
      [5461, 10922],
      [10923, 16383],
    ];
    await Promise.all(
      masters.map(({ admin }, index) => admin.call("CLUSTER", "ADDSLOTSRANGE", ...(ranges[index] ?? []))),
    );
    for (const { port, busPort } of nodes.slice(1)) {
      await first.admin.call("CLUSTER", "MEET", "127.0.0.1", String(port), String(busPort));
    }
    await until(async () => {
      const facts = await Promise.all(nodes.map(({ admin }) => admin.cluster("INFO")));
      return facts.every((text) => text.includes(`cluster_known_nodes:${nodes.length}`));
    });
    const replicaNodes = nodes.slice(3);
    for (const [index, { admin }] of replicaNodes.entries()) {
      const master = masters[index];
      if (master === undefined) throw new Error("a replica needs a master");
      await admin.call("CLUSTER", "REPLICATE", String(await master.admin.call("CLUSTER", "MYID")));
    }
    await until(async () => {
      const facts = await Promise.all(nodes.map(({ admin }) => admin.cluster("INFO")));
      const links = await Promise.all(replicaNodes.map(({ admin }) => admin.info("replication")));
      return (
        facts.every((text) => /cluster_state:ok/.test(text)) &&
        links.every((text) => /master_link_status:up/.test(text))
      );
    });
    return { nodes, masters, pem: tls?.pem ?? null };
  });
  return {
    url: `redis${withTls ? "s" : ""}+cluster://${made.masters.map(({ port }) => `127.0.0.1:${port}`).join(",")}`,
    pem: made.pem,
    masters: made.masters,
    close: async () => {
      await Promise.all(made.nodes.map((each) => each.stop()));
      await remove();
    },
  };
};
