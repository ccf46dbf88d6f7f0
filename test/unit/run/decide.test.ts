// What comes next in a run, from its log alone: the gates, the steps, stopping, going back, and going on after a crash.
import { describe, expect, it } from "vitest";
import type { Failure } from "../../../src/errors.ts";
import type { Evidence } from "../../../src/model/evidence.ts";
import { channelId, ensembleName, planHash, runId, serverId, userId } from "../../../src/model/ids.ts";
import type { Plan, Step } from "../../../src/model/plan.ts";
import { release } from "../../../src/model/release.ts";
import type { Actor, RunEvent } from "../../../src/model/run-event.ts";
import { GENESIS } from "../../../src/model/run-event.ts";
import { linkAll } from "../../../src/run/chain.ts";
import { decide, everyServerIsWhole, hasTouchedServers } from "../../../src/run/decide.ts";
import { reduceRun } from "../../../src/run/reduce.ts";
import type { RunState } from "../../../src/run/state.ts";
import { planSampleRestore } from "../../support/sample-backup.ts";

const to = release("3.9.6");
const from = release("3.8.0");
const turn = (id: number): readonly Step[] => {
  const server = serverId(id);
  return [
    { kind: "stop-server", server },
    { kind: "write-config", server, release: to, from, fromHome: null, changes: [] },
    { kind: "start-server", server, release: to, from },
    { kind: "wait-until-synced", server, release: to, timeoutMs: 1000 },
  ];
};
/** 0 preflight · 1–4 server.1 · 5 gate · 6–9 server.2 · 10 verify */
const steps: readonly Step[] = [
  { kind: "preflight" },
  ...turn(1),
  { kind: "ask-approval", server: serverId(2), reason: "leader" },
  ...turn(2),
  { kind: "verify-ensemble", release: to },
];
const goal = { kind: "upgrade", ensemble: ensembleName("orders"), release: to, gates: null, overrides: [] } as const;
const plan: Plan = {
  goal,
  release: to,
  gates: "leader",
  basis: { seenAt: 0, configSource: "dynamic", configVersion: "0", servers: [] },
  steps,
  findings: [],
  rulesChecked: 1,
  approvals: 1,
  expectedMs: 1,
};
const hash = planHash("ab".repeat(32));
const person: Actor = { kind: "user", id: userId("U1") };
const expiresAt = 10_000;
const begin: readonly RunEvent[] = [
  {
    type: "proposed",
    goal,
    plan,
    planHash: hash,
    requester: userId("U0"),
    channel: channelId("C0"),
    policy: { users: ["U1"], groups: [], quorum: 1, selfApproval: false, expiresMs: expiresAt },
  },
  { type: "approval-asked", gate: "plan", needs: 1, expiresAt },
];
const evidence: Evidence = { step: { kind: "ask-approval" }, tookMs: 1, canary: null };
const failure: Failure = { kind: "step-failed", what: "w", left: "l", next: "n", detail: null };
const service = { serving: [1, 2, 3], notServing: [], leader: 2, margin: 1 };
const granted = (gate: "plan" | number): RunEvent => ({ type: "approval-granted", gate, planHash: hash });
const started = (step: number, direction: "forward" | "back" = "forward"): RunEvent => ({
  type: "step-started",
  step,
  direction,
  attempt: 1,
});
const done = (...which: readonly number[]): readonly RunEvent[] =>
  which.flatMap((step) => [started(step), { type: "step-done", step, evidence } as const]);
const undone = (...which: readonly number[]): readonly RunEvent[] =>
  which.flatMap((step) => [
    started(step, "back"),
    { type: "step-undone", step, how: "undone", evidence: null } as const,
  ]);
const held = (why: "failed" | "stale" | "expired" | "stuck", step: number): RunEvent => ({
  type: "held",
  why,
  step,
  failure,
  service,
});

const stateAfter = (...events: readonly RunEvent[]): RunState => {
  const entries = [...begin, ...events].map((event, at) => ({ actor: person, at, event }));
  const state = reduceRun(linkAll(runId("orders-aaaaa"), GENESIS, entries));
  if (state === null) throw new Error("an empty log");
  return state;
};
const next = (...events: readonly RunEvent[]) => decide(stateAfter(...events), 100);

