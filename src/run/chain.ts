// The hash chain of a run log: how an event is hashed, linked to the one before, and how a log is checked.
// Pure: reads and writes nothing. A chain shows edits and gaps; that the end was cut off, or everything was written
// anew, only shows against a head that was posted elsewhere (the audit thread).
import { createHash } from "node:crypto";
import { canonicalJson } from "../model/canonical-json.ts";
import type { RunId } from "../model/ids.ts";
import { type Actor, GENESIS, type Head, type RecordedEvent, type RunEvent } from "../model/run-event.ts";

/** An event before it has its place in a log. */
export type Entry = { readonly actor: Actor; readonly at: number; readonly event: RunEvent };

export type ChainCheck =
  | { readonly ok: true; readonly head: Head }
  | { readonly ok: false; readonly atSeq: number; readonly why: string };

/** The exact text that is hashed and stored: canonical JSON of everything but the hash itself. */
export const bodyOf = ({ run, seq, at, actor, event, prev }: Omit<RecordedEvent, "hash">): string =>
  canonicalJson({ run, seq, at, actor, event, prev });

/** SHA-256 of {@link bodyOf} in UTF-8, 64 hex digits. */
export const hashOf = (unhashed: Omit<RecordedEvent, "hash">): string =>
  createHash("sha256").update(bodyOf(unhashed)).digest("hex");

/** The entry in its place after `head`, hashed. */
export const link = (run: RunId, head: Head, { actor, at, event }: Entry): RecordedEvent => {
  const unhashed = { run, seq: head.seq + 1, at, actor, event, prev: head.hash };
  return { ...unhashed, hash: hashOf(unhashed) };
};

/** Several entries after `head`, each linked to the one before. */
export const linkAll = (run: RunId, head: Head, entries: readonly Entry[]): readonly RecordedEvent[] => {
  const linked: RecordedEvent[] = [];
  for (const entry of entries) linked.push(link(run, headOf(linked, head), entry));
  return linked;
};

/** Where a log ends; `start` when it is empty. */
export const headOf = (events: readonly RecordedEvent[], start: Head = GENESIS): Head => {
  const last = events.at(-1);
  return last === undefined ? start : { seq: last.seq, hash: last.hash };
};

/** Checks a whole log from its first event. `atSeq` is the first place where it does not hold. */
export const verifyChain = (events: readonly RecordedEvent[]): ChainCheck => {
  const run = events[0]?.run;
  let head = GENESIS;
  for (const event of events) {
    const atSeq = head.seq + 1;
    if (event.seq !== atSeq) return { ok: false, atSeq, why: `entry ${atSeq} is missing; entry ${event.seq} follows` };
    if (event.run !== run) return { ok: false, atSeq, why: `entry ${atSeq} belongs to another run, ${event.run}` };
    if (event.prev !== head.hash) {
      return { ok: false, atSeq, why: `entry ${atSeq} does not continue the entry before it` };
    }
    if (event.hash !== hashOf(event)) {
      return { ok: false, atSeq, why: `entry ${atSeq} was changed: its content does not match its hash` };
    }
    head = { seq: event.seq, hash: event.hash };
  }
  return { ok: true, head };
};

/** Checks a whole log, and that it still goes through a head that was posted elsewhere. */
export const verifyAgainst = (events: readonly RecordedEvent[], posted: Head): ChainCheck => {
  const checked = verifyChain(events);
  if (!checked.ok) return checked;
  if (checked.head.seq < posted.seq) {
    return {
      ok: false,
      atSeq: checked.head.seq + 1,
      why: `the log ends at entry ${checked.head.seq}, but entry ${posted.seq} was posted`,
    };
  }
  const there = posted.seq === 0 ? GENESIS.hash : events[posted.seq - 1]?.hash;
  return there === posted.hash
    ? checked
    : { ok: false, atSeq: posted.seq, why: `entry ${posted.seq} is not the one whose hash was posted` };
};
