// docs/rules.md is made from the rules: this test writes it when UPDATE_DOCS is set, and else holds it to them.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { Rule } from "../../../src/plan/rule.ts";
import { RULES } from "../../../src/plan/rules.ts";

const FILE = join(import.meta.dirname, "../../../docs/rules.md");

const cell = (text: string): string => text.replaceAll("|", "\\|");

const SEVERITIES: readonly (readonly [Rule["severity"], string, string])[] = [
  ["blocks", "Blocks", "No plan is made. Nothing overrides these."],
  [
    "override",
    "Needs an override",
    "No plan is made unless the requester names the rule: `/zk upgrade orders 3.9.6 override path-hop`. The plan shows it, and needs one more approval.",
  ],
  ["warns", "Warns", "The plan is made and says so."],
];

const document = (): string =>
  [
    "# Rules",
    "",
    "What zkshift checks before it plans an upgrade, a migration or a restore, all that applies every time. Made from `src/plan/rules/` by",
    "`UPDATE_DOCS=1 npx vitest run --project unit test/unit/plan/rules-doc.test.ts`; change the rules, not this page.",
    ...SEVERITIES.flatMap(([severity, title, meaning]) => [
      "",
      `## ${title}`,
      "",
      meaning,
      "",
      "| rule | when | what to do | source |",
      "|---|---|---|---|",
      ...RULES.filter((rule) => rule.severity === severity).map(
        ({ id, when, todo, source }) => `| \`${id}\` | ${cell(when)} | ${cell(todo)} | ${cell(source)} |`,
      ),
    ]),
    "",
  ].join("\n");

test("docs/rules.md says what the rules say", () => {
  if (process.env.UPDATE_DOCS !== undefined) writeFileSync(FILE, document());
  expect(readFileSync(FILE, "utf8")).toBe(document());
});
