// What a person asked for.
import type { EnsembleName } from "./ids.ts";
import type { Gates } from "./inventory.ts";
import type { Release } from "./release.ts";

/** `/zk upgrade <ensemble> <release>`; also the way back to an older release. */
export type UpgradeGoal = {
  readonly kind: "upgrade";
  readonly ensemble: EnsembleName;
  readonly release: Release;
  /** Null: as the inventory says. */
  readonly gates: Gates | null;
  /** Ids of rules that the requester takes responsibility for. */
  readonly overrides: readonly string[];
};

export type Goal = UpgradeGoal;
