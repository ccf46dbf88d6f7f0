// Takes one step forward or back: check, apply, verify, again where an outcome is unknown, within the step's time.
import { OpsError } from "../errors.ts";
import type { Evidence, StepEvidence } from "../model/evidence.ts";
import { assertNever } from "../model/ids.ts";
import { type Step, turnOf } from "../model/plan.ts";
import { handlerOf } from "../steps/registry.ts";
import { stepFailed } from "../steps/step-failed.ts";
import type { Undone } from "../steps/step-handler.ts";
import type { World } from "../steps/world.ts";
import { again } from "./again.ts";

/** A shorter wait is the ordinary catching up of servers, and no news. */
const WORTH_TELLING_MS = 2_000;

/** Hears what a step had to wait for before it could be taken, and since when (epoch ms). */
type Waited = { first: { readonly for: string; readonly since: number } | null; ms: number };

/** Runs one step to its evidence; throws what made it fail. */
export const runStep = async (step: Step, world: World): Promise<Evidence> => {
  const { clock } = world;
  const startedAt = clock.now();
  world.canary?.mark();
  const waited: Waited = { first: null, ms: 0 };
  const evidence = await again(clock, world.signal, () => toEvidence(step, world, startedAt, waited), world.waiting);
  const { first, ms } = waited;
  // Of a step that is nothing but waiting, its own words tell how long it took.
  const telling = first !== null && ms >= WORTH_TELLING_MS && step.kind !== "wait-until-synced";
  return {
    step: evidence,
    tookMs: clock.now() - startedAt,
    canary: world.canary?.report() ?? null,
    ...(telling ? { waited: { for: first.for, ms } } : {}),
  };
};

/** Undoes one step; `evidence` has no step part of its own worth showing, so it is the canary's. */
export const undoStep = async (
  step: Step,
  world: World,
): Promise<{ readonly how: Undone; readonly tookMs: number }> => {
  const startedAt = world.clock.now();
  world.canary?.mark();
  const handler = handlerOf(step);
  const how = await again(world.clock, world.signal, () => handler.undo(step, world), world.waiting);
  return { how, tookMs: world.clock.now() - startedAt };
};

const toEvidence = async (step: Step, world: World, startedAt: number, waited: Waited): Promise<StepEvidence> => {
  const handler = handlerOf(step);
  const limit = typeof handler.timeLimitMs === "number" ? handler.timeLimitMs : handler.timeLimitMs(step);
  let lastWait: string | null = null;
  for (;;) {
    world.signal.throwIfAborted();
    const check = await handler.check(step, world);
    if (waited.first !== null) waited.ms = world.clock.now() - waited.first.since;
    switch (check.kind) {
      case "done":
        world.waiting(null);
        return handler.verify(step, world, null);
      case "ready":
        world.waiting(null);
        return verifyWhenDone(step, world, startedAt, limit, await handler.apply(step, world));
      case "refuse":
        throw new OpsError(check.failure.kind, check.failure);
      case "wait":
        lastWait = check.for;
        waited.first ??= { for: check.for, since: world.clock.now() };
        break;
      default:
        assertNever(check);
    }
    if (world.clock.now() - startedAt > limit) throw await tooLong(step, world, limit, lastWait);
    world.waiting(check.for);
    await world.clock.sleep(check.againMs, world.signal);
  }
};

/** After `apply`, some steps are done at once (`ready` stays their answer), others only when the world has followed. */
const verifyWhenDone = async (
  step: Step,
  world: World,
  startedAt: number,
  limit: number,
  applied: unknown,
): Promise<StepEvidence> => {
  const handler = handlerOf(step);
  if (limit > 0) {
    for (;;) {
      const check = await handler.check(step, world);
      if (check.kind === "done") break;
      if (check.kind === "refuse") throw new OpsError(check.failure.kind, check.failure);
      if (check.kind === "ready") {
        throw new OpsError("unknown-outcome", {
          what: "The step was done, but the ensemble does not show it.",
          next: "It is looked at again.",
        });
      }
      if (world.clock.now() - startedAt > limit) throw await tooLong(step, world, limit, check.for);
      world.waiting(check.for);
      await world.clock.sleep(check.againMs, world.signal);
    }
    world.waiting(null);
  }
  return handler.verify(step, world, applied);
};

const tooLong = async (step: Step, world: World, limitMs: number, lastWait: string | null): Promise<OpsError> => {
  const seconds = Math.round(limitMs / 1000);
  const waits = `it still waits for ${lastWait ?? "the ensemble"}`;
  const server = turnOf(step);
  if (server === null) {
    return new OpsError("step-failed", {
      what: `${step.kind} did not end within ${seconds} s; ${waits}.`,
      left: "Nothing was changed in this step.",
      next: "Look at what it waits for, then Retry; or Roll back.",
    });
  }
  const what =
    step.kind === "wait-until-synced"
      ? `server.${server} did not rejoin within ${seconds} s of its start; ${waits}.`
      : `server.${server}: ${step.kind} did not end within ${seconds} s; ${waits}.`;
  return stepFailed(world, world.server(server), what);
};
