// A click on a run: judged against its log, appended, and the run woken. A click that changes nothing is explained to the
// person who made it. Renders nothing but that.

import type { Producers } from "../jobs/queues.ts";
import type { Log } from "../src/app/app-deps.ts";
import { type Click, judge } from "../src/app/decide-approval.ts";
import { failureOf, OpsError } from "../src/errors.ts";
import { ensembleOf, type RunId } from "../src/model/ids.ts";
import type { Clock, RunLog } from "../src/ports.ts";
import { reduceRun } from "../src/run/reduce.ts";
import type { RunState } from "../src/run/state.ts";
import type { Authorize } from "./authorize.ts";
import { storeDownText } from "./views/replies.ts";

export type DecisionDeps = {
  readonly runLog: RunLog;
  readonly authorize: Authorize;
  readonly producers: Pick<Producers, "wake" | "notify">;
  readonly clock: Clock;
  readonly log: Log;
};

type Decided =
  | { readonly kind: "done"; readonly state: RunState }
  /** Nothing changed; `why` is for the person who clicked. */
  | { readonly kind: "explained"; readonly why: string }
  /** Nothing changed yet: the person has to type the ensemble's name first. */
  | { readonly kind: "type-name"; readonly state: RunState };

export type Decisions = {
  /** Judges and, if that is right, appends. Never throws. */
  decide(run: RunId, click: Click): Promise<Decided>;
  /** Judges only: what a modal needs before it opens. Never throws. */
  weigh(run: RunId, click: Click): Promise<Decided>;
};

/** Somebody else's event came between reading and appending: read again. More than a few in a row is no coincidence. */
const MOST_TRIES = 8;

export const makeDecisions = (deps: DecisionDeps): Decisions => {
  const { runLog, producers, clock, log } = deps;

  const attempt = async (run: RunId, click: Click, append: boolean): Promise<Decided> => {
    for (let tries = 0; tries < MOST_TRIES; tries++) {
      const state = reduceRun(await runLog.read(run));
      if (state === null) return { kind: "explained", why: "I have no record of that run. Nothing changed." };
      const rights = await deps.authorize.rights(state.policy, click.by);
      const at = clock.now();
      const judged = judge(state, click, at, rights);
      if ("explain" in judged) return { kind: "explained", why: judged.explain };
      if ("typeName" in judged) return { kind: "type-name", state };
      if (!append) return { kind: "done", state };
      const entry = { actor: { kind: "user", id: click.by }, at, event: judged.append } as const;
      const appended = await runLog.append(run, state.head, entry);
      if (appended.kind === "appended") {
        log.info({ run, ensemble: ensembleOf(run), user: click.by, event: judged.append.type }, "a person decided");
        return { kind: "done", state };
      }
    }
    throw new OpsError("transient", { what: `${run} was changing too fast.` });
  };

  const guarded = async (run: RunId, click: Click, append: boolean): Promise<Decided> => {
    try {
      return await attempt(run, click, append);
    } catch (error) {
      const failure = failureOf(error);
      log.warn({ run, user: click.by, decision: click.decision, err: error }, failure.what);
      const unsure = append
        ? "your click may or may not have counted: look at the run's message"
        : "nothing was changed";
      return {
        kind: "explained",
        why:
          failure.kind === "transient" || failure.kind === "unknown-outcome"
            ? storeDownText(unsure)
            : `${failure.what} ${failure.next}`,
      };
    }
  };

  return {
    weigh: (run, click) => guarded(run, click, false),
    async decide(run, click) {
      const decided = await guarded(run, click, true);
      if (decided.kind !== "done") return decided;
      // The event is in the log: if these two fail, the sweepers do their work a little later.
      const calls = await Promise.allSettled([producers.wake(run), producers.notify(run)]);
      for (const call of calls)
        if (call.status === "rejected")
          log.warn({ run, err: call.reason }, "a wake-up was lost; the sweepers make up for it");
      return decided;
    },
  };
};
