// What is known when a run is planned, gathered once: the rules and the planners both read it. Derives, decides nothing.
import type { HostFacts, MemberSeen, Observation, ServerSeen } from "../model/ensemble.ts";
import type { Goal } from "../model/goal.ts";
import { assertNever, type HostName, type ServerId } from "../model/ids.ts";
import type { EnsembleSpec } from "../model/inventory.ts";
import { wantedFlagsIn } from "../model/java-env.ts";
import type { ConfigChange, JvmChange } from "../model/plan.ts";
import { compareReleases, parseRelease, type Release } from "../model/release.ts";
import { entriesOf, parseZooCfg } from "../model/zoo-cfg.ts";
import { changesFor } from "./config-changes.ts";
import { type Move, moveOf } from "./move.ts";

type ServingSeen = Extract<MemberSeen, { status: "serving" }>;

/** One server as a rule looks at it. */
export type Subject = {
  readonly id: ServerId;
  /** `server.1 (zk1)`, for sentences. */
  readonly name: string;
  readonly server: ServerSeen;
  readonly serving: ServingSeen | null;
  /** Null when the host was not, or could not be, read. */
  readonly facts: HostFacts | null;
  /** Value of a key of zoo.cfg as it stands; null when it is not set or zoo.cfg was not read. */
  readonly setting: (key: string) => string | null;
  /** Every key of zoo.cfg as it stands. */
  readonly settings: ReadonlyMap<string, string>;
  /** What its turn writes into zoo.cfg, empty when it has no turn; in a migration, what a server that takes it for a template gets. */
  readonly changes: readonly ConfigChange[];
  /** What its turn changes of the JVM flags that ensembles.yaml gives; null: nothing. */
  readonly jvm: JvmChange | null;
  /** Like `setting`, after its turn. */
  readonly settingAfter: (key: string) => string | null;
  /** Flags of ensembles.yaml that its java.env has and its process has not: it was not restarted since. */
  readonly awaitingStart: readonly string[];
  /**
   * True when this run changes or replaces it: it serves another release than the goal's, has not what ensembles.yaml wants of it,
   * or its host is to be left.
   */
  readonly hasTurn: boolean;
};

export type Situation = {
  readonly goal: Goal;
  /** What every server runs at the end. */
  readonly release: Release;
  readonly seen: Observation;
  readonly ensemble: EnsembleSpec;
  /** What the repository offers, newest first. */
  readonly releases: readonly Release[];
  /** Ascending id. */
  readonly subjects: readonly Subject[];
  /** Those with a turn. */
  readonly changing: readonly Subject[];
  /** Participants of the configuration. */
  readonly voters: readonly Subject[];
  readonly leader: Subject | null;
  /** One server that serves alone, without an ensemble. */
  readonly isStandalone: boolean;
  /** Who comes and who goes; null when nobody does. */
  readonly move: Move | null;
  readonly superKnown: boolean;
  readonly isInContainer: (host: HostName) => boolean;
};

/** How many voters a majority of `voters` takes. */
export const majorityOf = (voters: number): number => Math.floor(voters / 2) + 1;

export type PlanOptions = {
  /** What the release repository offers, in any order. */
  readonly releases: readonly Release[];
  /** True when the worker holds super's secret. */
  readonly superKnown: boolean;
  /** AdminServer port of each host, from the inventory; 8080 where it says nothing. */
  readonly adminPorts?: ReadonlyMap<HostName, number>;
  /** Hosts whose server is in a container: its release is its image. */
  readonly inContainers?: ReadonlySet<HostName>;
};

export const situationOf = (goal: Goal, seen: Observation, ensemble: EnsembleSpec, options: PlanOptions): Situation => {
  const release = goal.kind === "restore" ? oldestOf(seen) : (goal.release ?? newestServing(seen));
  const isStandalone = seen.servers.length === 1 && modeOf(seen.servers[0]) === "standalone";
  const subjects = [...seen.servers]
    .sort((a, b) => a.id - b.id || (a.host < b.host ? -1 : 1))
    .map((server) => subjectOf(server, goal, release, ensemble, isStandalone, options));
  const leaders = subjects.filter((subject) => subject.serving?.mode === "leader");
  const changing = subjects.filter((subject) => subject.hasTurn);
  return {
    goal,
    release,
    seen,
    ensemble,
    releases: [...options.releases].sort((a, b) => compareReleases(b, a)),
    subjects,
    changing,
    voters: subjects.filter((subject) => subject.server.member.role === "participant"),
    leader: leaders.length === 1 ? (leaders[0] ?? null) : null,
    isStandalone,
    move: goal.kind === "migrate" ? moveOf({ goal, release, seen, subjects }) : null,
    superKnown: options.superKnown,
    isInContainer: (host) => options.inContainers?.has(host) === true,
  };
};

