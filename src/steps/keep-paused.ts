// Leaves writes paused until the time is over or somebody asks for them. Whoever takes over from a worker that died counts from the
// same beginning.
import type { StepEvidence } from "../model/evidence.ts";
import type { StepOf } from "../model/plan.ts";
import type { StepHandler } from "./step-handler.ts";
import type { World } from "./world.ts";

const EVERY_MS = 500;

export const keepPaused: StepHandler<"keep-paused"> = {
  timeLimitMs: (step) => step.ms + 60_000,
  check: async (step, world) => {
    const left = leftMs(step, world);
    if (left <= 0 || (await world.isEndAsked())) return { kind: "done" };
    return { kind: "wait", for: "the pause to end", againMs: Math.min(left, EVERY_MS) };
  },
  apply: async () => {},
  verify: async (step, world): Promise<StepEvidence> => {
    const left = leftMs(step, world);
    return { kind: "keep-paused", ms: Math.max(0, step.ms - Math.max(0, left)), ended: left <= 0 ? "time" : "asked" };
  },
  undo: async () => "nothing-to-undo",
};

const leftMs = (step: StepOf<"keep-paused">, { plan, state, clock }: World): number => {
  const paused = state.steps[plan.steps.findIndex(({ kind }) => kind === "pause-writes")];
  return (paused?.endedAt ?? clock.now()) + step.ms - clock.now();
};
