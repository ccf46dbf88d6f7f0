// zkshift's store and queues over Redis as people run it: with TLS, watched by Sentinels, as a Cluster. Real servers all.
import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { makeProducers } from "../../../jobs/queues.ts";
import { startSlackWorker } from "../../../jobs/worker.ts";
import { codeOf } from "../../../src/errors.ts";
import { type EnsembleName, ensembleName, ensembleOf, type RunId } from "../../../src/model/ids.ts";
import { type RedisServer, redisServer } from "../../../src/model/redis-server.ts";
import { headOf, verifyChain } from "../../../src/run/chain.ts";
import { leaseKey } from "../../../src/store/keys.ts";
import { makeLeases } from "../../../src/store/lease.ts";
import { makeLiveBoard } from "../../../src/store/live-board.ts";
import {
  connectRedis,
  type RedisConnection,
  redisProblem,
  redisWarnings,
  untilReady,
} from "../../../src/store/redis.ts";
import { makeRunLog } from "../../../src/store/run-log.ts";
import { eventually } from "../../support/eventually.ts";
import { CAMPAIGN, inCampaign } from "../../support/in-campaign.ts";
import {
  type ClusterRedis,
  type SentinelRedis,
  startClusterRedis,
  startSentinelRedis,
  startTlsRedis,
  type TlsRedis,
} from "../../support/redis-modes.ts";
import { firstEntries, newRunId, stepStarted } from "../../support/sample-run.ts";
import { storeContract } from "../../support/store-contract.ts";

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).toReversed()) await close();
});

const open = async (server: RedisServer, role: "worker" | "bot" | "blocking"): Promise<RedisConnection> => {
  const redis = connectRedis(server, role);
  closers.push(() => redis.disconnect());
  if (role !== "blocking") await untilReady(redis, 10_000);
  return redis;
};

const quiet = { info: () => {}, warn: () => {}, error: () => {} };

/** Runs told to the bots' queue come out of it at the other end; `told` grows as they do. */
const queueOver = async (server: RedisServer): Promise<{ told: Set<RunId>; notify(run: RunId): Promise<void> }> => {
  const producers = makeProducers(await open(server, "worker"));
  closers.push(() => producers.close());
  const told = new Set<RunId>();
  const edge = {
    notify: async (run: RunId) => {
      told.add(run);
    },
    reply: async () => {},
  };
  const worker = startSlackWorker(await open(server, "blocking"), edge, quiet);
  closers.push(() => worker.close());
  return { told, notify: (run) => producers.notify(run) };
};

/** One that has just told a run. */
const workingQueueOver = async (server: RedisServer): ReturnType<typeof queueOver> => {
  const queue = await queueOver(server);
  const run = newRunId();
  await queue.notify(run);
  await eventually(() => queue.told.has(run)).toBe(true);
  return queue;
};

/** A run log that goes on all through `meanwhile`, written as a worker writes it; answers what was acknowledged. */
const appendThrough = async (redis: RedisConnection, meanwhile: () => Promise<void>) => {
  const log = makeRunLog(redis);
  const run = newRunId(`e${randomUUID().slice(0, 8)}`);
  await log.begin(run, firstEntries());
  const lease = await makeLeases(redis, { ttlMs: 30_000 }).acquire(ensembleOf(run), "w1/1");
  if (lease === null) throw new Error("a new ensemble has no lease");
  let over = false;
  const ending = meanwhile().finally(() => {
    over = true;
  });
  const acknowledged: string[] = [];
  let longestMs = 0;
  for (let step = 0; !over; step++) {
    const began = performance.now();
    const answer = await log.append(run, headOf(await log.read(run)), stepStarted(step), lease.token);
    longestMs = Math.max(longestMs, performance.now() - began);
    if (answer.kind !== "appended") throw new Error(`entry ${step}: ${answer.kind}`);
    acknowledged.push(answer.recorded.hash);
    await sleep(20);
  }
  await ending;
  lease.assertHeld();
  await lease.release();
  const events = await log.read(run);
  return { acknowledged, events, longestMs };
};

