// The buttons of a run, each bound to the plan and to what is asked, with what they would do. Pure.
import type { KnownBlock } from "@slack/types";
import type { RunState } from "../../src/run/state.ts";
import { type ActionId, formatButtonValue } from "./button-value.ts";
import { rollBackExplained, stopExplained } from "./choices.ts";
import { ask, button, buttons } from "./message.ts";
import { actionsFor } from "./run-facts.ts";

const LABELS: Readonly<Record<ActionId, string>> = {
  approve: "Approve",
  deny: "Deny…",
  details: "Details",
  stop: "Stop here",
  retry: "Retry",
  roll_back: "Roll back",
  continue: "Continue",
  resume_writes: "Resume writes",
};

/** The buttons that apply to a run now, each bound to the plan and to what is asked. */
export const runButtons = (state: RunState, without: readonly ActionId[] = []): KnownBlock[] => {
  const gate = state.gate?.gate ?? state.hold?.step;
  const value = formatButtonValue({ run: state.run, hash: state.planHash, ...(gate === undefined ? {} : { gate }) });
  return buttons(
    actionsFor(state)
      .filter((action) => !without.includes(action))
      .map((action) => {
        switch (action) {
          case "approve":
          case "continue":
            // It opens a form first, and what it leads to cannot be taken for something ordinary.
            return state.goal.kind === "restore"
              ? button(action, action === "approve" ? "Approve…" : "Stop servers and restore…", value, {
                  style: "danger",
                })
              : button(action, LABELS[action], value, { style: "primary" });
          case "stop":
            return button(action, state.phase === "running" ? "Stop after this turn" : LABELS.stop, value, {
              confirm: ask("Stop this run?", stopExplained(state), "Stop"),
            });
          case "roll_back":
            return button(action, LABELS.roll_back, value, {
              style: "danger",
              confirm: ask("Roll back?", rollBackExplained(state), "Roll back"),
            });
          default:
            return button(action, LABELS[action], value);
        }
      }),
  );
};
