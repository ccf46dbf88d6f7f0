// Servers that keep znodes with a time to live are started so again, in an upgrade, a change of settings and a move; or a rule says so.
import { expect, it } from "vitest";
import { EXTENDED_TYPES_FLAG } from "../../../src/model/extended-types.ts";
import type { Goal } from "../../../src/model/goal.ts";
import { withWantedFlags } from "../../../src/model/java-env.ts";
import { plan } from "../../../src/plan/planner.ts";
import {
  OPTIONS,
  sampleConfigureGoal,
  sampleDestination,
  sampleGoal,
  sampleMigrateGoal,
  sampleObservation,
  sampleSpec,
  zooCfg,
} from "../../support/sample-ensemble.ts";

const GIVEN = { javaEnvText: withWantedFlags(null, [EXTENDED_TYPES_FLAG]), nextFlags: [EXTENDED_TYPES_FLAG] };

const planned = (
  goal: Goal,
  facts: Parameters<typeof sampleObservation>[0] extends infer T ? NonNullable<T> : never,
  jvm: readonly string[],
) =>
  plan(
    goal,
    {
      ...sampleObservation(facts),
      destinations: ["zk4", "zk5", "zk6"].map((host) => sampleDestination(host)),
      usedIds: [],
    },
    sampleSpec({ jvm, settings: { maxClientCnxns: "100" } }),
    OPTIONS,
  );

const GOALS: readonly [string, Goal][] = [
  ["upgrade", sampleGoal()],
  ["configure", sampleConfigureGoal()],
  ["migrate", sampleMigrateGoal(["zk4", "zk5", "zk6"])],
];

const three = (facts: object) => [
  { id: 1, facts },
  { id: 2, facts },
  { id: 3, facts, mode: "leader" as const, monitor: { syncedFollowers: 2 } },
];

it.each(GOALS)("%s: each start must bring it, where the servers have it", (_, goal) => {
  for (const facts of [GIVEN, { configText: zooCfg(["extendedTypesEnabled=true"]) }]) {
    const made = planned(goal, three(facts), [EXTENDED_TYPES_FLAG]);
    if (made.kind !== "plan") throw new Error(JSON.stringify(made, null, 2));
    const starts = made.plan.steps.filter((step) => step.kind === "start-server");
    expect(starts.map(({ keepsTtlZnodes }) => keepsTtlZnodes)).toEqual([true, true, true]);
  }
  const without = planned(goal, three({}), []);
  if (without.kind !== "plan") throw new Error(JSON.stringify(without, null, 2));
  expect(without.plan.steps.some((step) => "keepsTtlZnodes" in step)).toBe(false);
});

it.each(GOALS)("%s: stands against a plan that would start servers without it", (_, goal) => {
  const made = planned(goal, three(GIVEN), []);
  expect(made).toMatchObject({ kind: "blocked", findings: [{ rule: "ttl-znodes-lost" }] });
  const named = planned({ ...goal, overrides: ["ttl-znodes-lost"] }, three(GIVEN), []);
  if (named.kind !== "plan") throw new Error(JSON.stringify(named, null, 2));
  expect(named.plan.steps.some((step) => "keepsTtlZnodes" in step)).toBe(false);
});

it("configure gives it to servers that had it not, or lacked it in part", () => {
  for (const first of [{}, { configText: zooCfg(["extendedTypesEnabled=true"]) }]) {
    const [one, ...rest] = three({});
    const made = planned(sampleConfigureGoal(), [{ ...one, id: 1, facts: first }, ...rest], [EXTENDED_TYPES_FLAG]);
    expect(made.kind).toBe("plan");
  }
});
