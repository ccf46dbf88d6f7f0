// `report.md`, `log.jsonl` and `configuration-tool.txt`: a run for reading and for checking away from Slack. Pure.
import type { RecordedEvent } from "../../src/model/run-event.ts";
import type { RunState } from "../../src/run/state.ts";
import { eventWords } from "./event-words.ts";
import { planTitle } from "./goal-words.ts";
import { outcomeLines, outcomeTitle } from "./outcome.ts";
import { dateTime, duration } from "./words.ts";

/** Slack's markup as Markdown that any reader shows: names for mentions, UTC for dates, entities undone. */
const asMarkdown = (mrkdwn: string, nameOf: (user: string) => string): string =>
  mrkdwn
    .replace(/<@([A-Z0-9]+)>/g, (_, user: string) => `@${nameOf(user)}`)
    .replace(/<!date\^\d+\^[^|>]*\|([^>]*)>/g, "$1")
    .replace(/<!subteam\^([A-Z0-9]+)>/g, "@$1")
    .replace(/(^|[\s(])\*([^*\n]+)\*(?=[\s.,:;)]|$)/g, "$1**$2**")
    .replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">")
    .replaceAll("&amp;", "&");

/** The record as JSON, an event a line, exactly the fields that are hashed and the hash. */
export const logFile = (events: readonly RecordedEvent[]): string =>
  `${events.map((event) => JSON.stringify(event)).join("\n")}\n`;

/** What the team's configuration tool printed in each turn, as one file; none where it did not run. */
export const hookFiles = (state: RunState): readonly { readonly name: string; readonly text: string }[] => {
  const parts = state.steps.flatMap(({ evidence }, i) => {
    const step = state.plan.steps[i];
    if (step?.kind !== "run-hook" || evidence?.step.kind !== "run-hook") return [];
    const { code, output } = evidence.step;
    return [
      `== step ${i + 1}, server.${step.server}: ${step.argv.join(" ")}\n== exit code ${code}\n${output.trimEnd()}\n`,
    ];
  });
  return parts.length === 0 ? [] : [{ name: "configuration-tool.txt", text: parts.join("\n") }];
};

const tableCell = (text: string): string => text.replaceAll("|", "\\|").replaceAll("\n", " ");

export const reportFile = (
  state: RunState,
  events: readonly RecordedEvent[],
  nameOf: (user: string) => string,
): string => {
  const md = (text: string) => asMarkdown(text, nameOf);
  const steps = state.steps.flatMap((step, i) => {
    const { evidence } = step;
    if (evidence === null) return [];
    const pause = evidence.canary === null ? "–" : duration(evidence.canary.longestPauseMs);
    return [
      `| ${i + 1} | ${evidence.step.kind} | ${step.state} | ${duration(evidence.tookMs)} | ${pause} | ${evidence.canary?.failed ?? "–"} |`,
    ];
  });
  return [
    `# ${state.phase === "finished" ? outcomeTitle(state) : planTitle(state.plan)}`,
    "",
    `- run: \`${state.run}\``,
    `- plan: \`${state.planHash}\` (${planTitle(state.plan)})`,
    `- asked by: @${nameOf(state.requester)}, ${dateTime(state.proposedAt)}`,
    ...state.passed.map(
      ({ gate, granted }) =>
        `- approved (${gate === "plan" ? "the plan" : `gate at step ${gate + 1}`}): ${granted.map(({ by, at }) => `@${by.kind === "user" ? nameOf(by.id) : by.name}, ${dateTime(at)}`).join("; ")}`,
    ),
    ...(state.startedAt === null ? [] : [`- began: ${dateTime(state.startedAt)}`]),
    ...(state.finishedAt === null ? [] : [`- ended: ${dateTime(state.finishedAt)}`]),
    `- record: ${events.length} entries, head \`${state.head.hash}\``,
    "",
    ...(state.phase === "finished" ? outcomeLines(state).map(md) : []),
    "",
    "## Steps",
    "",
    "| step | kind | state | took | longest write pause | failed test writes |",
    "|---|---|---|---|---|---|",
    ...steps,
    "",
    "## Record",
    "",
    "| # | time (UTC) | who | what |",
    "|---|---|---|---|",
    ...events.map(
      (recorded) =>
        `| ${recorded.seq} | ${dateTime(recorded.at)} | ${recorded.actor.kind === "user" ? `@${nameOf(recorded.actor.id)}` : recorded.actor.name} | ${tableCell(md(eventWords(recorded, state.plan, events)))} |`,
    ),
    "",
    "Each entry of log.jsonl carries the SHA-256 of the one before; `/zk audit` with `verify` computes the chain again.",
    "",
  ].join("\n");
};
