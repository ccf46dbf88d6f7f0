// Advances one run: takes the ensemble's lease, folds the log, does the one next thing, records it, and goes on until a
// person must act or the run has ended. Whatever happens to this process in between, another one goes on from the log.
import { entersAgain, failureOf, isTakenOver, OpsError } from "../errors.ts";
import type { Observation } from "../model/ensemble.ts";
import type { Evidence } from "../model/evidence.ts";
import { assertNever, ensembleOf, type RunId } from "../model/ids.ts";
import type { Step } from "../model/plan.ts";
import type { Direction, Gate, ServiceSeen } from "../model/run-event.ts";
import { marginOf } from "../plan/safety.ts";
import type { Lease } from "../ports.ts";
import { decide, everyServerIsWhole, hasTouchedServers } from "../run/decide.ts";
import { pauseInForce } from "../run/pause.ts";
import { staleReasons } from "../run/stale.ts";
import type { RunState } from "../run/state.ts";
import { leaderOf } from "../steps/seeing.ts";
import { proveEnsemble } from "../steps/verify-ensemble.ts";
import { again } from "./again.ts";
import type { AppDeps } from "./app-deps.ts";
import { makeRunWorld, type RunWorld } from "./make-world.ts";
import { observeForHold } from "./observe-for-hold.ts";
import { runStep, undoStep } from "./run-step.ts";
import { openRun, type RunWriter } from "./run-writer.ts";
import { showLive } from "./show-live.ts";
import { watchClients } from "./watch-clients.ts";

export type Advanced =
  /** Nothing to do before `until` (epoch ms), or at all. */
  | { readonly kind: "rest"; readonly until: number | null }
  /** Another worker is at it, or took it over. */
  | { readonly kind: "busy" }
  | { readonly kind: "unknown-run" };

/** A step that brought down its worker so often is not tried again by itself. */
const MOST_CRASHES = 6;
/** Steps before which the world is compared with what the plan rests on. */
const RISKY: ReadonlySet<Step["kind"]> = new Set([
  "stop-server",
  "hand-over-leadership",
  "add-member",
  "remove-member",
  "retire-server",
  "restore-data",
]);

/** Advances a run as far as it goes. Throws only what a retry of the job may mend (`transient`) and bugs. */
export const advance = async (run: RunId, deps: AppDeps, signal: AbortSignal): Promise<Advanced> => {
  const lease = await deps.leases.acquire(ensembleOf(run), deps.workerName);
  if (lease === null) return { kind: "busy" };
  const stop = AbortSignal.any([signal, lease.signal]);
  try {
    const writer = await openRun(run, deps, lease);
    if (writer === null) return { kind: "unknown-run" };
    return await advanceHeld(writer, deps, lease, stop);
  } catch (error) {
    if (stop.aborted || isTakenOver(error)) return { kind: "busy" };
    throw error;
  } finally {
    await lease.release().catch(() => {});
  }
};

const advanceHeld = async (writer: RunWriter, deps: AppDeps, lease: Lease, signal: AbortSignal): Promise<Advanced> => {
  let world: RunWorld | null = null;
  let live: { stop(): void } | null = null;
  const theWorld = async (): Promise<RunWorld> => {
    if (world === null) {
      world = await makeRunWorld(writer, deps, lease, signal);
      live = showLive(writer, world, deps);
    }
    return world;
  };
  const { run } = writer.state();
  try {
    for (;;) {
      signal.throwIfAborted();
      const state = await writer.refresh();
      const next = decide(state, deps.clock.now());
      switch (next.kind) {
        case "rest":
          return { kind: "rest", until: next.until };
        case "ask":
          await closeWorld(world, live);
          world = null;
          await ask(writer, deps, next.gate);
          break;
        case "remind":
          await writer.append({ type: "approval-reminded", gate: next.gate });
          break;
        case "expire":
          await expire(writer, deps, next.gate);
          break;
        case "run-step":
        case "undo-step": {
          const direction: Direction = next.kind === "run-step" ? "forward" : "back";
          await takeStep(writer, deps, next.step, direction, signal, theWorld);
          break;
        }
        case "watch-clients": {
          const watched = await takeWatch(writer, deps, next, signal, theWorld);
          if (watched === "rest") return { kind: "rest", until: null };
          break;
        }
        case "finish":
          await finish(writer, deps, next.outcome, theWorld);
          break;
        default:
          assertNever(next);
      }
      deps.notify(run);
    }
  } finally {
    await closeWorld(world, live);
    deps.notify(run);
  }
};

const closeWorld = async (world: RunWorld | null, live: { stop(): void } | null): Promise<void> => {
  live?.stop();
  await world?.close();
};

const ask = async (writer: RunWriter, deps: AppDeps, gate: Gate): Promise<void> => {
  const { policy } = writer.state();
  await writer.append({
    type: "approval-asked",
    gate,
    needs: policy.quorum,
    expiresAt: deps.clock.now() + policy.expiresMs,
  });
};

