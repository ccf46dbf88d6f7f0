// What a run's thread says: one line an event that people care about, and the messages that need a person. Pure: log → posts.
import type { RecordedEvent } from "../../src/model/run-event.ts";
import { reduceRun } from "../../src/run/reduce.ts";
import type { RunState } from "../../src/run/state.ts";
import { type Approvers, mentionApprovers } from "./approvers.ts";
import { eventLine } from "./event-words.ts";
import { gateNeeds, gatePromptLines, gateTitle } from "./gate.ts";
import { holdLines } from "./hold.ts";
import { context, type Message, message, type Piece, sections } from "./message.ts";
import { outcomeLines, outcomeTitle } from "./outcome.ts";
import { runButtons } from "./run-buttons.ts";
import { actorName, clock, code, esc, person, plural, shortHash } from "./words.ts";

/** One message of the thread: events `from` to `to` (sequence numbers), none left out between posts. */
export type Post = {
  readonly from: number;
  readonly to: number;
  /** `lines`: told and done. `prompt`: has buttons, changed in place when it is answered. `end`: the outcome. */
  readonly kind: "lines" | "prompt" | "end";
  /** Null: these events need no words of their own in the thread. */
  readonly message: Message | null;
};

/** Longest message of lines; more lines make another message. Slack cuts texts over 4000 characters. */
const LONGEST = 2800;

/** A gate inside the run, or a hold: what must not drown in a list of lines. */
const isPrompt = ({ event }: RecordedEvent): boolean =>
  event.type === "held" || (event.type === "approval-asked" && event.gate !== "plan");

/** Events whose words stand in the run's own message, or are said by the event that follows. */
const isQuiet = ({ event }: RecordedEvent): boolean =>
  event.type === "proposed" ||
  (event.type === "approval-asked" && event.gate === "plan") ||
  (event.type === "step-started" && (event.attempt === 1 || event.direction === "back")) ||
  (event.type === "step-undone" && event.how === "nothing-to-undo") ||
  // What follows a failed step tells the failure: the hold, or the end of a plan that no longer fits.
  event.type === "step-failed" ||
  // A gate's grant is told by approval-granted.
  (event.type === "step-done" && event.evidence.step.kind === "ask-approval");

/** The posts for everything after `afterSeq`, in order; together they cover each sequence number once. */
export const threadPosts = (
  events: readonly RecordedEvent[],
  afterSeq: number,
  approvers: Approvers,
): readonly Post[] => {
  const state = reduceRun(events);
  if (state === null) return [];
  const posts: Post[] = [];
  let lines: string[] = [];
  let from = afterSeq + 1;
  let to = afterSeq;
  const flush = () => {
    if (to >= from) posts.push({ from, to, kind: "lines", message: lines.length === 0 ? null : linesMessage(lines) });
    lines = [];
    from = to + 1;
  };
  for (const recorded of events.filter(({ seq }) => seq > afterSeq)) {
    if (isPrompt(recorded) || recorded.event.type === "finished") {
      flush();
      const kind = isPrompt(recorded) ? "prompt" : "end";
      const post = kind === "prompt" ? promptMessage(events, recorded.seq, approvers) : endMessage(state, recorded);
      posts.push({ from: recorded.seq, to: recorded.seq, kind, message: post });
      to = recorded.seq;
      from = to + 1;
      continue;
    }
    if (!isQuiet(recorded)) {
      const line = lineOf(recorded, state, events, approvers);
      if (lines.join("\n").length + line.length > LONGEST) flush();
      lines.push(line);
    }
    to = recorded.seq;
  }
  flush();
  return posts;
};

const lineOf = (
  recorded: RecordedEvent,
  state: RunState,
  events: readonly RecordedEvent[],
  approvers: Approvers,
): string => {
  const line = eventLine(recorded, state.plan, events);
  return recorded.event.type === "approval-reminded" ? `${line} ${mentionApprovers(approvers)}` : line;
};

const linesMessage = (lines: readonly string[]): Message => message(lines.join("\n"), sections(lines));

/** How a prompt was answered; null while it waits. */
const answerTo = (events: readonly RecordedEvent[], seq: number): string | null => {
  for (const { seq: at, event, actor, at: time } of events) {
    if (at <= seq) continue;
    const when = `${actorName(actor)} ${clock(time)} UTC`;
    const until = reduceRun(events.slice(0, at));
    switch (event.type) {
      case "approval-granted":
        if (until?.gate === null) return `▶️ Continued by ${when}`;
        break;
      case "step-done":
        // Only a wait for clients is over without a person's word.
        return `✅ The last client has left ${clock(time)} UTC`;
      case "approval-denied":
        return `🚫 Denied by ${when}`;
      case "approval-expired":
        return "⌛ Nobody answered in time";
      case "resumed":
        return `🔁 Retried by ${when}`;
      case "rollback-asked":
        return `↩️ Rolled back by ${when}`;
      case "stop-asked":
        return `✋ Stopped by ${when}`;
      case "finished":
      case "held":
        return "Settled";
      default:
        break;
    }
  }
  return null;
};

/**
 * The message of a gate or hold at `seq`, as it should stand after all of `events`: with its buttons and the approvers'
 * names while it waits, with the answer and no buttons afterwards.
 */
export const promptMessage = (events: readonly RecordedEvent[], seq: number, approvers: Approvers): Message => {
  const answer = answerTo(events, seq);
  const before = events.filter((recorded) => recorded.seq <= seq);
  // A gate may have collected approvals since it was asked: show them while it waits.
  const state = reduceRun(answer === null ? events : before);
  const asked = events.find((recorded) => recorded.seq === seq);
  if (state === null || asked === undefined) return message("This run has no log.", []);
  const isHold = asked.event.type === "held";
  const lines = isHold ? holdLines(state) : gatePromptLines(state, answer !== null);
  const record = context(
    `🔎 record so far: ${plural(seq, "entry", "entries")}, head ${code(shortHash(asked.hash))} · run ${code(state.run)}`,
  );
  const mentions = mentionApprovers(approvers);
  const waiting: readonly Piece[] = [
    ...runButtons(state, ["details"]),
    ...(isHold ? [] : [context(gateNeeds(state, approvers))]),
    ...(mentions === "" ? [] : sections([mentions])),
  ];
  const title = isHold ? `Held: ${state.hold?.failure.what ?? ""}` : gateTitle(state);
  return message(`${title} ${answer === null ? mentions : answer}`, [
    ...sections(lines.map((line, i) => (i === 0 ? `${code(clock(asked.at))} ${line}` : line))),
    ...(answer === null ? waiting : sections([answer])),
    record,
  ]);
};

/** True once a prompt was answered: nothing about it will change any more. */
export const isAnswered = (events: readonly RecordedEvent[], seq: number): boolean => answerTo(events, seq) !== null;

const endMessage = (state: RunState, recorded: RecordedEvent): Message => {
  const title = outcomeTitle(state);
  return message(title, [
    ...sections([`${code(clock(recorded.at))} *${esc(title)}*`, ...outcomeLines(state)]),
    context(
      `🔎 the whole record: ${plural(recorded.seq, "entry", "entries")}, head ${code(shortHash(recorded.hash))} · ${person(state.requester)} asked for this`,
    ),
  ]);
};
