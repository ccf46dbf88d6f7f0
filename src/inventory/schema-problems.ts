// A failed schema as problems in words. Never shows a value under `super`.
import type { z } from "zod";
import { didYouMean } from "../model/did-you-mean.ts";
import { type FieldPath, type Problem, shown } from "./problem.ts";
import { keysAt } from "./schema.ts";

const ARTICLES: Readonly<Record<string, string>> = {
  string: "a text",
  number: "a number",
  int: "a whole number",
  boolean: "true or false",
  array: "a list, [a, b]",
  object: "a group of keys",
  record: "a group of keys",
};

const kindOf = (value: unknown): string => {
  if (value === null) return "empty";
  if (Array.isArray(value)) return "a list";
  return typeof value === "object" ? "a group of keys" : shown(value);
};

/** What zod says by itself, in our words. */
const wordsFor = (issue: z.core.$ZodRawIssue): string | undefined => {
  switch (issue.code) {
    case "invalid_type":
    case "invalid_union": {
      if (issue.input === undefined) return "is missing";
      const wanted = issue.code === "invalid_type" ? (ARTICLES[issue.expected] ?? issue.expected) : "one value";
      return issue.input === null ? `is empty; it must be ${wanted}` : `must be ${wanted}, not ${kindOf(issue.input)}`;
    }
    case "invalid_value": {
      if (issue.input === undefined) return "is missing";
      const values = issue.values.map(String);
      const meant = typeof issue.input === "string" ? didYouMean(issue.input, values) : null;
      const known = `must be one of ${values.join(", ")}, not ${kindOf(issue.input)}`;
      return meant === null ? known : `${known}; did you mean ${meant}?`;
    }
    default:
      return undefined;
  }
};

/** Checks `value` as what stands at `path`; adds to `problems` and answers null when something is wrong with it. */
export const parseAt = <Schema extends z.ZodType>(
  schema: Schema,
  value: unknown,
  path: FieldPath,
  problems: Problem[],
): z.output<Schema> | null => {
  // Zod lets a message given in the schema win over this.
  const parsed = schema.safeParse(value, { error: wordsFor });
  if (parsed.success) return parsed.data;
  for (const issue of parsed.error.issues) {
    const at = [...path, ...issue.path.map(String)];
    if (issue.code !== "unrecognized_keys") {
      problems.push({ path: at, text: issue.message });
      continue;
    }
    for (const key of issue.keys) {
      const known = keysAt(at);
      const meant = didYouMean(key, known);
      const hint = meant === null ? `known: ${known.join(", ")}` : `did you mean ${meant}?`;
      problems.push({ path: [...at, key], text: `unknown key; ${hint}`, atKey: true });
    }
  }
  return null;
};
