// All rules, and what they find in a situation. A rule is added to the file of its theme in rules/.
import type { Goal } from "../model/goal.ts";
import type { Finding } from "../model/plan.ts";
import { findingsOf, inWords, type Rule } from "./rule.ts";
import { CONFIGURATION_RULES } from "./rules/configuration.ts";
import { CONFIGURE_RULES } from "./rules/configure.ts";
import { DESTINATION_RULES } from "./rules/destination.ts";
import { HOST_RULES } from "./rules/hosts.ts";
import { IDENTITY_RULES } from "./rules/identity.ts";
import { MEMBERSHIP_RULES } from "./rules/membership.ts";
import { PAUSE_RULES } from "./rules/pause.ts";
import { RELEASE_RULES } from "./rules/releases.ts";
import { RESTORE_RULES } from "./rules/restore.ts";
import { SERVICE_RULES } from "./rules/service.ts";
import { TTL_RULES } from "./rules/ttl.ts";
import type { Situation } from "./situation.ts";

/** In the order in which people should read their findings. */
export const RULES: readonly Rule[] = [
  ...SERVICE_RULES,
  ...IDENTITY_RULES,
  ...MEMBERSHIP_RULES,
  ...DESTINATION_RULES,
  ...RELEASE_RULES,
  ...CONFIGURATION_RULES,
  ...CONFIGURE_RULES,
  ...TTL_RULES,
  ...HOST_RULES,
  ...PAUSE_RULES,
  ...RESTORE_RULES,
];

/** What the rules say of a situation, taken apart by what it means for the plan. */
export type RulesChecked = {
  /** Findings that stop the plan: blocks, and overrides that the requester did not name. */
  readonly stopping: readonly Finding[];
  /** Findings that stay in the plan: overridden ones, then warnings. */
  readonly staying: readonly Finding[];
  readonly overridden: boolean;
  readonly rulesChecked: number;
};

export const checkRules = (situation: Situation): RulesChecked => {
  const { goal } = situation;
  const rules = RULES.filter((rule) => isAbout(rule, goal));
  const findings = rules.flatMap((rule) => findingsOf(rule, situation));
  const isOverridden = (finding: Finding): boolean =>
    finding.severity === "override" && situation.goal.overrides.includes(finding.rule);
  const overridden = findings.filter(isOverridden);
  return {
    stopping: [
      ...unknownOverrides(situation.goal, findings),
      ...findings.filter((finding) => finding.severity === "blocks"),
      ...findings.filter((finding) => finding.severity === "override" && !isOverridden(finding)),
    ],
    staying: [...overridden, ...findings.filter((finding) => finding.severity === "warns")],
    overridden: overridden.length > 0,
    rulesChecked: rules.length,
  };
};

const isAbout = ({ only, onlyPaused, restoreToo }: Rule, goal: Goal): boolean =>
  (only === undefined ? goal.kind !== "restore" || restoreToo === true : only.includes(goal.kind)) &&
  (onlyPaused !== true || goal.pause !== undefined);

/** An override that names no rule, or one that cannot be overridden, was a mistake: better asked than ignored. */
const unknownOverrides = (goal: Goal, findings: readonly Finding[]): readonly Finding[] => {
  const helpful = [...new Set(findings.filter((f) => f.severity === "override").map((f) => f.rule))];
  return goal.overrides.flatMap((name): readonly Finding[] => {
    const rule = RULES.find((known) => known.id === name);
    if (rule?.severity === "override") return [];
    return [
      {
        rule: "unknown-override",
        severity: "blocks",
        what:
          rule === undefined
            ? `There is no rule named \`${name}\` to override.`
            : `The rule \`${name}\` cannot be overridden.`,
        todo:
          helpful.length === 0
            ? "Ask again without it: nothing here needs an override."
            : `What would help here: ${inWords(helpful.map((id) => `\`${id}\``))}.`,
        source: "zkshift",
        server: null,
      },
    ];
  });
};
