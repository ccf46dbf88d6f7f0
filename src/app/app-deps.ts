// What the use cases need from outside, handed in by src/main.ts.

import { OpsError } from "../errors.ts";
import type { Goal } from "../model/goal.ts";
import type { ChannelId, EnsembleName, RunId, UserId } from "../model/ids.ts";
import type { EnsembleSpec, Inventory, SecretRef } from "../model/inventory.ts";
import type { Backups, Clock, Hosts, Leases, LiveBoard, ReleaseRepository, RunLog, ZooKeeper } from "../ports.ts";

/** Structured logging as pino has it: data first, then words. */
export type Log = {
  info(data: object, text: string): void;
  warn(data: object, text: string): void;
  error(data: object, text: string): void;
};

/** What happened, counted. */
export type RunMetrics = {
  runStarted(): void;
  stepEnded(kind: string, direction: "forward" | "back", outcome: "done" | "failed", seconds: number): void;
  runEnded(outcome: string): void;
  canaryPause(ms: number): void;
};

export type AppDeps = {
  readonly inventory: () => Inventory;
  /** What is wrong with ensembles.yaml as it is now; `inventory` is the last good one then. */
  readonly inventoryProblem?: () => OpsError | null;
  readonly readSecret: (ref: SecretRef) => string;
  readonly zookeeper: ZooKeeper;
  readonly hosts: Hosts;
  readonly releases: ReleaseRepository;
  readonly backups: Backups;
  readonly runLog: RunLog;
  readonly leases: Leases;
  readonly live: LiveBoard;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: RunMetrics;
  /** Asks a bot to bring a run's messages up to date; must not throw. */
  readonly notify: (run: RunId) => void;
  /** Puts a new proposal for the same goal on the queue. */
  readonly proposeAgain: (again: {
    readonly goal: Goal;
    readonly requester: UserId;
    readonly channel: ChannelId;
  }) => Promise<void>;
  /** `<host>/<pid>`, as it appears in the run log. */
  readonly workerName: string;
  readonly stateDir: string;
};

/** The inventory's entry; throws `input` when the ensemble is not (or no longer) in it. */
export const ensembleSpec = (inventory: Inventory, name: EnsembleName): EnsembleSpec => {
  const found = inventory.ensembles.get(name);
  if (found !== undefined) return found;
  throw new OpsError("input", {
    what: `${name} is not in ensembles.yaml.`,
    next: `Known: ${[...inventory.ensembles.keys()].join(", ") || "none"}.`,
  });
};
