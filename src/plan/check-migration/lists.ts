// Static configuration: lists that servers were started with. What is proved here is that at no moment two sets of
// servers could each elect and acknowledge without sharing a server. 3.4 counts acknowledgements by number, whoever sends
// them, so quorums are looked at both as sets of a list's voters and as plain numbers.
import type { Member } from "../../model/ensemble.ts";
import type { ServerId } from "../../model/ids.ts";
import type { StepOf } from "../../model/plan.ts";
import { majority } from "../safety.ts";
import { allOf, named, type Server, sameLines, type Walk } from "./walk.ts";

const runs = ({ state }: Server): boolean => state !== "retired" && state !== "laid out";
const votersOf = (list: readonly Member[]): readonly ServerId[] =>
  list.filter(({ role }) => role === "participant").map(({ id }) => id);
const votes = (server: Server): boolean => runs(server) && votersOf(server.list).includes(server.id);

/** The old one is stopped before the new one votes: so no quorum of the old list forms without those that stay. */
export const retireForList = (walk: Walk, at: string, server: Server, step: StepOf<"retire-server">): void => {
  const { wrong, plan } = walk;
  const isFirst = allOf(walk).every(({ state }) => state !== "retired");
  const isAsked = plan.steps
    .slice(0, plan.steps.indexOf(step))
    .some((one) => one.kind === "ask-approval" && one.reason === "each" && one.server === server.id);
  if (plan.gates === "each" && isAsked === isFirst) {
    wrong.push(isFirst ? `${at}: it is asked for without need.` : `${at}: nobody is asked before it.`);
  }
  if (walk.replacement !== null) wrong.push(`${at}: the replacement of server.${walk.replacement.goes} is not over.`);
  const others = allOf(walk).filter((one) => one !== server && one.leaves && runs(one));
  if (server.leads && others.length > 0) wrong.push(`${at}: the leader goes before ${named(others)}.`);
  const comes = allOf(walk).find(({ replaces }) => replaces === server.id);
  const wanted = walk.list.filter(({ id }) => id !== server.id);
  if (comes === undefined) wrong.push(`${at}: nobody takes its place.`);
  else {
    if (comes.state !== "synced") wrong.push(`${at}: server.${comes.id} was not waited for; it may be down.`);
    if (!sameLines(step.members, [...wanted, comes.line])) {
      wrong.push(`${at}: the new list differs by more than server.${comes.id} for server.${server.id}.`);
    }
  }
  const waiting = new Set(step.members.map(({ id }) => id));
  walk.replacement = { goes: server.id, members: step.members, waiting };
};

/** First the new one alone, then all others; each is away while it restarts. */
export const restart = (walk: Walk, at: string, step: StepOf<"restart-with-members">): void => {
  const { wrong, replacement } = walk;
  if (walk.isDynamic) wrong.push(`${at}: the membership is not static.`);
  if (step.timeoutMs <= 0) wrong.push(`${at}: it has no time.`);
  if (replacement === null && isWaitingWith(walk, step)) {
    for (const id of step.servers) relist(walk, at, step, id);
    return;
  }
  if (replacement === null || replacement.goes !== step.replacing) {
    wrong.push(`${at}: server.${step.replacing} is not being replaced.`);
  } else if (!sameLines(step.members, replacement.members)) {
    wrong.push(`${at}: the list is not the one that server.${step.replacing} was retired for.`);
  }
  const comes = allOf(walk).find(({ replaces }) => replaces === step.replacing);
  if (comes !== undefined && replacement?.waiting.has(comes.id) === true) {
    if (step.servers.join() !== String(comes.id)) wrong.push(`${at}: server.${comes.id} is first, and alone.`);
  }
  for (const id of step.servers) {
    relist(walk, at, step, id);
    replacement?.waiting.delete(id);
    checkLists(walk, at);
  }
  if (replacement !== null && replacement.waiting.size === 0) {
    walk.list = replacement.members;
    walk.replacement = null;
  }
};

/** Before its round the new one may be given the list of that day to wait with: an observer still, without effect on votes. */
const isWaitingWith = (walk: Walk, { servers, members, replacing }: StepOf<"restart-with-members">): boolean => {
  const comes = allOf(walk).find(({ replaces }) => replaces === replacing);
  return (
    comes !== undefined &&
    servers.join() === String(comes.id) &&
    sameLines(members, [...walk.list, { ...comes.line, role: "observer" }])
  );
};

