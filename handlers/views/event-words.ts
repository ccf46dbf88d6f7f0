// One recorded event as one line: for the thread, the audit and the report. Pure.
import type { ServerClients } from "../../src/model/clients.ts";
import { assertNever } from "../../src/model/ids.ts";
import type { Plan } from "../../src/model/plan.ts";
import type { Gate, RecordedEvent } from "../../src/model/run-event.ts";
import { isWhilePaused } from "../../src/run/pause.ts";
import { clientsLeft, clientsPerServer } from "./clients-words.ts";
import { stepDone, stepUndone } from "./evidence-words.ts";
import { goalTarget } from "./goal-words.ts";
import { outcomeWords } from "./run-facts.ts";
import { gateSubject, stepPlanned } from "./step-words.ts";
import { actorName, clock, code, esc, localTime, plural, shortHash } from "./words.ts";

/** After "approval asked for", "approved" and the like. */
const gateName = (gate: Gate, plan: Plan): string => {
  if (gate === "plan") return "the plan";
  const step = plan.steps[gate];
  if (step?.kind === "wait-for-clients") return "stopping the old servers";
  if (step?.kind !== "ask-approval") return `step ${gate + 1}`;
  if (step.reason === "restore") return "stopping all servers";
  return step.reason === "retire" ? "stopping the old servers" : gateSubject(step);
};

const mayBegin = (gate: Gate, plan: Plan): string =>
  plan.goal.kind === "restore" ? "all servers may be stopped now" : `${gateName(gate, plan)} may begin`;

const isClientsGate = (gate: Gate, plan: Plan): gate is number =>
  gate !== "plan" && plan.steps[gate]?.kind === "wait-for-clients";

/** Who was connected when a gate was last asked about; `before`: a sequence number. */
const clientsAsked = (events: readonly RecordedEvent[], gate: Gate, before: number): readonly ServerClients[] => {
  const asked = events.findLast(
    ({ seq, event }) => seq <= before && event.type === "approval-asked" && event.gate === gate,
  )?.event;
  return asked?.type === "approval-asked" ? (asked.clients ?? []) : [];
};

const connected = (clients: readonly ServerClients[]): string => {
  const left = clientsLeft(clients);
  return `${plural(left, "client")} ${left === 1 ? "was" : "were"} connected`;
};

/** What an event says, without its time. Mrkdwn. `events`: the log it is of. */
export const eventWords = (recorded: RecordedEvent, plan: Plan, events: readonly RecordedEvent[]): string => {
  const { event, seq } = recorded;
  const who = actorName(recorded.actor);
  switch (event.type) {
    case "proposed":
      return `📋 Asked by ${who}: ${esc(event.goal.ensemble)} to ${esc(goalTarget(event.goal))} (plan ${code(shortHash(event.planHash))}, ${plural(event.plan.steps.length, "step")})`;
    case "approval-asked":
      if (event.clients !== undefined)
        return `⏸ ${plural(clientsLeft(event.clients), "client")} still connected (${clientsPerServer(event.clients)}): waits until they are gone or ${plural(event.needs, "person says", "people say")} go on, at most until ${localTime(event.expiresAt)}`;
      return `⏸ Approval asked for ${gateName(event.gate, plan)}: ${plural(event.needs, "person", "people")} needed, until ${localTime(event.expiresAt)}`;
    case "approval-granted":
      return event.gate === "plan"
        ? `✅ *Approved* by ${who} (plan ${code(shortHash(event.planHash))})`
        : isClientsGate(event.gate, plan)
          ? `▶️ *Continue*, says ${who}: the old servers are stopped although ${connected(clientsAsked(events, event.gate, seq))}`
          : `▶️ *Continue*, says ${who}: ${mayBegin(event.gate, plan)}`;
    case "approval-denied":
      return `🚫 *Denied* by ${who}: “${esc(event.reason)}”`;
    case "approval-reminded":
      if (isClientsGate(event.gate, plan))
        return `⏰ Still waiting for clients to leave the old servers, or for somebody to say go on: ${connected(clientsAsked(events, event.gate, seq))} when it was asked (${clientsPerServer(clientsAsked(events, event.gate, seq))})`;
      return `⏰ Still waiting for approval of ${gateName(event.gate, plan)}`;
    case "approval-expired":
      return `⌛ Nobody approved ${gateName(event.gate, plan)} in time`;
    case "step-started": {
      const step = plan.steps[event.step];
      const what = step === undefined ? `step ${event.step + 1}` : stepPlanned(step);
      const again = event.attempt > 1 ? ` (attempt ${event.attempt})` : "";
      // Attempts are counted over both directions; on the way back the number would say nothing.
      return event.direction === "forward"
        ? `▸ Step ${event.step + 1}: ${esc(what)}${again}`
        : `▸ Taking back step ${event.step + 1}: ${esc(what)}`;
    }
    case "step-done":
      return stepDone(event.evidence, isWhilePaused(plan, event.step));
    case "step-failed":
      return `❌ Step ${event.step + 1}${event.direction === "back" ? " could not be taken back" : " failed"}: ${esc(event.failure.what)}`;
    case "step-undone": {
      const step = plan.steps[event.step];
      return step === undefined
        ? `Step ${event.step + 1} taken back`
        : `↩️ ${stepUndone(step, event.how, event.evidence)}`;
    }
    case "held":
      return `🟠 *Held* at step ${event.step + 1} of ${plan.steps.length}: ${esc(event.failure.what)}`;
    case "resumed":
      return `🔁 *Retry*, says ${who}`;
    case "stop-asked":
      return `✋ *Stop*, says ${who}`;
    case "resume-writes-asked":
      return `▶️ *Resume writes*, says ${who}${plan.goal.kind === "pause-writes" ? "" : "; the run stays held"}`;
    case "rollback-asked":
      return `↩️ *Roll back*, says ${who}`;
    case "finished":
      return `🏁 Finished: ${outcomeWords(event.outcome)}`;
    default:
      return assertNever(event);
  }
};

/** The same with its time, as a line: `20:15:31` ✅ *Approved* by … */
export const eventLine = (recorded: RecordedEvent, plan: Plan, events: readonly RecordedEvent[]): string =>
  `${code(clock(recorded.at))} ${eventWords(recorded, plan, events)}`;
