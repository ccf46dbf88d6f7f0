// What differs in words between an upgrade, a migration, a change of configuration, a pause of writes and a restore: titles, what success is called, where a rollback leads. Pure.
import {
  backupWords,
  type ConfigureGoal,
  commandFor,
  type Goal,
  type MigrateGoal,
  type PauseGoal,
  type RestoreGoal,
} from "../../src/model/goal.ts";
import { assertNever } from "../../src/model/ids.ts";
import type { Plan } from "../../src/model/plan.ts";
import { compareReleases } from "../../src/model/release.ts";
import { and, duration } from "./words.ts";

/** A run of a kind, in plain text. `…Title` are headlines. */
export type GoalWords = {
  /** `Upgrade orders: 3.8.0 → 3.9.6`, `Downgrade …` to an older release than any has, `Move orders to zk4, zk5, zk6` */
  readonly title: string;
  /** `Upgrading …`, `Moving …` */
  readonly underWayTitle: string;
  readonly succeededTitle: string;
  readonly rollingBackTitle: string;
  readonly rolledBackTitle: string;
  readonly partWayTitle: string;
  /** Without the verb, for tables: `orders: 3.8.0 → 3.9.6`. */
  readonly short: string;
  /** What a rollback goes back to, after "back to": `3.8.0`, `zk1, zk2, zk3`. */
  readonly before: string;
  /** The command that goes there afterwards. */
  readonly wayBack: string;
};

/** `3.8.0`, or `3.8.0 and 3.9.3` of an ensemble found half-way. */
const releasesNow = (plan: Plan): string => {
  const now = [...new Set(plan.basis.servers.map((server) => server.release))].toSorted();
  return and(now);
};

/** Hosts as a list that fits a headline. */
const hostList = (hosts: readonly string[]): string =>
  hosts.length > 7 ? `${hosts.slice(0, 6).join(", ")} and ${hosts.length - 6} more` : hosts.join(", ");

export const goalWords = (plan: Plan): GoalWords => {
  const { goal } = plan;
  switch (goal.kind) {
    case "upgrade":
      return upgradeWords(plan);
    case "configure":
      return configureWords(plan, goal);
    case "migrate":
      return migrationWords(plan, goal);
    case "pause-writes":
      return pauseGoalWords(goal);
    case "restore":
      return restoreWords(goal);
    default:
      return assertNever(goal);
  }
};

const upgradeWords = (plan: Plan): GoalWords => {
  const { ensemble } = plan.goal;
  const from = releasesNow(plan);
  const [oldest = plan.release] = plan.basis.servers.map(({ release }) => release).toSorted(compareReleases);
  const short = `${ensemble}: ${from} → ${plan.release}`;
  const isDowngrade = compareReleases(plan.release, oldest) < 0;
  return {
    title: `${isDowngrade ? "Downgrade" : "Upgrade"} ${short}`,
    underWayTitle: `${isDowngrade ? "Downgrading" : "Upgrading"} ${short}`,
    succeededTitle: `${ensemble} runs ${plan.release}`,
    rollingBackTitle: `Rolling ${ensemble} back to ${from}`,
    rolledBackTitle: `${ensemble} is back on ${from}`,
    partWayTitle: `stopped part of the way to ${plan.release}`,
    short,
    before: from,
    wayBack: commandFor({ kind: "upgrade", ensemble, release: oldest, gates: null, overrides: [] }),
  };
};

const migrationWords = (plan: Plan, goal: MigrateGoal): GoalWords => {
  const { ensemble } = goal;
  const from = releasesNow(plan);
  const changes = plan.basis.servers.some(({ release }) => release !== plan.release);
  const to = hostList(goal.to);
  const oldHosts = plan.basis.servers.map(({ host }) => host);
  const before = hostList(oldHosts);
  const releases = changes ? `: ${from} → ${plan.release}` : "";
  return {
    title: `Move ${ensemble} to ${to}${releases}`,
    underWayTitle: `Moving ${ensemble} to ${to}${releases}`,
    succeededTitle: `${ensemble} lives on ${to}${changes ? ` and runs ${plan.release}` : ""}`,
    rollingBackTitle: `Moving ${ensemble} back to ${before}`,
    rolledBackTitle: `${ensemble} is back on ${before}`,
    partWayTitle: `stopped part of the way to ${to}`,
    short: `${ensemble} to ${to}${releases}`,
    before,
    wayBack: commandFor({ kind: "migrate", ensemble, to: oldHosts, release: null, gates: null, overrides: [] }),
  };
};

