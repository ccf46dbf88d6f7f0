// The checker against plans that were spoilt: it must refuse each that the simulated ensemble would suffer from.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Plan, Step, StepKind } from "../../src/model/plan.ts";
import { turnOf } from "../../src/model/plan.ts";
import { release } from "../../src/model/release.ts";
import { checkPlan } from "../../src/plan/safety.ts";
import type { SimulatedEnsemble } from "../support/simulated-ensemble.ts";
import { Impossible, playPlan } from "../support/simulated-steps.ts";
import { away, writesWork } from "../support/simulated-votes.ts";
import { wishWithPlan } from "./plan-arbitrary.ts";

const withSteps = (plan: Plan, steps: readonly Step[]): Plan => ({ ...plan, steps });

/** The plan without one step of a kind, chosen by `pick`; null when it has none. */
const without = (plan: Plan, kind: StepKind, pick: number): Plan | null => {
  const places = plan.steps.flatMap((step, index) => (step.kind === kind ? [index] : []));
  const place = places[pick % Math.max(1, places.length)];
  return place === undefined ? null : withSteps(plan, plan.steps.toSpliced(place, 1));
};

/** Steps in groups: those before the turns, each turn, those after. */
const groupsOf = (plan: Plan): readonly (readonly Step[])[] => {
  const groups: Step[][] = [];
  for (const step of plan.steps) {
    const group = groups.at(-1);
    const before = group?.at(-1);
    if (group !== undefined && before !== undefined && turnOf(before) === turnOf(step)) group.push(step);
    else groups.push([step]);
  }
  return groups;
};

const refused = (spoil: (plan: Plan, pick: number) => Plan | null) =>
  fc.assert(
    fc.property(wishWithPlan, fc.nat(), ({ plan, seen }, pick) => {
      const spoilt = spoil(plan, pick);
      fc.pre(spoilt !== null);
      if (spoilt !== null) expect(checkPlan(spoilt, seen)).not.toEqual([]);
    }),
  );

describe("the checker refuses a plan", () => {
  test.each<StepKind>([
    "preflight",
    "install-release",
    "ask-approval",
    "stop-server",
    "hand-over-leadership",
    "start-server",
    "wait-until-synced",
    "reconfigure",
    "verify-ensemble",
  ])("without one %s", (kind) => refused((plan, pick) => without(plan, kind, pick)));

  test("without the configuration of a turn", () =>
    refused((plan, pick) => {
      const places = plan.steps.flatMap((step, index) =>
        step.kind === "write-config" && plan.steps[index + 1]?.kind !== "soak" && step.from !== step.release
          ? [index]
          : [],
      );
      const place = places[pick % Math.max(1, places.length)];
      return place === undefined ? null : withSteps(plan, plan.steps.toSpliced(place, 1));
    }));

  test("with the leader's turn before another", () =>
    refused((plan, pick) => {
      const groups = groupsOf(plan);
      const leader = groups.findIndex((group) => group.some(({ kind }) => kind === "hand-over-leadership"));
      const first = groups.findIndex((group) => group.some((step) => turnOf(step) !== null));
      if (leader <= first) return null;
      const place = first + (pick % (leader - first));
      const turn = groups[leader] ?? [];
      return withSteps(plan, groups.toSpliced(leader, 1).toSpliced(place, 0, turn).flat());
    }));

  test("with a turn done twice", () =>
    refused((plan, pick) => {
      const groups = groupsOf(plan);
      const turns = groups.flatMap((group, index) => (group.some((step) => turnOf(step) !== null) ? [index] : []));
      const place = turns[pick % turns.length] ?? 0;
      return withSteps(plan, groups.toSpliced(place, 0, groups[place] ?? []).flat());
    }));

  test("that leaves a server out", () =>
    refused((plan, pick) => {
      const groups = groupsOf(plan);
      const turns = groups.flatMap((group, index) => (group.some((step) => turnOf(step) !== null) ? [index] : []));
      return withSteps(plan, groups.toSpliced(turns[pick % turns.length] ?? 0, 1).flat());
    }));

  test("that starts another release than the goal's", () =>
    refused((plan, pick) => {
      const starts = plan.steps.flatMap((step, index) => (step.kind === "start-server" ? [index] : []));
      const place = starts[pick % starts.length] ?? 0;
      const step = plan.steps[place];
      if (step?.kind !== "start-server") return null;
      return withSteps(plan, plan.steps.with(place, { ...step, release: release("3.9.5") }));
    }));

  test("that does not install where it restarts", () =>
    refused((plan, pick) =>
      withSteps(
        plan,
        plan.steps.map((step) =>
          step.kind === "install-release"
            ? { ...step, servers: step.servers.toSpliced(pick % step.servers.length, 1) }
            : step,
        ),
      ),
    ));

  test("with stop and hand-over confused", () =>
    refused((plan) => {
      const steps = plan.steps.map((step) =>
        step.kind === "hand-over-leadership" ? ({ kind: "stop-server", server: step.server } as const) : step,
      );
      return steps.some((step, index) => step !== plan.steps[index]) ? withSteps(plan, steps) : null;
    }));

  test("whose last voter comes back as observer", () =>
    refused((plan) => {
      const place = plan.steps.findIndex((step) => step.kind === "reconfigure");
      const step = plan.steps[place];
      if (step?.kind !== "reconfigure") return null;
      return withSteps(plan, plan.steps.with(place, { ...step, member: { ...step.member, role: "observer" } }));
    }));

  test("that was made for another ensemble", () =>
    refused((plan) => ({ ...plan, basis: { ...plan.basis, servers: plan.basis.servers.slice(1) } })));
});

