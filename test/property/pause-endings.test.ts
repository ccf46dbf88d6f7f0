// However a run with a pause of writes goes – steps that fail, workers that die, people who retry, stop, roll back, resume
// or never answer – it does not end while writes are paused.
import fc from "fast-check";
import { expect, test } from "vitest";
import { judge } from "../../src/app/decide-approval.ts";
import type { Failure } from "../../src/errors.ts";
import type { Evidence } from "../../src/model/evidence.ts";
import { PAUSE_METHODS, type PauseMethod } from "../../src/model/goal.ts";
import type { Plan } from "../../src/model/plan.ts";
import type { RunEvent } from "../../src/model/run-event.ts";
import { planMigrate } from "../../src/plan/migrate.ts";
import { planPauseWrites } from "../../src/plan/pause-writes.ts";
import { checkPlan } from "../../src/plan/safety.ts";
import { planUpgrade } from "../../src/plan/upgrade.ts";
import { decide } from "../../src/run/decide.ts";
import { pauseInForce } from "../../src/run/pause.ts";
import { APPROVER, byUser, scriptRun, WORKER } from "../support/scripted-run.ts";
import { observe } from "../support/simulated-sight.ts";
import { move, seeMove, wish } from "./plan-arbitrary.ts";

const evidence: Evidence = { step: { kind: "ask-approval" }, tookMs: 1, canary: null };
const failure: Failure = { kind: "step-failed", what: "w", left: "l", next: "n", detail: null };
const service = { serving: [], notServing: [], leader: null, margin: 0 };

const method = fc.constantFrom(...PAUSE_METHODS);
/** Closed ports are refused where people are asked in between. */
const gatesFor = (pause: PauseMethod) => (pause === "ports" ? ({ gates: "once" } as const) : {});
const upgrades = fc
  .tuple(wish, method)
  .map(([{ goal, ensemble, spec, options }, pause]) =>
    planUpgrade({ ...goal, pause, ...gatesFor(pause) }, observe(ensemble), spec, { ...options, superKnown: true }),
  );
const moves = fc.tuple(move, method).map(([{ goal, ensemble, spec, options }, pause]) =>
  planMigrate({ ...goal, pause, ...gatesFor(pause) }, seeMove({ ensemble, goal }), spec, {
    ...options,
    superKnown: true,
  }),
);
const pausesOfTheirOwn = fc.tuple(wish, method).map(([{ goal, ensemble, spec, options }, pause]) =>
  planPauseWrites(
    {
      kind: "pause-writes",
      ensemble: goal.ensemble,
      release: null,
      pause,
      forMs: 60_000,
      gates: null,
      overrides: [],
    },
    observe(ensemble),
    spec,
    { ...options, superKnown: true },
  ),
);
const pausedPlan: fc.Arbitrary<{ readonly plan: Plan; readonly hash: string }> = fc
  .oneof(upgrades, moves, pausesOfTheirOwn)
  .filter((planned) => planned.kind === "plan")
  .map((planned) => (planned.kind === "plan" ? planned : expect.unreachable()));

