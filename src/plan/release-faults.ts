// Releases that are known to hurt, as data, and the advice which release to take instead.
// The rules about a target release are made from this table; it knows nothing of any ensemble.
import type { Finding } from "../model/plan.ts";
import { compareReleases, isAtLeast, lineOf, type Release } from "../model/release.ts";

export type ReleaseFault = {
  /** Id of the rule. */
  readonly rule: string;
  readonly severity: Finding["severity"];
  /** From the first release up to, but without, the second. */
  readonly ranges: readonly (readonly [from: string, before: string])[];
  /** What such a release does: continues "3.9.3 …". */
  readonly what: string;
  readonly fixedIn: string;
  readonly source: string;
};

export const RELEASE_FAULTS: readonly ReleaseFault[] = [
  {
    rule: "rolling-restart-data-loss",
    severity: "blocks",
    ranges: [["3.9.3", "3.9.4"]],
    what: "can lose data during rolling restarts",
    fixedIn: "3.9.4",
    source: "ZOOKEEPER-4785, ZOOKEEPER-4925",
  },
  {
    rule: "leader-cannot-commit",
    severity: "blocks",
    ranges: [
      ["3.5.0", "3.5.9"],
      ["3.6.0", "3.6.2"],
    ],
    what: "can elect a leader that cannot commit, and has lost data",
    fixedIn: "3.5.9 or 3.6.2",
    source: "ZOOKEEPER-3829, ZOOKEEPER-3644",
  },
  {
    rule: "client-readonly-break",
    severity: "override",
    ranges: [["3.9.0", "3.9.3"]],
    what: "breaks clients that do not send the readOnly flag when they connect",
    fixedIn: "3.9.3",
    source: "ZOOKEEPER-4814",
  },
];

/** Published vulnerabilities (zookeeper.apache.org/security.html), each with the releases it is in. */
const CVES: readonly { readonly id: string; readonly ranges: ReleaseFault["ranges"] }[] = [
  {
    id: "CVE-2023-44981",
    ranges: [
      ["0.0.0", "3.7.2"],
      ["3.8.0", "3.8.3"],
      ["3.9.0", "3.9.1"],
    ],
  },
  {
    id: "CVE-2024-23944",
    ranges: [
      ["3.6.0", "3.8.4"],
      ["3.9.0", "3.9.2"],
    ],
  },
  { id: "CVE-2024-51504", ranges: [["3.9.0", "3.9.3"]] },
  { id: "CVE-2025-58457", ranges: [["3.9.0", "3.9.4"]] },
  {
    id: "CVE-2026-24308",
    ranges: [
      ["0.0.0", "3.8.6"],
      ["3.9.0", "3.9.5"],
    ],
  },
  {
    id: "CVE-2026-24281",
    ranges: [
      ["0.0.0", "3.8.6"],
      ["3.9.0", "3.9.5"],
    ],
  },
];

/** The oldest line that upstream still maintains (zookeeper.apache.org/releases.html). */
const OLDEST_MAINTAINED = "3.8.0";

const isIn = (value: Release, ranges: ReleaseFault["ranges"]): boolean =>
  ranges.some(([from, before]) => isAtLeast(value, from) && !isAtLeast(value, before));

/** Known faults of a release that block it or need an override. */
export const faultsOf = (value: Release): readonly ReleaseFault[] =>
  RELEASE_FAULTS.filter((fault) => isIn(value, fault.ranges));

/** Published vulnerabilities of a release. */
export const cvesOf = (value: Release): readonly string[] =>
  CVES.filter((cve) => isIn(value, cve.ranges)).map((cve) => cve.id);

export const isEndOfLife = (value: Release): boolean => !isAtLeast(value, OLDEST_MAINTAINED);

const newestFirst = (releases: readonly Release[]): readonly Release[] =>
  [...releases].sort((a, b) => compareReleases(b, a));

/** The newest release on offer without a known fault, of `line` (`3.9`) where one is given; null when there is none. */
export const newestGood = (releases: readonly Release[], line: string | null = null): Release | null =>
  newestFirst(releases).find((value) => faultsOf(value).length === 0 && (line === null || lineOf(value) === line)) ??
  null;

/** What to ask for instead of `wanted`: `Use 3.9.6, the newest 3.9 in your repository: …`. `ask` makes the command. */
export const insteadOf = (
  wanted: Release,
  releases: readonly Release[],
  fixedIn: string,
  ask: (value: Release) => string,
): string => {
  const sameLine = newestGood(releases, lineOf(wanted));
  if (sameLine !== null) {
    return `Use ${sameLine}, the newest ${lineOf(wanted)} in your repository: \`${ask(sameLine)}\`.`;
  }
  const any = newestGood(releases);
  const orAny = any === null ? "" : ` or use ${any}, the newest release in it without a known fault: \`${ask(any)}\``;
  return `Add ${fixedIn} or later to your repository${orAny}.`;
};

/** The release that was probably meant: of the same line, else the newest without a known fault. */
export const nearestTo = (wanted: Release, releases: readonly Release[]): Release | null =>
  newestGood(releases, lineOf(wanted)) ?? newestGood(releases);

/** How far one hop officially goes: from a line to the newest line it may be upgraded to directly. */
const HOPS: readonly { readonly from: string; readonly to: string; readonly stop: string }[] = [
  { from: "3.4", to: "3.5", stop: "3.5.10" },
  { from: "3.5", to: "3.6", stop: "3.6.4" },
  { from: "3.6", to: "3.8", stop: "3.8.6" },
];

const compareLines = (a: string, b: string): number => compareReleases(`${a}.0` as Release, `${b}.0` as Release);

/**
 * Releases to stop at on the official way from `from` to `to`, without either; empty when one hop is enough. Takes
 * the newest good release on offer of each line, else the one upstream recommends.
 */
export const stopsBetween = (from: Release, to: Release, releases: readonly Release[]): readonly string[] => {
  const stops: string[] = [];
  let line = lineOf(from);
  for (;;) {
    const hop = HOPS.find((known) => compareLines(line, known.from) <= 0);
    if (hop === undefined || compareLines(lineOf(to), hop.to) <= 0) return stops;
    stops.push(newestGood(releases, hop.to) ?? hop.stop);
    line = hop.to;
  }
};
