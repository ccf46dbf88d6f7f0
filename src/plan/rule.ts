// What a rule is. Rules are data: they look at a situation and say what is wrong; they never plan or change anything.
import type { Goal } from "../model/goal.ts";
import type { ServerId } from "../model/ids.ts";
import type { Finding } from "../model/plan.ts";
import type { Move } from "./move.ts";
import type { Situation, Subject } from "./situation.ts";

export type Violation = {
  /** A whole sentence. */
  readonly what: string;
  /** More exact advice than the rule's own. */
  readonly todo?: string;
  /** Where the rule's own source is not the exact one. */
  readonly source?: string;
  readonly server?: ServerId;
};

export type Rule = {
  /** Short, stable, kebab-case: shown to people, and the name by which they override it. */
  readonly id: string;
  /** `override`: blocks unless the requester names the rule, and then one more approval is needed. */
  readonly severity: Finding["severity"];
  /** When it speaks up, in words: the table in docs/rules.md is made from this. */
  readonly when: string;
  readonly todo: string;
  /** A JIRA id, or a page of ZooKeeper's documentation; `zkshift` where it is this program's own limit. */
  readonly source: string;
  /** Goals it is about; absent: all but restores. */
  readonly only?: readonly Goal["kind"][];
  /** True where it holds for a restore as well, which needs no ensemble that serves. */
  readonly restoreToo?: true;
  /** True where it is only about runs that pause writes; of others it is not even counted. */
  readonly onlyPaused?: true;
  readonly check: (situation: Situation) => readonly Violation[];
};

/** A rule of a migration: `check` is given the move as well. */
export const migrationRule = (
  given: Omit<Rule, "only" | "check"> & {
    readonly check: (move: Move, situation: Situation) => readonly Violation[];
  },
): Rule => ({
  ...given,
  only: ["migrate"],
  check: (situation) => (situation.move === null ? [] : given.check(situation.move, situation)),
});

/** What a rule found. */
export const findingsOf = (rule: Rule, situation: Situation): readonly Finding[] =>
  rule.check(situation).map((violation) => ({
    rule: rule.id,
    severity: rule.severity,
    what: violation.what,
    todo: violation.todo ?? rule.todo,
    source: violation.source ?? rule.source,
    server: violation.server ?? null,
  }));

/** `a`, `a and b`, `a, b and c`. */
export const inWords = (items: readonly string[]): string =>
  items.length < 2 ? (items[0] ?? "") : `${items.slice(0, -1).join(", ")} and ${items.at(-1)}`;

/** One violation for all servers it concerns, none when there are none: nobody wants to read a sentence five times. */
export const onServers = (
  subjects: readonly Subject[],
  sentence: string,
  advice: Pick<Violation, "todo"> = {},
): readonly Violation[] => {
  const [first] = subjects;
  if (first === undefined) return [];
  const where = subjects.length === 1 ? first.name : inWords(subjects.map(({ id }) => `server.${id}`));
  return [{ what: `${where}: ${sentence}`, ...advice, ...(subjects.length === 1 ? { server: first.id } : {}) }];
};
