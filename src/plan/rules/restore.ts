// Rules about a restore: the backup, the servers it goes to, and what it costs clients.
import { type BackupManifest, backupBytes } from "../../model/backup.ts";
import { parseMembers } from "../../model/dynamic-config.ts";
import { willKeepTtlZnodes } from "../../model/extended-types.ts";
import type { RestoreGoal } from "../../model/goal.ts";
import { nextMaxBuffer } from "../../model/max-buffer.ts";
import { compareReleases, isAtLeast, lineOf, parseRelease, type Release, release } from "../../model/release.ts";
import { onServers, type Rule, type Violation } from "../rule.ts";
import { releaseOfSubject, type Situation } from "../situation.ts";

const MEGABYTE = 1024 * 1024;

/** A rule of a restore: `check` is given the goal and the backup as well. */
const restoreRule = (
  given: Omit<Rule, "only" | "check"> & {
    readonly check: (
      asked: { readonly goal: RestoreGoal; readonly manifest: BackupManifest; readonly wrote: Release | null },
      situation: Situation,
    ) => readonly Violation[];
  },
): Rule => ({
  ...given,
  only: ["restore"],
  check: (situation) => {
    const { goal, seen } = situation;
    if (goal.kind !== "restore" || seen.backup === undefined) return [];
    const { manifest } = seen.backup;
    return given.check({ goal, manifest, wrote: parseRelease(manifest.release) }, situation);
  },
});

/** Unpacked, with the archive beside it until it is. */
const roomNeeded = (manifest: BackupManifest): number =>
  backupBytes(manifest) * 2 + manifest.contents.reduce((sum, { bytes }) => sum + bytes, 0) + 16 * MEGABYTE;

const megabytes = (bytes: number): string => `${Math.ceil(bytes / MEGABYTE)} MB`;

const idsIn = (members: readonly string[]): string =>
  parseMembers(members.join("\n"))
    .members.map(({ id, address, quorumPort }) => `${id} ${address}:${quorumPort}`)
    .sort()
    .join();

/** Without reconfig a leader tells the members that the data hold, which are those of the backup's ensemble. */
const tellsBackupsMembers = (
  { manifest, wrote }: { readonly manifest: BackupManifest; readonly wrote: Release | null },
  { seen, subjects, release: target }: Situation,
): boolean =>
  isAtLeast(target, "3.5.0") &&
  // Data of 3.4 hold no /zookeeper/config.
  (wrote === null || isAtLeast(wrote, "3.5.0")) &&
  subjects.some(({ setting }) => setting("reconfigEnabled") !== "true") &&
  idsIn(manifest.members) !==
    seen.membership.members
      .map(({ id, address, quorumPort }) => `${id} ${address}:${quorumPort}`)
      .sort()
      .join();