/** An unanswered plan ends; an unanswered gate in the middle holds, for a half-changed ensemble needs a person. */
const expire = async (writer: RunWriter, deps: AppDeps, gate: Gate): Promise<void> => {
  const state = await writer.append({ type: "approval-expired", gate });
  if (gate === "plan") return;
  await hold(writer, deps, gate, "expired", null, {
    kind: "refused",
    what: "Nobody answered at the gate in time.",
    left: `${state.steps.filter((step) => step.state === "done").length} of ${state.steps.length} steps are done; every server serves as the last look showed.`,
    next: "Retry to be asked again, Roll back, or Stop here.",
    detail: null,
  });
};

const hold = async (
  writer: RunWriter,
  deps: AppDeps,
  step: number,
  why: "failed" | "stale" | "expired" | "stuck",
  seen: Observation | null,
  failure: ReturnType<typeof failureOf>,
): Promise<void> => {
  const now = (await observeForHold(writer.state(), deps)) ?? seen;
  await writer.append({ type: "held", why, step, failure, service: serviceOf(now) });
  deps.log.warn({ run: writer.state().run, step, why, failure }, "run held");
};

const serviceOf = (seen: Observation | null): ServiceSeen => {
  if (seen === null) return { serving: [], notServing: [], leader: null, margin: -1 };
  const serving = seen.servers.filter((server) => server.seen.status === "serving");
  return {
    serving: serving.map((server) => server.id),
    notServing: seen.servers.filter((server) => server.seen.status !== "serving").map((server) => server.id),
    leader: leaderOf(seen)?.id ?? null,
    margin: marginOf(seen),
  };
};

const takeStep = async (
  writer: RunWriter,
  deps: AppDeps,
  index: number,
  direction: Direction,
  signal: AbortSignal,
  theWorld: () => Promise<RunWorld>,
): Promise<void> => {
  const before = writer.state();
  const step = before.plan.steps[index];
  const was = before.steps[index];
  if (step === undefined || was === undefined) throw new OpsError("bug", { what: `The plan has no step ${index}.` });
  const startedAt = deps.clock.now();
  /** Ends a pause of writes that is in force; false when that failed and the run is held for it. */
  const lift = async (): Promise<boolean> => {
    const pause = pauseInForce(writer.state());
    if (pause !== null) await takeStep(writer, deps, pause.step, "back", signal, theWorld);
    return pauseInForce(writer.state()) === null;
  };
  const fail = async (error: unknown): Promise<void> => {
    if (entersAgain(error)) throw error;
    const failure = failureOf(error);
    deps.log.error({ run: before.run, step: index, kind: step.kind, direction, err: error }, "step failed");
    deps.metrics.stepEnded(step.kind, direction, "failed", (deps.clock.now() - startedAt) / 1000);
    await writer.append({ type: "step-failed", step: index, direction, failure });
    if (failure.kind === "stale" && direction === "forward" && !hasTouchedServers(writer.state())) {
      return supersede(writer, deps, failure.what, lift);
    }
    const why = failure.kind === "stale" ? "stale" : direction === "back" ? "stuck" : "failed";
    await hold(writer, deps, index, why, null, failure);
  };

  const crashes = was.state === "running" || was.state === "undoing" ? was.attempts : 0;
  if (crashes >= MOST_CRASHES) {
    await fail(
      new OpsError("step-failed", {
        what: `The worker ended ${crashes} times in the middle of this step.`,
        left: "The step may be half-done; entering it again is safe.",
        next: "Look at the worker's log for why it ends, then Retry; or Roll back.",
      }),
    );
    return;
  }

  const begin = async (): Promise<void> => {
    await writer.append({ type: "step-started", step: index, direction, attempt: was.attempts + 1 });
    deps.notify(before.run);
  };
  const risky = direction === "forward" && RISKY.has(step.kind) && was.state !== "running";
  // Whoever clicked sees at once that a worker has begun; before a risky step the ensemble is looked at first.
  if (!risky) await begin();
  let world: RunWorld;
  try {
    world = await again(deps.clock, signal, theWorld);
    const made = world;
    if (risky && (await again(deps.clock, signal, () => isStale(writer, deps, index, made, lift)))) return;
  } catch (error) {
    await fail(error);
    return;
  }
  if (risky) await begin();

  try {
    if (isWithoutCanary(step, before)) await world.stopCanary();
    else {
      // On the way back there may be no quorum to write to: the canary is welcome then, not needed.
      await world.ensureCanary().catch((error: unknown) => {
        if (direction === "forward") throw error;
      });
    }
    const entered = world.enter();
    if (direction === "forward") {
      const evidence = await runStep(step, entered);
      deps.metrics.canaryPause(evidence.canary?.longestPauseMs ?? 0);
      await writer.append({ type: "step-done", step: index, evidence });
    } else {
      const { how } = await undoStep(step, entered);
      await writer.append({ type: "step-undone", step: index, how, evidence: null });
    }
    deps.metrics.stepEnded(step.kind, direction, "done", (deps.clock.now() - startedAt) / 1000);
  } catch (error) {
    if (entersAgain(error)) throw error;
    await fail(error);
  }
};

