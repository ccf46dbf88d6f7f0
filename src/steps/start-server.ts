// Starts a stopped server on the distribution that `current` points at. Waiting until it is synced is the next step.
import { OpsError } from "../errors.ts";
import type { StepOf } from "../model/plan.ts";
import { endJoiner, joinerIn, startJoiner } from "./joiner.ts";
import { stepFailed } from "./step-failed.ts";
import type { StepHandler } from "./step-handler.ts";
import { takeDown } from "./stop-server.ts";
import type { World } from "./world.ts";

export const startServer: StepHandler<"start-server"> = {
  timeLimitMs: 0,
  check: async (step, world) => {
    if (!(await world.server(step.server).control.isRunning())) return { kind: "ready" };
    await assertRunsRelease(step, world);
    return { kind: "done" };
  },
  apply: async (step, world) => {
    const joiner = joinerIn(world, step.server);
    const started =
      joiner === null ? await world.server(step.server).control.start(world.fence()) : await startJoiner(world, joiner);
    return started.pid;
  },
  verify: async (step, world, applied) => {
    const server = world.server(step.server);
    // The whole look at the host takes several times as long as the question whether the process lives.
    const pid = typeof applied === "number" ? applied : ((await server.control.facts()).process?.pid ?? null);
    if (pid === null || !(await server.control.isRunning()))
      throw await stepFailed(world, server, `server.${step.server} ended right after its start.`);
    return { kind: "start-server", server: step.server, release: step.release, pid };
  },
  undo: async (step, world) => {
    if (joinerIn(world, step.server) === null) await takeDown(world, step.server);
    else await endJoiner(world, step.server);
    return "undone";
  },
};

/** Somebody else (an init system, a colleague) may have started it on the old distribution meanwhile. */
const assertRunsRelease = async (step: StepOf<"start-server">, world: World): Promise<void> => {
  const { process } = await world.server(step.server).control.facts();
  // Where the release stays its folder is the one that there was, whatever its name.
  if (process === null || process.home === null || step.from === step.release) return;
  if (process.home.includes(step.release)) return;
  throw new OpsError("step-failed", {
    what: `server.${step.server} was started by something else, from ${process.home}, while zkshift had it stopped.`,
    left: `It runs with pid ${process.pid}; zkshift did not start it.`,
    next: "Stop what restarts it (an init system, a supervisor), stop the server, then Retry.",
  });
};
