// Whether a run keeps writes paused at this point. Pure.
import type { PauseMethod } from "../model/goal.ts";
import type { Plan } from "../model/plan.ts";
import type { RunState } from "./state.ts";

/** Whether a step forward is planned for while writes are paused: what is written then is zkshift's own. */
export const isWhilePaused = ({ steps }: Pick<Plan, "steps">, step: number): boolean => {
  const paused = steps.findIndex(({ kind }) => kind === "pause-writes");
  const resumed = steps.findIndex(({ kind }) => kind === "resume-writes");
  return paused !== -1 && step > paused && step < resumed;
};

/**
 * The `pause-writes` step that is in force, or may be: begun, not undone, and its writes not resumed. Null when there is none.
 */
export const pauseInForce = ({
  plan,
  steps,
}: Pick<RunState, "plan" | "steps">): { readonly step: number; readonly method: PauseMethod } | null => {
  const step = plan.steps.findIndex(({ kind }) => kind === "pause-writes");
  const planned = plan.steps[step];
  if (planned?.kind !== "pause-writes") return null;
  const now = steps[step]?.state ?? "todo";
  if (now === "todo" || now === "undone") return null;
  const resumed = plan.steps.findIndex(({ kind }) => kind === "resume-writes");
  return steps[resumed]?.state === "done" ? null : { step, method: planned.method };
};
