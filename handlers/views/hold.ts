// What a hold says: what happened, how the service stands, what was left, what to do. Pure.
import type { RunState } from "../../src/run/state.ts";
import { releasesNow } from "./plan.ts";
import { actionsFor, servicePhrase } from "./run-facts.ts";
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
    `What was left: ${esc(hold.failure.left)}`,
    ...(hold.failure.detail === null ? [] : [codeBlock(hold.failure.detail)]),
    `What you can do: ${esc(hold.failure.next)}`,
    choices(state),
  ];
};

/** What the buttons would do, so that a tired person need not guess. */
const choices = (state: RunState): string => {
  const can = actionsFor(state);
  const target = esc(releasesNow(state.plan));
  return [
    ...(can.includes("retry")
      ? [state.direction === "back" ? "*Retry* goes on rolling back" : "*Retry* does this step again"]
      : []),
    ...(can.includes("roll_back") ? [`*Roll back* takes what was done back to ${target}`] : []),
    ...(can.includes("stop") ? ["*Stop here* ends the run and leaves all as it is"] : []),
  ].join(" · ");
};
