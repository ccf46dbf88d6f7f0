// Waits until a started server has all data although it is no member yet, and proves it: by a sync and a write through its
// own port, and by the tree digest that it shares with the leader.
import { formatZxid } from "../model/ids.ts";
import type { StepOf } from "../model/plan.ts";
import { compareDigests } from "./compare-digests.ts";
import { joinerIn, notYetJoined, seeServer, startJoiner } from "./joiner.ts";
import { leaderOf, proveServes, wrongRelease } from "./seeing.ts";
import { stepFailed } from "./step-failed.ts";
import type { Check, StepHandler } from "./step-handler.ts";
import { howItEnded, startedPid } from "./still-runs.ts";
import type { World } from "./world.ts";

/** A JVM needs about a second to open its client port; its host is not asked before. */
const JVM_START_MS = 1_500;

type JoinedStep = StepOf<"wait-until-joined">;

export const waitUntilJoined: StepHandler<"wait-until-joined"> = {
  timeLimitMs: (step) => step.timeoutMs,
  check: async (step, world) => {
    const handle = world.server(step.server);
    const seen = await seeServer(world, step.server);
    const wrong = wrongRelease(seen, step.release);
    if (wrong !== null) {
      const failed = await stepFailed(world, handle, `server.${step.server} came up, but ${wrong}.`);
      return { kind: "refuse", failure: failed.failure };
    }
    const missing = await notYetJoined(world, step.server);
    if (missing === null) return { kind: "done" };
    if (seen.status !== "serving" && waitedMs(step, world) >= JVM_START_MS) {
      const ended = await howItEnded(handle, isEnteredAgain(step, world) ? null : startedPid(world, step.server));
      if (ended !== null) return itEnded(step, world, ended);
    }
    return { kind: "wait", for: missing, againMs: 100 };
  },
  // Only after a person said Retry: it had ended, and is started again.
  apply: async (step, world) => {
    const member = joinerIn(world, step.server);
    if (member !== null) await startJoiner(world, member);
  },
  verify: async (step, world) => {
    const handle = world.server(step.server);
    const leader = leaderOf(await world.observe({ withHosts: false }));
    await proveServes(world, handle);
    const seen = await seeServer(world, step.server);
    if (seen.status !== "serving") {
      throw await stepFailed(world, handle, `server.${step.server} served and then stopped serving.`);
    }
    const digest =
      leader === null ? null : await compareDigests(world, [world.server(leader.id), handle], leader.seen.zxid);
    const start = world.plan.steps.findIndex((s) => s.kind === "start-server" && s.server === step.server);
    const startedAt = world.state.steps[start]?.startedAt ?? world.clock.now();
    return {
      kind: "wait-until-joined",
      server: step.server,
      mode: seen.mode,
      release: seen.release,
      zxid: formatZxid(seen.zxid),
      syncedMs: world.clock.now() - startedAt,
      digest: digest === null ? null : { value: digest.digest, zxid: digest.zxid },
    };
  },
  undo: async () => "nothing-to-undo",
};

const stateOf = (step: JoinedStep, world: World) => world.state.steps[world.plan.steps.indexOf(step)];

const waitedMs = (step: JoinedStep, world: World): number => {
  const now = world.clock.now();
  return now - (stateOf(step, world)?.startedAt ?? now);
};

/** Entered again the step may have started it again, so that the process which the first start gave tells nothing. */
const isEnteredAgain = (step: JoinedStep, world: World): boolean => (stateOf(step, world)?.attempts ?? 0) > 1;

/** The first time its log tells why; when the step is entered again it is started again. */
const itEnded = async (step: JoinedStep, world: World, ended: string): Promise<Check> => {
  if (isEnteredAgain(step, world)) return { kind: "ready" };
  const failed = await stepFailed(world, world.server(step.server), `${ended} It did not have all data yet.`);
  return { kind: "refuse", failure: failed.failure };
};