const relist = (walk: Walk, at: string, step: StepOf<"restart-with-members">, id: ServerId): void => {
  const { wrong } = walk;
  const server = walk.servers.get(id);
  if (server === undefined || server.state !== "synced") {
    wrong.push(`${at}: server.${id} does not serve.`);
    return;
  }
  if (!step.members.some((member) => member.id === id)) wrong.push(`${at}: server.${id} is not in its list.`);
  if (!sameLines(server.list, step.before)) wrong.push(`${at}: server.${id} was started with another list.`);
  checkReach(walk, at, server);
  checkAway(walk, at, server);
  server.list = step.members;
};

/**
 * Of two servers the one with the higher id calls, and before 3.5 it calls only those of its list: a new one with a lower id
 * than one of the members would wait for ever to be called (QuorumCnxManager, "Invalid server id").
 */
export const checkReach = ({ list, wrong }: Walk, at: string, server: Pick<Server, "id">): void => {
  if (list.some(({ id }) => id === server.id)) return;
  const higher = list.filter(({ id }) => id > server.id);
  if (higher.length > 0)
    wrong.push(`${at}: ${named(higher)} would not call server.${server.id}, which has a lower id.`);
};

/** While it is away, so many others must serve that a leader keeps its followers, as 3.4 counts them. */
const checkAway = (walk: Walk, at: string, away: Server): void => {
  const size = votersOf(walk.list).length;
  const serving = allOf(walk).filter((one) => one !== away && one.state === "synced" && votes(one)).length;
  if (votes(away) && serving < majority(size)) {
    walk.wrong.push(`${at}: without server.${away.id} ${serving} of ${size} voters serve, which is no quorum.`);
  }
};

/** The lists that servers with a vote, which run or may run again, were started with. */
const heldLists = (walk: Walk): readonly (readonly Member[])[] =>
  allOf(walk)
    .filter(votes)
    .map(({ list }) => list)
    .filter((list, index, all) => all.findIndex((other) => sameLines(other, list)) === index);

/** Every quorum of every list that is held shares a server with every other one; sizes stay, and one replacement is the most. */
export const checkLists = (walk: Walk, at: string): void => {
  const lists = heldLists(walk);
  const live = allOf(walk).filter(votes);
  const ids = live.map(({ id }) => id);
  const size = votersOf(walk.seen.membership.members).length;
  const serving = live.filter(({ state }) => state === "synced").length;
  if (serving < majority(size)) walk.wrong.push(`${at}: ${serving} of ${size} voters serve, which is no quorum.`);
  lists.forEach((list, index) => {
    if (votersOf(list).length !== size) walk.wrong.push(`${at}: a list has another number of voters.`);
    for (const other of lists.slice(index)) {
      const pair = disjointQuorums(list, other, ids);
      if (pair !== null) walk.wrong.push(`${at}: ${pair} could each elect a leader: two ensembles.`);
      const needed = majority(votersOf(list).length) + majority(votersOf(other).length);
      if (live.length >= needed) walk.wrong.push(`${at}: ${live.length} voters run, enough for two ensembles.`);
      if (list.filter(({ id }) => !other.some((one) => one.id === id)).length > 1) {
        walk.wrong.push(`${at}: two lists differ by more than one server.`);
      }
    }
  });
};

/** Two quorums, one of each list, of live servers, without a common one; null when there are none. */
const disjointQuorums = (a: readonly Member[], b: readonly Member[], live: readonly ServerId[]): string | null => {
  const others = votersOf(b).filter((id) => live.includes(id));
  const needed = majority(votersOf(b).length);
  for (const quorum of quorumsOf(votersOf(a), live)) {
    const left = others.filter((id) => !quorum.includes(id));
    if (left.length >= needed) return `servers ${quorum.join(", ")} and servers ${left.slice(0, needed).join(", ")}`;
  }
  return null;
};

/** The smallest quorums: subsets of a list's live voters that are just a majority of all its voters. */
const quorumsOf = (voters: readonly ServerId[], live: readonly ServerId[]): readonly (readonly ServerId[])[] => {
  const here = voters.filter((id) => live.includes(id));
  return subsets(here).filter((subset) => subset.length === majority(voters.length));
};

const subsets = (ids: readonly ServerId[]): readonly (readonly ServerId[])[] =>
  Array.from({ length: 2 ** ids.length }, (_, mask) => ids.filter((_id, index) => (mask >> index) % 2 === 1));

export const checkListsAtEnd = (walk: Walk): void => {
  if (walk.replacement !== null) walk.wrong.push(`The replacement of server.${walk.replacement.goes} is not over.`);
  for (const server of allOf(walk)) {
    if (runs(server) && !sameLines(server.list, walk.list)) {
      walk.wrong.push(`server.${server.id} is left with another list than the ensemble's.`);
    }
  }
};
