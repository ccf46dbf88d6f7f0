// Who comes and who goes in a migration: which host gets which id and role, and in place of whom. Pure; decides nothing
// about the order in which it is done.
import type { DestinationSeen, Observation, Role } from "../model/ensemble.ts";
import type { MigrateGoal } from "../model/goal.ts";
import { type ServerId, serverId } from "../model/ids.ts";
import { isAtLeast, type Release } from "../model/release.ts";
import type { Subject } from "./situation.ts";

/** A server that comes. */
export type Joining = {
  readonly id: ServerId;
  readonly at: DestinationSeen;
  readonly role: Role;
  /** Whose place it takes; null where the ensemble grows. */
  readonly replaces: Subject | null;
};

export type Move = {
  /** `reconfig`: the ensemble changes its own membership (3.5 and later); `static`: by rewriting lists and restarting (3.4). */
  readonly method: "reconfig" | "static";
  /** In the order of the goal's hosts. */
  readonly destinations: readonly DestinationSeen[];
  /** As `destinations`; shorter when there are not ids enough. */
  readonly joining: readonly Joining[];
  /** Observers, then followers, the leader last; those of a kind by id. */
  readonly leaving: readonly Subject[];
  readonly staying: readonly Subject[];
  /** Servers that leave and that nobody replaces. */
  readonly surplus: readonly Subject[];
  readonly votersAfter: number;
};

const isObserver = ({ server }: Subject): boolean => server.member.role === "observer";
/** In the order in which they leave: who has no vote first, who leads last. */
const rank = ({ serving }: Subject): number => ["observer", "follower", "leader"].indexOf(serving?.mode ?? "");

export const moveOf = (given: {
  readonly goal: MigrateGoal;
  readonly release: Release;
  readonly seen: Observation;
  readonly subjects: readonly Subject[];
}): Move => {
  const { goal, seen, subjects } = given;
  const destinations = goal.to.flatMap((host) => seen.destinations?.find((one) => one.host === host) ?? []);
  const staying = subjects.filter(({ server }) => goal.to.includes(server.host));
  const leaving = subjects.filter(({ server }) => !goal.to.includes(server.host));
  const method = isStatic(seen, subjects) ? "static" : "reconfig";
  const replaced = replacedBy(leaving, destinations.length);
  const isByLists = method === "static";
  const free = newIds(seen, destinations.length);
  const ids = isByLists ? [...free].sort((a, b) => a - b) : free;
  const turns = isByLists ? inTurns(replaced) : replaced.map((_, index) => index);
  const joining = destinations.flatMap((at, index): readonly Joining[] => {
    const id = ids[turns[index] ?? index];
    const replaces = replaced[index] ?? null;
    if (id === undefined) return [];
    return [{ id, at, role: replaces !== null && isObserver(replaces) ? "observer" : "participant", replaces }];
  });
  return {
    method,
    destinations,
    joining,
    leaving: [...leaving].sort((a, b) => rank(a) - rank(b) || a.id - b.id),
    staying,
    surplus: leaving.filter((subject) => !replaced.includes(subject)),
    votersAfter: [...staying.filter((one) => !isObserver(one)), ...joining.filter((one) => one.role === "participant")]
      .length,
  };
};

/** Releases before 3.5 know no reconfig: where one of them serves, lists are rewritten. */
const isStatic = (seen: Observation, subjects: readonly Subject[]): boolean =>
  seen.membership.source === "static" &&
  subjects.some(({ serving }) => serving !== null && !isAtLeast(serving.release, "3.5.0"));

/** By id, so that the first host named takes the lowest id's place. Where there are too few hosts, voters go first. */
const replacedBy = (leaving: readonly Subject[], count: number): readonly Subject[] => {
  const byId = [...leaving].sort((a, b) => a.id - b.id);
  if (count >= byId.length) return byId;
  const chosen = [...byId.filter((one) => !isObserver(one)), ...byId.filter(isObserver)].slice(0, count);
  return byId.filter((one) => chosen.includes(one));
};

/**
 * For each server the place of its turn. Before 3.5 a server calls only those of its list, and of two the one with the higher
 * id calls: so whoever comes later must have the higher id, or a leader that came before could never be reached.
 */
const inTurns = (replaced: readonly Subject[]): readonly number[] => {
  const order = [...replaced].sort((a, b) => rank(a) - rank(b) || a.id - b.id);
  return replaced.map((subject) => order.indexOf(subject));
};

const HIGHEST_ID = 254;

/**
 * Above every id known: an id that some old server still has in its files must never mean another server (zookeeperReconfig,
 * "Adding servers"). At the end of the range the lowest ones that nobody ever had.
 */
const newIds = (seen: Observation, count: number): readonly ServerId[] => {
  const used = new Set([...seen.membership.members.map(({ id }) => Number(id)), ...(seen.usedIds ?? [])]);
  const highest = Math.max(0, ...used);
  const above = Array.from({ length: HIGHEST_ID }, (_, index) => highest + 1 + index);
  const below = Array.from({ length: HIGHEST_ID }, (_, index) => index + 1);
  return [...new Set([...above, ...below])]
    .filter((id) => id <= HIGHEST_ID && !used.has(id))
    .slice(0, count)
    .map(serverId);
};
