// Why a plan's order is as it is, what clients see of it, and how far it can be taken back. Pure.
import type { Plan } from "../../src/model/plan.ts";
import { expectedMs, expectedPauseMs } from "../../src/plan/expect.ts";
import { isByRestarts, leavers, newConnectString, pointOfNoCheapReturn } from "./migration-facts.ts";
import { restoreNotice, restoreRollback, restoreWayBack } from "./restore-words.ts";
import { pauseWords } from "./step-words.ts";
import { code, duration, plural, roundTime, serverNames } from "./words.ts";

/** Plain text. */
export const noticeWords = (plan: Plan): string =>
  plan.goal.kind === "restore"
    ? restoreNotice(plan)
    : plan.goal.kind === "pause-writes"
      ? `No server is restarted and nothing else is changed. Writes are paused (${pauseWords(plan.goal.pause)}) for ${duration(plan.goal.forMs)}, or until an approver, or who asked, says \`/zk resume-writes ${plan.goal.ensemble}\`; then I look for whatever was written meanwhile.`
      : `${plan.goal.kind !== "migrate" ? upgradeNotice(plan) : migrationNotice(plan)}${pauseNotice(plan)}`;

const pauseNotice = ({ goal, steps }: Plan): string => {
  if (goal.pause === undefined) return "";
  const between = steps.slice(
    steps.findIndex(({ kind }) => kind === "pause-writes"),
    steps.findIndex(({ kind }) => kind === "resume-writes") + 1,
  );
  return ` Writes are paused (${pauseWords(goal.pause)}) before the first server's turn and resumed after the last one's, about ${duration(roundTime(expectedMs(between)))} later, approvals and watching apart; wherever the run ends earlier it resumes them first.`;
};

const upgradeNotice = (plan: Plan): string => {
  const voters = plan.basis.servers.filter((server) => server.role === "participant").length;
  if (plan.basis.servers.length === 1) {
    return "This ensemble has one server: clients cannot reach it while it restarts, some seconds. Sessions survive if they are back before their time-out.";
  }
  if (voters < 3) {
    return `With ${voters === 1 ? "one voter" : "two voters"} no quorum is left while one restarts: nobody can read or write for some seconds, each time. Sessions survive if a quorum is back before their time-out.`;
  }
  const observers = plan.basis.servers.some((server) => server.role === "observer")
    ? "observers first, then followers, "
    : "";
  const order = `One server at a time, ${observers}leader last, so that a quorum serves all the time and leadership moves only once.`;
  // Nobody but zkshift is connected then.
  if (plan.goal.pause === "ports") return order;
  return `${order} Clients stay connected to the other servers; those of the server in turn reconnect and keep their sessions.${handOverPause(plan)}`;
};

const handOverPause = (plan: Plan): string => {
  // Clients' writes are refused then anyway.
  if (plan.goal.pause !== undefined) return "";
  const handOver = plan.steps.find((step) => step.kind === "hand-over-leadership");
  if (handOver?.kind !== "hand-over-leadership") return "";
  const pause = (expectedPauseMs(handOver.method) / 1000).toFixed(1);
  return ` Expect one pause of writes of about ${pause} s when leadership moves.`;
};

const migrationNotice = (plan: Plan): string => {
  const restarts = isByRestarts(plan);
  const pairs = new Set(plan.steps.flatMap((step) => (step.kind === "restart-with-members" ? [step.replacing] : [])));
  const order =
    "A new server joins with all data before an old one leaves, one change at a time, the leader last; so a quorum serves all the time.";
  if (leavers(plan).length === 0) return `${order} No server of today is stopped.`;
  // Nobody but zkshift is connected while client ports are closed.
  if (plan.goal.pause === "ports") return order;
  const clients = restarts
    ? "Until the first old server is stopped nobody has to reconnect; then clients of each server that is stopped or restarted find another one and keep their sessions, if their connection string names one."
    : "An old server that is taken out serves its clients on until it is stopped at the end; then they find another server and keep their sessions, if their connection string names one.";
  const pause = restarts
    ? ` This release knows no reconfiguration: lists are rewritten and servers restarted one at a time. Expect a pause of writes of about 1.5 s each time the leader restarts, which happens once a pair: ${plural(pairs.size, "time")}.`
    : handOverPause(plan) || " Leadership does not move, so no pause of writes is expected.";
  return `${order} ${clients}${pause}`;
};

/** How far a plan can be taken back, as one line of mrkdwn. */
export const wayBackWords = (plan: Plan): string => {
  if (plan.goal.kind === "restore") return restoreWayBack;
  if (plan.goal.kind === "pause-writes")
    return `↩︎ ${code(`/zk resume-writes ${plan.goal.ensemble}`)} ends it at any time`;
  if (plan.goal.kind !== "migrate") return "↩︎ can be rolled back at every step, server by server";
  const point = pointOfNoCheapReturn(plan);
  return point === null
    ? "↩︎ can be rolled back at every step, without stopping a server of today"
    : `↩︎ can be rolled back at every step; *the point of no cheap return is before step ${point + 1} of ${plan.steps.length}*: until then no old server is stopped, afterwards going back starts the stopped ones again`;
};

/** What a migration means for who connects, and for the old servers. Lines of mrkdwn; none for other plans. */
export const afterwardsLines = (plan: Plan): readonly string[] => {
  if (plan.goal.kind !== "migrate") return [];
  const old = leavers(plan).map(({ id }) => id);
  return [
    `🔌 New connection string: ${code(newConnectString(plan))}`,
    ...(old.length === 0
      ? []
      : [
          `The data of ${serverNames(old)} stay on ${old.length === 1 ? "its host" : "their hosts"}; ids are not used again.${plan.goal.pause === "ports" ? "" : " Before they are stopped I list who is still connected."}`,
        ]),
  ];
};

/** What rolling back does, for plan.md. Plain text. */
export const rollbackWords = (plan: Plan): string => {
  const how = "The steps done so far are undone in reverse order, one at a time, and verified the same way.";
  if (plan.goal.kind === "restore") return restoreRollback;
  if (plan.goal.kind === "pause-writes") return "At every moment: writes are resumed.";
  if (plan.goal.kind !== "migrate")
    return "At every step: the steps done so far are undone in reverse order, one server at a time, and verified the same way.";
  const point = pointOfNoCheapReturn(plan);
  if (point === null) return `At every step. ${how} No server of today is stopped for it.`;
  return `Before step ${point + 1} no old server is stopped: they become members as they were, and what was laid out on the new hosts is removed. From step ${point + 1} on old servers that were stopped are started again from their data first, and leadership moves once more. ${how}`;
};