describe("the plan's approval", () => {
  it("is waited for, reminded of at half time, and expires", () => {
    expect(decide(stateAfter(), 100)).toMatchObject({ kind: "rest" });
    expect(decide(stateAfter(), 5_001)).toEqual({ kind: "remind", gate: "plan" });
    expect(decide(stateAfter({ type: "approval-reminded", gate: "plan" }), 6_000)).toEqual({
      kind: "rest",
      until: expiresAt,
    });
    expect(decide(stateAfter(), expiresAt)).toEqual({ kind: "expire", gate: "plan" });
    expect(next({ type: "approval-expired", gate: "plan" })).toEqual({ kind: "finish", outcome: "expired" });
  });

  it("lets the first step begin when granted, and ends the run when denied or withdrawn", () => {
    expect(next(granted("plan"))).toEqual({ kind: "run-step", step: 0 });
    expect(next({ type: "approval-denied", gate: "plan", reason: "no" })).toEqual({
      kind: "finish",
      outcome: "denied",
    });
    expect(next({ type: "stop-asked" })).toEqual({ kind: "finish", outcome: "stopped" });
  });

  it("needs as many grants as were asked for", () => {
    const two = begin.with(1, { type: "approval-asked", gate: "plan", needs: 2, expiresAt });
    const fold = (events: readonly RunEvent[]) =>
      reduceRun(
        linkAll(
          runId("orders-aaaaa"),
          GENESIS,
          events.map((event, at) => ({ actor: person, at, event })),
        ),
      );
    expect(fold([...two, granted("plan")])?.phase).toBe("waiting");
    expect(fold([...two, granted("plan"), granted("plan")])?.phase).toBe("running");
  });
});

describe("going forward", () => {
  it("takes the steps in order and enters again the one that was begun and not recorded", () => {
    expect(next(granted("plan"), ...done(0, 1))).toEqual({ kind: "run-step", step: 2 });
    expect(next(granted("plan"), ...done(0, 1), started(2))).toEqual({ kind: "run-step", step: 2 });
  });

  it("asks at a gate, and its grants are its step's evidence", () => {
    expect(next(granted("plan"), ...done(0, 1, 2, 3, 4))).toEqual({ kind: "ask", gate: 5 });
    const asked: RunEvent = { type: "approval-asked", gate: 5, needs: 1, expiresAt };
    expect(stateAfter(granted("plan"), ...done(0, 1, 2, 3, 4), asked).phase).toBe("waiting");
    const passed = stateAfter(granted("plan"), ...done(0, 1, 2, 3, 4), asked, granted(5));
    expect(passed.steps[5]).toMatchObject({ state: "done", evidence: { step: { kind: "ask-approval" } } });
    expect(decide(passed, 100)).toEqual({ kind: "run-step", step: 6 });
  });

  it("ends when all is done", () => {
    expect(next(granted("plan"), ...done(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10))).toEqual({
      kind: "finish",
      outcome: "succeeded",
    });
  });
});

describe("a held run", () => {
  const atFailure = [
    granted("plan"),
    ...done(0, 1, 2),
    started(3),
    { type: "step-failed", step: 3, direction: "forward", failure } as const,
    held("failed", 3),
  ];

  it("rests until a person decides", () => {
    expect(next(...atFailure)).toEqual({ kind: "rest", until: null });
  });

  it("tries the failed step again on retry, and counts the time it waited", () => {
    const state = stateAfter(...atFailure, { type: "resumed" });
    expect(decide(state, 100)).toEqual({ kind: "run-step", step: 3 });
    expect(state.resumedFrom).toBe("failed");
    expect(state.waitedMs).toBe(1);
  });

  it("undoes from the failed step back to the first, then ends as rolled back", () => {
    const back = [...atFailure, { type: "rollback-asked" } as const];
    expect(next(...back)).toEqual({ kind: "undo-step", step: 3 });
    expect(next(...back, ...undone(3, 2))).toEqual({ kind: "undo-step", step: 1 });
    expect(next(...back, ...undone(3, 2, 1, 0))).toEqual({ kind: "finish", outcome: "rolled-back" });
  });

  it("stops at once, because the person has read what is left", () => {
    expect(next(...atFailure, { type: "stop-asked" })).toEqual({ kind: "finish", outcome: "stopped" });
  });
});

describe("stopping", () => {
  it("waits until no server is in the middle of its turn", () => {
    const stop: RunEvent = { type: "stop-asked" };
    expect(next(granted("plan"), stop)).toEqual({ kind: "finish", outcome: "stopped" });
    expect(next(granted("plan"), ...done(0, 1), stop)).toEqual({ kind: "run-step", step: 2 });
    expect(next(granted("plan"), ...done(0, 1, 2, 3, 4), stop)).toEqual({ kind: "finish", outcome: "stopped" });
  });

  it("waits on the way back too", () => {
    const back = [granted("plan"), ...done(0, 1, 2, 3, 4), { type: "rollback-asked" } as const];
    const stop: RunEvent = { type: "stop-asked" };
    expect(next(...back, ...undone(4, 3), stop)).toEqual({ kind: "undo-step", step: 2 });
    expect(next(...back, ...undone(4, 3, 2, 1), stop)).toEqual({ kind: "finish", outcome: "stopped" });
  });

  it("knows which servers are whole and whether any was touched", () => {
    expect(everyServerIsWhole(stateAfter(granted("plan"), ...done(0, 1)))).toBe(false);
    expect(everyServerIsWhole(stateAfter(granted("plan"), ...done(0, 1, 2, 3, 4)))).toBe(true);
    expect(hasTouchedServers(stateAfter(granted("plan"), ...done(0)))).toBe(false);
    expect(hasTouchedServers(stateAfter(granted("plan"), ...done(0), started(1)))).toBe(true);
  });
});

