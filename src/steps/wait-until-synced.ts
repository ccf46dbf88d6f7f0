// Waits until a started server is part of the ensemble again, on the wanted release, and proves it through its own port.
import { formatZxid } from "../model/ids.ts";
import type { StepOf } from "../model/plan.ts";
import { notYetSynced, proveServes, seenServer, wrongRelease } from "./seeing.ts";
import { stepFailed } from "./step-failed.ts";
import type { StepHandler } from "./step-handler.ts";
import { howItEnded, startedPid } from "./still-runs.ts";
import type { World } from "./world.ts";

/**
 * A JVM needs about a second to open its client port. Asking its host before then whether it lives only takes from it what
 * it needs to start.
 */
const JVM_START_MS = 1_500;

const waitedMs = (step: StepOf<"wait-until-synced">, world: World): number => {
  const now = world.clock.now();
  return now - (world.state.steps[world.plan.steps.indexOf(step)]?.startedAt ?? now);
};

export const waitUntilSynced: StepHandler<"wait-until-synced"> = {
  timeLimitMs: (step) => step.timeoutMs,
  check: async (step, world) => {
    const seen = await world.observe({ withHosts: false });
    const server = seenServer(seen, step.server).seen;
    const wrong = wrongRelease(server, step.release);
    const handle = world.server(step.server);
    if (wrong !== null) {
      return {
        kind: "refuse",
        failure: (await stepFailed(world, handle, `server.${step.server} came back, but ${wrong}.`)).failure,
      };
    }
    const missing = notYetSynced(seen, step.server);
    if (missing === null) return { kind: "done" };
    if (server.status !== "serving" && waitedMs(step, world) > JVM_START_MS) {
      const ended = await howItEnded(handle, startedPid(world, step.server));
      if (ended !== null) return { kind: "refuse", failure: (await stepFailed(world, handle, ended)).failure };
    }
    return { kind: "wait", for: missing, againMs: 50 };
  },
  apply: async () => {},
  verify: async (step, world) => {
    const { writeMs } = await proveServes(world, world.server(step.server));
    const seen = seenServer(await world.observe({ withHosts: false }), step.server).seen;
    if (seen.status !== "serving") {
      throw await stepFailed(
        world,
        world.server(step.server),
        `server.${step.server} served and then stopped serving.`,
      );
    }
    const start = world.plan.steps.findIndex((s) => s.kind === "start-server" && s.server === step.server);
    const startedAt = world.state.steps[start]?.startedAt ?? world.clock.now();
    return {
      kind: "wait-until-synced",
      server: step.server,
      mode: seen.mode,
      release: seen.release,
      zxid: formatZxid(seen.zxid),
      syncedMs: world.clock.now() - startedAt,
      proof: `sync and a write through it took ${writeMs} ms`,
    };
  },
  undo: async () => "nothing-to-undo",
};
