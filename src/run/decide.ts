// What comes next in a run: state → one next thing. Pure; the executor (src/app/advance.ts) does what this says.
import type { PauseMethod } from "../model/goal.ts";
import type { ServerId } from "../model/ids.ts";
import { turnOf } from "../model/plan.ts";
import type { Gate, Outcome } from "../model/run-event.ts";
import { pauseInForce } from "./pause.ts";
import type { RunState, StepState } from "./state.ts";

export type Next =
  /** Nothing for a worker: finished, or a person must act; look again at `until` (epoch ms) if there is one. */
  | { readonly kind: "rest"; readonly until: number | null }
  | { readonly kind: "ask"; readonly gate: Gate }
  | { readonly kind: "remind"; readonly gate: Gate }
  | { readonly kind: "expire"; readonly gate: Gate }
  /** Looks who is still connected; `asked`: people are asked already whether to go on all the same. */
  | { readonly kind: "watch-clients"; readonly step: number; readonly asked: boolean }
  | { readonly kind: "run-step"; readonly step: number }
  | { readonly kind: "undo-step"; readonly step: number }
  | { readonly kind: "finish"; readonly outcome: Outcome };

const REST: Next = { kind: "rest", until: null };

/** The one next thing at `now` (epoch ms). */
export const decide = (state: RunState, now: number): Next => {
  if (state.phase === "finished") return REST;
  const pause = pauseInForce(state);
  if (state.phase === "held") {
    return pause !== null && (state.resumeWritesAsked !== null || endsInHold(state, pause))
      ? { kind: "undo-step", step: pause.step }
      : REST;
  }
  if (state.gate !== null) return atGate(state, state.gate, now);
  if (state.denial !== null) return { kind: "finish", outcome: "denied" };
  if (!isPassed(state, "plan")) {
    // The plan's gate is closed and was not passed: it expired, or someone stopped the run before it began.
    return { kind: "finish", outcome: state.stopAsked === null ? "expired" : "stopped" };
  }
  if (state.stopAsked !== null && (everyServerIsWhole(state) || stoppedInHold(state))) {
    // Whoever stops a run goes away; nobody would resume the writes afterwards.
    return pause === null ? { kind: "finish", outcome: "stopped" } : { kind: "undo-step", step: pause.step };
  }
  return state.direction === "forward" ? forward(state) : back(state);
};

/**
 * Closed ports open by themselves when no worker has the run in hand, and nobody has one that is held. Also where opening them has
 * failed: trying that again and again would be no better.
 */
const endsInHold = ({ hold }: RunState, pause: { readonly step: number; readonly method: PauseMethod }): boolean =>
  pause.method === "ports" && !(hold?.why === "stuck" && hold.step === pause.step);

const atGate = (state: RunState, gate: NonNullable<RunState["gate"]>, now: number): Next => {
  if (now >= gate.expiresAt) return { kind: "expire", gate: gate.gate };
  const halfTime = gate.askedAt + (gate.expiresAt - gate.askedAt) / 2;
  if (!gate.reminded && now >= halfTime) return { kind: "remind", gate: gate.gate };
  if (typeof gate.gate === "number" && state.plan.steps[gate.gate]?.kind === "wait-for-clients") {
    return { kind: "watch-clients", step: gate.gate, asked: true };
  }
  return { kind: "rest", until: gate.reminded ? gate.expiresAt : halfTime };
};

const forward = (state: RunState): Next => {
  const step = state.steps.findIndex((s) => s.state !== "done");
  if (step === -1) return { kind: "finish", outcome: "succeeded" };
  switch (state.plan.steps[step]?.kind) {
    case "ask-approval":
      return { kind: "ask", gate: step };
    case "wait-for-clients":
      return { kind: "watch-clients", step, asked: false };
    default:
      return { kind: "run-step", step };
  }
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
export const everyServerIsWhole = (state: RunState): boolean =>
  turnsIn(state).every((turn) => turn.every((now) => now === "done") || turn.every(isNotBegun)) && !isExchanging(state);

const isNotBegun = (now: StepState["state"]): boolean => now === "todo" || now === "undone";

/** The states of the steps of each turn: a run of steps about one server. A server may have several turns. */
const turnsIn = ({ plan, steps }: RunState): readonly (readonly StepState["state"][])[] => {
  const turns: { readonly server: ServerId; readonly states: StepState["state"][] }[] = [];
  plan.steps.forEach((step, i) => {
    const server = turnOf(step);
    if (server === null || step.kind === "ask-approval") return;
    const now = steps[i]?.state ?? "todo";
    const last = turns.at(-1);
    if (last?.server === server) last.states.push(now);
    else turns.push({ server, states: [now] });
  });
  return turns.map(({ states }) => states);
};

/** True while a restore has all servers down, or may have: it goes on, or is rolled back, and cannot be stopped there. */
export const isExchanging = ({ plan, steps }: Pick<RunState, "plan" | "steps">): boolean =>
  plan.steps.some((step, i) => {
    const now = steps[i]?.state ?? "todo";
    return step.kind === "restore-data" && now !== "done" && !isNotBegun(now);
  });

/** A stop that a person asked for while the run was held takes effect at once: they saw what is left. */
const stoppedInHold = (state: RunState): boolean =>
  state.steps.some((step) => step.state === "failed") && !isExchanging(state);

/** True once any server's turn has begun: from then on a run is held, not silently replaced, when its plan is stale. */
export const hasTouchedServers = (state: RunState): boolean =>
  state.plan.steps.some((step, i) => {
    const now = state.steps[i]?.state;
    const isAbout = turnOf(step) !== null || step.kind === "restore-data";
    return isAbout && step.kind !== "ask-approval" && now !== "todo" && now !== undefined;
  });
