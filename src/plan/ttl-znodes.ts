// Whether a server keeps znodes with a time to live once a run has changed it, for rules and planners. Pure.
import { EXTENDED_TYPES_KEY, keepsTtlZnodes, keepsTtlZnodesNow } from "../model/extended-types.ts";
import { jvmChange, type Situation, type Subject } from "./situation.ts";

/** After its turn; in a move, of a server that takes it for its template. False where its host was not read. */
export const keepsTtlZnodesAfter = (
  { facts, jvm, settingAfter }: Subject,
  { move, ensemble }: Pick<Situation, "move" | "ensemble">,
): boolean => {
  if (facts === null) return false;
  const change = move === null ? jvm : jvmChange(facts.javaEnvText, ensemble.jvm);
  const flags =
    change === null
      ? facts.nextFlags
      : [...facts.nextFlags.filter((flag) => !change.from.includes(flag)), ...change.to];
  return keepsTtlZnodes(settingAfter(EXTENDED_TYPES_KEY), flags);
};

/** For a step that starts it, or a server that takes it for its template: what it has today must be there afterwards. */
export const startKeepsTtlZnodes = (
  subject: Subject,
  situation: Pick<Situation, "move" | "ensemble">,
): { readonly keepsTtlZnodes?: true } =>
  subject.facts !== null && keepsTtlZnodesNow(subject.facts) && keepsTtlZnodesAfter(subject, situation)
    ? { keepsTtlZnodes: true }
    : {};
