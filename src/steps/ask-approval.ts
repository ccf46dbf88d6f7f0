// A gate is a step of the plan so that its place is part of what was approved; people, not this handler, take it.
import { OpsError } from "../errors.ts";
import type { StepHandler } from "./step-handler.ts";

const notAStep = (): never => {
  throw new OpsError("bug", { what: "A gate was run like a step." });
};

export const askApproval: StepHandler<"ask-approval"> = {
  timeLimitMs: 0,
  check: async () => notAStep(),
  apply: async () => notAStep(),
  verify: async () => notAStep(),
  undo: async () => "nothing-to-undo",
};
