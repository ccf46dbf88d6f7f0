import { describe, expect, it } from "vitest";
import type { BackupListed, BackupManifest, BackupProof } from "../../../src/model/backup.ts";
import { toRemove } from "../../../src/model/retention.ts";

const NOW = Date.parse("2026-11-26T12:00:00Z");
const DAY = 86_400_000;

const NOT: BackupProof = { proved: false, why: "no Java" };
const PROVED: BackupProof = {
  proved: true,
  at: "",
  release: "3.9.6",
  zxid: "0x100000001",
  znodes: 1,
  ttl: 0,
  largestBytes: 0,
  digest: "00",
  mismatches: 0,
  shared: null,
  compared: null,
  tookMs: 1,
};

/** A backup `days` old, named by its age. */
const backup = (days: number, proof: BackupProof = PROVED): BackupListed => {
  const name = `age-${days}`;
  const manifest: BackupManifest = {
    format: 1,
    name,
    ensemble: "orders",
    takenAt: new Date(NOW - days * DAY).toISOString(),
    by: "U1",
    run: null,
    server: 1,
    host: "zk1",
    mode: "follower",
    release: "3.9.6",
    way: "files",
    wayWhy: null,
    snapshot: "none",
    configVersion: null,
    members: [],
    files: [{ name: "data.tar.gz", bytes: 1, sha256: "00" }],
    contents: [],
    proof,
  };
  return { name, manifest };
};
const broken: BackupListed = { name: "broken", manifest: null, problem: "cut short" };
const none: ReadonlySet<string> = new Set();

describe("which backups go", () => {
  it("those past the newest ones, and those too old", () => {
    const all = [0, 1, 2, 3, 40].map((days) => backup(days));
    expect(toRemove(all, { keep: 3, days: null }, none, NOW)).toEqual(["age-3", "age-40"]);
    expect(toRemove(all, { keep: 10, days: 30 }, none, NOW)).toEqual(["age-40"]);
    expect(toRemove(all, { keep: 10, days: null }, none, NOW)).toEqual([]);
  });

  it("never the last one, nor the last that was proved, whatever their age", () => {
    expect(toRemove([backup(400)], { keep: 1, days: 30 }, none, NOW)).toEqual([]);
    const all = [backup(1, NOT), backup(2, NOT), backup(100), backup(200)];
    expect(toRemove(all, { keep: 1, days: 30 }, none, NOW)).toEqual(["age-2", "age-200"]);
  });

  it("none that a run needs", () => {
    const all = [0, 1, 2].map((days) => backup(days));
    expect(toRemove(all, { keep: 1, days: null }, new Set(["age-2"]), NOW)).toEqual(["age-1"]);
  });

  it("one that cannot be read counts as none, and stays for a person to look at", () => {
    expect(toRemove([broken, backup(1), backup(2)], { keep: 1, days: null }, none, NOW)).toEqual(["age-2"]);
  });
});