/** A migration that names no release keeps the one there is; where there are several a rule speaks up. */
const newestServing = (seen: Observation): Release => {
  const serving = seen.servers.flatMap((server) => (server.seen.status === "serving" ? [server.seen.release] : []));
  return serving.sort((a, b) => compareReleases(b, a))[0] ?? NOTHING_SERVES;
};

/** What a server runs, or would run when it is started; null where nothing tells. */
export const releaseOfSubject = ({ serving, facts }: Pick<Subject, "serving" | "facts">): Release | null =>
  serving?.release ?? releaseIn(facts?.process?.home) ?? releaseIn(facts?.current);

/** `/opt/zk/releases/apache-zookeeper-3.9.6-bin` */
const releaseIn = (home: string | null | undefined): Release | null => {
  const folder = home?.split("/").at(-1) ?? "";
  return parseRelease(/\d+\.\d+\.\d+.*$/.exec(folder)?.[0] ?? "");
};

/** Of servers that may all be down. */
const oldestOf = (seen: Observation): Release => {
  const all = seen.servers.flatMap(
    (server) => releaseOfSubject({ serving: servingOf(server), facts: factsOf(server) }) ?? [],
  );
  return all.sort(compareReleases)[0] ?? NOTHING_SERVES;
};

const servingOf = ({ seen }: ServerSeen): ServingSeen | null => (seen.status === "serving" ? seen : null);
const factsOf = ({ onHost }: ServerSeen): HostFacts | null =>
  onHost === null || "unreadable" in onHost ? null : onHost;

/** Never planned with: a rule blocks while a server does not serve. */
const NOTHING_SERVES = "0.0.0" as Release;

const modeOf = (server: ServerSeen | undefined) => (server?.seen.status === "serving" ? server.seen.mode : null);

const subjectOf = (
  server: ServerSeen,
  goal: Goal,
  release: Release,
  ensemble: EnsembleSpec,
  isStandalone: boolean,
  options: PlanOptions,
): Subject => {
  const serving = servingOf(server);
  const facts = factsOf(server);
  const settings: ReadonlyMap<string, string> = entriesOf(parseZooCfg(facts?.configText ?? ""));
  const setting = (key: string): string | null => settings.get(key) ?? null;
  const isMoved = goal.kind === "migrate";
  const isLeftAlone =
    serving === null ||
    goal.kind === "restore" ||
    goal.kind === "pause-writes" ||
    (goal.kind === "upgrade" && serving.release === release);
  const changes = isLeftAlone
    ? []
    : changesFor({
        setting,
        wanted: ensemble.settings,
        from: serving.release,
        to: release,
        // A new server begins with an empty folder and gets its snapshot from the leader.
        snapshots: isMoved ? null : (facts?.snapshots ?? null),
        isStandalone,
        adminPort: options.adminPorts?.get(server.host) ?? 8080,
      });
  const jvm = facts === null || isLeftAlone || isMoved ? null : jvmChange(facts.javaEnvText, ensemble.jvm);
  const awaitingStart = ensemble.jvm.filter((flag) => facts?.process?.awaitingStart.includes(flag));
  const differs = changes.length > 0 || jvm !== null || awaitingStart.length > 0;
  const changed = new Map(changes.map((change) => [change.key, change.to]));
  return {
    id: server.id,
    name: `server.${server.id} (${server.host})`,
    server,
    serving,
    facts,
    setting,
    settings,
    changes,
    jvm,
    settingAfter: (key) => (changed.has(key) ? (changed.get(key) ?? null) : setting(key)),
    awaitingStart,
    hasTurn: serving !== null && hasTurn(goal, server, { isLeftAlone, differs }),
  };
};

const hasTurn = (
  goal: Goal,
  { host }: ServerSeen,
  { isLeftAlone, differs }: { readonly isLeftAlone: boolean; readonly differs: boolean },
): boolean => {
  switch (goal.kind) {
    case "upgrade":
      return !isLeftAlone;
    case "configure":
      return goal.everyServer === true || differs;
    case "migrate":
      return !goal.to.includes(host);
    case "restore":
    case "pause-writes":
      return false;
    default:
      return assertNever(goal);
  }
};

/** What of the flags of ensembles.yaml a java.env has otherwise; null: nothing. */
export const jvmChange = (javaEnvText: string | null, to: readonly string[]): JvmChange | null => {
  const from = wantedFlagsIn(javaEnvText);
  return from.join(" ") === to.join(" ") ? null : { from, to };
};
