// Switches a stopped server to another distribution, where that changes, and writes what changes in its zoo.cfg and java.env.

import { OpsError } from "../errors.ts";
import { diffLines } from "../model/config-diff.ts";
import { withWantedFlags } from "../model/java-env.ts";
import type { ConfigChange, StepOf } from "../model/plan.ts";
import { applyChanges } from "../model/zoo-cfg.ts";
import type { StepHandler } from "./step-handler.ts";
import type { World } from "./world.ts";

export const writeConfig: StepHandler<"write-config"> = {
  timeLimitMs: 0,
  check: async () => ({ kind: "ready" }),
  apply: async (step, world) => {
    const { control } = world.server(step.server);
    await change(step, world, step.changes, step.jvm?.to ?? null);
    // Before the release brings its own where there is none.
    if (step.logback !== undefined) await control.bringLogback(step.logback.text, world.fence());
    if (step.from !== step.release) await control.switchRelease(step.release, world.fence());
    else if (step.fromHome !== null) await control.switchHome(step.fromHome, world.fence());
  },
  verify: async (step) => ({
    kind: "write-config",
    server: step.server,
    release: step.release,
    ...(step.from === step.release ? { stays: true as const } : {}),
    diff: diffLines(step.changes, step.jvm, step.logback),
  }),
  undo: async (step, world) => {
    const { control } = world.server(step.server);
    await change(
      step,
      world,
      step.changes.map(({ key, from, to }) => ({ key, from: to, to: from })),
      step.jvm?.from ?? null,
    );
    if (step.logback !== undefined) await control.takeLogback(step.logback.text, world.fence());
    if (step.from === step.release) return "undone";
    if (step.fromHome === null) await control.switchRelease(step.from, world.fence());
    else await control.switchHome(step.fromHome, world.fence());
    return "undone";
  },
};

/** Reads the files right before: the server itself rewrites zoo.cfg when the membership changes. `flags`: null leaves java.env alone. */
const change = async (
  step: StepOf<"write-config">,
  world: World,
  changes: readonly ConfigChange[],
  flags: readonly string[] | null,
): Promise<void> => {
  if (changes.length === 0 && flags === null) return;
  const { control } = world.server(step.server);
  if (step.whileRunning !== true && (await control.isRunning())) {
    throw new OpsError("step-failed", {
      what: `server.${step.server} runs although it was stopped: something revives it, so its configuration was not written.`,
      left: "Its configuration is as it was.",
      next: "Stop what restarts it (an init system, a supervisor), then Retry.",
    });
  }
  if (changes.length > 0) {
    const before = await control.readConfig();
    const after = applyChanges(before, changes);
    if (after !== before) await control.writeConfig(after, world.fence());
  }
  if (flags === null) return;
  const before = await control.readJavaEnv();
  const after = withWantedFlags(before, flags);
  if (after !== before) await control.writeJavaEnv(after, world.fence());
};