/** What a change of configuration changes, for a headline: `maxClientCnxns, JVM flags`; null where servers only restart. */
const changedNames = (plan: Plan): string | null => {
  const writes = plan.steps.flatMap((step) => (step.kind === "write-config" ? [step] : []));
  const names = [
    ...new Set(writes.flatMap(({ changes }) => changes.map(({ key }) => key))),
    ...(writes.some(({ jvm }) => jvm !== undefined) ? ["JVM flags"] : []),
  ];
  if (names.length === 0) return null;
  return names.length > 4 ? `${names.slice(0, 3).join(", ")} and ${names.length - 3} more` : names.join(", ");
};

const configureWords = (plan: Plan, goal: ConfigureGoal): GoalWords => {
  const { ensemble } = goal;
  const names = changedNames(plan);
  const what = names === null ? "" : `: ${names}`;
  return {
    title: names === null ? `Restart ${ensemble}, one server at a time` : `Configure ${ensemble}${what}`,
    underWayTitle: names === null ? `Restarting ${ensemble}, one server at a time` : `Configuring ${ensemble}${what}`,
    succeededTitle: names === null ? `${ensemble} was restarted` : `${ensemble} is configured${what}`,
    rollingBackTitle: `Taking back ${ensemble}'s configuration${what}`,
    rolledBackTitle: `${ensemble} has its configuration of before`,
    partWayTitle: "stopped part of the way: some servers have the new configuration, some the one of before",
    short: names === null ? `${ensemble}: a restart` : `${ensemble}${what}`,
    before: "the configuration of before",
    wayBack: commandFor({ kind: "configure", ensemble, release: null, gates: null, overrides: [] }),
  };
};

const pauseGoalWords = (goal: PauseGoal): GoalWords => {
  const { ensemble } = goal;
  const length = duration(goal.forMs);
  return {
    title: `Pause the writes of ${ensemble} for ${length}`,
    underWayTitle: `Pausing the writes of ${ensemble} for ${length}`,
    succeededTitle: `Writes of ${ensemble} were paused, and go on`,
    rollingBackTitle: `Resuming the writes of ${ensemble}`,
    rolledBackTitle: `Writes of ${ensemble} go on`,
    partWayTitle: "the pause of writes was ended, writes go on",
    short: `${ensemble}: writes paused for ${length}`,
    before: "writes as before",
    wayBack: `/zk resume-writes ${ensemble}`,
  };
};

const restoreWords = (goal: RestoreGoal): GoalWords => {
  const { ensemble } = goal;
  const backup = backupWords(goal);
  return {
    title: `Restore ${ensemble} from ${backup}`,
    underWayTitle: `Restoring ${ensemble} from ${backup}`,
    succeededTitle: `${ensemble} holds the data of ${backup}`,
    rollingBackTitle: `Putting the former data of ${ensemble} back`,
    rolledBackTitle: `${ensemble} has its former data`,
    partWayTitle: `restore from ${backup} stopped part of the way`,
    short: `${ensemble} from ${backup}`,
    before: "its former data",
    wayBack: commandFor({ ...goal, overrides: [] }),
  };
};

/** `Upgrade orders: 3.8.0 → 3.9.6`, `Move orders to zk4, zk5, zk6`, `Configure orders: maxClientCnxns, JVM flags` */
export const planTitle = (plan: Plan): string => goalWords(plan).title;

/** Where a goal leads, before there is a plan: `3.9.6`, `zk4, zk5, zk6 with 3.9.6`, `what ensembles.yaml wants`. */
export const goalTarget = (goal: Goal): string => {
  switch (goal.kind) {
    case "upgrade":
      return goal.release;
    case "configure":
      return "what ensembles.yaml wants";
    case "migrate":
      return `${hostList(goal.to)}${goal.release === null ? "" : ` with ${goal.release}`}`;
    case "pause-writes":
      return `a pause of writes for ${duration(goal.forMs)}`;
    case "restore":
      return `the data of ${backupWords(goal)}`;
    default:
      return assertNever(goal);
  }
};

/** The same command with other rules overridden. */
export const commandOverriding = (goal: Goal, overrides: readonly string[]): string =>
  commandFor({ ...goal, overrides });
