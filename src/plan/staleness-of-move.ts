// Does what a migration rests on still hold? Asked before each change of membership and each stop, with an observation just
// made. Looks only for what would make the rest of the plan wrong.
import type { Observation, Role } from "../model/ensemble.ts";
import type { ServerId } from "../model/ids.ts";
import type { Plan } from "../model/plan.ts";
import { inWords } from "./rule.ts";

/**
 * Sentences on what has moved since the plan was made; empty when it still holds. `expected`: the memberships that this run
 * may have left. It is stale when
 * – the membership is none of these: somebody else changed it;
 * – a server that the plan rests on is elsewhere, or runs another release;
 * – leadership has moved to a server that is still to be taken out as a follower.
 */
export const stalenessOfMove = (
  plan: Plan,
  seen: Observation,
  expected: readonly ReadonlyMap<ServerId, Role>[],
  toDo: Pick<Plan, "steps">,
): readonly string[] => [
  ...membershipMoved(seen, expected),
  ...serversMoved(plan, seen),
  ...leadershipMoved(seen, toDo.steps),
];

const inText = (members: Iterable<readonly [ServerId, Role]>): string =>
  inWords(
    [...members]
      .sort(([a], [b]) => a - b)
      .map(([id, role]) => `server.${id}${role === "observer" ? " (observer)" : ""}`),
  );

const membershipMoved = (seen: Observation, expected: readonly ReadonlyMap<ServerId, Role>[]): readonly string[] => {
  const now = inText(seen.membership.members.map(({ id, role }) => [id, role] as const));
  const likeliest = expected.at(-1);
  if (likeliest === undefined || expected.some((members) => inText(members) === now)) return [];
  return [`The configuration was changed by someone else: its members are ${now}; expected were ${inText(likeliest)}.`];
};

const serversMoved = ({ basis }: Plan, seen: Observation): readonly string[] =>
  basis.servers.flatMap((known) => {
    const server = seen.servers.find(({ id }) => id === known.id);
    if (server === undefined) return [];
    const client = `${server.client.host}:${server.client.port}`;
    return [
      ...(client === known.client ? [] : [`server.${known.id} is at ${client} now; it was at ${known.client}.`]),
      ...(server.seen.status === "serving" && server.seen.release !== known.release
        ? [`server.${known.id} runs ${server.seen.release} now; it ran ${known.release}.`]
        : []),
    ];
  });

const leadershipMoved = (seen: Observation, steps: Plan["steps"]): readonly string[] => {
  const leader = seen.servers.find(({ seen: now }) => now.status === "serving" && now.mode === "leader");
  if (leader === undefined) return [];
  const isHandedOver = steps.some((step) => step.kind === "hand-over-leadership" && step.server === leader.id);
  const isRemoved = steps.some((step) => step.kind === "remove-member" && step.member.id === leader.id);
  return isRemoved && !isHandedOver
    ? [`server.${leader.id} is the leader now, but the plan takes it out as a follower.`]
    : [];
};
