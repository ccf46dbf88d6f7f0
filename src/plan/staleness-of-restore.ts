// Does what a restore rests on still hold? Only who the servers are: what they hold, and whether they serve, does not matter.
import { formatMember } from "../model/dynamic-config.ts";
import type { Observation } from "../model/ensemble.ts";
import type { Plan } from "../model/plan.ts";

/** Sentences on what has moved since the plan was made; empty when it still holds. */
export const stalenessOfRestore = (plan: Plan, seen: Observation): readonly string[] => {
  const step = plan.steps.find(({ kind }) => kind === "restore-data");
  if (step?.kind !== "restore-data") return [];
  const before = new Map(step.members.map((member) => [member.id, formatMember(member)]));
  const now = new Map(seen.membership.members.map((member) => [member.id, formatMember(member)]));
  return [
    ...[...now].flatMap(([id, line]) => {
      const had = before.get(id);
      if (had === undefined) return [`server.${id} is new in the configuration.`];
      return had === line ? [] : [`server.${id} is another member now: ${line} instead of ${had}.`];
    }),
    ...[...before.keys()].flatMap((id) => (now.has(id) ? [] : [`server.${id} is no longer in the configuration.`])),
  ];
};
