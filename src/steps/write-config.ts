// Switches a stopped server to another distribution and writes what changes in its zoo.cfg.

import { OpsError } from "../errors.ts";
import type { ConfigChange, StepOf } from "../model/plan.ts";
import { applyChanges } from "../model/zoo-cfg.ts";
import type { StepHandler } from "./step-handler.ts";
import type { World } from "./world.ts";

export const writeConfig: StepHandler<"write-config"> = {
  timeLimitMs: 0,
  check: async () => ({ kind: "ready" }),
  apply: async (step, world) => {
    const { control } = world.server(step.server);
    await change(step, world, step.changes);
    await control.switchRelease(step.release, world.fence());
  },
  verify: async (step) => ({
    kind: "write-config",
    server: step.server,
    release: step.release,
    diff: step.changes.flatMap(diffLines),
  }),
  undo: async (step, world) => {
    const { control } = world.server(step.server);
    await change(
      step,
      world,
      step.changes.map(({ key, from, to }) => ({ key, from: to, to: from })),
    );
    if (step.from === step.release) return "undone";
    if (step.fromHome === null) await control.switchRelease(step.from, world.fence());
    else await control.switchHome(step.fromHome, world.fence());
    return "undone";
  },
};

/** Reads zoo.cfg right before: the server itself rewrites it when the membership changes. */
const change = async (step: StepOf<"write-config">, world: World, changes: readonly ConfigChange[]): Promise<void> => {
  if (changes.length === 0) return;
  const { control } = world.server(step.server);
  // A line taken out again after the restart (`from` is the release itself) waits in the file for the next one.
  if (step.from !== step.release && (await control.isRunning())) {
    throw new OpsError("step-failed", {
      what: `server.${step.server} runs although it was stopped: something revives it, so its configuration was not written.`,
      left: "Its configuration is as it was.",
      next: "Stop what restarts it (an init system, a supervisor), then Retry.",
    });
  }
  const before = await control.readConfig();
  const after = applyChanges(before, changes);
  if (after !== before) await control.writeConfig(after, world.fence());
};

/** A changed line as a diff shows it. */
export const diffLines = ({ key, from, to }: ConfigChange): readonly string[] => [
  ...(from === null ? [] : [`- ${key}=${from}`]),
  ...(to === null ? [] : [`+ ${key}=${to}`]),
];