/** A restore's ensemble may be down, and is while its data are exchanged: writes would only fail. Its proof takes some. */
const isWithoutCanary = (step: Step, { goal }: RunState): boolean =>
  goal.kind === "restore" && step.kind !== "verify-restore";

/** What cannot be looked at is an error of that step like any other. */
const takeWatch = async (
  writer: RunWriter,
  deps: AppDeps,
  next: { readonly step: number; readonly asked: boolean },
  signal: AbortSignal,
  theWorld: () => Promise<RunWorld>,
): Promise<"goes-on" | "rest"> => {
  const step = writer.state().plan.steps[next.step];
  if (step?.kind !== "wait-for-clients") throw new OpsError("bug", { what: `Step ${next.step} waits for no clients.` });
  try {
    return await again(deps.clock, signal, async () =>
      watchClients(writer, deps, { index: next.step, step, asked: next.asked }, await theWorld()),
    );
  } catch (error) {
    // While people are asked a failed look is no reason to disturb them: the next one follows.
    if (entersAgain(error) || next.asked) throw error;
    const failure = failureOf(error);
    await writer.append({ type: "step-failed", step: next.step, direction: "forward", failure });
    await hold(writer, deps, next.step, "failed", null, failure);
    return "goes-on";
  }
};

/**
 * Compares the world with what the plan rests on. An untouched ensemble simply gets a new plan for a new approval; a
 * half-changed one is held first, and Retry goes on if the reason has gone, else asks for the new plan.
 */
const isStale = async (
  writer: RunWriter,
  deps: AppDeps,
  index: number,
  world: RunWorld,
  lift: () => Promise<boolean>,
): Promise<boolean> => {
  const state = writer.state();
  const seen = await world.enter().observe({ withHosts: false });
  const reasons = staleReasons(state, seen);
  if (reasons.length === 0) return false;
  // A server that is half-way in would be in the way of any new plan: it has to be taken back first.
  const mayReplan = everyServerIsWhole(state);
  if (!hasTouchedServers(state) || (state.resumedFrom === "stale" && mayReplan)) {
    await supersede(writer, deps, reasons.join(" "), lift);
    return true;
  }
  await hold(writer, deps, index, "stale", seen, {
    kind: "stale",
    what: `The ensemble is no longer as the plan knew it: ${reasons.join(" ")}`,
    left: "Every server was left as it is.",
    next: mayReplan
      ? "Retry looks again, and makes a new plan for a new approval if it is still so; or Roll back, or Stop here."
      : "Retry looks again. If it is still so, Roll back: a server is half-way through its turn, and no new plan can begin there.",
    detail: null,
  });
  return true;
};

/** Writes do not stay paused for a plan that is given up: the new one waits for people first. */
const supersede = async (
  writer: RunWriter,
  deps: AppDeps,
  why: string,
  lift: () => Promise<boolean>,
): Promise<void> => {
  if (!(await lift())) return;
  const { goal, requester, channel } = writer.state();
  await writer.append({ type: "finished", outcome: "superseded", evidence: null, why });
  await deps.proposeAgain({ goal, requester, channel });
};

const finish = async (
  writer: RunWriter,
  deps: AppDeps,
  outcome: NonNullable<RunState["outcome"]>,
  theWorld: () => Promise<RunWorld>,
): Promise<void> => {
  let evidence: Evidence | null = null;
  const state = writer.state();
  if (outcome === "rolled-back" && hasTouchedBack(state) && servedBefore(state)) {
    try {
      const world = await theWorld();
      await world.ensureCanary();
      const startedAt = deps.clock.now();
      const basis = state.plan.basis.servers;
      const fallback = basis[0]?.release;
      const step = await proveEnsemble(world.enter(), (id) => {
        const release = basis.find((server) => server.id === id)?.release ?? fallback;
        if (release === undefined) throw new OpsError("bug", { what: "The plan rests on no server." });
        return release;
      });
      evidence = { step, tookMs: deps.clock.now() - startedAt, canary: null };
    } catch (error) {
      if (entersAgain(error)) throw error;
      await hold(writer, deps, 0, "stuck", null, failureOf(error));
      return;
    }
  }
  await writer.append({ type: "finished", outcome, evidence });
  deps.metrics.runEnded(outcome);
  deps.log.info({ run: state.run, outcome }, "run finished");
};

/** A restore may have begun with servers down: then what was before proves nothing of them. */
const servedBefore = ({ plan }: RunState): boolean =>
  plan.steps.every((step) => step.kind !== "restore-data" || step.members.length === plan.basis.servers.length);

const hasTouchedBack = (state: RunState): boolean => state.steps.some((step) => step.state === "undone");
