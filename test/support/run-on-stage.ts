// What the end-to-end and chaos tests ask of a stage: its run logs, read past the app, and a wait that says what it waited for.
import { setTimeout as sleep } from "node:timers/promises";
import type { Stage } from "../../sandbox/stage.ts";
import { ensembleName, type RunId } from "../../src/model/ids.ts";
import type { RecordedEvent } from "../../src/model/run-event.ts";
import { connectRedis } from "../../src/store/redis.ts";
import { makeRunLog } from "../../src/store/run-log.ts";

export type RunWatcher = {
  newestRun(): Promise<RunId | null>;
  events(run: RunId): Promise<readonly RecordedEvent[]>;
  close(): void;
};

export const watchRuns = async (stage: Stage): Promise<RunWatcher> => {
  const redis = connectRedis(stage.redis.url, "worker");
  const log = makeRunLog(redis);
  return {
    newestRun: async () => (await log.list(ensembleName(stage.ensemble.name), 1))[0] ?? null,
    events: (run) => log.read(run),
    close: () => redis.disconnect(),
  };
};

/** Asks until the answer is neither null nor false; rejects with `what` after `withinMs`. */
export const waitFor = async <T>(
  what: string,
  ask: () => Promise<T | null | false>,
  withinMs = 30_000,
  everyMs = 50,
): Promise<T> => {
  const deadline = Date.now() + withinMs;
  for (;;) {
    const answer = await ask();
    if (answer !== null && answer !== false) return answer;
    if (Date.now() > deadline) throw new Error(`waited ${withinMs / 1000} s in vain for ${what}`);
    await sleep(everyMs);
  }
};
