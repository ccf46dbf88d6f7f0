// Plans `/zk pause-writes`: no server is touched but for the pause itself, which ends when its time is over. Pure.
import type { Observation } from "../model/ensemble.ts";
import type { PauseGoal } from "../model/goal.ts";
import type { EnsembleSpec } from "../model/inventory.ts";
import type { Planned } from "../model/plan.ts";
import { planFrom } from "./plan-from.ts";
import { type PlanOptions, situationOf } from "./situation.ts";

/** `blocked` with every reason at once when a rule stands against it. */
export const planPauseWrites = (
  goal: PauseGoal,
  seen: Observation,
  ensemble: EnsembleSpec,
  options: PlanOptions,
): Planned =>
  planFrom(situationOf(goal, seen, ensemble, options), () => [
    { kind: "preflight" },
    { kind: "pause-writes", method: goal.pause },
    { kind: "keep-paused", ms: goal.forMs },
    { kind: "resume-writes", method: goal.pause },
  ]);
