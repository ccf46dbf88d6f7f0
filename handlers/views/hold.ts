// What a hold says: what happened, how the service stands, what was left, what to do. Pure.
import type { RunState } from "../../src/run/state.ts";
import { choicesLine } from "./choices.ts";
import { pausedLines } from "./paused.ts";
import { servicePhrase } from "./run-facts.ts";
import { codeBlock, esc } from "./words.ts";

const HOLD_TITLES = {
  failed: "Held",
  stale: "Held, the plan no longer fits",
  expired: "Held, nobody answered in time",
  stuck: "Stuck",
} as const;

/** What a hold says: what happened, how the service stands, what was left, what to do. Lines of mrkdwn. */
export const holdLines = (state: RunState): readonly string[] => {
  const { hold } = state;
  if (hold === null) return [];
  return [
    `${hold.why === "stuck" ? "🔴" : "🟠"} *${HOLD_TITLES[hold.why]} at step ${hold.step + 1} of ${state.steps.length}: ${esc(hold.failure.what)}*`,
    `Service: ${servicePhrase(hold.service)}`,
    ...pausedLines(state),
    `What was left: ${esc(hold.failure.left)}`,
    ...(hold.failure.detail === null ? [] : [codeBlock(hold.failure.detail)]),
    `What you can do: ${esc(hold.failure.next)}`,
    choicesLine(state),
  ];
};
