import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import { runId, userId } from "../../../src/model/ids.ts";
import { GENESIS, type RecordedEvent } from "../../../src/model/run-event.ts";
import { bodyOf, hashOf, headOf, link, linkAll, verifyAgainst, verifyChain } from "../../../src/run/chain.ts";
import { finished, firstEntries, stepStarted } from "../../support/sample-run.ts";

const run = runId("orders-x7k2q");
const log = linkAll(run, GENESIS, [...firstEntries(), stepStarted(0), stepStarted(1), finished()]);
const at = (index: number): RecordedEvent => {
  const event = log[index];
  if (event === undefined) throw new Error(`the sample has no entry ${index + 1}`);
  return event;
};
const replaced = (index: number, event: RecordedEvent): readonly RecordedEvent[] => log.with(index, event);

describe("the hash chain", () => {
  test("an empty log is whole and ends at genesis", () => {
    expect(verifyChain([])).toEqual({ ok: true, head: GENESIS });
  });

  test("a linked log is whole, and its head is its last entry", () => {
    expect(verifyChain(log)).toEqual({ ok: true, head: { seq: 5, hash: at(4).hash } });
    expect(headOf(log)).toEqual({ seq: 5, hash: at(4).hash });
  });

  test("the hash is plain SHA-256 of the stored text", () => {
    const sum = createHash("sha256")
      .update(bodyOf(at(2)), "utf8")
      .digest("hex");
    expect(at(2).hash).toBe(sum);
    expect(bodyOf(at(2))).toMatch(
      /^\{"actor":\{.*\},"at":1700000001000,"event":\{.*\},"prev":"[0-9a-f]{64}","run":"orders-x7k2q","seq":3\}$/,
    );
  });

  test("every field counts", () => {
    const event = at(2);
    const others: readonly RecordedEvent[] = [
      { ...event, run: runId("orders-other") },
      { ...event, seq: 4 },
      { ...event, at: event.at + 1 },
      { ...event, actor: { kind: "user", id: userId("U0OTHER") } },
      { ...event, event: { type: "resumed" } },
      { ...event, prev: GENESIS.hash },
    ];
    expect(new Set([event, ...others].map(hashOf)).size).toBe(7);
  });

  test("an edited entry is found where it is", () => {
    const edited = { ...at(2), event: { type: "resumed" } as const };
    expect(verifyChain(replaced(2, edited))).toMatchObject({ ok: false, atSeq: 3 });
  });

  test("an edited entry with a new hash is found at the entry after it", () => {
    const { actor } = at(2);
    const forged = link(run, headOf(log.slice(0, 2)), { actor, at: at(2).at, event: { type: "resumed" } });
    expect(verifyChain(replaced(2, forged))).toMatchObject({ ok: false, atSeq: 4 });
  });

  test("a deleted entry is found where it was", () => {
    expect(verifyChain(log.toSpliced(2, 1))).toEqual({
      ok: false,
      atSeq: 3,
      why: "entry 3 is missing; entry 4 follows",
    });
    expect(verifyChain(log.slice(1))).toMatchObject({ ok: false, atSeq: 1 });
  });

  test("an entry from another run is found", () => {
    const elsewhere = link(runId("orders-other"), headOf(log.slice(0, 2)), stepStarted(0));
    expect(verifyChain(replaced(2, elsewhere))).toMatchObject({ ok: false, atSeq: 3 });
  });

  test("a log cut short is whole by itself, and found against a posted head", () => {
    const cut = log.slice(0, 4);
    expect(verifyChain(cut).ok).toBe(true);
    expect(verifyAgainst(cut, headOf(log))).toEqual({
      ok: false,
      atSeq: 5,
      why: "the log ends at entry 4, but entry 5 was posted",
    });
  });

  test("a log written anew is whole by itself, and found against a posted head", () => {
    const anew = linkAll(run, GENESIS, [...firstEntries(1), stepStarted(0), stepStarted(1), finished()]);
    expect(verifyChain(anew).ok).toBe(true);
    expect(verifyAgainst(anew, headOf(log.slice(0, 3)))).toMatchObject({ ok: false, atSeq: 3 });
  });

  test("a log that has gone on since a head was posted still holds", () => {
    for (let seq = 0; seq <= 5; seq++) {
      expect(verifyAgainst(log, headOf(log.slice(0, seq)))).toEqual({ ok: true, head: headOf(log) });
    }
  });
});
