// Rules about the release asked for, and about the way from the present one to it.
import { commandFor, type Goal } from "../../model/goal.ts";
import { compareReleases, isAtLeast, lineOf, type Release } from "../../model/release.ts";
import {
  cvesOf,
  faultsOf,
  insteadOf,
  isEndOfLife,
  nearestTo,
  newestGood,
  RELEASE_FAULTS,
  type ReleaseFault,
  stopsBetween,
} from "../release-faults.ts";
import { inWords, onServers, type Rule, type Violation } from "../rule.ts";
import type { Situation } from "../situation.ts";

/** The goal with another release; one that brings none becomes an upgrade. */
const bringing = (goal: Goal, release: Release): Goal =>
  goal.kind === "upgrade" || goal.kind === "migrate"
    ? { ...goal, release }
    : { kind: "upgrade", ensemble: goal.ensemble, release, gates: null, overrides: [] };

/** The command that asks for another release instead; a restart brings none, so it becomes an upgrade. */
const asking =
  ({ goal }: Situation) =>
  (value: Release): string =>
    commandFor({ ...bringing(goal, value), gates: null, overrides: [] });

/** About a release that is brought; a restart keeps the one there is. */
const BRINGS_RELEASE = ["upgrade", "migrate"] as const;

const releasesOf = ({ changing }: Situation): readonly Release[] =>
  changing.flatMap(({ serving }) => (serving === null ? [] : [serving.release]));

/** The oldest release that is changed or replaced; null when none does. */
const oldestOf = (situation: Situation): Release | null => [...releasesOf(situation)].sort(compareReleases)[0] ?? null;

const isUpgrade = (situation: Situation): boolean =>
  releasesOf(situation).some((value) => compareReleases(value, situation.release) < 0);

const ranges = (fault: ReleaseFault): string =>
  inWords(fault.ranges.map(([from, before]) => `${from} up to, but without, ${before}`));

const faultRule = (fault: ReleaseFault): Rule => ({
  id: fault.rule,
  severity: fault.severity,
  when: `the release ${fault.what} (${ranges(fault)})`,
  todo: `Use ${fault.fixedIn} or later.`,
  source: fault.source,
  check: (situation) => {
    const { release, releases, goal } = situation;
    if (!faultsOf(release).includes(fault)) return [];
    // What is wrong with restarts counts; the rest is there already.
    if (goal.kind === "configure" && fault.severity !== "blocks") return [];
    const soNot =
      fault.severity === "blocks"
        ? "so I won't plan it"
        : `so I plan it only with \`override ${fault.rule}\` and one more approval`;
    return [
      {
        what: `${release} ${fault.what} (${fault.source}), ${soNot}.`,
        todo: insteadOf(release, releases, fault.fixedIn, asking(situation)),
      },
    ];
  },
});

/** The server side of a mixed ensemble, a rule's own condition aside: any server older than `floor` while it is upgraded past it. */
const crosses = (situation: Situation, floor: string): boolean =>
  isAtLeast(situation.release, floor) && releasesOf(situation).some((value) => !isAtLeast(value, floor));