export const RESTORE_RULES: readonly Rule[] = [
  restoreRule({
    id: "restore-leaves-one-out",
    severity: "blocks",
    when: "a server that ensembles.yaml lists serves its clients although it is no member",
    todo: "Stop it, or let it be a member again; then ask again.",
    source: "zkshift",
    check: (_, { seen }) =>
      (seen.strays ?? []).map(({ id, host }) => ({
        what: `server.${id} on ${host} serves its clients and is no member: they would go on with the data of today while all others have the backup's.`,
      })),
  }),
  restoreRule({
    id: "release-not-told",
    severity: "blocks",
    when: "a server does not serve, and neither its process nor its host's `current` tells which release it runs",
    todo: "Start it once; or, below that host's `root`, let the link `current` lead to the folder of its release, with the number in that folder's name, as in apache-zookeeper-3.9.6-bin. Then ask again.",
    source: "zkshift",
    check: (_, { subjects }) =>
      subjects
        .filter((subject) => subject.facts !== null && releaseOfSubject(subject) === null)
        .map(({ name, id }) => ({
          what: `Which release ${name} runs is not known: no process of it runs, and \`current\` does not tell.`,
          server: id,
        })),
  }),
  restoreRule({
    id: "myid-of-another",
    severity: "blocks",
    when: "a data folder has a myid file that holds another id than the server's",
    todo: "Look whether the data folder is that server's; fix myid by hand.",
    source: "zookeeperAdmin, Clustered (Multi-Server) Setup",
    check: (_, { subjects, isStandalone }) =>
      isStandalone
        ? []
        : subjects
            .filter(({ facts, id }) => facts?.myid != null && facts.myid.trim() !== String(id))
            .map(({ facts, id, name }) => ({
              what: `The data folder of ${name} has "${facts?.myid?.trim()}" in its myid file.`,
              server: id,
            })),
  }),
  restoreRule({
    id: "backup-unreadable-by-3.4",
    severity: "blocks",
    when: "a backup of 3.5 or later would go to servers of 3.4",
    todo: "Upgrade the ensemble first: 3.4 cannot read what later releases write.",
    source: "zookeeperAdmin, Upgrading to 3.5.0",
    check: ({ wrote }, { release: target, subjects }) =>
      wrote !== null &&
      subjects.some((subject) => releaseOfSubject(subject) !== null) &&
      isAtLeast(wrote, "3.5.0") &&
      !isAtLeast(target, "3.5.0")
        ? [{ what: `The backup was written by ${wrote}, and the servers run ${target}.` }]
        : [],
  }),
  restoreRule({
    id: "backup-of-newer-release",
    severity: "override",
    when: "a backup would go to servers of an older line of releases than the one that wrote it",
    todo: "Upgrade the ensemble first. Whether this release reads the backup is tried on the worker before anything is stopped, but not what it does with it later.",
    source: "zookeeperAdmin, Upgrading",
    check: ({ wrote }, { release: target }) =>
      wrote !== null &&
      isAtLeast(target, "3.5.0") &&
      compareReleases(release(`${lineOf(wrote)}.0`), release(`${lineOf(target)}.0`)) > 0
        ? [{ what: `The backup was written by ${wrote}, and the servers run ${target}, which is older.` }]
        : [],
  }),
  restoreRule({
    id: "backup-without-snapshot",
    severity: "blocks",
    when: "a backup holds logs only, and the servers run 3.5.4 or later",
    todo: "Restore it on 3.4, let it write a snapshot, and back that up.",
    source: "ZOOKEEPER-2325",
    check: ({ manifest }, { release: target }) =>
      manifest.snapshot === "none" && isAtLeast(target, "3.5.4")
        ? [{ what: `The backup has no snapshot, and ${target} does not start from logs alone.` }]
        : [],
  }),
  restoreRule({
    id: "restore-ttl-znodes",
    severity: "blocks",
    when: "a backup holds znodes with a time to live, and a server would be started without zookeeper.extendedTypesEnabled",
    todo: "Set it first: `-Dzookeeper.extendedTypesEnabled=true` under `jvm` of the ensemble in ensembles.yaml, then `/zk configure`; where servers are down, the line `extendedTypesEnabled=true` in each zoo.cfg. Then ask again.",
    source: "zookeeperAdmin, Advanced Configuration: extendedTypesEnabled",
    check: ({ manifest: { proof } }, { subjects }) => {
      const ttl = proof.proved ? (proof.ttl ?? 0) : 0;
      if (ttl === 0) return [];
      return onServers(
        subjects.filter(({ facts }) => facts !== null && !willKeepTtlZnodes(facts)),
        `would be started without zookeeper.extendedTypesEnabled. The backup holds ${ttl === 1 ? "one znode" : `${ttl} znodes`} with a time to live: such a server takes them for ephemeral ones, and removes them.`,
      );
    },
  }),
  restoreRule({
    id: "restore-large-znodes",
    severity: "blocks",
    when: "a backup holds a znode that is larger than a server's jute.maxbuffer: that server may not start with it",
    todo: "Give the servers at least the jute.maxbuffer of those that wrote the backup: under `jvm` of the ensemble in ensembles.yaml, then `/zk configure`; where servers are down, in each java.env. Then ask again.",
    source: "zookeeperAdmin, Unsafe Options: jute.maxbuffer",
    check: ({ manifest: { proof } }, { subjects }) => {
      const largest = proof.proved ? (proof.largestBytes ?? 0) : 0;
      return onServers(
        subjects.filter(({ facts }) => facts !== null && nextMaxBuffer(facts) < largest),
        `the largest znode of the backup has ${largest} bytes, more than its jute.maxbuffer: with these data it may not start.`,
      );
    },
  }),
  restoreRule({
    id: "restore-disk-space",
    severity: "blocks",
    when: "a host has less free space than the backup takes, packed twice and unpacked once",
    todo: "Make room there: the data of today are kept beside those of the backup.",
    source: "zkshift",
    check: ({ manifest }, { subjects }) => {
      const needed = roomNeeded(manifest);
      return subjects
        .filter(({ facts }) => facts !== null && facts.freeBytes < needed)
        .map(({ facts, id, server: { host } }) => ({
          what: `${host} has ${megabytes(facts?.freeBytes ?? 0)} free; ${megabytes(needed)} are needed.`,
          server: id,
        }));
    },
  }),
  restoreRule({
    id: "super-needed-for-members",
    severity: "blocks",
    when: "a backup of other members goes to an ensemble with a static configuration and no super",
    todo: "Give the servers a superDigest and name its secret as `super` of the ensemble in ensembles.yaml: with it /zookeeper/config is set right.",
    source: "zkshift: seen on 3.8.0 and 3.9.6 with reconfigEnabled=false",
    check: (asked, situation) =>
      !situation.superKnown && tellsBackupsMembers(asked, situation)
        ? [
            {
              what: "The backup holds the list of members of the ensemble it was taken from, and with a static configuration a restored leader tells clients those.",
            },
          ]
        : [],
  }),
  restoreRule({
    id: "restore-of-another-ensemble",
    severity: "warns",
    when: "the backup is another ensemble's",
    todo: "Read the names once more. Who uses these servers finds the other ensemble's znodes and ACLs afterwards.",
    source: "zkshift",
    check: ({ goal, manifest }) =>
      goal.of === goal.ensemble
        ? []
        : [
            {
              what: `The backup is of ${goal.of} (${manifest.members.length} members), not of ${goal.ensemble}: all that ${goal.ensemble} holds is replaced by it.`,
            },
          ],
  }),
  restoreRule({
    id: "backup-not-proved",
    severity: "warns",
    when: "nobody has started a server on the backup yet",
    todo: "That is done on the worker before any server is stopped; if it fails, the run is held with everything as it is.",
    source: "zkshift",
    check: ({ manifest }) => (manifest.proof.proved ? [] : [{ what: "This backup was copied, and not proved yet." }]),
  }),
  restoreRule({
    id: "restore-mixed-releases",
    severity: "warns",
    when: "the servers run different releases",
    todo: "The backup is tried with the oldest of them. Finish the upgrade afterwards.",
    source: "zkshift",
    check: (_, { subjects }) => {
      const all = [...new Set(subjects.flatMap((subject) => releaseOfSubject(subject) ?? []))].sort(compareReleases);
      return all.length < 2 ? [] : [{ what: `The servers run ${all.join(" and ")}.` }];
    },
  }),
  restoreRule({
    id: "standalone-zxid",
    severity: "warns",
    when: "the ensemble is one standalone server",
    todo: "Restart clients that do not come back by themselves.",
    source: "ZooKeeperServer, processConnectRequest",
    check: (_, { subjects, isStandalone }) =>
      isStandalone
        ? onServers(
            subjects,
            "standalone, it knows no epochs: clients that have seen later transactions than the backup's are turned away until they are restarted.",
          )
        : [],
  }),
];
