// Plans `/zk migrate`: the ensemble grows by a synced server before it loses one, and no old server is stopped before a
// person has said so. Pure: the same goal and observation give the same plan. What must not be is said by the rules.
import type { Member, Observation } from "../model/ensemble.ts";
import type { MigrateGoal } from "../model/goal.ts";
import type { ServerId } from "../model/ids.ts";
import type { EnsembleSpec, Gates } from "../model/inventory.ts";
import type { Planned, Step } from "../model/plan.ts";
import { changesAfterSync } from "./config-changes.ts";
import { connectString } from "./connect-string.ts";
import { changesOf, memberFor, prepareSteps } from "./joining-steps.ts";
import type { Joining, Move } from "./move.ts";
import { planFrom } from "./plan-from.ts";
import { inWords } from "./rule.ts";
import { type PlanOptions, type Situation, type Subject, situationOf } from "./situation.ts";
import { toBackUp } from "./upgrade.ts";

/**
 * The plan after which the ensemble's servers are on the goal's hosts; `nothing-to-do` when they are there already;
 * `blocked` with every reason at once when a rule stands against it.
 */
export const planMigrate = (
  goal: MigrateGoal,
  seen: Observation,
  ensemble: EnsembleSpec,
  options: PlanOptions,
): Planned => {
  const situation = situationOf(goal, seen, ensemble, options);
  const { move } = situation;
  if (move === null) throw new Error("a migration without a move");
  if (isThere(situation, move)) return { kind: "nothing-to-do", why: whyNothing(situation) };
  return planFrom(situation, (gates) => [
    { kind: "preflight" },
    ...backUpSteps(situation),
    ...(move.joining.length === 0
      ? []
      : [
          {
            kind: "install-release",
            release: situation.release,
            servers: move.joining.map(({ id }) => id),
          } as const,
        ]),
    ...(move.method === "reconfig" ? byReconfig(situation, move, gates) : byLists(situation, move, gates)),
    { kind: "verify-ensemble", release: situation.release },
  ]);
};

const isThere = ({ subjects, release, seen, goal }: Situation, { joining, leaving }: Move): boolean =>
  joining.length === 0 &&
  leaving.length === 0 &&
  (seen.strays ?? []).length === 0 &&
  goal.kind === "migrate" &&
  goal.to.every((host) => subjects.some(({ server }) => server.host === host)) &&
  subjects.every(({ serving }) => serving?.release === release);

const whyNothing = ({ subjects, goal }: Situation): string =>
  `The servers of ${goal.ensemble} are on ${inWords(subjects.map(({ server }) => server.host))} already.`;

const backUpSteps = (situation: Situation): readonly Step[] => {
  const backUp = toBackUp(situation);
  return backUp === null ? [] : [{ kind: "back-up", server: backUp.id }];
};

// ---------------------------------------------------------------- what both ways share

/** A server that comes, and the one that goes for it; in the order in which the old ones leave. */
type Pair = { readonly comes: Joining; readonly goes: Subject | null };

/** Those that only come are before the leader's pair: leadership moves once, and into the whole new ensemble. */
const pairsOf = ({ joining, leaving }: Move): readonly Pair[] => {
  const replacing = leaving.flatMap((goes): readonly Pair[] => {
    const comes = joining.find(({ replaces }) => replaces?.id === goes.id);
    return comes === undefined ? [] : [{ comes, goes }];
  });
  const growing = joining.filter(({ replaces }) => replaces === null).map((comes): Pair => ({ comes, goes: null }));
  const followers = replacing.filter(({ goes }) => goes === null || !leads(goes));
  const leader = replacing.filter(({ goes }) => goes !== null && leads(goes));
  return [...followers, ...growing, ...leader];
};

const leads = ({ serving }: Subject): boolean => serving?.mode === "leader";

/** Members when all is done. */
const finalMembers = (situation: Situation, { staying, joining }: Move): readonly Member[] =>
  byId([...staying.map(({ server }) => server.member), ...joining.map((one) => memberFor(one, situation))]);

const byId = (members: readonly Member[]): readonly Member[] => [...members].sort((a, b) => a.id - b.id);

/** The question before anything old is stopped, and the wait for its clients. */
const beforeRetiring = (situation: Situation, move: Move, gates: Gates): readonly Step[] => {
  const servers = [...move.leaving.map(({ id }) => id), ...straysOf(situation).map(({ id }) => id)];
  const [first] = servers;
  if (first === undefined) return [];
  return [
    ...(gates === "once" ? [] : [{ kind: "ask-approval", server: first, reason: "retire" } as const]),
    {
      kind: "wait-for-clients",
      servers: [...servers].sort((a, b) => a - b),
      connectString: connectString([
        ...move.staying.map(({ id, server }) => ({ id, client: server.client })),
        ...move.joining.map(({ id, at }) => ({ id, client: { host: at.address, port: at.ports.client } })),
      ]),
    },
  ];
};

