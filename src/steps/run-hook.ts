// Runs the team's own configuration tool for one host, at the place in the order where its server is down.
import { OpsError } from "../errors.ts";
import type { StepHandler } from "./step-handler.ts";

const HOOK_TIME_MS = 600_000;

export const runHook: StepHandler<"run-hook"> = {
  timeLimitMs: 0,
  check: async () => ({ kind: "ready" }),
  apply: async () => {},
  verify: async (step, world) => {
    world.fence();
    world.waiting(`the configuration tool (${step.argv[0]}) for server.${step.server}`);
    const { code, output } = await world.hosts.runHook(step.argv, { timeoutMs: HOOK_TIME_MS, signal: world.signal });
    if (code !== 0) {
      throw new OpsError("step-failed", {
        what: `The configuration tool ${step.argv[0]} ended with code ${code} for server.${step.server}.`,
        left: `server.${step.server} is stopped; the other servers were not touched in this step.`,
        next: "Read its output below, mend the cause, then Retry; or Roll back.",
        detail: output.slice(-2_000),
      });
    }
    return { kind: "run-hook", server: step.server, code, output: output.slice(-20_000) };
  },
  // What a team's tool wrote is the team's; zoo.cfg itself goes back with the undo of write-config.
  undo: async () => "nothing-to-undo",
};
