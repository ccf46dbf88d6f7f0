// Leaves a changed server alone for a while, and fails if it does not stay well.
import { notYetSynced } from "./seeing.ts";
import { stepFailed } from "./step-failed.ts";
import type { StepHandler } from "./step-handler.ts";

export const soak: StepHandler<"soak"> = {
  timeLimitMs: (step) => step.ms + 60_000,
  check: async (step, world) => {
    const trouble = notYetSynced(await world.observe({ withHosts: false }), step.server);
    if (trouble !== null) {
      const server = world.server(step.server);
      const failed = await stepFailed(
        world,
        server,
        `server.${step.server} did not stay well: waiting for ${trouble}.`,
      );
      return { kind: "refuse", failure: failed.failure };
    }
    const index = world.plan.steps.indexOf(step);
    const since = world.state.steps[index]?.startedAt ?? world.clock.now();
    const left = since + step.ms - world.clock.now();
    return left <= 0
      ? { kind: "done" }
      : { kind: "wait", for: `the soak of server.${step.server} to end`, againMs: Math.min(left, 1_000) };
  },
  apply: async () => {},
  verify: async (step) => ({ kind: "soak", server: step.server, ms: step.ms }),
  undo: async () => "nothing-to-undo",
};
