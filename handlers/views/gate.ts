// What a gate says: whose turn comes, what is done, what it needs. Pure.
import type { RunState } from "../../src/run/state.ts";
import { type Approvers, needsPhrase } from "./approvers.ts";
import { doneServers } from "./run-facts.ts";
import { actorName, and, localTime, plural, serverName } from "./words.ts";

/** Servers that run the wanted release: `2 of 3 servers run 3.9.6`. */
export const doneCount = (state: RunState): string => {
  const { done, all } = doneServers(state);
  return `${done} of ${plural(all, "server")} ${done === 1 ? "runs" : "run"} ${state.goal.release}`;
};

/** The gate's sentence: `*Before the leader's turn*: 2 of 3 servers run 3.9.6 and are synced.` */
export const gateWords = (state: RunState): string => {
  const step = typeof state.gate?.gate === "number" ? state.plan.steps[state.gate.gate] : undefined;
  const whose =
    step?.kind !== "ask-approval"
      ? "Before going on"
      : step.reason === "leader"
        ? `Before the leader's turn (${serverName(step.server)})`
        : `Before ${serverName(step.server)}'s turn`;
  const { done } = doneServers(state);
  const synced = done === 0 ? "" : done === 1 ? " and is synced" : " and are synced";
  return `⏸ *${whose}*: ${doneCount(state)}${synced}.`;
};

/** How many approvals a gate needs and has, and until when. */
export const gateNeeds = (state: RunState, approvers: Approvers): string => {
  const { gate } = state;
  if (gate === null) return "";
  const granted = gate.granted.map((grant) => actorName(grant.by));
  return [
    needsPhrase(approvers, gate.needs, state.policy.selfApproval),
    ...(granted.length === 0 ? [] : [`${and(granted)} said yes, ${gate.needs - granted.length} more to go`]),
    `waits until ${localTime(gate.expiresAt)}`,
  ].join(" · ");
};
