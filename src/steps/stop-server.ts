// Stops one server that does not lead, only while all the others serve and are synced. Also the way every undo stops one.
import { OpsError } from "../errors.ts";
import type { ServerId } from "../model/ids.ts";
import { mayStop } from "../plan/safety.ts";
import { leaderOf, notYetSynced, seenServer } from "./seeing.ts";
import { stepFailed } from "./step-failed.ts";
import type { Check, StepHandler } from "./step-handler.ts";
import { howItEnded } from "./still-runs.ts";
import type { World } from "./world.ts";

/** The others may be catching up after the last turn. */
const OTHERS_SYNC_MS = 60_000;

export const stopServer: StepHandler<"stop-server"> = {
  timeLimitMs: OTHERS_SYNC_MS,
  check: async (step, world) => checkStop(world, step.server),
  apply: async (step, world) => {
    const server = world.server(step.server);
    await world.canary?.avoid(server.client);
    await server.control.stop("TERM", world.fence());
  },
  verify: async (step, world) => {
    const server = world.server(step.server);
    if (await server.control.isRunning()) {
      throw await stepFailed(
        world,
        server,
        `server.${step.server} runs again after it was stopped: something revives it.`,
      );
    }
    return { kind: "stop-server", server: step.server, signal: "TERM" };
  },
  undo: async (step, world) => {
    await bringBack(world, step.server);
    return "undone";
  },
};

/** May this server go down now? `done` when its process is gone already. */
export const checkStop = async (world: World, id: ServerId): Promise<Check> => {
  if (!(await world.server(id).control.isRunning())) return checkReallyDown(world, id);
  const allowed = mayStop(await world.observe({ withHosts: false }), id, world.plan.goal.overrides);
  return allowed.ok ? { kind: "ready" } : { kind: "wait", for: allowed.why, againMs: 250 };
};

/** No process was found: then its client port must not serve either, or the inventory's paths point elsewhere. */
const checkReallyDown = async (world: World, id: ServerId): Promise<Check> => {
  const server = world.server(id);
  const seen = await world.zookeeper.see(server.client, null);
  if (seen.status !== "serving") return { kind: "done" };
  const failure = new OpsError("step-failed", {
    what: `server.${id} serves on ${server.client.host}:${server.client.port}, but its process was not found on ${server.host}.`,
    left: "It was not stopped.",
    next: "Check the paths of that host in ensembles.yaml (root, conf, data), then Retry.",
  }).failure;
  return { kind: "refuse", failure };
};

/**
 * Takes a server down in an undo: at once when it serves nobody, else with the same care as forward, and without
 * SIGTERM's long exit when it has become the leader.
 */
export const takeDown = async (world: World, id: ServerId): Promise<void> => {
  const server = world.server(id);
  const until = world.clock.now() + OTHERS_SYNC_MS;
  for (;;) {
    if (!(await server.control.isRunning())) {
      // Nothing runs just now, but a service manager may be about to start it again.
      await server.control.stop("TERM", world.fence());
      return;
    }
    const seen = await world.observe({ withHosts: false });
    const serves = notYetSynced(seen, id) === null;
    const allowed = mayStop(seen, id, world.plan.goal.overrides);
    if (!serves || allowed.ok) {
      await world.canary?.avoid(server.client);
      await server.control.stop(leaderOf(seen)?.id === id ? "KILL" : "TERM", world.fence());
      return;
    }
    if (world.clock.now() > until)
      throw await stepFailed(world, server, `server.${id} may not be stopped: ${allowed.why}`);
    world.waiting(allowed.why);
    await world.clock.sleep(250, world.signal);
  }
};

/** Starts a server on whatever `current` points at and waits until it is synced: the undo of a stop. */
export const bringBack = async (world: World, id: ServerId): Promise<void> => {
  const server = world.server(id);
  const { pid } = await server.control.start(world.fence());
  const until = world.clock.now() + world.ensemble.syncTimeoutMs;
  for (;;) {
    const seen = await world.observe({ withHosts: false });
    const missing = notYetSynced(seen, id);
    if (missing === null) return;
    if (seenServer(seen, id).seen.status !== "serving") {
      const ended = await howItEnded(server, pid);
      if (ended !== null) throw await stepFailed(world, server, ended);
    }
    if (world.clock.now() > until) {
      throw await stepFailed(
        world,
        server,
        `server.${id} did not come back within ${Math.round(world.ensemble.syncTimeoutMs / 1000)} s: still waiting for ${missing}.`,
      );
    }
    world.waiting(missing);
    await world.clock.sleep(100, world.signal);
  }
};