const straysOf = ({ seen }: Situation): NonNullable<Observation["strays"]> => seen.strays ?? [];

const retireStrays = (situation: Situation, members: readonly Member[]): readonly Step[] =>
  straysOf(situation).map(({ id, host }) => ({ kind: "retire-server", server: id, host, members }));

const soak = (server: ServerId, { ensemble }: Situation): readonly Step[] =>
  ensemble.soakMs > 0 ? [{ kind: "soak", server, ms: ensemble.soakMs }] : [];

// ---------------------------------------------------------------- 3.5 and later

/**
 * Grow before you shrink, one change of membership at a time. Old servers go out of the configuration but not down: they
 * serve their clients on until the end, so that up to the question everything can be taken back without a restart. The
 * leader goes last, as an observer that is ended at once: of all ways that is the shortest pause of writes.
 */
const byReconfig = (situation: Situation, move: Move, gates: Gates): readonly Step[] => {
  const members = finalMembers(situation, move);
  const remove = ({ server }: Subject): Step => ({ kind: "remove-member", member: server.member });
  const goesLast = move.leaving.filter(leads);
  return [
    ...pairsOf(move).flatMap(({ comes, goes }, index): readonly Step[] => [
      ...(gates === "each" && index > 0 ? [{ kind: "ask-approval", server: comes.id, reason: "each" } as const] : []),
      ...prepareSteps(comes, situation),
      { kind: "add-member", member: memberFor(comes, situation) },
      ...soak(comes.id, situation),
      ...(goes === null || leads(goes) ? [] : [remove(goes)]),
    ]),
    ...move.surplus.filter((subject) => !leads(subject)).map(remove),
    ...beforeRetiring(situation, move, gates),
    ...goesLast.flatMap((leader): readonly Step[] => [
      { kind: "hand-over-leadership", server: leader.id, method: "observer-then-kill" },
      remove(leader),
    ]),
    ...[...move.leaving]
      .sort((a, b) => a.id - b.id)
      .map(({ id, server }): Step => ({ kind: "retire-server", server: id, host: server.host, members })),
    ...retireStrays(situation, members),
  ];
};

// ---------------------------------------------------------------- 3.4

const asObserver = (member: Member): Member => ({ ...member, role: "observer" });

/**
 * All new servers first get the data as observers. Then, a pair at a time: the old one is stopped for good, the new one
 * becomes a voter, and only then the others get the list, the leader last. In this order no two quorums can form that
 * share no server, although 3.4 counts acknowledgements by number; adding all at once and then shrinking lost writes.
 */
const byLists = (situation: Situation, move: Move, gates: Gates): readonly Step[] => {
  const { syncTimeoutMs: timeoutMs } = situation.ensemble;
  const first = byId(situation.seen.membership.members);
  let list = first;
  const rounds = pairsOf(move).flatMap(({ comes, goes }): readonly Step[] => {
    if (goes === null) return [];
    const before = list;
    const comer = memberFor(comes, situation);
    const members = byId([...before.filter(({ id }) => id !== goes.id), comer]);
    list = members;
    const isFirst = before === first;
    const restart = (servers: readonly ServerId[], had: readonly Member[], has = members): Step => ({
      kind: "restart-with-members",
      replacing: goes.id,
      servers,
      members: has,
      before: had,
      timeoutMs,
    });
    const seeded = [...first, asObserver(comer)];
    const reseeded = [...before, asObserver(comer)];
    return [
      ...(gates === "each" && !isFirst ? [{ kind: "ask-approval", server: goes.id, reason: "each" } as const] : []),
      // Since it was seeded leadership has moved to a server that its list did not have: without this it would have to fetch
      // what it missed while one voter less is there.
      ...(isFirst ? [] : [restart([comes.id], seeded, reseeded)]),
      { kind: "retire-server", server: goes.id, host: goes.server.host, members },
      restart([comes.id], isFirst ? seeded : reseeded),
      restart(
        members.map(({ id }) => id).filter((id) => id !== comes.id),
        before,
      ),
      ...soak(comes.id, situation),
    ];
  });
  return [
    ...pairsOf(move).flatMap(({ comes }) => prepareSteps(comes, situation)),
    ...beforeRetiring(situation, move, gates),
    ...rounds,
    ...move.joining.flatMap((comes): readonly Step[] => {
      const changes = changesAfterSync(changesOf(comes, situation), situation.release);
      const { release } = situation;
      if (changes.length === 0) return [];
      const stays = { release, from: release, fromHome: null, whileRunning: true } as const;
      return [{ kind: "write-config", server: comes.id, ...stays, changes }];
    }),
    ...retireStrays(situation, list),
  ];
};
