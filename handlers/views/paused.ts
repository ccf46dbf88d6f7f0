// That a run keeps writes paused while people are asked. Pure.
import { pauseInForce } from "../../src/run/pause.ts";
import type { RunState } from "../../src/run/state.ts";
import { pauseWords } from "./step-words.ts";
import { localTime } from "./words.ts";

/** One line of mrkdwn while writes are paused, none else. */
export const pausedLines = (state: RunState): readonly string[] => {
  const pause = pauseInForce(state);
  if (pause === null) return [];
  const now = state.steps[pause.step];
  const words = pauseWords(pause.method);
  return now?.state === "done" && now.endedAt !== null
    ? [`⏸ *Writes are paused* since ${localTime(now.endedAt)} (${words}).`]
    : [`⏸ *Writes may be paused* (${words}): the step that does it, or its undo, did not come to its end.`];
};