type Played = "safe" | "harmful";

const howItGoes = (ensemble: SimulatedEnsemble, plan: Plan): Played => {
  try {
    const instants = playPlan(ensemble, plan);
    const isSafe = instants.every((instant) => writesWork(instant) && away(instant).length <= 1);
    const end = instants.at(-1);
    const arrives = end?.servers.every(
      (server, index) =>
        server.release === plan.goal.release &&
        server.state === "serving" &&
        server.member.role === ensemble.servers[index]?.member.role,
    );
    return isSafe && arrives === true ? "safe" : "harmful";
  } catch (error) {
    if (error instanceof Impossible) return "harmful";
    throw error;
  }
};

test("whatever steps are left out, doubled or swapped: what the checker allows, the ensemble survives", () => {
  const spoil = fc.record({ kind: fc.constantFrom("drop", "double", "swap", "move"), at: fc.nat(), to: fc.nat() });
  const seen = { allowed: 0, refused: 0 };
  fc.assert(
    fc.property(wishWithPlan, fc.array(spoil, { minLength: 1, maxLength: 3 }), (given, spoils) => {
      const steps = spoils.reduce<readonly Step[]>((now, { kind, at, to }) => {
        const i = at % Math.max(1, now.length);
        const j = to % Math.max(1, now.length);
        const one = now[i];
        const other = now[j];
        if (one === undefined || other === undefined) return now;
        if (kind === "drop") return now.toSpliced(i, 1);
        if (kind === "double") return now.toSpliced(j, 0, one);
        if (kind === "swap") return now.with(i, other).with(j, one);
        return now.toSpliced(i, 1).toSpliced(j, 0, one);
      }, given.plan.steps);
      const spoilt = withSteps(given.plan, steps);
      const isAllowed = checkPlan(spoilt, given.seen).length === 0;
      seen[isAllowed ? "allowed" : "refused"]++;
      if (isAllowed) expect(howItGoes(given.ensemble, spoilt)).toBe("safe");
    }),
    { numRuns: 500 },
  );
  // Both must have occurred, or the property says nothing.
  expect(seen.allowed).toBeGreaterThan(0);
  expect(seen.refused).toBeGreaterThan(0);
});