describe("Redis with TLS that asks for a certificate", () => {
  let tls: TlsRedis;
  beforeAll(async () => {
    tls = await startTlsRedis();
  });
  afterAll(async () => {
    await tls?.close();
  });

  it("is used for logs and queues with the authority and a certificate of our own", async () => {
    const server = { ...redisServer(tls.url), tls: tls.pem };
    const redis = await open(server, "worker");
    expect(await redisWarnings(redis)).toEqual([]);
    expect(await redisProblem(redis)).toBeNull();
    const run = newRunId();
    await makeRunLog(redis).begin(run, firstEntries());
    expect(await makeRunLog(redis).read(run)).toHaveLength(2);
    const queue = await queueOver(server);
    await queue.notify(run);
    await eventually(() => [...queue.told]).toEqual([run]);
  });

  it("is not trusted without its authority, nor does it trust us without a certificate", async () => {
    const failure = async (server: RedisServer): Promise<unknown> => {
      const redis = connectRedis(server, "bot");
      closers.push(() => redis.disconnect());
      return untilReady(redis, 2_000).catch((error: unknown) => error);
    };
    const none = { ca: null, cert: null, key: null };
    expect(await failure({ ...redisServer(tls.url), tls: none })).toMatchObject({
      kind: "transient",
      message: expect.stringContaining("SELF_SIGNED_CERT_IN_CHAIN"),
    });
    // Redis says no when the connection is there already, so what is under way on it fails in more than one way.
    const strangers = Array.from({ length: 40 }, () =>
      failure({ ...redisServer(tls.url), tls: { ...none, ca: tls.pem.ca } }),
    );
    for (const each of await Promise.all(strangers)) expect(each).toMatchObject({ kind: "transient" });
  });
});

describe("Redis watched by Sentinels", () => {
  let group: SentinelRedis;
  beforeAll(async () => {
    group = await startSentinelRedis();
  });
  afterAll(async () => {
    await group?.close();
  });

  it("is found by its Sentinels; a run goes on through the death of its master, lease and all", async () => {
    const server = redisServer(group.url);
    const redis = await open(server, "worker");
    expect(await redisProblem(redis)).toBeNull();
    const queue = await workingQueueOver(server);
    // So many that the news of the failover meets some of them while they ask who the master is.
    const many = await Promise.all(Array.from({ length: 60 }, () => open(server, "worker")));

    const { acknowledged, events, longestMs } = await appendThrough(redis, async () => {
      await sleep(300);
      // What was acknowledged and not yet copied is lost with a master: docs/install.md says how Redis is told to mind.
      await group.master.admin.config("SET", "min-replicas-to-write", "1");
      await sleep(100);
      await group.master.kill();
      await expect.poll(() => group.replica.admin.info("replication"), { timeout: 15_000 }).toMatch(/role:master/);
      await sleep(1_500);
    });
    expect(longestMs).toBeGreaterThan(500);
    expect(longestMs).toBeLessThan(15_000);
    expect(events.slice(2).map(({ hash }) => hash)).toEqual(acknowledged);
    expect(verifyChain(events).ok).toBe(true);

    await expect.poll(() => new Set(many.map(({ status }) => status)), { timeout: 25_000 }).toEqual(new Set(["ready"]));
    const after = newRunId();
    await queue.notify(after);
    // As long as a socket may stay silent (15 s), and some.
    await expect.poll(() => queue.told.has(after), { timeout: 25_000 }).toBe(true);
  });
});

// The Sentinels leave the former master as it is for some 10 s; told to want a replica, it takes no writes meanwhile.
describe.runIf(CAMPAIGN)("Redis watched by Sentinels whose master is exchanged on purpose", () => {
  it("is found anew by the writes that the former master refuses", { timeout: 120_000 }, async () => {
    const group = await startSentinelRedis();
    closers.push(() => group.close());
    const server = redisServer(group.url);
    const redis = await open(server, "worker");
    const queue = await workingQueueOver(server);
    const after = newRunId();
    await group.master.admin.config("SET", "min-replicas-to-write", "1");
    await group.handOver();
    await expect.poll(() => group.replica.admin.info("replication"), { timeout: 15_000 }).toMatch(/role:master/);
    const run = newRunId(`e${randomUUID().slice(0, 8)}`);
    const begin = () => makeRunLog(redis).begin(run, firstEntries());
    await expect(begin()).rejects.toMatchObject({ kind: "transient", code: "NOREPLICAS" });
    // The Sentinels agree on who is master now within a second or so.
    await expect.poll(() => begin().then(({ kind }) => kind, codeOf), { timeout: 20_000 }).toBe("begun");
    await expect.poll(() => queue.notify(after).then(() => "told", String), { timeout: 20_000 }).toBe("told");
    await expect.poll(() => queue.told.has(after), { timeout: 25_000 }).toBe(true);
  });
});

