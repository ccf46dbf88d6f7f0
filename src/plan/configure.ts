// Plans `/zk configure`: a rolling restart of the servers that do not have what ensembles.yaml wants of settings and JVM flags.
// Pure. What must not be changed in a rolling restart is said by the rules (rules/configure.ts), not here.
import type { Observation } from "../model/ensemble.ts";
import type { ConfigureGoal } from "../model/goal.ts";
import type { EnsembleSpec } from "../model/inventory.ts";
import type { Planned } from "../model/plan.ts";
import { planFrom } from "./plan-from.ts";
import { type PlanOptions, type Situation, situationOf } from "./situation.ts";
import { turnsOf } from "./turns.ts";

/** `nothing-to-do` when every server was read and has what is wanted; `blocked` with every reason at once. */
export const planConfigure = (
  goal: ConfigureGoal,
  seen: Observation,
  ensemble: EnsembleSpec,
  options: PlanOptions,
): Planned => {
  const situation = situationOf(goal, seen, ensemble, options);
  const isRead = situation.subjects.every(({ serving, facts }) => serving !== null && facts !== null);
  if (situation.subjects.length > 0 && isRead && situation.changing.length === 0) {
    return { kind: "nothing-to-do", why: whyNothing(situation) };
  }
  return planFrom(situation, (gates) => [
    { kind: "preflight" },
    ...turnsOf(situation, gates),
    { kind: "verify-ensemble", release: situation.release },
  ]);
};

const whyNothing = ({ goal, subjects, ensemble }: Situation): string => {
  const has = `${subjects.length === 1 ? subjects[0]?.name : `all ${subjects.length} servers`} ${subjects.length === 1 ? "has" : "have"} the settings and JVM flags of ensembles.yaml.`;
  const all = `\`/zk configure ${goal.ensemble} all\` restarts every server, one at a time`;
  return ensemble.hooks.configure === null
    ? `${has} ${all}.`
    : `${has} What your configuration tool would change cannot be seen from here: ${all}, and runs it for each.`;
};
