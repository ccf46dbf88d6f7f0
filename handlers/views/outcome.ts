// How a run ended, in a headline and with its figures. Pure.
import { commandFor } from "../../src/model/goal.ts";
import { hasTouchedServers } from "../../src/run/decide.ts";
import type { RunState } from "../../src/run/state.ts";
import { pausedWords, restoredWords, verdict } from "./evidence-words.ts";
import { doneCount } from "./gate.ts";
import { goalWords } from "./goal-words.ts";
import { newConnectString, serversAfter } from "./migration-facts.ts";
import { leftHalfWay, migrationPlaces } from "./migration-places.ts";
import { afterRestore } from "./restore-words.ts";
import { proofOf, writeSums } from "./run-facts.ts";
import {
  actorName,
  and,
  clock,
  code,
  codeBlock,
  duration,
  esc,
  person,
  plural,
  seconds,
  serverName,
  serverNames,
  thousands,
} from "./words.ts";

/** The outcome's headline. Plain text. */
export const outcomeTitle = (state: RunState): string => {
  const { ensemble } = state.goal;
  const words = goalWords(state.plan);
  switch (state.outcome) {
    case "succeeded":
      return `✅ ${words.succeededTitle}`;
    case "rolled-back":
      return `↩️ ${words.rolledBackTitle}`;
    case "stopped":
      return state.startedAt === null
        ? `🛑 ${ensemble}: stopped before it began`
        : `🛑 ${ensemble}: ${words.partWayTitle}`;
    case "denied":
      return `🚫 ${words.title}: denied`;
    case "expired":
      return `⌛ ${words.title}: not approved in time`;
    case "superseded":
      return `♻️ ${words.title}: replaced by a newer plan`;
    case null:
      return words.title;
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
  const restored = state.steps.flatMap(({ evidence, state: now }) =>
    evidence?.step.kind === "verify-restore" && now === "done" ? [restoredWords(evidence.step)] : [],
  );
  const paused = state.steps.flatMap(({ evidence }) =>
    evidence?.step.kind === "resume-writes" ? pausedWords(evidence.step) : [],
  );
  const writes =
    sums.writes + sums.failed === 0
      ? []
      : wasExchanged(state)
        ? // Nobody could write while servers were down, and every session has ended: the gaps in between say nothing.
          [`${thousands(sums.writes)} test writes while servers served, ${thousands(sums.failed)} failed`]
        : [
            `${thousands(sums.writes)} test writes${paused.length === 0 ? "" : " of zkshift, which the pause lets through"}, ${thousands(sums.failed)} failed, longest ${paused.length === 0 ? "pause" : "gap"} ${seconds(sums.longestPauseMs)}`,
            ...sessionsWords(state, sums.sessionsLost, paused.length > 0),
          ];
  const kept =
    state.outcome === "succeeded" && state.goal.kind === "upgrade"
      ? [`the old release ${esc(goalWords(state.plan).before)} is kept on the hosts for a way back`]
      : [];
  const stopped =
    state.outcome !== "stopped"
      ? []
      : [
          `Stopped${state.stopAsked === null ? "" : ` by ${actorName(state.stopAsked.by)}`}: ${doneCount(state)}. ${whatNext(state)}`,
        ];
  const superseded = state.outcome === "superseded" ? [supersededWords(state)] : [];
  return [
    ...superseded,
    first,
    [...same, ...restored, ...paused, ...writes, ...kept].join(" · "),
    ...stopped,
    ...afterMove(state),
  ].filter((line) => line !== "");
};

/** zkshift's own session stands for those of clients, but where it alone was let through. */
const sessionsWords = (state: RunState, lost: number, resumed: boolean): readonly string[] => {
  const shutOut = state.plan.steps.some(
    (step, i) => step.kind === "pause-writes" && step.method === "ports" && state.steps[i]?.state !== "todo",
  );
  if (!shutOut) return [`${plural(lost, "session")} lost`];
  return [
    ...(resumed ? [] : ["clients were shut out for a while: sessions with a short time-out may have expired"]),
    ...(lost === 0 ? [] : ["zkshift's own session was lost"]),
  ];
};

const wasExchanged = (state: RunState): boolean =>
  state.plan.steps.some(({ kind }, i) => kind === "restore-data" && state.steps[i]?.state !== "todo");

/** How to go on from where a run was stopped, and how back where that is one command. */
const whatNext = (state: RunState): string => {
  const on = `To go on: ${code(commandFor(state.goal))}`;
  const back = `To go back: ${code(goalWords(state.plan).wayBack)}.`;
  if (state.goal.kind === "upgrade") return `${on}. ${back}`;
  if (state.goal.kind === "configure")
    return `${on}. To go back: put the old values into ensembles.yaml, then the same command.`;
  if (state.goal.kind === "pause-writes") return `To pause them again: ${code(commandFor(state.goal))}`;
  if (state.goal.kind === "restore")
    return `To compare what the servers hold: ${code(`/zk status ${state.goal.ensemble}`)}. To restore again: ${code(commandFor(state.goal))}.`;
  const places = migrationPlaces(state, null);
  const out = places.filter(({ side, standing }) => side === "old" && standing === "out").map(({ id }) => id);
  if (out.length > 0)
    return `${on}; it also retires ${serverNames(out)}, which ${out.length === 1 ? "runs" : "run"} on until then.`;
  return places.some(({ side, standing }) => side === "new" && standing === "member") ? `${on}. ${back}` : `${on}.`;
};

/** Where the servers are after a migration, and what has to be told to whom. Lines of mrkdwn. */
const afterMove = (state: RunState): readonly string[] => {
  const { plan, goal } = state;
  if (goal.kind === "restore") return afterRestore(state);
  if (goal.kind !== "migrate") return [];
  if (state.outcome === "rolled-back")
    return [
      `The connection string is as before: ${code(plan.basis.servers.map(({ client }) => client).join(","))}. What was laid out for the new servers is gone.`,
    ];
  const retired = state.steps.flatMap(({ state: now, evidence }) =>
    now === "done" && evidence?.step.kind === "retire-server" ? [evidence.step] : [],
  );
  const kept =
    retired.length === 0
      ? []
      : [
          `Retired, their data kept: ${retired.map(({ server, host, data }) => `${serverName(server)} on ${esc(host)} (${code(data)})`).join(", ")}`,
        ];
  const half = leftHalfWay(state).map(({ id, host }) => `${serverName(id)} on ${host}`);
  const left =
    half.length === 0
      ? []
      : [
          `⚠️ ${and(half.map(esc))} ${half.length === 1 ? "was" : "were"} left half-way and ${half.length === 1 ? "is no member" : "are no members"}: stop what runs there and clear its data folder before a server goes there again.`,
        ];
  if (state.outcome !== "succeeded") return [...kept, ...left];
  const servers = serversAfter(plan).map(({ id, host }) => `${id}: ${host}`);
  return [
    `New connection string:\n${codeBlock(newConnectString(plan), 1500)}`,
    ...kept,
    `In ${code("ensembles.yaml")}, under ${code(goal.ensemble)}, write ${code(`servers: { ${servers.join(", ")} }`)}. Until then zkshift follows the ensemble by itself.`,
  ];
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
      return `Nobody with the right to approve did so in time. ${nothing} Ask again: ${code(commandFor(state.goal))}`;
    case "superseded":
      return `The ensemble moved on since this plan was made, so a newer plan takes its place. ${nothing}`;
    default:
      return nothing;
  }
};
