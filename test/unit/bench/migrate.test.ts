import { describe, expect, it } from "vitest";
import { migrationRows } from "../../../bench/migrate.ts";
import { type MigrationPair, timesOf } from "../../../bench/migration-pairs.ts";
import type { Evidence, StepEvidence } from "../../../src/model/evidence.ts";
import { planHash, runId } from "../../../src/model/ids.ts";
import type { RecordedEvent, RunEvent } from "../../../src/model/run-event.ts";

const recorded = (at: number, event: RunEvent): RecordedEvent => ({
  run: runId("orders-ab2cd"),
  seq: at,
  at,
  actor: { kind: "worker", name: "w1/1" },
  event,
  prev: "",
  hash: "",
});

const evidence = (step: StepEvidence, tookMs: number): Evidence => ({ step, tookMs, canary: null });
const hash = planHash("7c".repeat(32));

const joined: StepEvidence = {
  kind: "wait-until-joined",
  server: 4,
  mode: "follower",
  release: "3.9.6",
  zxid: "0x100000001",
  syncedMs: 5_000,
  digest: null,
};

const waited: StepEvidence = { kind: "wait-for-clients", servers: [], ended: "gone" } as unknown as StepEvidence;

const run = [
  recorded(1_000, { type: "approval-granted", gate: "plan", planHash: hash }),
  recorded(8_000, { type: "step-done", step: 3, evidence: evidence(joined, 4_500) }),
  recorded(9_000, { type: "approval-asked", gate: 6, needs: 1, expiresAt: 99_000 }),
  recorded(11_000, { type: "approval-granted", gate: 6, planHash: hash }),
  recorded(12_000, { type: "approval-asked", gate: 7, needs: 1, expiresAt: 99_000 }),
  recorded(15_000, { type: "step-done", step: 7, evidence: evidence(waited, 3_000) }),
  recorded(20_000, { type: "finished", outcome: "succeeded", evidence: null }),
];

describe("where the time of a migration goes", () => {
  it("waiting for a person, pressed or gone by itself, is nobody's time", () => {
    expect(timesOf(run)).toMatchObject({ personMs: 5_000, totalMs: 14_000 });
  });

  it("a new server's time counts from its start, not from when it was waited for", () => {
    expect(timesOf(run).zooKeeperMs).toBe(5_000);
  });

  it("a run that is not over has no times", () => {
    expect(() => timesOf(run.slice(0, -1))).toThrow("not over");
  });
});

describe("rows of the migration", () => {
  const pair = (zkshiftMs: number, lost: number): MigrationPair => ({
    busyBefore: [],
    loadMs: 1,
    byHand: { totalMs: 20_000, zooKeeperMs: 12_000, worstStallMs: 400 },
    byZkshift: { totalMs: zkshiftMs, zooKeeperMs: 15_000, personMs: 0, steps: [], worstStallMs: 300 },
    client: { acknowledged: 1_000, refused: 0, sessionsLost: 0, lost },
  });

  it("sets zkshift beside the script", () => {
    const rows = migrationRows([pair(25_000, 0), pair(35_000, 0)]);
    const of = (text: string) => rows.find(({ what }) => what.includes(text))?.measured;
    expect(of("move by zkshift ÷ move by script")).toBe("1.50");
    expect(of("waited for zkshift itself")).toBe("15.0 s");
    expect(of("waited for the script itself")).toBe("8000 ms");
    expect(of("stall by zkshift ÷ stall by script")).toBe("0.75");
  });

  it("one lost write is one too many", () => {
    const lost = migrationRows([pair(25_000, 0), pair(25_000, 1)]).find(({ what }) => what.includes("writes lost"));
    expect(lost).toMatchObject({ measured: "1", target: "0", met: false });
  });
});
