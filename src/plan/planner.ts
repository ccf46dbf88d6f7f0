// The one door to planning: a goal goes to the planner of its kind.
import { canonicalJson } from "../model/canonical-json.ts";
import type { Observation } from "../model/ensemble.ts";
import type { Goal } from "../model/goal.ts";
import { assertNever } from "../model/ids.ts";
import type { EnsembleSpec } from "../model/inventory.ts";
import type { Plan, Planned } from "../model/plan.ts";
import { planConfigure } from "./configure.ts";
import { planMigrate } from "./migrate.ts";
import { planPauseWrites } from "./pause-writes.ts";
import { planRestore } from "./restore.ts";
import type { PlanOptions } from "./situation.ts";
import { planUpgrade } from "./upgrade.ts";

/** Pure: the same goal and observation give the same plan. */
export const plan = (goal: Goal, seen: Observation, ensemble: EnsembleSpec, options: PlanOptions): Planned => {
  switch (goal.kind) {
    case "upgrade":
      return planUpgrade(goal, seen, ensemble, options);
    case "configure":
      return planConfigure(goal, seen, ensemble, options);
    case "migrate":
      return planMigrate(goal, seen, ensemble, options);
    case "pause-writes":
      return planPauseWrites(goal, seen, ensemble, options);
    case "restore":
      return planRestore(goal, seen, ensemble, options);
    default:
      return assertNever(goal);
  }
};

/** True when two plans would do the same: same goal, same gates, same steps. When each was made does not count. */
export const sameDoing = (a: Plan, b: Plan): boolean =>
  canonicalJson([a.goal, a.gates, a.steps]) === canonicalJson([b.goal, b.gates, b.steps]);
