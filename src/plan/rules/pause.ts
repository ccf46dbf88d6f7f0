// Rules about a pause of writes: what it needs, what gets through all the same, what it costs clients.
import type { PauseMethod } from "../../model/goal.ts";
import type { Rule } from "../rule.ts";

/** What gets through, and what it costs clients. */
const LEAKS: Readonly<Record<PauseMethod, string>> = {
  ports:
    "While the client ports are closed nobody but zkshift reads or writes, and connections break. Sessions whose time-out is shorter than the pause expire, and their ephemeral znodes go. What comes from zkshift's own address gets through, and clients on its own machine. If no worker renews it, it ends by itself within 30 s: so it ends when the run is held, and Retry begins it anew.",
  acl: "While writes are paused clients stay connected and read on, new sessions begin, and writes fail with NoAuth. What authenticates as super writes on, and sessions that end take their ephemeral znodes with them. Afterwards each ACL is as it was; its version (aversion) has grown by two.",
};

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
