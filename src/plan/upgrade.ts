// Plans `/zk upgrade`: which server is stopped, changed and started when, so that a quorum serves all through.
// Pure: the same goal and observation give the same plan. What must not be is said by the rules, not here.
import type { Observation } from "../model/ensemble.ts";
import type { UpgradeGoal } from "../model/goal.ts";
import type { EnsembleSpec, Gates } from "../model/inventory.ts";
import type { Planned, Step } from "../model/plan.ts";
import { planFrom } from "./plan-from.ts";
import { inWords } from "./rule.ts";
import { differingFrom } from "./rules/configuration.ts";
import { type PlanOptions, type Situation, type Subject, situationOf } from "./situation.ts";
import { turnsOf } from "./turns.ts";

/**
 * The plan that brings every server to the goal's release; `nothing-to-do` when all run it already; `blocked` with
 * every reason at once when a rule stands against it. Servers that already run the release get no turn.
 */
export const planUpgrade = (
  goal: UpgradeGoal,
  seen: Observation,
  ensemble: EnsembleSpec,
  options: PlanOptions,
): Planned => {
  const situation = situationOf(goal, seen, ensemble, options);
  if (situation.subjects.length > 0 && situation.subjects.every(({ serving }) => serving?.release === goal.release)) {
    return { kind: "nothing-to-do", why: whyNothing(situation) };
  }
  return planFrom(situation, (gates) => stepsOf(situation, gates));
};

const whyNothing = ({ goal, subjects, ensemble }: Situation): string => {
  const runs =
    subjects.length === 1
      ? `${subjects[0]?.name} runs ${goal.release} already.`
      : `All ${subjects.length} servers run ${goal.release} already.`;
  const differing = subjects.flatMap((subject) => {
    const keys = subject.facts === null ? [] : differingFrom(subject, ensemble);
    return keys.length === 0 ? [] : [`${inWords(keys)} on server.${subject.id}`];
  });
  return differing.length === 0
    ? runs
    : `${runs} What differs from ensembles.yaml (${differing.join("; ")}) is changed by \`/zk configure ${goal.ensemble}\`.`;
};

// ---------------------------------------------------------------- steps

const stepsOf = (situation: Situation, gates: Gates): readonly Step[] => {
  const backUp = toBackUp(situation);
  return [
    { kind: "preflight" },
    ...(backUp === null ? [] : [{ kind: "back-up", server: backUp.id } as const]),
    {
      kind: "install-release",
      release: situation.release,
      servers: situation.changing.map(({ id }) => id),
    },
    ...turnsOf(situation, gates),
    { kind: "verify-ensemble", release: situation.release },
  ];
};

/** A follower has all committed data and its copying disturbs nobody; the leader only where there is no other. */
export const toBackUp = ({ voters, leader, subjects, isStandalone }: Situation): Subject | null => {
  if (isStandalone) return subjects[0] ?? null;
  return voters.find(({ serving }) => serving?.mode === "follower") ?? leader;
};
