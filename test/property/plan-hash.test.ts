import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { planHash } from "../../src/plan/hash.ts";
import { planUpgrade } from "../../src/plan/upgrade.ts";
import { moveWithPlan, planMove, wishWithPlan } from "./plan-arbitrary.ts";

/** The same data with the keys of every object in another order. */
const reordered = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(reordered);
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([key, inner]) => [key, reordered(inner)]),
  );
};

const anyPlan = fc.oneof(
  wishWithPlan.map(({ plan, hash }) => ({ plan, hash })),
  moveWithPlan.map(({ plan, hash }) => ({ plan, hash })),
);

describe("the hash of a plan", () => {
  test("is 64 hex digits and the one the planner gave", () => {
    fc.assert(
      fc.property(anyPlan, ({ plan, hash }) => {
        expect(hash).toMatch(/^[0-9a-f]{64}$/);
        expect(planHash(plan)).toBe(hash);
      }),
    );
  });

  test("ignores the order of keys, and survives JSON", () => {
    fc.assert(
      fc.property(anyPlan, ({ plan, hash }) => {
        expect(planHash(reordered(plan) as typeof plan)).toBe(hash);
        expect(planHash(JSON.parse(JSON.stringify(plan)))).toBe(hash);
      }),
    );
  });

  test("ignores the order of servers, members, settings and releases given", () => {
    fc.assert(
      fc.property(wishWithPlan, ({ goal, seen, spec, options, hash }) => {
        const again = planUpgrade(
          goal,
          {
            ...seen,
            servers: [...seen.servers].reverse(),
            membership: { ...seen.membership, members: [...seen.membership.members].reverse() },
          },
          {
            ...spec,
            servers: new Map([...spec.servers].reverse()),
            settings: Object.fromEntries(Object.entries(spec.settings).reverse()),
          },
          { ...options, releases: [...options.releases].reverse() },
        );
        expect(again.kind === "plan" && again.hash).toBe(hash);
      }),
    );
  });

  test("ignores the order of servers, members, destinations, ids and releases given, of a migration", () => {
    fc.assert(
      fc.property(moveWithPlan, ({ ensemble, goal, seen, spec, options, hash }) => {
        const again = planMove(
          {
            ensemble,
            goal,
            spec: {
              ...spec,
              servers: new Map([...spec.servers].reverse()),
              settings: Object.fromEntries(Object.entries(spec.settings).reverse()),
            },
            options: { ...options, releases: [...options.releases].reverse() },
          },
          {
            ...seen,
            servers: [...seen.servers].reverse(),
            membership: { ...seen.membership, members: [...seen.membership.members].reverse() },
            ...(seen.destinations === undefined ? {} : { destinations: [...seen.destinations].reverse() }),
            ...(seen.usedIds === undefined ? {} : { usedIds: [...seen.usedIds].reverse() }),
          },
        );
        expect(again.kind === "plan" && again.hash).toBe(hash);
      }),
    );
  });

  test("changes with any step", () => {
    fc.assert(
      fc.property(anyPlan, fc.nat(), ({ plan, hash }, pick) => {
        const changed = { ...plan, steps: plan.steps.toSpliced(pick % plan.steps.length, 1) };
        expect(planHash(changed)).not.toBe(hash);
        expect(planHash({ ...plan, approvals: plan.approvals + 1 })).not.toBe(hash);
      }),
    );
  });
});
