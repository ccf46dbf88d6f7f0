// Who can lead a simulated ensemble, who can acknowledge a write, and whether two could do so at once. With a dynamic
// configuration all count by the one in force. With static lists each server counts by the list it was started with:
// votes by who is in it; acknowledgements too, but for 3.4, which takes only their number, whoever sends them.
import type { ServerId } from "../../src/model/ids.ts";
import { membersOf, type SimulatedEnsemble, type SimulatedServer, serversOf } from "./simulated-ensemble.ts";

/** Sets of servers are bits, in the order of `ids`: tests ask these questions millions of times. */
type Ballot = {
  readonly ids: readonly ServerId[];
  /** Bits of servers that run and have the data. */
  readonly serving: number;
  /** By server: the voters of its list; 0 when it has no vote or does not run. */
  readonly voters: readonly number[];
  /** By server: who would follow it, itself included. */
  readonly followers: readonly number[];
  /** By server: whose acknowledgements it counts, when it leads. */
  readonly counted: readonly number[];
};

const bits = (set: number): number => {
  let count = 0;
  for (let rest = set; rest !== 0; rest &= rest - 1) count++;
  return count;
};
const majority = (voters: number): number => Math.floor(bits(voters) / 2) + 1;
const each = (set: number): readonly number[] => {
  const found: number[] = [];
  for (let at = 0; at < 31; at++) if (((set >> at) & 1) === 1) found.push(at);
  return found;
};

/** Servers that run, and those that a configuration in force names. */
const idsIn = (instants: readonly SimulatedEnsemble[]): readonly ServerId[] => [
  ...new Set(
    instants.flatMap((ensemble) => {
      const up = ensemble.servers.filter(({ state }) => state !== "stopped");
      const lists = ensemble.isDynamic ? [membersOf(ensemble)] : up.map(({ list }) => list);
      return [...up, ...lists.flat()].map(({ id }) => id);
    }),
  ),
];

const ballotOf = (
  ensemble: SimulatedEnsemble,
  ids: readonly ServerId[] = [...idsIn([ensemble])].sort((a, b) => a - b),
): Ballot => {
  if (ids.length > 30) throw new Error("more servers than bits");
  const members = membersOf(ensemble);
  const setOf = (some: readonly { readonly id: ServerId }[]) =>
    some.reduce((set, { id }) => (ids.includes(id) ? set | (1 << ids.indexOf(id)) : set), 0);
  const servers = ids.map((id) => ensemble.servers.find((server) => server.id === id));
  const voters = servers.map((server) => {
    if (server === undefined || server.state === "stopped") return 0;
    const list = (ensemble.isDynamic ? members : server.list).filter(({ role }) => role === "participant");
    return list.some(({ id }) => id === server.id) ? setOf(list) : 0;
  });
  const followers = ids.map((_, leader) =>
    voters.reduce((set, list, server) => (((list >> leader) & 1) === 1 ? set | (1 << server) : set), 0),
  );
  const byNumber = servers.map((server) => !ensemble.isDynamic && server?.release.startsWith("3.4.") === true);
  return {
    ids,
    serving: setOf(ensemble.servers.filter(({ state }) => state === "serving")),
    voters,
    followers,
    counted: followers.map((set, leader) => (byNumber[leader] === true ? set : set & (voters[leader] ?? 0))),
  };
};

/** True when the servers of `among` could make one of them their leader: each counts votes by its own list. */
const canElect = ({ voters, followers }: Ballot, leader: number, among: number): boolean => {
  const own = voters[leader] ?? 0;
  const willing = (followers[leader] ?? 0) & own & among;
  if (((willing >> leader) & 1) === 0 || bits(willing) < majority(own)) return false;
  const agreed = each(willing).filter((server) => {
    const list = voters[server] ?? 0;
    return bits(willing & list) >= majority(list);
  });
  return agreed.includes(leader) && agreed.length >= majority(own);
};

const EVERYBODY = -1;

/** The leader stays while it serves, votes and has enough followers; else the highest id among those with the data. */
export const elect = (ensemble: SimulatedEnsemble): SimulatedEnsemble => {
  const ballot = ballotOf(ensemble);
  const able = each(ballot.serving).filter((server) => ballot.voters[server] !== 0);
  const leader = able.find((server) => ballot.ids[server] === ensemble.leader);
  if (leader !== undefined && bits(ballot.counted[leader] ?? 0) >= majority(ballot.voters[leader] ?? 0)) {
    return ensemble;
  }
  const next = able.findLast((server) => canElect(ballot, server, EVERYBODY));
  return next === undefined
    ? { ...ensemble, leader: null }
    : { ...ensemble, leader: ballot.ids[next] ?? null, epoch: ensemble.epoch + 1 };
};

