// What a person asked for.
import { durationText } from "./duration.ts";
import { assertNever, type EnsembleName, type HostName } from "./ids.ts";
import type { Gates } from "./inventory.ts";
import type { Release } from "./release.ts";

/**
 * How writes are paused: `acl` makes every znode read-only for all but super and leaves clients connected; `ports` closes the
 * client ports to everybody but zkshift, by a firewall on the hosts that opens again by itself.
 */
export const PAUSE_METHODS = ["acl", "ports"] as const;
export type PauseMethod = (typeof PAUSE_METHODS)[number];

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

/**
 * `/zk configure <ensemble> [all]`: a rolling restart of the servers that do not have what ensembles.yaml wants of settings and
 * JVM flags; nothing else changes.
 */
export type ConfigureGoal = Asked & {
  readonly kind: "configure";
  /** Always the release that the servers run now. */
  readonly release: null;
  /** Servers that have it already are restarted too, and the team's configuration tool runs for each. */
  readonly everyServer?: true;
};

/** `/zk pause-writes <ensemble> [acl|ports] [for <length>]`: nobody writes until then, or until somebody says `/zk resume-writes`. */
export type PauseGoal = Asked & {
  readonly kind: "pause-writes";
  /** The servers keep theirs. */
  readonly release: null;
  readonly pause: PauseMethod;
  readonly forMs: number;
};

/** `/zk restore <ensemble> from <backup>`: afterwards every server holds what the backup holds, and nothing written since. */
export type RestoreGoal = Omit<Asked, "pause"> & {
  readonly kind: "restore";
  /** Whose backup it is: this ensemble's, or another's. */
  readonly of: EnsembleName;
  /** Name of the backup's folder. */
  readonly backup: string;
  /** The servers keep theirs. */
  readonly release: null;
  readonly pause?: never;
};

export type Goal = UpgradeGoal | MigrateGoal | ConfigureGoal | RestoreGoal | PauseGoal;

/** `20261126T201407Z`, or `orders/20261126T201407Z` where it is another ensemble's. */
export const backupWords = ({ ensemble, of, backup }: RestoreGoal): string =>
  of === ensemble ? backup : `${of}/${backup}`;

/** The command that asks for a goal, as a person would type it. */
export const commandFor = (goal: Goal): string =>
  [
    ...whatFor(goal),
    ...(goal.pause === undefined || goal.kind === "pause-writes" ? [] : [`pause ${goal.pause}`]),
    ...(goal.gates === null ? [] : [`gates ${goal.gates}`]),
    ...(goal.overrides.length === 0 ? [] : [`override ${goal.overrides.join(",")}`]),
  ].join(" ");

const whatFor = (goal: Goal): readonly string[] => {
  switch (goal.kind) {
    case "upgrade":
      return [`/zk upgrade ${goal.ensemble} ${goal.release}`];
    case "configure":
      return [`/zk configure ${goal.ensemble}`, ...(goal.everyServer === true ? ["all"] : [])];
    case "migrate":
      return [
        `/zk migrate ${goal.ensemble} to ${goal.to.join(",")}`,
        ...(goal.release === null ? [] : [`release ${goal.release}`]),
      ];
    case "pause-writes":
      return [`/zk pause-writes ${goal.ensemble} ${goal.pause} for ${durationText(goal.forMs)}`];
    case "restore":
      return [`/zk restore ${goal.ensemble} from ${backupWords(goal)}`];
    default:
      return assertNever(goal);
  }
};

/** What was asked for as a noun, for sentences: `upgrade`, `change of configuration`, `migration`. */
export const goalNoun = (goal: Goal): string => GOAL_NOUNS[goal.kind];
const GOAL_NOUNS = {
  upgrade: "upgrade",
  configure: "change of configuration",
  migrate: "migration",
  restore: "restore",
  "pause-writes": "pause of writes",
} as const;
