// Whether what a run's plan rests on still holds, whatever its goal. Pure.
import type { Observation } from "../model/ensemble.ts";
import { staleness } from "../plan/staleness.ts";
import { stalenessOfMove } from "../plan/staleness-of-move.ts";
import { stalenessOfRestore } from "../plan/staleness-of-restore.ts";
import { membersNow, versionNow } from "./members-now.ts";
import { progressOf } from "./progress.ts";
import type { RunState } from "./state.ts";

/** Sentences on what has moved since the plan was made; empty when it still holds. */
export const staleReasons = (state: RunState, seen: Observation): readonly string[] => {
  const { plan, steps } = state;
  if (plan.goal.kind === "restore") return stalenessOfRestore(plan, seen);
  if (plan.goal.kind !== "migrate") return staleness(plan, seen, progressOf(state));
  // Once lists are being rewritten the servers do not agree on them, and each step looks at its own list.
  const isRewriting =
    plan.basis.configSource === "static" &&
    plan.steps.some((step, i) => step.kind === "retire-server" && steps[i]?.state !== "todo");
  if (isRewriting) return [];
  const toDo = plan.steps.filter((_step, i) => steps[i]?.state !== "done");
  return stalenessOfMove(plan, seen, { members: membersNow(state), version: versionNow(state) }, { steps: toDo });
};
