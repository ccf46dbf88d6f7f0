// Backups on paper, and a restore from one, for tests of pure code and of what people read.
import type { BackupManifest } from "../../src/model/backup.ts";
import type { Observation } from "../../src/model/ensemble.ts";
import type { RestoreGoal } from "../../src/model/goal.ts";
import { ensembleName } from "../../src/model/ids.ts";
import type { Planned } from "../../src/model/plan.ts";
import { plan as planFor } from "../../src/plan/planner.ts";
import type { PlanOptions } from "../../src/plan/situation.ts";
import { OPTIONS, sampleObservation, sampleSpec } from "./sample-ensemble.ts";

export const BACKUP = "20261122T180000Z";

/** Of `orders`, by 3.8.0, its files copied, proved. */
export const sampleManifest = (change: Partial<BackupManifest> = {}): BackupManifest => ({
  format: 1,
  name: BACKUP,
  ensemble: "orders",
  takenAt: "2026-11-22T18:00:00.000Z",
  by: "U0OPERATOR",
  run: null,
  server: 1,
  host: "zk1",
  mode: "follower",
  release: "3.8.0",
  way: "files",
  wayWhy: "3.8.0 sends no snapshots (3.9.0 and later do)",
  snapshot: "0x100000400",
  configVersion: "100000000",
  members: [1, 2, 3].map((id) => `server.${id}=10.0.0.${id}:2888:3888:participant;2181`),
  files: [{ name: "data.tar.gz", bytes: 48_213, sha256: "91be".repeat(16) }],
  contents: [
    { name: "version-2/snapshot.100000400", bytes: 30_000 },
    { name: "version-2/log.100000401", bytes: 67_108_880 },
  ],
  proof: {
    proved: true,
    at: "2026-11-22T18:00:04.000Z",
    release: "3.8.0",
    zxid: "0x1000004af",
    znodes: 201,
    ttl: 0,
    largestBytes: 1_200,
    digest: "d19e".repeat(16),
    mismatches: 0,
    shared: { zxid: "0x100000480", digest: "1655629737480" },
    compared: { same: 200, since: 1, unreadable: 0 },
    tookMs: 2_100,
  },
  ...change,
});

export const NOT_PROVED: Partial<BackupManifest> = {
  proof: { proved: false, why: "in a run only the copy is made (`backups.prove`)" },
};

export const sampleRestoreGoal = (change: Partial<RestoreGoal> = {}): RestoreGoal => ({
  kind: "restore",
  ensemble: ensembleName("orders"),
  of: ensembleName("orders"),
  backup: BACKUP,
  release: null,
  gates: null,
  overrides: [],
  ...change,
});

/** What `planner.ts` makes of it; what is left out is as in the samples. */
export const planSampleRestore = (
  given: {
    readonly goal?: Partial<RestoreGoal>;
    readonly manifest?: Partial<BackupManifest>;
    readonly seen?: Observation;
    readonly spec?: Parameters<typeof sampleSpec>[0];
    readonly options?: Partial<PlanOptions>;
  } = {},
): { readonly planned: Planned; readonly seen: Observation } => {
  const goal = sampleRestoreGoal(given.goal);
  const backup = { of: goal.of, manifest: sampleManifest(given.manifest) };
  const seen = { ...(given.seen ?? sampleObservation()), backup };
  return { planned: planFor(goal, seen, sampleSpec(given.spec), { ...OPTIONS, ...given.options }), seen };
};
