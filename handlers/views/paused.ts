// That a run keeps writes paused while people are asked. Pure.
import { pauseInForce } from "../../src/run/pause.ts";
import type { RunState } from "../../src/run/state.ts";
import { pauseWords } from "./step-words.ts";
import { localTime } from "./words.ts";

/** One line of mrkdwn while writes are surely paused, none else: for a run under way, whose step may be just about to pause them. */
export const pausedSinceLines = (state: RunState): readonly string[] => {
  const pause = pauseInForce(state);
  const step = pause === null ? undefined : state.steps[pause.step];
  return pause !== null && step?.state === "done" && step.endedAt !== null
    ? [`⏸ *Writes are paused* since ${localTime(step.endedAt)} (${pauseWords(pause.method)}).`]
    : [];
};

/** One line of mrkdwn while writes are paused, or may be, none else: for a run that stands still. */
export const pausedLines = (state: RunState): readonly string[] => {
  const pause = pauseInForce(state);
  if (pause === null) return [];
  const surely = pausedSinceLines(state);
  return surely.length > 0
    ? surely
    : [
        `⏸ *Writes may be paused* (${pauseWords(pause.method)}): the step that does it, or its undo, did not come to its end.`,
      ];
};
