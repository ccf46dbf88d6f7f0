// The fold: events → state. Pure and total over logs that the app wrote; anything else is a bug and throws.
import type { StepEvidence } from "../model/evidence.ts";
import { assertNever } from "../model/ids.ts";
import type { RecordedEvent } from "../model/run-event.ts";
import type { OpenGate, RunState, StepState } from "./state.ts";

const TODO: StepState = {
  state: "todo",
  attempts: 0,
  startedAt: null,
  begunAt: null,
  endedAt: null,
  evidence: null,
  undoEvidence: null,
};

/** The state after a whole log; null for an empty one. */
export const reduceRun = (events: readonly RecordedEvent[]): RunState | null => {
  let state: RunState | null = null;
  for (const recorded of events) state = reduceEvent(state, recorded);
  return state;
};

/** One step of the fold. */
export const reduceEvent = (state: RunState | null, recorded: RecordedEvent): RunState => {
  if (state === null) return begin(recorded);
  const next = { ...apply(state, recorded), head: { seq: recorded.seq, hash: recorded.hash } };
  return next;
};

const begin = ({ run, event, at, seq, hash }: RecordedEvent): RunState => {
  if (event.type !== "proposed") throw new Error(`run ${run} begins with ${event.type}`);
  return {
    run,
    goal: event.goal,
    plan: event.plan,
    planHash: event.planHash,
    requester: event.requester,
    channel: event.channel,
    policy: event.policy,
    phase: "running",
    direction: "forward",
    gate: null,
    passed: [],
    denial: null,
    steps: event.plan.steps.map(() => TODO),
    hold: null,
    resumedFrom: null,
    stopAsked: null,
    rollbackAsked: null,
    resumeWritesAsked: null,
    outcome: null,
    finalEvidence: null,
    proposedAt: at,
    startedAt: null,
    finishedAt: null,
    waitedMs: 0,
    head: { seq, hash },
  };
};

const isBegun = (step: StepState | undefined): boolean =>
  step !== undefined && step.state !== "todo" && step.state !== "undone";

const withStep = (state: RunState, index: number, change: Partial<StepState>): RunState => ({
  ...state,
  steps: state.steps.map((step, i) => (i === index ? { ...step, ...change } : step)),
});

/** Time at a gate counts as waiting only once the run has started: before that there is nothing to wait in. */
const leaveGate = (state: RunState, at: number): RunState => ({
  ...state,
  gate: null,
  waitedMs: state.waitedMs + (state.gate === null || state.startedAt === null ? 0 : at - state.gate.askedAt),
});

const leaveHold = (state: RunState, at: number): RunState => ({
  ...state,
  hold: null,
  waitedMs: state.waitedMs + (state.hold === null ? 0 : at - state.hold.at),
});

const granted = (state: RunState, open: OpenGate, at: number): RunState => {
  if (open.granted.length < open.needs) return { ...state, gate: open };
  const left = leaveGate({ ...state, gate: open }, at);
  const passed: RunState = {
    ...left,
    phase: "running",
    passed: [...state.passed, { gate: open.gate, granted: open.granted }],
    startedAt: state.startedAt ?? at,
  };
  return open.gate === "plan"
    ? passed
    : withStep(passed, open.gate, {
        state: "done",
        attempts: 1,
        startedAt: open.askedAt,
        begunAt: open.askedAt,
        endedAt: at,
        evidence: { step: passedEvidence(state, open), tookMs: at - open.askedAt, canary: null },
      });
};

/** What a person's yes at a gate shows: of a wait for clients, those that were there when it was asked. */
const passedEvidence = (state: RunState, open: OpenGate): StepEvidence => {
  const step = typeof open.gate === "number" ? state.plan.steps[open.gate] : undefined;
  if (step?.kind !== "wait-for-clients") return { kind: "ask-approval" };
  const servers = open.clients ?? [];
  const left = servers.reduce((sum, { count }) => sum + count, 0);
  return { kind: "wait-for-clients", servers, left, connectString: step.connectString };
};

const apply = (state: RunState, { event, at, actor, run }: RecordedEvent): RunState => {
  switch (event.type) {
    case "proposed":
      throw new Error(`run ${run} was proposed twice`);
    case "approval-asked":
      return {
        ...state,
        phase: "waiting",
        resumedFrom: null,
        gate: {
          gate: event.gate,
          needs: event.needs,
          askedAt: at,
          expiresAt: event.expiresAt,
          granted: [],
          reminded: false,
          ...(event.clients === undefined ? {} : { clients: event.clients }),
        },
      };
    case "approval-granted":
      if (state.gate === null) return state;
      return granted(state, { ...state.gate, granted: [...state.gate.granted, { by: actor, at }] }, at);
    case "approval-denied":
      return { ...leaveGate(state, at), phase: "running", denial: { by: actor, at, reason: event.reason } };
    case "approval-reminded":
      return state.gate === null ? state : { ...state, gate: { ...state.gate, reminded: true } };
    case "approval-expired":
      return { ...leaveGate(state, at), phase: "running" };
    case "step-started":
      // Only writes are resumed while a run stays held: that is no going on.
      return withStep({ ...state, phase: state.hold === null ? "running" : "held", resumedFrom: null }, event.step, {
        state: event.direction === "forward" ? "running" : "undoing",
        attempts: event.attempt,
        startedAt: at,
        begunAt: isBegun(state.steps[event.step]) ? (state.steps[event.step]?.begunAt ?? at) : at,
        endedAt: null,
      });
    case "step-done": {
      // A wait for clients ends by itself when they have gone: the question is closed with it.
      const open = state.gate?.gate === event.step ? { ...leaveGate(state, at), phase: "running" as const } : state;
      return withStep(open, event.step, { state: "done", endedAt: at, evidence: event.evidence });
    }
    case "step-failed":
      return withStep(state, event.step, { state: "failed", endedAt: at });
    case "step-undone":
      return withStep({ ...state, resumeWritesAsked: null }, event.step, {
        state: "undone",
        endedAt: at,
        undoEvidence: event.evidence,
      });
    case "held":
      return {
        ...state,
        phase: "held",
        resumeWritesAsked: null,
        hold: { why: event.why, step: event.step, failure: event.failure, service: event.service, at },
      };
    case "resumed":
      return { ...leaveHold(state, at), phase: "running", resumedFrom: state.hold?.why ?? null };
    case "stop-asked":
      return { ...leaveGate(leaveHold(state, at), at), phase: "running", stopAsked: { by: actor, at } };
    case "resume-writes-asked":
      return { ...state, resumeWritesAsked: { by: actor, at } };
    case "rollback-asked":
      return {
        ...leaveGate(leaveHold(state, at), at),
        phase: "running",
        direction: "back",
        rollbackAsked: { by: actor, at },
        resumedFrom: null,
      };
    case "finished":
      return {
        ...leaveGate(leaveHold(state, at), at),
        phase: "finished",
        outcome: event.outcome,
        ...(event.why === undefined ? {} : { outcomeWhy: event.why }),
        finalEvidence: event.evidence,
        finishedAt: at,
      };
    default:
      return assertNever(event);
  }
};
