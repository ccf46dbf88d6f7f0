// The composition root: reads the environment, builds everything, starts the roles, and takes them down again in order.
// The only file that sees every layer.
import { hostname } from "node:os";
import { join } from "node:path";
import { makeSlackEdge } from "../handlers/app.ts";
import { makeAdvancer } from "../jobs/advance.ts";
import { makeProducers, type Producers } from "../jobs/queues.ts";
import { startNoticeSweeper, startRunSweeper } from "../jobs/sweeper.ts";
import { startEnsembleWorker, startSlackWorker } from "../jobs/worker.ts";
import type { AppDeps } from "./app/app-deps.ts";
import { makeBackups } from "./backups/backups.ts";
import { systemClock } from "./clock.ts";
import { type Config, loadConfig, type SlackConfig } from "./config.ts";
import { failureOf, OpsError } from "./errors.ts";
import { type ReadyCheck, startHealthServer } from "./health.ts";
import { makeHosts } from "./hosts/hosts.ts";
import { makeReleaseRepository } from "./hosts/release-repository.ts";
import { followInventory, type InventorySource } from "./inventory.ts";
import { type Logger, makeLogger } from "./logging.ts";
import { type Metrics, makeMetrics } from "./metrics.ts";
import { readSecret } from "./secrets.ts";
import { makeLeases } from "./store/lease.ts";
import { makeLiveBoard } from "./store/live-board.ts";
import { makePosted } from "./store/posted.ts";
import { connectRedis, redisProblem, redisWarnings, untilReady } from "./store/redis.ts";
import { makeRunLog } from "./store/run-log.ts";
import { makeZooKeeper } from "./zookeeper/zookeeper.ts";

/** Redis may be starting at the same moment, or restarting. */
const REDIS_PATIENCE_MS = 60_000;
/** After this a stop is no longer waited for; whatever is cut off goes on from the log elsewhere. */
const STOP_PATIENCE_MS = 20_000;

/** Something started, to be stopped in reverse order of starting. */
type Part = { readonly name: string; stop(): void | Promise<void> };

type House = {
  readonly config: Config;
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly inventory: InventorySource;
  readonly parts: Part[];
  readonly checks: ReadyCheck[];
};

const start = async (config: Config, log: Logger): Promise<readonly Part[]> => {
  const inventory = followInventory(config.ensemblesFile, (problem) =>
    log.error({ problem: problem.failure }, "ensembles.yaml was edited and is broken; the last good one stays in use"),
  );
  const house: House = { config, log, metrics: makeMetrics(), inventory, parts: [], checks: [] };
  try {
    const health = await startHealthServer({ ...config.http, checks: house.checks, metrics: house.metrics });
    house.parts.push({ name: "health", stop: () => health.close() });
    if (config.role !== "bot") await startWorkerRole(house);
    if (config.slack !== null) await startBotRole(house, config.slack);
    log.info(
      { role: config.role, health: health.url, ensembles: [...inventory.current().ensembles.keys()] },
      "zkshift is ready",
    );
    return house.parts;
  } catch (error) {
    await stop(house.parts, log);
    throw error;
  }
};

const redisFor = (house: House, role: "worker" | "bot" | "blocking") => {
  const redis = connectRedis(house.config.redis, role, house.log);
  house.parts.push({ name: `redis (${role})`, stop: () => redis.disconnect() });
  return redis;
};

const producersOver = (house: House, redis: ReturnType<typeof connectRedis>): Producers => {
  const producers = makeProducers(redis);
  house.parts.push({ name: "producers", stop: () => producers.close() });
  house.metrics.watchQueues(() => producers.depths());
  return producers;
};

