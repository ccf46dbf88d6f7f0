// What a person asked for.
import type { EnsembleName, HostName } from "./ids.ts";
import type { Gates } from "./inventory.ts";
import type { Release } from "./release.ts";

/** How writes are paused: `acl` makes every znode read-only for all but super and leaves clients connected. */
export type PauseMethod = "acl";

type Asked = {
  readonly ensemble: EnsembleName;
  /** Null: as the inventory says. */
  readonly gates: Gates | null;
  /** Ids of rules that the requester takes responsibility for. */
  readonly overrides: readonly string[];
  /** Writes are paused from the first server's turn to the end of the last one's; absent: they are not. */
  readonly pause?: PauseMethod;
};

/** `/zk upgrade <ensemble> <release>`; also the way back to an older release. */
export type UpgradeGoal = Asked & { readonly kind: "upgrade"; readonly release: Release };

/** `/zk migrate <ensemble> to <host,…> [release <release>]`: afterwards the ensemble's servers are on these hosts. */
export type MigrateGoal = Asked & {
  readonly kind: "migrate";
  /** Hosts of the inventory, in the order given; today's hosts among them keep their server. */
  readonly to: readonly HostName[];
  /** Null: the release that the servers run now. */
  readonly release: Release | null;
};

export type Goal = UpgradeGoal | MigrateGoal;

/** The command that asks for a goal, as a person would type it. */
export const commandFor = (goal: Goal): string =>
  [
    ...(goal.kind === "upgrade"
      ? [`/zk upgrade ${goal.ensemble} ${goal.release}`]
      : [
          `/zk migrate ${goal.ensemble} to ${goal.to.join(",")}`,
          ...(goal.release === null ? [] : [`release ${goal.release}`]),
        ]),
    ...(goal.pause === undefined ? [] : [`pause ${goal.pause}`]),
    ...(goal.gates === null ? [] : [`gates ${goal.gates}`]),
    ...(goal.overrides.length === 0 ? [] : [`override ${goal.overrides.join(",")}`]),
  ].join(" ");
