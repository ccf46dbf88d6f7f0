// Advances runs in this process, each by one caller at a time, whether a job or the sweeper woke it.

import { advance } from "../src/app/advance.ts";
import type { AppDeps } from "../src/app/app-deps.ts";
import type { RunId } from "../src/model/ids.ts";
import { decide } from "../src/run/decide.ts";
import { reduceRun } from "../src/run/reduce.ts";

export type Advancer = {
  /** Advances a run until it rests; waits for another worker's lease to end as long as there is something to do. */
  advance(run: RunId): Promise<void>;
  /** True while this process has the run in hand. */
  has(run: RunId): boolean;
  /** Lets every run go at its next safe point and waits until they have. */
  stop(): Promise<void>;
};

/** Between looks at a lease that another worker holds: a dead worker's lease ends by itself within seconds. */
const BUSY_MS = 500;

export const makeAdvancer = (deps: AppDeps): Advancer => {
  const inHand = new Map<RunId, Promise<void>>();
  const wokenAgain = new Set<RunId>();
  const stopping = new AbortController();

  const untilRest = async (run: RunId): Promise<void> => {
    while (!stopping.signal.aborted) {
      wokenAgain.delete(run);
      const answer = await advance(run, deps, stopping.signal);
      if (answer.kind === "busy") {
        await deps.clock.sleep(BUSY_MS, stopping.signal).catch(() => {});
        if (!(await hasWork(run, deps))) return;
      } else if (!wokenAgain.has(run)) return;
    }
  };

  return {
    advance: async (run) => {
      const running = inHand.get(run);
      if (running !== undefined) {
        wokenAgain.add(run);
        return running;
      }
      const work = untilRest(run).finally(() => inHand.delete(run));
      inHand.set(run, work);
      return work;
    },
    has: (run) => inHand.has(run),
    stop: async () => {
      stopping.abort();
      await Promise.allSettled(inHand.values());
    },
  };
};

/** True when the run could go on now. */
export const hasWork = async (run: RunId, deps: Pick<AppDeps, "runLog" | "clock">): Promise<boolean> => {
  const state = reduceRun(await deps.runLog.read(run));
  return state !== null && decide(state, deps.clock.now()).kind !== "rest";
};
