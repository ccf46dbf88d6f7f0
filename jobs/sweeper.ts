// The safety net under the queues: whatever could go on and has no job goes on all the same. Losing every job loses nothing.
import type { AppDeps, Log } from "../src/app/app-deps.ts";
import type { EnsembleName, RunId } from "../src/model/ids.ts";
import type { RunLog } from "../src/ports.ts";
import { type Advancer, hasWork } from "./advance.ts";

/** A person who waits at a button after a lost job waits so long; each look is a few small reads. */
const WORKER_EVERY_MS = 2_000;
const BOT_EVERY_MS = 5_000;
/** A run that cannot even be taken up is not worth trying, and logging, at every sweep. */
const AFTER_FAILURE_MS = 15_000;

const every = (ms: number, work: () => Promise<void>, log: Log): { stop(): void } => {
  let stopped = false;
  let timer: NodeJS.Timeout | null = null;
  const next = async (): Promise<void> => {
    await work().catch((error: unknown) => log.warn({ err: error }, "sweep failed; the next one follows"));
    if (!stopped) timer = setTimeout(next, ms);
  };
  void next();
  return {
    stop: () => {
      stopped = true;
      if (timer !== null) clearTimeout(timer);
    },
  };
};

/** In a worker: takes up every run that could go on, also to expire approvals and to remind. */
export const startRunSweeper = (deps: AppDeps, advancer: Advancer): { stop(): void } => {
  const failedAt = new Map<RunId, number>();
  return every(
    WORKER_EVERY_MS,
    async () => {
      for (const name of deps.inventory().ensembles.keys()) {
        const run = await deps.runLog.reservedBy(name);
        if (run === null || advancer.has(run) || !(await hasWork(run, deps))) continue;
        if (deps.clock.now() - (failedAt.get(run) ?? 0) < AFTER_FAILURE_MS) continue;
        // Not awaited: one long run must not keep the others waiting.
        advancer.advance(run).catch((error: unknown) => {
          failedAt.set(run, deps.clock.now());
          deps.log.warn({ run, err: error }, "advance failed");
        });
      }
    },
    deps.log,
  );
};

/** In a bot: brings the messages of each ensemble's newest run up to date, if a notification was lost. */
export const startNoticeSweeper = (
  deps: {
    readonly ensembles: () => readonly EnsembleName[];
    readonly runLog: RunLog;
    readonly log: Log;
  },
  edge: { notify(run: RunId): Promise<void> },
): { stop(): void } =>
  every(
    BOT_EVERY_MS,
    async () => {
      for (const name of deps.ensembles()) {
        for (const run of await deps.runLog.list(name, 2)) await edge.notify(run);
      }
    },
    deps.log,
  );
