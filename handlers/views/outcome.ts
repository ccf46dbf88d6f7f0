// How a run ended, in a headline and with its figures. Pure.
import { hasTouchedServers } from "../../src/run/decide.ts";
import type { RunState } from "../../src/run/state.ts";
import { doneCount } from "./gate.ts";
import { planTitle, releasesNow } from "./plan.ts";
import { proofOf, writeSums } from "./run-facts.ts";
import { verdict } from "./step-words.ts";
import { actorName, clock, code, duration, esc, person, plural, seconds, thousands } from "./words.ts";

/** The outcome's headline. Plain text. */
export const outcomeTitle = (state: RunState): string => {
  const { ensemble, release } = state.goal;
  switch (state.outcome) {
    case "succeeded":
      return `✅ ${ensemble} runs ${release}`;
    case "rolled-back":
      return `↩️ ${ensemble} is back on ${releasesNow(state.plan)}`;
    case "stopped":
      return state.startedAt === null
        ? `🛑 ${ensemble}: stopped before it began`
        : `🛑 ${ensemble}: stopped part of the way to ${release}`;
    case "denied":
      return `🚫 ${planTitle(state.plan)}: denied`;
    case "expired":
      return `⌛ ${planTitle(state.plan)}: not approved in time`;
    case "superseded":
      return `♻️ ${planTitle(state.plan)}: replaced by a newer plan`;
    case null:
      return planTitle(state.plan);
  }
};

/** What the outcome means, with its figures. Lines of mrkdwn. */
export const outcomeLines = (state: RunState): readonly string[] => {
  if (state.startedAt === null || state.finishedAt === null) return [notBegun(state)];
  const sums = writeSums(state);
  const proof = proofOf(state);
  const total = state.finishedAt - state.startedAt;
  const waited = state.waitedMs > 999 ? ` (${duration(state.waitedMs)} of it waiting for people)` : "";
  const first = `took ${duration(total)}${waited}`;
  const same =
    proof === null
      ? []
      : [
          `Same data on ${proof.servers.length === 1 ? "the one server" : `all ${proof.servers.length} servers`} (${verdict(proof)})`,
        ];
  const writes =
    sums.writes + sums.failed === 0
      ? []
      : [
          `${thousands(sums.writes)} test writes, ${thousands(sums.failed)} failed, longest pause ${seconds(sums.longestPauseMs)}`,
          `${plural(sums.sessionsLost, "session")} lost`,
        ];
  const kept =
    state.outcome === "succeeded"
      ? [`the old release ${esc(releasesNow(state.plan))} is kept on the hosts for a way back`]
      : [];
  const stopped =
    state.outcome !== "stopped"
      ? []
      : [
          `Stopped${state.stopAsked === null ? "" : ` by ${actorName(state.stopAsked.by)}`}: ${doneCount(state)}. Run ${code(`/zk upgrade ${state.goal.ensemble} ${state.goal.release}`)} to go on, or upgrade to ${esc(releasesNow(state.plan))} to go back.`,
        ];
  const superseded = state.outcome === "superseded" ? [supersededWords(state)] : [];
  return [...superseded, first, [...same, ...writes, ...kept].join(" · "), ...stopped].filter((line) => line !== "");
};

const supersededWords = (state: RunState): string =>
  [
    ...(state.outcomeWhy === undefined ? [] : [`*${esc(state.outcomeWhy)}*`]),
    hasTouchedServers(state)
      ? `The servers stay as they are: ${doneCount(state)}.`
      : "So this plan no longer fits. No server was touched.",
    `A new plan follows in this channel and needs an approval of its own; if none can be made now, ${person(state.requester)} is told why.`,
  ].join(" ");

const notBegun = (state: RunState): string => {
  const nothing = "Nothing was changed.";
  switch (state.outcome) {
    case "denied":
      return state.denial === null
        ? nothing
        : `Denied by ${actorName(state.denial.by)} ${clock(state.denial.at)} UTC: “${esc(state.denial.reason)}” ${nothing}`;
    case "expired":
      return `Nobody with the right to approve did so in time. ${nothing} Ask again: ${code(`/zk upgrade ${state.goal.ensemble} ${state.goal.release}`)}`;
    case "superseded":
      return `The ensemble moved on since this plan was made, so a newer plan takes its place. ${nothing}`;
    default:
      return nothing;
  }
};
