// Rules about a pause of writes: what it needs, what gets through all the same, what it costs clients.
import type { PauseMethod } from "../../model/goal.ts";
import type { Rule } from "../rule.ts";
import type { Situation } from "../situation.ts";

/** What gets through, and what it costs clients. */
const LEAKS: Readonly<Record<PauseMethod, string>> = {
  ports:
    "While the client ports are closed nobody but zkshift reads or writes, and connections break. Sessions whose time-out is shorter than the pause expire, and their ephemeral znodes go. What comes from zkshift's own address gets through, and clients on its own machine. If no worker renews it, it ends by itself within 30 s: so it ends when the run is held, and Retry begins it anew.",
  acl: "While writes are paused clients stay connected and read on, new sessions begin, and writes fail with NoAuth. What authenticates as super writes on, and sessions that end take their ephemeral znodes with them. Afterwards each ACL is as it was; its version (aversion) has grown by two.",
};

/** About how long closed ports stay closed: what each turn takes as a rule, and a look through all znodes at both ends. */
const closedMs = ({ goal, changing, move, ensemble }: Situation): number => {
  if (goal.kind === "pause-writes") return goal.forMs + 2_000;
  const turns = move === null ? changing.length : move.joining.length + move.leaving.length;
  const hook = ensemble.hooks.configure === null ? 0 : 5_000;
  return turns * (4_000 + hook + ensemble.soakMs) + 2_000;
};

const seconds = (ms: number): string => `${Math.round(ms / 1000)} s`;

export const PAUSE_RULES: readonly Rule[] = [
  {
    id: "pause-needs-super",
    onlyPaused: true,
    severity: "blocks",
    when: "writes are to be paused by ACLs and the inventory names no super",
    todo: "Name `super` of the ensemble in ensembles.yaml, or ask again without a pause: a rolling restart loses no write without one.",
    source: "zookeeperProgrammers, ZooKeeper access control using ACLs",
    check: ({ goal, superKnown }) =>
      goal.pause === "acl" && !superKnown
        ? [{ what: "To pause writes by ACLs every ACL must be changed, which only super may." }]
        : [],
  },
  {
    id: "pause-ports-asks-once",
    onlyPaused: true,
    severity: "blocks",
    when: "ports are to be closed and approval is asked again in between",
    todo: "Ask again with `gates once`, or with `pause acl`: by ACLs writes may stay paused while people think.",
    source: "zkshift",
    check: ({ goal, ensemble, changing, move }) =>
      goal.pause === "ports" && (goal.gates ?? ensemble.gates) !== "once" && (changing.length > 1 || move !== null)
        ? [
            {
              what: "Closed ports open by themselves when nobody renews them, and nobody does while the run waits for approval.",
            },
          ]
        : [],
  },
  {
    id: "pause-ports-cannot",
    onlyPaused: true,
    severity: "blocks",
    when: "ports are to be closed and a host has no nft, does not let zkshift run it, or translates zkshift's address",
    todo: "Ask again with `pause acl`, which needs nothing on the hosts.",
    source: "zkshift",
    check: ({ goal, seen }) =>
      goal.pause === "ports"
        ? (seen.closing?.problems ?? []).map(({ server, what, todo }) => ({
            what,
            todo,
            ...(server === null ? {} : { server }),
          }))
        : [],
  },
  {
    id: "pause-ports-own-machine",
    onlyPaused: true,
    severity: "blocks",
    when: "ports are to be closed and every server is on the worker's own machine",
    todo: "Run the worker on another machine, or ask again with `pause acl`.",
    source: "zkshift",
    check: ({ goal, seen }) =>
      goal.pause === "ports" && seen.closing !== undefined && seen.closing.ownMachine.length >= seen.servers.length
        ? [{ what: "Clients on the worker's own machine cannot be told from zkshift, and all servers are there." }]
        : [],
  },
  {
    id: "pause-ports-sessions",
    onlyPaused: true,
    severity: "warns",
    when: "ports are to be closed for longer than sessions of clients live",
    todo: "See that those clients make their ephemeral znodes again when they are back, give them a longer session time-out, or ask again with `pause acl`: by ACLs sessions live on.",
    source: "zookeeperProgrammers, ZooKeeper Sessions",
    check: (situation) => {
      const { goal, seen } = situation;
      if (goal.pause !== "ports" || seen.closing === undefined) return [];
      const expected = closedMs(situation);
      const known = seen.closing.timeoutsMs;
      if (known === null)
        return [
          { what: `The ports stay closed for about ${seconds(expected)}; whose sessions that costs no server tells.` },
        ];
      const short = known.filter((ms) => ms <= expected);
      return short.length === 0
        ? []
        : [
            {
              what: `The ports stay closed for about ${seconds(expected)}, and ${short.length} of the ${known.length} sessions that are there now live shorter (the shortest ${seconds(short[0] ?? 0)}): they expire.`,
            },
          ];
    },
  },
  {
    id: "pause-ports-clients",
    only: ["migrate"],
    onlyPaused: true,
    severity: "warns",
    when: "a migration closes ports: clients of the servers that it stops are not waited for",
    todo: "See that clients have the new connection string before you approve, or ask again without `pause ports`: then the run waits for them.",
    source: "zkshift",
    check: ({ goal, seen, move }) =>
      goal.pause === "ports" && (move?.leaving.length ?? 0) > 0
        ? [
            {
              what: `Through closed ports nobody is connected, so the run does not list the clients of the servers that it stops, and does not wait for them (connected now: ${seen.closing?.timeoutsMs?.length ?? "not told"}).`,
            },
          ]
        : [],
  },
  {
    id: "pause-leaks",
    onlyPaused: true,
    severity: "warns",
    when: "writes are to be paused: what gets through, and what it costs",
    todo: "Tell who writes. Without `pause` writes go on but for the moment in which leadership moves, and none is lost.",
    source: "zkshift",
    check: ({ goal }) =>
      goal.pause === undefined
        ? []
        : [{ what: LEAKS[goal.pause], ...(goal.kind === "pause-writes" ? { todo: "Tell who writes." } : {}) }],
  },
  {
    id: "pause-waits-for-people",
    onlyPaused: true,
    severity: "warns",
    when: "writes are to be paused and approval is asked again in between",
    todo: "Have an approver at hand, or ask again with `gates once`: then approval is asked only before writes are paused.",
    source: "zkshift",
    check: ({ goal, ensemble, changing, move }) =>
      goal.pause === "acl" && (goal.gates ?? ensemble.gates) !== "once" && (changing.length > 1 || move !== null)
        ? [{ what: "Writes stay paused while the run waits for approval before a later turn." }]
        : [],
  },
];
