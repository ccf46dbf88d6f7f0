import { describe, expect, test } from "vitest";
import type { Finding } from "../../../src/model/plan.ts";
import { release } from "../../../src/model/release.ts";
import { findingsOf } from "../../../src/plan/rule.ts";
import { RULES } from "../../../src/plan/rules.ts";
import { situationOf } from "../../../src/plan/situation.ts";
import { sampleGoal, sampleObservation, sampleSpec } from "../../support/sample-ensemble.ts";
import { type Case, MORE_FAILING, MORE_PASSING, RELEASES, RULE_CASES } from "./rule-cases.ts";

const findings = (id: string, given: Case): readonly Finding[] => {
  const rule = RULES.find((known) => known.id === id);
  if (rule === undefined) throw new Error(`no rule ${id}`);
  const goal = sampleGoal({ release: release(given.to ?? "3.9.6") });
  const options = { releases: RELEASES(given), superKnown: true };
  return findingsOf(rule, situationOf(goal, given.seen ?? sampleObservation(), given.spec ?? sampleSpec(), options));
};

test("every rule has its cases, and every case its rule", () => {
  expect(Object.keys(RULE_CASES).sort()).toEqual(RULES.map((rule) => rule.id).sort());
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
