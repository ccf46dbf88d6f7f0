// An event as it lies in a Redis Stream: `body`, the exact text that is hashed, and `hash`. So a reader with redis-cli and
// sha256sum can check an entry without zkshift. Refuses what it cannot read as an event; whether the chain holds is for
// src/run/chain.ts to say.
import { z } from "zod";
import { OpsError } from "../errors.ts";
import { type RunId, runId, userId } from "../model/ids.ts";
import type { RecordedEvent, RunEvent } from "../model/run-event.ts";

const EVENT_TYPES: Readonly<Record<RunEvent["type"], true>> = {
  proposed: true,
  "approval-asked": true,
  "approval-granted": true,
  "approval-denied": true,
  "approval-reminded": true,
  "approval-expired": true,
  "step-started": true,
  "step-done": true,
  "step-failed": true,
  "step-undone": true,
  held: true,
  resumed: true,
  "stop-asked": true,
  "rollback-asked": true,
  "resume-writes-asked": true,
  finished: true,
};

/** The event itself is passed through untouched: rebuilding it could change what was hashed. */
const isEvent = (value: unknown): value is RunEvent =>
  typeof value === "object" &&
  value !== null &&
  "type" in value &&
  typeof value.type === "string" &&
  Object.hasOwn(EVENT_TYPES, value.type);

const sha256 = z.string().regex(/^[0-9a-f]{64}$/, "must be 64 hex digits");

const Body = z.strictObject({
  run: z.string().transform(runId),
  seq: z.int().positive(),
  at: z.number(),
  actor: z.discriminatedUnion("kind", [
    z.strictObject({ kind: z.literal("user"), id: z.string().transform(userId) }),
    z.strictObject({ kind: z.literal("worker"), name: z.string() }),
  ]),
  event: z.custom<RunEvent>(isEvent, "is not an event this release of zkshift knows"),
  prev: sha256,
});

/** A stream entry as ioredis gives it: id and a flat list of fields and values. */
export type StreamEntry = readonly [id: string, fields: readonly string[]];

const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

const damaged = (run: RunId, id: string, why: string): OpsError =>
  new OpsError(
    "refused",
    {
      what: `Entry ${id.replace(/-0$/, "")} of the log of ${run} cannot be read: ${why}.`,
      left: "Nothing was changed, and zkshift does nothing more for this run.",
      next: "Someone changed it in Redis, or a newer zkshift wrote it. Compare it with the thread of the run and restore Redis from a backup, or run the newer release.",
    },
    { code: "LOG_DAMAGED" },
  );

/** One stream entry as an event. Throws `refused` with code `LOG_DAMAGED` on anything it cannot read. */
export const parseStoredEvent = (run: RunId, [id, flat]: StreamEntry): RecordedEvent => {
  const fields = new Map<string, string>();
  for (let i = 0; i + 1 < flat.length; i += 2) fields.set(flat[i] ?? "", flat[i + 1] ?? "");
  const hash = sha256.safeParse(fields.get("hash"));
  if (!hash.success) throw damaged(run, id, "it has no hash");
  const body = Body.safeParse(parseJson(fields.get("body") ?? ""));
  if (!body.success) {
    const issue = body.error.issues[0];
    const where = issue === undefined || issue.path.length === 0 ? "its body" : issue.path.join(".");
    throw damaged(run, id, `${where}: ${issue?.message ?? "not valid"}`);
  }
  if (body.data.run !== run) throw damaged(run, id, `it belongs to run ${body.data.run}`);
  if (id !== `${body.data.seq}-0`) throw damaged(run, id, `it says it is entry ${body.data.seq}`);
  return { ...body.data, hash: hash.data };
};