/** Plays a run on chance; what the world would say of the writes at its end, and how it ended. */
const play = (
  { plan, hash }: { readonly plan: Plan; readonly hash: string },
  chances: readonly number[],
): { readonly outcome: string; readonly paused: boolean } => {
  const script = scriptRun({ plan, hash });
  let draw = 0;
  /** Once chance has run out all goes well. */
  const chance = (of: number): number => (chances[draw++] ?? 0) % of;
  let paused = false;
  const add = (event: RunEvent): void => {
    script.add(WORKER, event);
  };
  const click = (decision: Parameters<typeof judge>[1]["decision"]): void => {
    const state = script.state();
    const asked = { decision, by: APPROVER, gate: state.gate?.gate ?? null, planHash: null, reason: "" };
    const judged = judge(state, asked, 0, { isApprover: true, approvers: "" });
    if ("append" in judged) script.add(byUser(APPROVER), judged.append);
  };
  const fails = (step: number, direction: "forward" | "back"): void => {
    add({ type: "step-failed", step, direction, failure });
    add({ type: "held", why: direction === "back" ? "stuck" : "failed", step, failure, service });
  };
  for (let needed = plan.approvals; needed > 0; needed--) script.grant("plan");
  for (let rounds = 0; rounds < 2_000; rounds++) {
    const state = script.state();
    const next = decide(state, 0);
    switch (next.kind) {
      case "finish":
        return { outcome: next.outcome, paused };
      case "ask":
        add({ type: "approval-asked", gate: next.gate, needs: 1, expiresAt: 1e15 });
        break;
      case "watch-clients":
        add({ type: "step-started", step: next.step, direction: "forward", attempt: 1 });
        add({ type: "step-done", step: next.step, evidence });
        break;
      case "rest": {
        // No worker has it in hand then, so nobody would keep them closed; where opening them has failed they open by themselves.
        if (plan.goal.pause === "ports" && paused) expect(state.hold?.why).toBe("stuck");
        const clicks = ["retry", "roll_back", "stop", "resume_writes"] as const;
        if (state.phase === "held") click(clicks[chance(4)] ?? "retry");
        else click((["continue", "roll_back", "stop"] as const)[chance(3)] ?? "continue");
        break;
      }
      case "run-step": {
        const kind = plan.steps[next.step]?.kind;
        if (kind === "stop-server" && chance(12) === 1) {
          // The ensemble has moved: held as stale before the step.
          add({ type: "held", why: "stale", step: next.step, failure, service });
          break;
        }
        add({ type: "step-started", step: next.step, direction: "forward", attempt: 1 });
        if (kind === "pause-writes") paused = true;
        const how = chance(8);
        // The worker dies, or the step fails.
        if (how === 1) break;
        if (how === 2) {
          fails(next.step, "forward");
          break;
        }
        if (kind === "resume-writes") paused = false;
        add({ type: "step-done", step: next.step, evidence });
        if (chance(10) === 1) click("stop");
        break;
      }
      case "undo-step": {
        add({ type: "step-started", step: next.step, direction: "back", attempt: 1 });
        const how = chance(8);
        if (how === 1) break;
        if (how === 2) {
          fails(next.step, "back");
          break;
        }
        if (plan.steps[next.step]?.kind === "pause-writes") paused = false;
        add({ type: "step-undone", step: next.step, how: "undone", evidence: null });
        break;
      }
      default:
        throw new Error(`${next.kind} was not to come`);
    }
    expect(pauseInForce(script.state()) !== null, "what the log says of the pause").toBe(paused);
  }
  throw new Error("the run did not come to an end");
};

test("no run ends while writes are paused", () => {
  const outcomes = new Set<string>();
  fc.assert(
    fc.property(pausedPlan, fc.array(fc.nat(999), { maxLength: 120 }), (planned, chances) => {
      const { outcome, paused } = play(planned, chances);
      outcomes.add(outcome);
      expect(paused).toBe(false);
    }),
    { numRuns: 100 },
  );
  // Every ending must have occurred, or this says little.
  expect([...outcomes].sort()).toEqual(["rolled-back", "stopped", "succeeded"]);
});

test("the checker accepts a plan with a pause, and none that lacks a part of it or has it elsewhere", () => {
  fc.assert(
    fc.property(
      wish.map(({ goal, ensemble, spec, options }) => ({
        seen: observe(ensemble),
        planned: planUpgrade({ ...goal, pause: "acl" }, observe(ensemble), spec, { ...options, superKnown: true }),
      })),
      fc.nat(),
      ({ seen, planned }, pick) => {
        fc.pre(planned.kind === "plan");
        if (planned.kind !== "plan") return;
        const { plan } = planned;
        expect(checkPlan(plan, seen)).toEqual([]);
        for (const kind of ["pause-writes", "resume-writes"] as const) {
          const place = plan.steps.findIndex((step) => step.kind === kind);
          const step = plan.steps[place];
          if (step === undefined) return expect.unreachable();
          const gone = plan.steps.toSpliced(place, 1);
          expect(checkPlan({ ...plan, steps: gone }, seen)).not.toEqual([]);
          const [first, last] = [plan.steps.findIndex((one) => one.kind === "pause-writes"), gone.length - 1];
          const moved = gone.toSpliced(first + 2 + (pick % Math.max(1, last - first - 4)), 0, step);
          if (moved[place]?.kind !== kind) expect(checkPlan({ ...plan, steps: moved }, seen)).not.toEqual([]);
        }
      },
    ),
  );
});
