// What comes next in a run: state → one next thing. Pure; the executor (src/app/advance.ts) does what this says.
import { turnOf } from "../model/plan.ts";
import type { Gate, Outcome } from "../model/run-event.ts";
import type { RunState } from "./state.ts";

export type Next =
  /** Nothing for a worker: finished, or a person must act; look again at `until` (epoch ms) if there is one. */
  | { readonly kind: "rest"; readonly until: number | null }
  | { readonly kind: "ask"; readonly gate: Gate }
  | { readonly kind: "remind"; readonly gate: Gate }
  | { readonly kind: "expire"; readonly gate: Gate }
  | { readonly kind: "run-step"; readonly step: number }
  | { readonly kind: "undo-step"; readonly step: number }
  | { readonly kind: "finish"; readonly outcome: Outcome };

const REST: Next = { kind: "rest", until: null };

/** The one next thing at `now` (epoch ms). */
export const decide = (state: RunState, now: number): Next => {
  if (state.phase === "finished" || state.phase === "held") return REST;
  if (state.gate !== null) return atGate(state, state.gate, now);
  if (state.denial !== null) return { kind: "finish", outcome: "denied" };
  if (!isPassed(state, "plan")) {
    // The plan's gate is closed and was not passed: it expired, or someone stopped the run before it began.
    return { kind: "finish", outcome: state.stopAsked === null ? "expired" : "stopped" };
  }
  if (state.stopAsked !== null && (everyServerIsWhole(state) || stoppedInHold(state))) {
    return { kind: "finish", outcome: "stopped" };
  }
  return state.direction === "forward" ? forward(state) : back(state);
};

const atGate = (_state: RunState, gate: NonNullable<RunState["gate"]>, now: number): Next => {
  if (now >= gate.expiresAt) return { kind: "expire", gate: gate.gate };
  const halfTime = gate.askedAt + (gate.expiresAt - gate.askedAt) / 2;
  if (!gate.reminded && now >= halfTime) return { kind: "remind", gate: gate.gate };
  return { kind: "rest", until: gate.reminded ? gate.expiresAt : halfTime };
};

const forward = (state: RunState): Next => {
  const step = state.steps.findIndex((s) => s.state !== "done");
  if (step === -1) return { kind: "finish", outcome: "succeeded" };
  return state.plan.steps[step]?.kind === "ask-approval" ? { kind: "ask", gate: step } : { kind: "run-step", step };
};

const back = (state: RunState): Next => {
  const step = state.steps.findLastIndex((s) => s.state !== "todo" && s.state !== "undone");
  return step === -1 ? { kind: "finish", outcome: "rolled-back" } : { kind: "undo-step", step };
};

/** True when the gate has all its approvals. */
export const isPassed = (state: RunState, gate: Gate): boolean => state.passed.some((p) => p.gate === gate);

/**
 * True when no server is in the middle of its turn. Stopping a run anywhere else would leave a server down,
 * so "stop" waits for this point.
 */
export const everyServerIsWhole = (state: RunState): boolean => {
  const wholeness = new Map<number, Set<boolean>>();
  state.plan.steps.forEach((step, i) => {
    const server = turnOf(step);
    const now = state.steps[i]?.state ?? "todo";
    if (server === null || step.kind === "ask-approval") return;
    const seen = wholeness.get(server) ?? new Set<boolean>();
    if (now === "done") seen.add(true);
    else if (now === "todo" || now === "undone") seen.add(false);
    else seen.add(true).add(false);
    wholeness.set(server, seen);
  });
  return [...wholeness.values()].every((seen) => seen.size < 2);
};

/** A stop that a person asked for while the run was held takes effect at once: they saw what is left. */
const stoppedInHold = (state: RunState): boolean => state.steps.some((step) => step.state === "failed");

/** True once any server's turn has begun: from then on a run is held, not silently replaced, when its plan is stale. */
export const hasTouchedServers = (state: RunState): boolean =>
  state.plan.steps.some((step, i) => {
    const now = state.steps[i]?.state;
    return turnOf(step) !== null && step.kind !== "ask-approval" && now !== "todo" && now !== undefined;
  });
