// One recorded event as one line: for the thread, the audit and the report. Pure.
import { assertNever } from "../../src/model/ids.ts";
import type { Plan } from "../../src/model/plan.ts";
import type { Gate, RecordedEvent } from "../../src/model/run-event.ts";
import { outcomeWords } from "./run-facts.ts";
import { stepDone, stepPlanned, stepUndone } from "./step-words.ts";
import { actorName, clock, code, esc, localTime, plural, serverName, shortHash } from "./words.ts";

const gateName = (gate: Gate, plan: Plan): string => {
  if (gate === "plan") return "the plan";
  const step = plan.steps[gate];
  if (step?.kind !== "ask-approval") return `step ${gate + 1}`;
  return step.reason === "leader"
    ? `the leader's turn (${serverName(step.server)})`
    : `${serverName(step.server)}'s turn`;
};

/** What an event says, without its time. Mrkdwn. */
export const eventWords = (recorded: RecordedEvent, plan: Plan): string => {
  const { event } = recorded;
  const who = actorName(recorded.actor);
  switch (event.type) {
    case "proposed":
      return `📋 Asked by ${who}: ${esc(event.goal.ensemble)} to ${esc(event.goal.release)} (plan ${code(shortHash(event.planHash))}, ${plural(event.plan.steps.length, "step")})`;
    case "approval-asked":
      return `⏸ Approval asked for ${gateName(event.gate, plan)}: ${plural(event.needs, "person", "people")} needed, until ${localTime(event.expiresAt)}`;
    case "approval-granted":
      return event.gate === "plan"
        ? `✅ *Approved* by ${who} (plan ${code(shortHash(event.planHash))})`
        : `▶️ *Continue*, says ${who}: ${gateName(event.gate, plan)} may begin`;
    case "approval-denied":
      return `🚫 *Denied* by ${who}: “${esc(event.reason)}”`;
    case "approval-reminded":
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
      return stepDone(event.evidence);
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
    case "rollback-asked":
      return `↩️ *Roll back*, says ${who}`;
    case "finished":
      return `🏁 Finished: ${outcomeWords(event.outcome)}`;
    default:
      return assertNever(event);
  }
};

/** The same with its time, as a line: `20:15:31` ✅ *Approved* by … */
export const eventLine = (recorded: RecordedEvent, plan: Plan): string =>
  `${code(clock(recorded.at))} ${eventWords(recorded, plan)}`;