export const RELEASE_RULES: readonly Rule[] = [
  {
    id: "not-in-repository",
    only: BRINGS_RELEASE,
    severity: "blocks",
    when: "the release repository does not offer the release (servers in containers get it from their image)",
    todo: "Ask for a release that the repository offers, or add this one to it.",
    source: "zkshift",
    check: (situation): readonly Violation[] => {
      const { release, releases, changing, move, isInContainer } = situation;
      if (releases.includes(release)) return [];
      if (move === null && changing.every(({ server }) => isInContainer(server.host))) return [];
      const nearest = nearestTo(release, releases);
      const add = `add apache-zookeeper-${release}-bin.tar.gz with its .sha512 to the repository`;
      return [
        {
          what: `Your release repository has no ${release}; it offers ${releases.length === 0 ? "nothing" : releases.join(", ")}.`,
          todo:
            nearest === null
              ? `${add[0]?.toUpperCase()}${add.slice(1)}.`
              : `Did you mean \`${asking(situation)(nearest)}\`? If not, ${add}.`,
        },
      ];
    },
  },
  ...RELEASE_FAULTS.map(faultRule),
  {
    id: "path-hop",
    severity: "override",
    when: "one hop skips a line that the official path stops at (3.4 → 3.6+, 3.5 → 3.7+, 3.6 → 3.9+)",
    todo: "Go in the official hops.",
    source: "zookeeperAdmin, Upgrading; ZooKeeper wiki, Upgrade FAQ",
    check: (situation) => {
      const { release, releases } = situation;
      const from = oldestOf(situation);
      if (from === null || !isUpgrade(situation)) return [];
      const stops = stopsBetween(from, release, releases);
      if (stops.length === 0) return [];
      return [
        {
          what: `There is no official path from ${from} to ${release} in one hop.`,
          todo: `Go ${[from, ...stops, release].join(" → ")}, one upgrade each.`,
        },
      ];
    },
  },
  {
    id: "invalid-server-id",
    severity: "blocks",
    when: "into 3.5 or later from before 3.4.6",
    todo: "Upgrade to the newest 3.4 first.",
    source: "zookeeperReconfig, Upgrading to 3.5.0",
    check: (situation) => {
      const from = oldestOf(situation);
      if (from === null || isAtLeast(from, "3.4.6") || !isAtLeast(situation.release, "3.5.0")) return [];
      const stop = newestGood(situation.releases, "3.4") ?? "3.4.14";
      return [
        {
          what: `Servers of ${situation.release} refuse to talk to servers of ${from} ("Invalid server id").`,
          todo: `Upgrade to ${stop} first, then from there.`,
        },
      ];
    },
  },
  {
    id: "back-below-3.5",
    severity: "blocks",
    when: "from 3.5 or later back to 3.4 or before",
    todo: "Restore a backup made before the upgrade, or stay on 3.5 or later.",
    source: "ZOOKEEPER-107, ZOOKEEPER-2169",
    check: (situation) => {
      const newer = releasesOf(situation).find((value) => isAtLeast(value, "3.5.0"));
      return newer === undefined || isAtLeast(situation.release, "3.5.0")
        ? []
        : [
            {
              what: `${situation.release} cannot read the transactions that ${newer} may have written (types 15, 16 and 19 to 21).`,
            },
          ];
    },
  },
  {
    id: "downgrade",
    severity: "warns",
    when: "the release is older than the one a server runs",
    todo: "Keep the backup until you are sure.",
    source: "zkshift: upstream tests upgrades only; 3.9.6 → 3.8.0 was tried without loss",
    check: (situation) => {
      const newer = [...releasesOf(situation)].sort(compareReleases).at(-1);
      return newer === undefined || compareReleases(newer, situation.release) <= 0
        ? []
        : [{ what: `This goes back from ${newer} to ${situation.release}.` }];
    },
  },
  {
    id: "multi-address-mixed",
    severity: "blocks",
    when: "multiAddress.enabled=true while servers from before 3.6 are in the ensemble",
    todo: "Turn multiAddress.enabled on in a restart of its own, once every server runs 3.6 or later.",
    source: "ZOOKEEPER-3720",
    check: (situation) => {
      const mixed = crosses(situation, "3.6.0") || !isAtLeast(situation.release, "3.6.0");
      if (!mixed) return [];
      return onServers(
        situation.subjects.filter((subject) => subject.settingAfter("multiAddress.enabled") === "true"),
        "multiAddress.enabled=true, which servers from before 3.6 do not understand.",
      );
    },
  },
  {
    id: "election-algorithm",
    severity: "blocks",
    when: "electionAlg 0, 1 or 2 into 3.6 or later",
    todo: "Change to electionAlg 3 first; that needs a full stop of the ensemble.",
    source: "zookeeperAdmin, Cluster Options: electionAlg",
    check: ({ release, subjects }) =>
      !isAtLeast(release, "3.6.0")
        ? []
        : onServers(
            subjects.filter((subject) => ["0", "1", "2"].includes(subject.settingAfter("electionAlg") ?? "")),
            `electionAlg is 0, 1 or 2, which ${release} no longer has.`,
          ),
  },
  {
    id: "end-of-life",
    only: BRINGS_RELEASE,
    severity: "warns",
    when: "the release's line is no longer maintained (before 3.8)",
    todo: "Plan to go on to 3.8 or later.",
    source: "zookeeper.apache.org/releases.html",
    check: ({ release }) =>
      isEndOfLife(release) ? [{ what: `ZooKeeper ${lineOf(release)} is no longer maintained.` }] : [],
  },
  {
    id: "known-vulnerability",
    only: BRINGS_RELEASE,
    severity: "warns",
    when: "the release has a published vulnerability",
    todo: "Use 3.8.6 or 3.9.5, or later.",
    source: "zookeeper.apache.org/security.html",
    check: ({ release }) => {
      const cves = cvesOf(release);
      return cves.length === 0 ? [] : [{ what: `${release} has ${inWords(cves)}.`, source: cves.join(", ") }];
    },
  },
];