/** True when a leader serves and a quorum of those it counts has the data. */
export const writesWork = (ensemble: SimulatedEnsemble): boolean => {
  const { ids, voters, counted, serving } = ballotOf(ensemble);
  const leader = ensemble.leader === null ? -1 : ids.indexOf(ensemble.leader);
  const own = voters[leader] ?? 0;
  return own !== 0 && bits((counted[leader] ?? 0) & serving) >= majority(own);
};

/** Members that do not serve with all the data; lists that name one which was stopped for good are on their way out. */
export const away = (ensemble: SimulatedEnsemble): readonly ServerId[] =>
  serversOf(ensemble)
    .filter(({ state, retired }) => state !== "serving" && (ensemble.isDynamic || !retired))
    .map(({ id }) => id);

export const votersServing = (ensemble: SimulatedEnsemble): number => {
  const { voters, serving } = ballotOf(ensemble);
  return each(serving).filter((server) => voters[server] !== 0).length;
};

/**
 * Two servers that could lead at once, each acknowledging writes without the other's followers; null when none can. Both
 * could have been elected as things are; then each only needs enough followers that are not the other's (Hall's theorem).
 */
export const splitBrain = (ensemble: SimulatedEnsemble): readonly [ServerId, ServerId] | null => {
  const ballot = ballotOf(ensemble);
  const able = ballot.ids.flatMap((_, server) => (canElect(ballot, server, EVERYBODY) ? [server] : []));
  for (const one of able) {
    for (const other of able) {
      if (one >= other) continue;
      const both = (1 << one) | (1 << other);
      const ofOne = (ballot.counted[one] ?? 0) & ~both;
      const ofOther = (ballot.counted[other] ?? 0) & ~both;
      const neededByOne = majority(ballot.voters[one] ?? 0) - 1;
      const neededByOther = majority(ballot.voters[other] ?? 0) - 1;
      if (
        bits(ofOne) >= neededByOne &&
        bits(ofOther) >= neededByOther &&
        bits(ofOne | ofOther) >= neededByOne + neededByOther
      ) {
        const [first, second] = [ballot.ids[one], ballot.ids[other]];
        if (first !== undefined && second !== undefined) return [first, second];
      }
    }
  }
  return null;
};

/**
 * True when a write acknowledged at one instant could be unknown to everybody who elects a leader at a later one. Whoever
 * acknowledged it has it, whoever finished syncing since, and whoever acknowledged a later write; nobody else counts. The
 * worst acknowledgers are taken.
 */
export const losesWrites = (instants: readonly SimulatedEnsemble[]): boolean => {
  const ids = idsIn(instants);
  /** For each write that may have been acknowledged, who has it by now. */
  let made: readonly number[] = [];
  let before: SimulatedEnsemble | undefined;
  for (const now of instants) {
    const ballot = ballotOf(now, ids);
    const synced = finishedSyncing(before, now, ids);
    made = made.map((known) => known | synced);
    if (before !== undefined && now.writes > before.writes) {
      const acknowledgers = quorumsUnder(now.leader, ballot);
      made = made.flatMap((known) => acknowledgers.map((quorum) => known | quorum));
    }
    if (made.some((known) => ids.some((_, server) => canElect(ballot, server, ~known)))) return true;
    made = smallestOf([...made, ...quorumsOf(ballot)]);
    before = now;
  }
  return false;
};

/** What more servers know is lost less easily: sets that contain another one need not be followed. */
const smallestOf = (sets: readonly number[]): readonly number[] => {
  const different = [...new Set(sets)];
  return different.filter((set) => !different.some((other) => other !== set && (other & set) === other));
};

const finishedSyncing = (
  before: SimulatedEnsemble | undefined,
  { servers }: SimulatedEnsemble,
  ids: readonly ServerId[],
): number => {
  const had = (server: SimulatedServer) => before?.servers.find(({ id }) => id === server.id)?.state;
  return servers.reduce(
    (set, server) =>
      server.state === "serving" && had(server) === "joining" ? set | (1 << ids.indexOf(server.id)) : set,
    0,
  );
};

/** The smallest sets of servers that could acknowledge a write, whoever leads. */
const quorumsOf = (ballot: Ballot): readonly number[] =>
  each(ballot.serving)
    .filter((server) => canElect(ballot, server, EVERYBODY))
    .flatMap((server) => quorumsUnder(ballot.ids[server] ?? null, ballot));

const quorumsUnder = (id: ServerId | null, { ids, serving, counted, voters }: Ballot): readonly number[] => {
  if (id === null) return [];
  const leader = ids.indexOf(id);
  const others = each((counted[leader] ?? 0) & serving & ~(1 << leader));
  return choose(others, majority(voters[leader] ?? 0) - 1).map((some) => some | (1 << leader));
};

const choose = (places: readonly number[], count: number): readonly number[] => {
  if (count === 0) return [0];
  return places.flatMap((place, index) =>
    choose(places.slice(index + 1), count - 1).map((rest) => rest | (1 << place)),
  );
};