const startWorkerRole = async (house: House): Promise<void> => {
  const { config, log, metrics, inventory } = house;
  const redis = redisFor(house, "worker");
  await untilReady(redis, REDIS_PATIENCE_MS);
  for (const warning of await redisWarnings(redis)) log.warn(warning);
  const producers = producersOver(house, redis);
  const hosts = makeHosts({ readSecret });
  house.parts.push({ name: "hosts", stop: () => hosts.close() });
  const deps: AppDeps = {
    inventory: () => inventory.current(),
    inventoryProblem: () => inventory.problem(),
    readSecret,
    zookeeper: makeZooKeeper(),
    hosts,
    releases: makeReleaseRepository({ url: config.releasesUrl, cacheDir: join(config.stateDir, "releases") }),
    backups: makeBackups({ stateDir: config.stateDir }),
    runLog: makeRunLog(redis),
    leases: makeLeases(redis),
    live: makeLiveBoard(redis),
    clock: systemClock,
    log,
    metrics,
    notify: (run) => {
      producers.notify(run).catch((error: unknown) => log.warn({ run, err: error }, "a bot could not be told"));
    },
    proposeAgain: ({ goal, requester, channel }) =>
      producers.propose({
        goal,
        dryRun: false,
        requester,
        channel,
        replyTo: { channel, user: requester, responseUrl: null },
      }),
    stateDir: config.stateDir,
    workerName: `${hostname()}/${process.pid}`,
  };
  const advancer = makeAdvancer(deps);
  const worker = startEnsembleWorker(redisFor(house, "blocking"), deps, advancer, producers);
  const sweeper = startRunSweeper(deps, advancer);
  house.parts.push(
    { name: "ensemble queue", stop: () => worker.close() },
    { name: "runs in hand", stop: () => advancer.stop() },
    { name: "run sweeper", stop: () => sweeper.stop() },
    // Ends first: a backup is large, and a run in hand may take long to let go.
    { name: "backups in hand", stop: () => worker.letGo() },
  );
  house.checks.push(
    { name: "redis", problem: () => redisProblem(redis) },
    { name: "worker", problem: () => (worker.running() ? null : "does not take jobs") },
    { name: "inventory", problem: () => inventory.problem()?.failure.what ?? null },
  );
};

const startBotRole = async (house: House, slack: SlackConfig): Promise<void> => {
  const { log, metrics, inventory } = house;
  const redis = redisFor(house, "bot");
  await untilReady(redis, REDIS_PATIENCE_MS);
  const runLog = makeRunLog(redis);
  const edge = makeSlackEdge({
    config: slack,
    inventory: () => inventory.current(),
    runLog,
    live: makeLiveBoard(redis),
    posted: makePosted(redis),
    producers: producersOver(house, redis),
    clock: systemClock,
    log,
    metrics,
  });
  const worker = startSlackWorker(redisFor(house, "blocking"), edge, log);
  const sweeper = startNoticeSweeper({ ensembles: () => [...inventory.current().ensembles.keys()], runLog, log }, edge);
  house.parts.push(
    { name: "slack", stop: () => edge.stop() },
    { name: "slack queue", stop: () => worker.close() },
    { name: "notice sweeper", stop: () => sweeper.stop() },
  );
  await edge.start();
  house.checks.push(
    { name: "redis", problem: () => redisProblem(redis) },
    { name: "slack", problem: () => (edge.connected() ? null : "is not connected") },
    { name: "inventory", problem: () => inventory.problem()?.failure.what ?? null },
  );
};

const stop = async (parts: readonly Part[], log: Logger): Promise<void> => {
  for (const part of parts.toReversed()) {
    try {
      await part.stop();
    } catch (error) {
      log.warn({ part: part.name, err: error }, "did not stop cleanly");
    }
  }
};

/** 1: something that a person must correct; 2: it could not go on, and a supervisor may try again. */
const exitCodeOf = (error: unknown): number => (error instanceof OpsError && error.kind === "input" ? 1 : 2);

const main = async (): Promise<void> => {
  let log: Logger | null = null;
  try {
    const config = loadConfig();
    log = makeLogger(config.logLevel, config.role);
    const parts = await start(config, log);
    const running = log;
    let stopping = false;
    for (const signal of ["SIGTERM", "SIGINT"] as const) {
      process.on(signal, () => {
        // The second time the person means now: the log is what counts, and it is safe at any moment.
        if (stopping) process.exit(130);
        stopping = true;
        running.info({ signal }, "zkshift stops");
        setTimeout(() => process.exit(0), STOP_PATIENCE_MS).unref();
        void stop(parts, running).then(() => process.exit(0));
      });
    }
    for (const event of ["uncaughtException", "unhandledRejection"] as const) {
      process.on(event, (error: unknown) => {
        running.fatal({ err: error }, `zkshift ends: ${failureOf(error).what}`);
        process.exit(2);
      });
    }
  } catch (error) {
    const { what, next } = failureOf(error);
    if (log === null || exitCodeOf(error) === 1) console.error(`${what}\n${next}`);
    else log.fatal({ err: error }, what);
    process.exit(exitCodeOf(error));
  }
};

await main();
