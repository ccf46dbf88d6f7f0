// Checks what comes off a queue: another release of zkshift, or a person, may have put it there.
import { z } from "zod";
import { OpsError } from "../src/errors.ts";
import { PAUSE_METHODS } from "../src/model/goal.ts";
import type { EnsembleJob, SlackJob } from "./queues.ts";

const replyTo = z.object({
  channel: z.string(),
  user: z.string(),
  responseUrl: z.string().nullable(),
  form: z.string().optional(),
});

const asked = {
  ensemble: z.string(),
  gates: z.enum(["once", "leader", "each"]).nullable(),
  overrides: z.array(z.string()),
  pause: z.enum(PAUSE_METHODS).optional(),
};

const goal = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("upgrade"), ...asked, release: z.string() }),
  z.object({ kind: z.literal("configure"), ...asked, release: z.null(), everyServer: z.literal(true).optional() }),
  z.object({
    kind: z.literal("pause-writes"),
    ...asked,
    release: z.null(),
    pause: z.enum(PAUSE_METHODS),
    forMs: z.number().positive(),
  }),
  z.object({ kind: z.literal("migrate"), ...asked, to: z.array(z.string()), release: z.string().nullable() }),
  z.object({ kind: z.literal("restore"), ...asked, of: z.string(), backup: z.string(), release: z.null() }),
]);

const ensembleJob = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("advance"), run: z.string() }),
  z.object({
    kind: z.literal("propose"),
    goal,
    dryRun: z.boolean(),
    requester: z.string(),
    channel: z.string(),
    replyTo,
  }),
  z.object({ kind: z.literal("back-up"), ensemble: z.string(), replyTo }),
  z.object({ kind: z.literal("list-backups"), ensemble: z.string(), replyTo }),
  z.object({ kind: z.literal("observe"), ensembles: z.array(z.string()), replyTo }),
  z.object({ kind: z.literal("drift"), ensemble: z.string(), replyTo }),
]);

/** A reply's own shape is what jobs/queues.ts says; it was built by typed code and is only rendered. */
const slackJob = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("notify"), run: z.string() }),
  z.object({ kind: z.literal("reply"), replyTo, reply: z.looseObject({ kind: z.string() }) }),
]);

/** Throws `bug` with what is wrong in the payload. */
export const readEnsembleJob = (data: unknown): EnsembleJob => check(ensembleJob, data) as EnsembleJob;
export const readSlackJob = (data: unknown): SlackJob => check(slackJob, data) as SlackJob;

const check = (schema: z.ZodType, data: unknown): unknown => {
  const read = schema.safeParse(data);
  if (read.success) return read.data;
  throw new OpsError("bug", {
    what: `A job has a payload that this release does not know: ${z.prettifyError(read.error)}`,
    next: "Run the same release of zkshift on every bot and worker.",
  });
};
