// What Continue, Retry, Roll back and Stop here would do, so that a tired person need not guess. Pure.
import { pauseInForce } from "../../src/run/pause.ts";
import type { RunState } from "../../src/run/state.ts";
import { goalWords } from "./goal-words.ts";
import { isDone, isPastCheapReturn, leavers } from "./migration-facts.ts";
import { restoreStanding } from "./restore-words.ts";
import { actionsFor, serverPlaces } from "./run-facts.ts";
import { and, cut, esc, serverName, serverNames } from "./words.ts";

/** Slack refuses a longer text in a confirmation. */
const CONFIRM = 300;

/** One line of mrkdwn: what each button that applies would do. */
export const choicesLine = (state: RunState): string => {
  const can = actionsFor(state);
  return [
    ...(can.includes("continue") ? [`*Continue* ${continues(state)}`] : []),
    ...(can.includes("retry") ? [`*Retry* ${retries(state)}`] : []),
    ...(can.includes("roll_back") ? [`*Roll back* ${rollsBack(state)}`] : []),
    ...(can.includes("resume_writes")
      ? ["*Resume writes* lets everybody write while the run stays held; Retry pauses them again"]
      : []),
    ...(can.includes("stop")
      ? [
          pauseInForce(state) === null
            ? "*Stop here* ends the run and leaves all as it is"
            : "*Stop here* resumes writes, ends the run and leaves the rest as it is",
        ]
      : []),
  ].join(" · ");
};

const retries = (state: RunState): string => {
  if (state.direction === "back") return "goes on rolling back";
  return hasExchanged(state)
    ? "goes on from here: servers that have the backup's data keep them, whichever are down are started"
    : "does this step again";
};

const continues = (state: RunState): string => {
  const step = typeof state.gate?.gate === "number" ? state.plan.steps[state.gate.gate] : undefined;
  if (step?.kind === "ask-approval" && step.reason === "restore")
    return "asks for the ensemble's name, then stops every server and gives all of them the backup's data";
  const old = serverNames(leavers(state.plan).map(({ id }) => id));
  if (step?.kind === "wait-for-clients")
    return `goes on at once and stops ${old} for good, one at a time, data kept; a client whose connection string names no server that stays cannot come back and loses its session`;
  if (step?.kind === "ask-approval" && step.reason === "retire")
    return `lists who is still connected to ${old}, waits until they are gone or a person says go on, then stops them for good, data kept`;
  return "goes on with the next turn";
};

const rollsBack = (state: RunState): string => {
  const { plan } = state;
  if (plan.goal.kind === "restore")
    return hasExchanged(state)
      ? "stops every server, puts its former data back and starts those that ran; what was written since the restore is set aside with the restored data"
      : "removes what was laid beside the data; no server is stopped";
  if (plan.goal.kind !== "migrate") return `takes what was done back to ${esc(goalWords(plan).before)}`;
  if (isPastCheapReturn(state))
    return "starts the old servers that were stopped again from their data, makes them members as they were, then takes the new ones away; leadership moves again";
  return `${isAnyOut(state) ? "makes the old servers members as they were and takes the new ones away" : "takes the new servers away"}; no old server was stopped, so none has to be started`;
};

/** Whether servers were stopped for a restore. */
const hasExchanged = ({ plan, steps }: RunState): boolean =>
  plan.steps.some((step, i) => step.kind === "restore-data" && (steps[i]?.state ?? "todo") !== "todo");

/** Whether an old server was taken out of the ensemble. */
const isAnyOut = (state: RunState): boolean => isDone(state, ({ kind }) => kind === "remove-member");

/** Before a run is stopped. Mrkdwn. */
export const stopExplained = (state: RunState): string => cut(`${whyStop(state)}${resumesFirst(state)}`, CONFIRM);

const resumesFirst = (state: RunState): string =>
  pauseInForce(state) === null ? "" : " Writes are paused: they are resumed before the run ends.";

const whyStop = (state: RunState): string => {
  const { plan, phase } = state;
  if (plan.goal.kind === "restore")
    return phase === "running"
      ? "The step in hand is finished first: servers that were stopped are started again, with the backup's data. Then nothing more is done, and what they hold is not compared."
      : `The run ends and everything stays as it is now: ${restoreStanding(state)}. ${hasExchanged(state) ? "" : "Roll back would remove what was laid there."}`.trim();
  const moves = plan.goal.kind === "migrate";
  if (phase === "running")
    return moves
      ? "The turn in hand is finished first, so that no server is left half-way; then nothing more is started. The ensemble may have members on old and on new hosts then, and works so, until you ask again."
      : `The server in its turn is finished first, so that none stays down; then nothing more is started. ${plan.goal.kind === "configure" ? "Some servers have the new configuration then, some the one of before" : "The ensemble stays on mixed releases until you upgrade again"}.`;
  return moves
    ? "The run ends and everything stays as it is now: who is a member stays one, an old server that was taken out serves on, one that is stopped stays stopped, until you act."
    : "The run ends and everything stays as it is now. A server that is down stays down, and servers that differ go on differing, until you act.";
};

/** Before a run is rolled back. Mrkdwn. */
export const rollBackExplained = (state: RunState): string =>
  cut(`${whatGoesBack(state)}${pauseInForce(state) === null ? "" : " Writes are paused until that is done."}`, CONFIRM);

const whatGoesBack = (state: RunState): string => {
  if (state.plan.goal.kind === "migrate")
    return isPastCheapReturn(state)
      ? "Old servers that were stopped are started again from their data and catch up first; then the new ones leave and what was laid out on their hosts is removed. Expect a pause of writes each time leadership moves."
      : `${isAnyOut(state) ? "The old servers become members as they were; the" : "The"} new ones are stopped, and what was laid out on their hosts is removed with their copy of the data. No old server was stopped, so none has to be started.`;
  if (state.plan.goal.kind === "restore")
    return hasExchanged(state)
      ? "Every server is stopped and gets its former data back; those that ran are started. What was written since the restore is set aside with the restored data. Clients cannot reach the ensemble meanwhile."
      : "What was laid beside the data is removed. No server is stopped.";
  const servers = serverPlaces(state, null).filter(({ place }) => place !== "todo" && place !== "back");
  const which = servers.length === 0 ? "What was prepared" : and(servers.map(({ id }) => serverName(id)).toReversed());
  return `${which} will go back to ${esc(goalWords(state.plan).before)}, one server at a time.`;
};
