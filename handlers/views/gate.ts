// What a gate says: what comes next, what is done, who would be disturbed, what it needs. Pure.
import type { RunState } from "../../src/run/state.ts";
import { type Approvers, needsPhrase } from "./approvers.ts";
import { choicesLine } from "./choices.ts";
import { clientsLeft, clientsLines, clientsPerServer } from "./clients-words.ts";
import { newConnectString } from "./migration-facts.ts";
import { movedCount } from "./migration-places.ts";
import { pausedLines } from "./paused.ts";
import { lossLines, restoreStanding } from "./restore-words.ts";
import { doneServers } from "./run-facts.ts";
import { gateSubject } from "./step-words.ts";
import { actorName, and, clock, codeBlock, localTime, plural } from "./words.ts";

/** How far the run has come: `2 of 3 servers run 3.9.6`, `2 of 3 new servers are members, …`. */
export const doneCount = (state: RunState): string => {
  if (state.goal.kind === "migrate") return movedCount(state);
  if (state.goal.kind === "restore") return restoreStanding(state);
  if (state.goal.kind === "pause-writes") return "writes go on";
  const { done, all } = doneServers(state);
  if (state.goal.kind === "configure")
    return `${done} of ${plural(all, "server")} to restart ${done === 1 ? "has" : "have"} been`;
  return `${done} of ${plural(all, "server")} ${done === 1 ? "runs" : "run"} ${state.plan.release}`;
};

/** The gate's sentence: `*Before the leader's turn*: 2 of 3 servers run 3.9.6 and are synced.` */
const gateWords = (state: RunState): string => {
  const step = typeof state.gate?.gate === "number" ? state.plan.steps[state.gate.gate] : undefined;
  if (step?.kind === "wait-for-clients") return clientsGateWords(state);
  const whose = step?.kind === "ask-approval" ? `Before ${gateSubject(step)}` : "Before going on";
  if (state.goal.kind === "migrate" || state.goal.kind === "restore") return `⏸ *${whose}*: ${doneCount(state)}.`;
  const { done } = doneServers(state);
  const synced = done === 0 ? "" : done === 1 ? " and is synced" : " and are synced";
  return `⏸ *${whose}*: ${doneCount(state)}${synced}.`;
};

const clientsGateWords = ({ gate }: RunState): string => {
  const clients = gate?.clients ?? [];
  const left = clientsLeft(clients);
  const seen = gate === null ? "" : ` (${clientsPerServer(clients)}; seen ${clock(gate.askedAt)} UTC)`;
  return `⏸ *${plural(left, "client")} ${left === 1 ? "is" : "are"} still connected to servers that are about to be stopped*${seen}. I look again every few seconds and go on by myself when the last one has left.`;
};

/** Whether a gate is one of a migration at which old servers are about to go. */
const isBeforeRetiring = ({ gate, plan }: RunState): boolean => {
  const step = typeof gate?.gate === "number" ? plan.steps[gate.gate] : undefined;
  return step?.kind === "wait-for-clients" || (step?.kind === "ask-approval" && step.reason === "retire");
};

/** A gate in the run's own message. Lines of mrkdwn. */
export const gateLines = (state: RunState): readonly string[] => [
  gateWords(state),
  ...lossLines(state.plan),
  ...pausedLines(state),
  ...(isBeforeRetiring(state) ? ["What each button does, and the new connection string, are in the thread."] : []),
];

/** What a notification of a gate says. Plain text. */
export const gateTitle = ({ gate }: RunState): string =>
  gate?.clients === undefined
    ? "Waiting for a person before going on"
    : `${plural(clientsLeft(gate.clients), "client")} still connected to servers that are about to be stopped`;

/** A gate in its thread, with everything that a person needs to decide. Lines of mrkdwn. */
export const gatePromptLines = (state: RunState, isAnswered: boolean): readonly string[] => {
  if (state.goal.kind === "restore") {
    return [gateWords(state), ...lossLines(state.plan), ...(isAnswered ? [] : [choicesLine(state)])];
  }
  if (!isBeforeRetiring(state)) return [gateWords(state), ...pausedLines(state)];
  const { gate, plan } = state;
  return [
    gateWords(state),
    ...pausedLines(state),
    ...(gate?.clients === undefined ? [] : clientsLines(gate.clients)),
    ...(gate?.clients === undefined
      ? [
          "This is the point of no cheap return: so far no old server was stopped. Give clients the new connection string now; the old servers serve on meanwhile.",
        ]
      : []),
    `New connection string:\n${codeBlock(newConnectString(plan), 2600)}`,
    ...(isAnswered ? [] : [choicesLine(state)]),
  ];
};

/** How many approvals a gate needs and has, and until when. */
export const gateNeeds = (state: RunState, approvers: Approvers): string => {
  const { gate } = state;
  if (gate === null) return "";
  const granted = gate.granted.map((grant) => actorName(grant.by));
  return [
    needsPhrase(approvers, gate.needs, state.policy.selfApproval),
    ...(granted.length === 0 ? [] : [`${and(granted)} said yes, ${gate.needs - granted.length} more to go`]),
    `waits until ${localTime(gate.expiresAt)}, then ${gate.gate === "plan" ? "the plan lapses and nothing was changed" : "the run is held as it is"}`,
  ].join(" · ");
};