// Nothing closes a connection to a master that only hangs.
describe.runIf(CAMPAIGN)("Redis watched by Sentinels whose master hangs", () => {
  it("is found anew once the sockets have been silent too long", { timeout: 120_000 }, async () => {
    const group = await startSentinelRedis();
    closers.push(() => group.close());
    const server = redisServer(group.url);
    const redis = await open(server, "worker");
    const queue = await workingQueueOver(server);
    const after = newRunId();
    group.master.freeze();
    await expect.poll(() => group.replica.admin.info("replication"), { timeout: 15_000 }).toMatch(/role:master/);
    const log = makeRunLog(redis);
    const run = newRunId(`e${randomUUID().slice(0, 8)}`);
    await log.begin(run, firstEntries());
    expect(await log.read(run)).toHaveLength(2);
    await queue.notify(after);
    await expect.poll(() => queue.told.has(after), { timeout: 40_000 }).toBe(true);
  });
});

describe("a Redis Cluster", () => {
  let cluster: ClusterRedis;
  beforeAll(async () => {
    cluster = await startClusterRedis(CAMPAIGN ? 1 : 0);
  });
  afterAll(async () => {
    await cluster?.close();
  });

  storeContract("the store over a Cluster", async () => {
    const redis = connectRedis(redisServer(cluster.url), "worker");
    return {
      runLog: makeRunLog(redis),
      leases: makeLeases(redis),
      liveBoard: makeLiveBoard(redis),
      expireLease: async (ensemble: EnsembleName) => {
        await redis.pexpire(leaseKey(ensemble), 1);
        while ((await redis.exists(leaseKey(ensemble))) === 1);
      },
      close: async () => redis.disconnect(),
    };
  });

  it("holds ensembles on all its nodes, and the queues too", async () => {
    const server = redisServer(cluster.url);
    const redis = await open(server, "worker");
    expect(await redisWarnings(redis)).toEqual([]);
    expect(await redisProblem(redis)).toBeNull();
    const queue = await queueOver(server);
    const runs = ["orders", "metrics", "search", "billing", "users", "carts"].map((name) => newRunId(name));
    for (const run of runs) {
      await makeRunLog(redis).begin(run, firstEntries());
      await queue.notify(run);
    }
    await eventually(() => queue.told.size).toBe(runs.length);
    const keys = await Promise.all(cluster.masters.map(({ admin }) => admin.keys("zkshift:*")));
    expect(keys.every((some) => some.length > 0)).toBe(true);
    expect(await makeRunLog(redis).reservedBy(ensembleName("billing"))).toBe(runs[3]);
  });

  inCampaign("a run goes on through the death of a master", { timeout: 120_000 }, async () => {
    const redis = await open(redisServer(cluster.url), "worker");
    const victim = cluster.masters[0];
    if (victim === undefined) throw new Error("a Cluster has masters");
    const runs = Array.from({ length: 6 }, () =>
      appendThrough(redis, async () => {
        await sleep(500);
        await victim.kill();
        await sleep(12_000);
      }),
    );
    for (const { acknowledged, events } of await Promise.all(runs)) {
      expect(events.slice(2).map(({ hash }) => hash)).toEqual(acknowledged);
    }
  });
});

// The URL alone says that the Sentinels and nodes speak TLS; each of them, also those found later, is trusted and shown our certificate.
describe.each([
  ["Sentinels", () => startSentinelRedis(true)],
  ["a Cluster", () => startClusterRedis(0, true)],
] as const)("%s with TLS that asks for a certificate", (_, start) => {
  it.runIf(CAMPAIGN)("is used for logs and queues", { timeout: 120_000 }, async () => {
    const made = await start();
    closers.push(() => made.close());
    expect(made.url).toMatch(/^rediss\+/);
    const none = { ca: null, cert: null, key: null };
    const server = { ...redisServer(made.url), tls: made.pem ?? none };
    const redis = await open(server, "worker");
    expect(await redisProblem(redis)).toBeNull();
    const queue = await queueOver(server);
    for (const run of ["orders", "metrics", "search"].map((name) => newRunId(name))) {
      await makeRunLog(redis).begin(run, firstEntries());
      expect(await makeRunLog(redis).read(run)).toHaveLength(2);
      await queue.notify(run);
      await eventually(() => queue.told.has(run)).toBe(true);
    }
    const stranger = connectRedis({ ...server, tls: none }, "bot");
    closers.push(() => stranger.disconnect());
    await expect(untilReady(stranger, 2_000)).rejects.toMatchObject({ kind: "transient" });
  });
});