describe("an expired gate in the middle", () => {
  it("is held, and asks again on retry", () => {
    const expired = [
      granted("plan"),
      ...done(0, 1, 2, 3, 4),
      { type: "approval-asked", gate: 5, needs: 1, expiresAt } as const,
      { type: "approval-expired", gate: 5 } as const,
      held("expired", 5),
    ];
    expect(next(...expired)).toEqual({ kind: "rest", until: null });
    expect(next(...expired, { type: "resumed" })).toEqual({ kind: "ask", gate: 5 });
  });
});

it("a log that does not begin with a proposal is refused", () => {
  const entries = [{ actor: person, at: 0, event: granted("plan") }];
  expect(() => reduceRun(linkAll(runId("orders-aaaaa"), GENESIS, entries))).toThrow("begins with");
});

describe("a restore, while the data of all servers are exchanged", () => {
  const { planned } = planSampleRestore();
  if (planned.kind !== "plan") throw new Error("no plan");
  const GATE = 2;
  const EXCHANGE = 3;
  const restoring = (...events: readonly RunEvent[]): RunState => {
    const proposed: RunEvent = {
      type: "proposed",
      goal: planned.plan.goal,
      plan: planned.plan,
      planHash: planned.hash,
      requester: userId("U0"),
      channel: channelId("C0"),
      policy: { users: ["U1"], groups: [], quorum: 1, selfApproval: false, expiresMs: expiresAt },
    };
    const until: readonly RunEvent[] = [
      proposed,
      { type: "approval-asked", gate: "plan", needs: 1, expiresAt },
      { type: "approval-granted", gate: "plan", planHash: planned.hash },
      ...[0, 1].map(
        (step): RunEvent => ({
          type: "step-done",
          step,
          evidence: { step: { kind: "ask-approval" }, tookMs: 1, canary: null },
        }),
      ),
      { type: "approval-asked", gate: GATE, needs: 1, expiresAt },
      { type: "approval-granted", gate: GATE, planHash: planned.hash },
    ];
    const entries = [...until, ...events].map((event, at) => ({ actor: person, at, event }));
    const state = reduceRun(linkAll(runId("orders-abcde"), GENESIS, entries));
    if (state === null) throw new Error("an empty log");
    return state;
  };
  const started: RunEvent = { type: "step-started", step: EXCHANGE, direction: "forward", attempt: 1 };
  const failed: RunEvent = {
    type: "held",
    why: "failed",
    step: EXCHANGE,
    failure: { kind: "step-failed", what: "", left: "", next: "", detail: null },
    service: { serving: [], notServing: [1, 2, 3], leader: null, margin: -1 },
  };
  const stepFailed: RunEvent = { type: "step-failed", step: EXCHANGE, direction: "forward", failure: failed.failure };
  const stop: RunEvent = { type: "stop-asked" };

  it("is stopped at once before it", () => {
    expect(decide(restoring(stop), 0)).toEqual({ kind: "finish", outcome: "stopped" });
    expect(hasTouchedServers(restoring())).toBe(false);
  });

  it("is not stopped in it: it goes on to where every server serves again, and ends there", () => {
    expect(decide(restoring(started, stop), 0)).toEqual({ kind: "run-step", step: EXCHANGE });
    expect(decide(restoring(started, stepFailed, failed, stop), 0)).toEqual({ kind: "run-step", step: EXCHANGE });
    expect(everyServerIsWhole(restoring(started))).toBe(false);
    expect(hasTouchedServers(restoring(started))).toBe(true);
    const done: RunEvent = {
      type: "step-done",
      step: EXCHANGE,
      evidence: { step: { kind: "ask-approval" }, tookMs: 1, canary: null },
    };
    expect(decide(restoring(started, stop, done), 0)).toEqual({ kind: "finish", outcome: "stopped" });
  });

  it("is taken back from it, whatever is asked later", () => {
    const back = restoring(started, stepFailed, failed, { type: "rollback-asked" });
    expect(decide(back, 0)).toEqual({ kind: "undo-step", step: EXCHANGE });
    const undoing: RunEvent = { type: "step-started", step: EXCHANGE, direction: "back", attempt: 2 };
    expect(decide(restoring(started, stepFailed, failed, { type: "rollback-asked" }, undoing, stop), 0)).toEqual({
      kind: "undo-step",
      step: EXCHANGE,
    });
  });
});
