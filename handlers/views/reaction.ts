// The one status reaction of a run's message. Pure.
import type { RunState } from "../../src/run/state.ts";

/** The status reaction a run's message should carry. */
export const reactionOf = (state: RunState): string => {
  switch (state.phase) {
    case "waiting":
      return "raised_hand";
    case "running":
      return "hourglass_flowing_sand";
    case "held":
      return "warning";
    case "finished":
      return state.outcome === "succeeded"
        ? "white_check_mark"
        : state.outcome === "rolled-back"
          ? "leftwards_arrow_with_hook"
          : state.outcome === "denied"
            ? "no_entry_sign"
            : "octagonal_sign";
  }
};
