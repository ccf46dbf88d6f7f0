// Does what a migration rests on still hold? Asked before each change of membership and each stop, with an observation just
// made. Looks only for what would make the rest of the plan wrong.
import type { Observation, Role } from "../model/ensemble.ts";
import type { ServerId } from "../model/ids.ts";
import type { Plan } from "../model/plan.ts";
import { inWords } from "./rule.ts";

/** What this run may have left: memberships, the likeliest last, and the config version; null: not known. */
export type Expected = {
  readonly members: readonly ReadonlyMap<ServerId, Role>[];
  readonly version: string | null;
};

/**
 * Sentences on what has moved since the plan was made; empty when it still holds. It is stale when
 * – the membership, or its version, is none that this run has left: somebody else changed it;
 * – a server that the plan rests on is elsewhere, or runs another release;
 * – leadership has moved to a server that is still to be taken out as a follower.
 */
export const stalenessOfMove = (
  plan: Plan,
  seen: Observation,
  expected: Expected,
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

const membershipMoved = (seen: Observation, expected: Expected): readonly string[] => {
  const now = inText(seen.membership.members.map(({ id, role }) => [id, role] as const));
  const likeliest = expected.members.at(-1);
  if (likeliest === undefined || expected.members.some((members) => inText(members) === now)) {
    return versionMoved(seen, expected);
  }
  return [`The configuration was changed by someone else: its members are ${now}; expected were ${inText(likeliest)}.`];
};

/** The same members under another version: somebody else has changed them and changed them back, or is about to go on. */
const versionMoved = ({ membership }: Observation, { version }: Expected): readonly string[] =>
  version === null || membership.version === null || membership.version === version
    ? []
    : [`The configuration was changed by someone else: its version is ${membership.version}; expected was ${version}.`];

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
