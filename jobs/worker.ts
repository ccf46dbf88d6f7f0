// The BullMQ workers of the two queues: what comes off them goes to its processor, and what goes wrong is mapped here.
import { type ConnectionOptions, DelayedError, type Job, Worker } from "bullmq";
import type { AppDeps, Log } from "../src/app/app-deps.ts";
import { failureOf, type OpsErrorKind } from "../src/errors.ts";
import type { RunId } from "../src/model/ids.ts";
import { assertNever } from "../src/model/ids.ts";
import type { Advancer } from "./advance.ts";
import { makeBackUp, processListBackups } from "./back-up.ts";
import { processDrift } from "./drift.ts";
import { makeObserver } from "./observe.ts";
import { readEnsembleJob, readSlackJob } from "./payloads.ts";
import { processPropose } from "./propose.ts";
import {
  ENSEMBLE_QUEUE,
  type EnsembleJob,
  type Producers,
  QUEUE_PREFIX,
  type Reply,
  type ReplyTo,
  SLACK_QUEUE,
} from "./queues.ts";

/** A worker killed in the middle is noticed within lock + interval; its runs go on sooner, by the sweeper and the lease. */
const SETTINGS = {
  prefix: QUEUE_PREFIX,
  lockDuration: 15_000,
  stalledInterval: 5_000,
  // BullMQ would otherwise fail a job for good whose workers died twice; src/app/advance.ts counts crashes in the log.
  maxStalledCount: 1_000,
  runRetryDelay: 1_000,
  drainDelay: 5,
} as const;

/** Runs in hand at once in one process; a run waits most of the time. */
const MOST_JOBS = 32;
const MOST_POSTS = 8;

export type JobWorker = {
  running(): boolean;
  close(): Promise<void>;
};

/** What an error of each kind does to the job that threw it. A run's own errors are in its log, never here. */
const REACTION: Readonly<Record<OpsErrorKind, "try-again" | "give-up">> = {
  input: "give-up",
  refused: "give-up",
  stale: "give-up",
  transient: "try-again",
  "unknown-outcome": "try-again",
  "step-failed": "give-up",
  stuck: "give-up",
  bug: "give-up",
};

const guarded = async (job: Job, log: Log, work: () => Promise<void>): Promise<void> => {
  try {
    await work();
  } catch (error) {
    if (error instanceof DelayedError) throw error;
    const failure = failureOf(error);
    log[failure.kind === "bug" ? "error" : "warn"]({ job: job.id, name: job.name, err: error }, failure.what);
    if (REACTION[failure.kind] === "try-again") throw error;
  }
};

/** Another worker takes it up after so long; at once this one might, which is about to end. */
const LEFT_MS = 500;

/** Puts a job back into the queue, as if nobody had begun it. Never resolves. */
const leave = async (job: Job, token: string | undefined): Promise<never> => {
  await job.moveToDelayed(Date.now() + LEFT_MS, token);
  throw new DelayedError();
};

/** Takes jobs off the queue "ensemble". */
export const startEnsembleWorker = (
  connection: ConnectionOptions,
  deps: AppDeps,
  advancer: Advancer,
  producers: Producers,
): JobWorker & {
  /** Takes no further job and gives up backups that are being taken; to be called before all else is waited for. */
  letGo(): Promise<void>;
} => {
  const stopping = new AbortController();
  const processBackUp = makeBackUp(deps, producers, stopping.signal);
  const processObserve = makeObserver(deps, producers);
  const worker = new Worker<EnsembleJob>(
    ENSEMBLE_QUEUE,
    (job, token) =>
      guarded(job, deps.log, async () => {
        const data = readEnsembleJob(job.data);
        switch (data.kind) {
          case "advance":
            return advancer.advance(data.run);
          case "propose":
            return processPropose(data, `${job.id}/${job.timestamp}`, deps, producers);
          case "back-up":
            return (await processBackUp(data)) === "left" ? leave(job, token) : undefined;
          case "list-backups":
            return processListBackups(data, deps, producers);
          case "observe":
            return processObserve(data);
          case "drift":
            return processDrift(data, deps, producers);
          default:
            return assertNever(data);
        }
      }),
    { connection, concurrency: MOST_JOBS, ...SETTINGS },
  );
  const jobs = watched(worker, deps.log);
  const letGo = async (): Promise<void> => {
    await worker.pause(true);
    stopping.abort();
  };
  return {
    ...jobs,
    letGo,
    close: async () => {
      await letGo();
      await jobs.close();
    },
  };
};

/** Takes jobs off the queue "slack". */
export const startSlackWorker = (
  connection: ConnectionOptions,
  edge: { notify(run: RunId): Promise<void>; reply(replyTo: ReplyTo, reply: Reply): Promise<void> },
  log: Log,
): JobWorker => {
  const worker = new Worker(
    SLACK_QUEUE,
    (job) =>
      guarded(job, log, async () => {
        const data = readSlackJob(job.data);
        return data.kind === "notify" ? edge.notify(data.run) : edge.reply(data.replyTo, data.reply);
      }),
    { connection, concurrency: MOST_POSTS, ...SETTINGS },
  );
  return watched(worker, log);
};

const watched = (worker: Worker, log: Log): JobWorker => {
  worker.on("error", (error) => log.warn({ err: error }, `queue ${worker.name}: ${error.message}`));
  return {
    running: () => worker.isRunning() && !worker.isPaused(),
    close: async () => {
      // A close without force waits for jobs without limit; runs are let go by the advancer before this.
      await Promise.race([worker.close(), new Promise((resolve) => setTimeout(resolve, 5_000).unref())]);
    },
  };
};
