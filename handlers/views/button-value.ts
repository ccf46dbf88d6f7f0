// What a button carries: the run, and what the click is bound to, so that a late click cannot mean something else.
import { z } from "zod";
import type { Gate } from "../../src/model/run-event.ts";

/** Ids of buttons; register.ts gives each its callback. */
export const ACTIONS = [
  "approve",
  "deny",
  "details",
  "stop",
  "retry",
  "roll_back",
  "continue",
  "resume_writes",
] as const;
export type ActionId = (typeof ACTIONS)[number];

/** `gate`: the gate asked about, or the step a hold is about. `hash`: the plan's. */
export type ButtonValue = { readonly run: string; readonly gate?: Gate; readonly hash?: string };

const schema = z.object({
  run: z.string().min(1).max(200),
  gate: z.union([z.literal("plan"), z.number().int().nonnegative()]).optional(),
  hash: z.string().max(64).optional(),
});

export const formatButtonValue = (value: ButtonValue): string => JSON.stringify(value);

/** Null for anything we did not write. */
export const parseButtonValue = (text: unknown): ButtonValue | null => {
  if (typeof text !== "string") return null;
  try {
    const { run, gate, hash } = schema.parse(JSON.parse(text));
    return { run, ...(gate === undefined ? {} : { gate }), ...(hash === undefined ? {} : { hash }) };
  } catch {
    return null;
  }
};
