// The stage's run logs, read past the app: every time that is measured inside a run comes from here.
import { setTimeout as sleep } from "node:timers/promises";
import type { Stage } from "../sandbox/stage.ts";
import { ensembleName, type RunId } from "../src/model/ids.ts";
import type { RecordedEvent } from "../src/model/run-event.ts";
import { reduceRun } from "../src/run/reduce.ts";
import { tokenKey } from "../src/store/keys.ts";
import { connectRedis, untilReady } from "../src/store/redis.ts";
import { makeRunLog } from "../src/store/run-log.ts";
import { ENSEMBLE } from "./bench-stage.ts";

export type RunLogs = {
  newestRun(): Promise<RunId | null>;
  events(run: RunId): Promise<readonly RecordedEvent[]>;
  /** The first event after `afterSeq` that fits; rejects with what is there when none comes in time. */
  waitFor(
    run: RunId,
    what: string,
    fits: (recorded: RecordedEvent) => boolean,
    options?: { readonly afterSeq?: number; readonly withinMs?: number; readonly everyMs?: number },
  ): Promise<RecordedEvent>;
  /** When a worker last took the ensemble's lease, epoch ms: a lease's token is Redis' time in ms when it was given. */
  leaseTakenAt(): Promise<number>;
  /** Asks to stop as the requester's button does, without waiting for Slack to show it: the next safe point comes sooner. */
  askToStop(run: RunId): Promise<void>;
  close(): void;
};

/** A worker appends at the same time; more conflicts in a row than this are no coincidence. */
const MOST_TRIES = 20;

export const openRunLogs = async (stage: Stage): Promise<RunLogs> => {
  const redis = connectRedis(stage.redis.url, "worker");
  await untilReady(redis, 10_000);
  const log = makeRunLog(redis);
  const ensemble = ensembleName(ENSEMBLE);
  return {
    newestRun: async () => (await log.list(ensemble, 1))[0] ?? null,
    events: (run) => log.read(run),
    waitFor: async (run, what, fits, { afterSeq = 0, withinMs = 60_000, everyMs = 20 } = {}) => {
      const deadline = Date.now() + withinMs;
      for (;;) {
        const events = await log.read(run, afterSeq);
        const found = events.find(fits);
        if (found !== undefined) return found;
        const last = events.at(-1)?.event;
        if (last?.type === "held") throw new Error(`${run} was held: ${last.failure.what}`);
        if (Date.now() > deadline) {
          throw new Error(
            `${run}: ${what} did not come within ${withinMs / 1000} s; the newest event is ${last?.type}`,
          );
        }
        await sleep(everyMs);
      }
    },
    leaseTakenAt: async () => Number(await redis.get(tokenKey(ensemble))),
    askToStop: async (run) => {
      for (let tries = 0; tries < MOST_TRIES; tries++) {
        const state = reduceRun(await log.read(run));
        if (state === null) break;
        const actor = { kind: "user", id: state.requester } as const;
        const appended = await log.append(run, state.head, { actor, at: Date.now(), event: { type: "stop-asked" } });
        if (appended.kind === "appended") return;
      }
      throw new Error(`${run} could not be asked to stop`);
    },
    close: () => redis.disconnect(),
  };
};

export const isType =
  (type: RecordedEvent["event"]["type"]) =>
  ({ event }: RecordedEvent): boolean =>
    event.type === type;
