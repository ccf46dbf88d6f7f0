// Kills the worker with SIGKILL once in each kind of step of a run, and sees to it that another one goes on.
import { setTimeout as sleep } from "node:timers/promises";
import type { AppProcess } from "../../sandbox/app-process.ts";
import type { PrivateRedis } from "../../sandbox/redis.ts";
import type { Stage } from "../../sandbox/stage.ts";
import type { RunId } from "../../src/model/ids.ts";
import type { Step } from "../../src/model/plan.ts";
import type { RecordedEvent } from "../../src/model/run-event.ts";
import { type RunWatcher, waitFor } from "./run-on-stage.ts";

export type Killed = {
  /** Kind of step → milliseconds from the kill until the log went on. */
  readonly recoveryMs: ReadonlyMap<string, number>;
  readonly redisKilled: boolean;
};

/**
 * Until the run has ended; throws when it is held. `kinds`: in which steps to kill; null: in every kind. With `redisToo` Redis is
 * killed as well, once, together with the second worker. `onGate` answers a question in the middle of the run.
 */
export const killInSteps = async (options: {
  readonly stage: Pick<Stage, "startApp"> & { readonly redis: Pick<PrivateRedis, "kill" | "restart"> };
  readonly watcher: Pick<RunWatcher, "events">;
  readonly run: RunId;
  readonly worker: AppProcess;
  readonly random: () => number;
  readonly kinds: readonly Step["kind"][] | null;
  readonly redisToo: boolean;
  readonly onGate?: () => Promise<void>;
}): Promise<Killed> => {
  const { stage, watcher, run, random, kinds } = options;
  let { worker } = options;
  const recoveryMs = new Map<string, number>();
  let redisKilled = false;
  let answered = 0;
  for (;;) {
    const log = await watcher.events(run);
    const last = log.at(-1);
    if (last?.event.type === "finished") return { recoveryMs, redisKilled };
    failIfHeld(last, "before a kill");
    if (last?.event.type === "approval-asked" && last.event.gate !== "plan" && last.seq > answered) {
      answered = last.seq;
      await options.onGate?.();
    }
    const kind = kindUnderWay(log);
    if (kind === null || recoveryMs.has(kind) || kinds?.includes(kind) === false) {
      await sleep(5);
      continue;
    }
    // Short, for the quickest steps take no longer than this; one that is over by then would not be killed in.
    await sleep(Math.floor(random() * 40));
    await worker.kill();
    const killedAt = Date.now();
    const lengthAtKill = (await watcher.events(run)).length;
    if (options.redisToo && !redisKilled && recoveryMs.size === 1) {
      redisKilled = true;
      await stage.redis.kill();
      await sleep(Math.floor(random() * 1_000));
      await stage.redis.restart();
    }
    worker = await stage.startApp("worker");
    await waitFor(
      `the run to go on after a kill in ${kind}`,
      async () => {
        const now = await watcher.events(run);
        failIfHeld(now.at(-1), `after a kill in ${kind}`);
        return now.length > lengthAtKill || now.at(-1)?.event.type === "finished";
      },
      40_000,
    );
    recoveryMs.set(kind, Date.now() - killedAt);
  }
};

const failIfHeld = (last: RecordedEvent | undefined, when: string): void => {
  if (last?.event.type === "held") throw new Error(`held ${when}: ${JSON.stringify(last.event.failure)}`);
};

const kindUnderWay = (log: readonly RecordedEvent[]): Step["kind"] | null => {
  const [first, last] = [log[0]?.event, log.at(-1)?.event];
  return last?.type === "step-started" && first?.type === "proposed"
    ? (first.plan.steps[last.step]?.kind ?? null)
    : null;
};
