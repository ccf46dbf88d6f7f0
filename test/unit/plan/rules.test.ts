import { describe, expect, test } from "vitest";
import type { Goal } from "../../../src/model/goal.ts";
import { hostName } from "../../../src/model/ids.ts";
import type { Finding } from "../../../src/model/plan.ts";
import { release } from "../../../src/model/release.ts";
import { findingsOf } from "../../../src/plan/rule.ts";
import { RULES } from "../../../src/plan/rules.ts";
import { situationOf } from "../../../src/plan/situation.ts";
import {
  OPTIONS,
  sampleConfigureGoal,
  sampleDestination,
  sampleGoal,
  sampleMigrateGoal,
  sampleObservation,
  sampleSpec,
} from "../../support/sample-ensemble.ts";
import { CONFIGURE_RULE_CASES, type ConfigureCase } from "./configure-rule-cases.ts";
import { MOVE_RULE_CASES, type MoveCase } from "./move-rule-cases.ts";
import { type Case, MORE_FAILING, MORE_PASSING, RELEASES, RULE_CASES } from "./rule-cases.ts";

const findings = (id: string, given: Case): readonly Finding[] => {
  const rule = RULES.find((known) => known.id === id);
  if (rule === undefined) throw new Error(`no rule ${id}`);
  const goal = sampleGoal({ release: release(given.to ?? "3.9.6"), ...given.asked });
  const options = { releases: RELEASES(given), superKnown: given.superKnown ?? true };
  return findingsOf(rule, situationOf(goal, given.seen ?? sampleObservation(), given.spec ?? sampleSpec(), options));
};

const moveFindings = (id: string, given: MoveCase): readonly Finding[] => {
  const rule = RULES.find((known) => known.id === id);
  if (rule === undefined) throw new Error(`no rule ${id}`);
  const to = given.to ?? ["zk4", "zk5", "zk6"];
  const goal = sampleMigrateGoal(to, {
    ...(given.release === undefined ? {} : { release: release(given.release) }),
    ...(given.pause === undefined ? {} : { pause: given.pause }),
  });
  const destinations = given.destinations ?? ["zk4", "zk5", "zk6"].map((host) => sampleDestination(host));
  const seen = { ...(given.seen ?? sampleObservation()), destinations, usedIds: given.usedIds ?? [] };
  const options = {
    releases: RELEASES({}),
    superKnown: given.superKnown ?? true,
    inContainers: new Set((given.inContainers ?? []).map(hostName)),
  };
  return findingsOf(rule, situationOf(goal, seen, sampleSpec(), options));
};

const configureFindings = (id: string, given: ConfigureCase): readonly Finding[] => {
  const rule = RULES.find((known) => known.id === id);
  if (rule === undefined) throw new Error(`no rule ${id}`);
  const { settings, jvm, hook, seen } = given;
  const spec = sampleSpec({ settings: settings ?? {}, jvm: jvm ?? [], hooks: { configure: hook ?? null } });
  return findingsOf(rule, situationOf(sampleConfigureGoal(), seen ?? sampleObservation(), spec, OPTIONS));
};

test("every rule has its cases, and every case its rule", () => {
  const ids = (goal: Goal["kind"]) =>
    RULES.filter(({ only }) =>
      goal === "upgrade" ? only === undefined || only.includes(goal) : only?.join() === goal,
    ).map((rule) => rule.id);
  expect(Object.keys(RULE_CASES).sort()).toEqual([...ids("upgrade")].sort());
  expect(Object.keys(MOVE_RULE_CASES).sort()).toEqual([...ids("migrate")].sort());
  expect(Object.keys(CONFIGURE_RULE_CASES).sort()).toEqual([...ids("configure")].sort());
});

describe.each(Object.entries(CONFIGURE_RULE_CASES))("%s", (id, { fails, says, advises, passes }) => {
  test("speaks up", () => {
    const found = configureFindings(id, fails);
    expect(found.map(({ what }) => what).join("\n")).toMatch(says);
    if (advises !== undefined) expect(found[0]?.todo).toMatch(advises);
    for (const { what, todo } of found) {
      expect(todo).toMatch(/[.?]$/);
      expect(what).toMatch(/\.$/);
    }
  });
  test("is silent", () => {
    for (const given of passes) expect(configureFindings(id, given)).toEqual([]);
  });
});

describe.each(Object.entries(MOVE_RULE_CASES))("%s", (id, { fails, says, advises, passes }) => {
  test("speaks up", () => {
    const found = moveFindings(id, fails);
    expect(found.map(({ what }) => what).join("\n")).toMatch(says);
    if (advises !== undefined) expect(found[0]?.todo).toMatch(advises);
    for (const { what, todo } of found) {
      expect(todo).toMatch(/[.?]$/);
      expect(what).toMatch(/[.)]$/);
    }
  });
  test("is silent", () => expect(moveFindings(id, passes)).toEqual([]));
});

test("ids are short, in kebab-case and different", () => {
  for (const { id } of RULES) expect(id).toMatch(/^[a-z0-9.]+(-[a-z0-9.]+)*$/);
  expect(new Set(RULES.map(({ id }) => id)).size).toBe(RULES.length);
});

describe.each(Object.entries(RULE_CASES))("%s", (id, { fails, says, advises, passes }) => {
  test("speaks up", () => {
    const found = findings(id, fails);
    expect(found[0]?.what).toMatch(says);
    if (advises !== undefined) expect(found[0]?.todo).toMatch(advises);
    for (const { what, todo, source } of found) {
      expect(todo).toMatch(/[.?]$|`$/);
      expect(what).toMatch(/[.)]$|resolve$|refused$|ETIMEDOUT\.$/);
      expect(source).not.toBe("");
    }
  });
  test("is silent", () => expect(findings(id, passes)).toEqual([]));
});

test.each(MORE_FAILING)("%s speaks up, case %#", (id, given, says) => {
  expect(
    findings(id, given)
      .map(({ what }) => what)
      .join("\n"),
  ).toMatch(says);
});

test.each(MORE_PASSING)("%s is silent, case %#", (id, given) => {
  expect(findings(id, given)).toEqual([]);
});
