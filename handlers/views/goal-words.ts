// What differs in words between an upgrade and a migration: titles, what success is called, where a rollback leads. Pure.
import { commandFor, type Goal, type MigrateGoal } from "../../src/model/goal.ts";
import type { Plan } from "../../src/model/plan.ts";
import { compareReleases } from "../../src/model/release.ts";
import { and } from "./words.ts";

/** A run of a kind, in plain text. `…Title` are headlines. */
export type GoalWords = {
  /** `Upgrade orders: 3.8.0 → 3.9.6`, `Move orders to zk4, zk5, zk6` */
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

export const goalWords = (plan: Plan): GoalWords =>
  plan.goal.kind === "upgrade" ? upgradeWords(plan) : migrationWords(plan, plan.goal);

const upgradeWords = (plan: Plan): GoalWords => {
  const { ensemble } = plan.goal;
  const from = releasesNow(plan);
  const [oldest = plan.release] = plan.basis.servers.map(({ release }) => release).toSorted(compareReleases);
  const short = `${ensemble}: ${from} → ${plan.release}`;
  return {
    title: `Upgrade ${short}`,
    underWayTitle: `Upgrading ${short}`,
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

/** `Upgrade orders: 3.8.0 → 3.9.6`, `Move orders to zk4, zk5, zk6` */
export const planTitle = (plan: Plan): string => goalWords(plan).title;

/** Where a goal leads, before there is a plan: `3.9.6`, `zk4, zk5, zk6 with 3.9.6`. */
export const goalTarget = (goal: Goal): string =>
  goal.kind === "upgrade"
    ? goal.release
    : `${hostList(goal.to)}${goal.release === null ? "" : ` with ${goal.release}`}`;

/** The same command with other rules overridden. */
export const commandOverriding = (goal: Goal, overrides: readonly string[]): string =>
  commandFor({ ...goal, overrides });
