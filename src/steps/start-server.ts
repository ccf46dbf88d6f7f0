// Starts a stopped server on the distribution that `current` points at. Waiting until it is synced is the next step.
import { OpsError } from "../errors.ts";
import { keepsTtlZnodesNow } from "../model/extended-types.ts";
import type { StepOf } from "../model/plan.ts";
import { endJoiner, joinerIn, startJoiner } from "./joiner.ts";
import { stepFailed } from "./step-failed.ts";
import type { StepHandler } from "./step-handler.ts";
import { takeDown } from "./stop-server.ts";
import type { ServerHandle, World } from "./world.ts";

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
    if (step.keepsTtlZnodes === true) await assertKeepsTtlZnodes(server, world);
    return { kind: "start-server", server: step.server, release: step.release, pid };
  },
  undo: async (step, world) => {
    if (joinerIn(world, step.server) === null) await takeDown(world, step.server);
    else await endJoiner(world, step.server);
    return "undone";
  },
};

/** What starts it may give flags of its own: a service manager's unit, a configuration tool. It does not lead yet, so nothing is lost. */
const assertKeepsTtlZnodes = async (server: ServerHandle, world: World): Promise<void> => {
  const facts = await server.control.facts();
  if (facts.process === null || keepsTtlZnodesNow(facts)) return;
  const failed = await stepFailed(
    world,
    server,
    `server.${server.id} was started without zookeeper.extendedTypesEnabled, which the servers had until now: when it leads, it removes znodes with a time to live.`,
  );
  throw new OpsError("step-failed", {
    ...failed.failure,
    next: "Add the line `extendedTypesEnabled=true` to its zoo.cfg, or the flag where its service manager has its flags; start it again by hand, then Retry. Or Roll back.",
  });
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
