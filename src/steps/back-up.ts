// Copies one server's newest snapshot, the logs after it and its configuration to the worker.

import { seenServer } from "./seeing.ts";
import type { StepHandler } from "./step-handler.ts";

export const backUp: StepHandler<"back-up"> = {
  timeLimitMs: 0,
  check: async () => ({ kind: "ready" }),
  apply: async () => {},
  // The copy is its own proof (sum and manifest), so it is made here; made twice, the second replaces the first.
  verify: async (step, world) => {
    const made = await world.server(step.server).control.backUp(world.backupDirectory);
    const seen = seenServer(await world.observe({ withHosts: false }), step.server).seen;
    return {
      kind: "back-up",
      server: step.server,
      ...made,
      znodes: seen.status === "serving" ? (seen.monitor?.znodes ?? null) : null,
    };
  },
  undo: async () => "nothing-to-undo",
};
