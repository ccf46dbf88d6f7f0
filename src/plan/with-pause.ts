// Puts the pause of writes around the servers' turns. Pure.
import type { PauseMethod } from "../model/goal.ts";
import { type Step, turnOf } from "../model/plan.ts";

/**
 * The steps with writes paused before the first server's turn and resumed after the last one's. The comparison of data at the
 * end comes after: it needs no pause, and a pause is paid for by clients. Steps without any turn stay as they are.
 */
export const withPause = (steps: readonly Step[], method: PauseMethod | undefined): readonly Step[] => {
  const isTurn = (step: Step): boolean => turnOf(step) !== null;
  const first = steps.findIndex(isTurn);
  const last = steps.findLastIndex(isTurn);
  if (method === undefined || first === -1) return steps;
  return [
    ...steps.slice(0, first),
    { kind: "pause-writes", method },
    // Through closed ports nobody is connected: there is nobody to list or to wait for, and people are told so by a rule.
    ...steps.slice(first, last + 1).filter(({ kind }) => method !== "ports" || kind !== "wait-for-clients"),
    { kind: "resume-writes", method },
    ...steps.slice(last + 1),
  ];
};
