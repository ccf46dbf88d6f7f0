// What the last stopped process of a server was started with, as `stop` kept it, against what the configuration folder's files
// gave it then and would give now. Secrets may be among the flags: nothing read here goes into a text.

import { systemProperty } from "../model/system-property.ts";
import { flagsToCarry, type GivenByFiles } from "./jvm-flags.ts";
import { homeOfJar, parseCommandLine } from "./process.ts";

/** Stand in for flags of our own, to see whether the files keep what they find in these variables. */
const MARKS = { server: "-Dzkshift.mark=server", plain: "-Dzkshift.mark=plain" } as const;

/** Parts the values that `zk_given` prints. */
const BETWEEN = "\u0001";

/**
 * `zk_given FOLDER`: sets `zk_gave` to what FOLDER's zookeeper-env.sh and java.env leave in the environment of the start script:
 * SERVER_JVMFLAGS, JVMFLAGS, ZK_SERVER_HEAP, JAVA_HOME, parted by a byte 1. They are run as bin/zkEnv.sh runs them.
 */
const GIVEN = `
zk_given() {
  given_by=$(command -v bash) || given_by=$(command -v sh)
  limit=; command -v timeout >/dev/null && limit='timeout 5'
  zk_gave=$(env -i PATH="$PATH" HOME="\${HOME:-/}" ZOOCFGDIR="$1" SERVER_JVMFLAGS="${MARKS.server}" JVMFLAGS="${MARKS.plain}" \\
    $limit "$given_by" -c '{ [ ! -f "$1/zookeeper-env.sh" ] || . "$1/zookeeper-env.sh"; [ ! -f "$1/java.env" ] || . "$1/java.env"; } >/dev/null
      printf "%s\\001%s\\001%s\\001%s" "$SERVER_JVMFLAGS" "$JVMFLAGS" "$ZK_SERVER_HEAP" "$JAVA_HOME"' given "$1" </dev/null 2>/dev/null)
}
`;

/** `zk_launch OWN`: prints the kept launch as sections `launch`, `launch-cwd`, `given-then`, `given-now`; needs `zk_cfg`. */
export const READ_LAUNCH = `${GIVEN}
zk_launch() {
  kept=$1/launch
  # Killed between the signal and the record's name: the record is whole all the same.
  if [ -s "$kept/cmdline.new" ]; then mv -f "$kept/cmdline.new" "$kept/cmdline"; fi
  [ -s "$kept/cmdline" ] || return 0
  part launch; cat "$kept/cmdline"
  part launch-cwd; cat "$kept/cwd"
  zk_given "$kept"; part given-then; printf '%s' "$zk_gave"
  zk_given "\${zk_cfg%/*}"; part given-now; printf '%s' "$zk_gave"
}
`;

/** What the configuration folder's files give, and whether they keep flags that they find in the two variables. */
export type Given = GivenByFiles & {
  readonly keepsServerFlags: boolean;
  readonly keepsFlags: boolean;
  readonly javaHome: string | null;
};

/** Reads what `zk_given` gave; a fragment that fails to run gives nothing. */
export const parseGiven = (section: string): Given => {
  const [server = "", plain = "", heap = "", java = ""] = section.split(BETWEEN);
  const words = `${server} ${plain}`.split(/\s+/).filter((word) => word !== "");
  const marks: readonly string[] = Object.values(MARKS);
  return {
    flags: words.filter((word) => !marks.includes(word)),
    heapMb: heap === "" ? null : heap,
    keepsServerFlags: words.includes(MARKS.server),
    keepsFlags: words.includes(MARKS.plain),
    javaHome: java === "" ? null : java,
  };
};

export type LaunchKept = {
  readonly java: string;
  readonly flags: readonly string[];
  readonly cwd: string;
  /** Folder of the distribution by its class path, as it was written there. */
  readonly home: string | null;
  /** Log folder it was told; null when none. */
  readonly logs: string | null;
  readonly setsHeap: boolean;
  /** By the files as they were when it was stopped. */
  readonly given: GivenByFiles;
  /** By the files as they are. */
  readonly now: Given;
};

const absolute = (path: string, cwd: string): string => (path.startsWith("/") ? path : `${cwd}/${path}`);

/** `<home>/bin/../x`, as bin/zkEnv.sh writes paths, made `<home>/x`. */
const withoutDetour = (path: string): string => path.replace(/\/bin\/\.\.(?=\/|$)/g, "");

/** The folder of the distribution from a class path: of ZooKeeper's jar, or of the first `lib/*`; null when it names neither. */
export const homeOfClassPath = (classPath: string, cwd: string): string | null => {
  const entries = classPath.split(":");
  const jar =
    entries.find((entry) => /(^|\/)zookeeper(-\d[^/]*)?\.jar$/.test(entry)) ??
    entries.find((entry) => /(^|\/)lib\/\*$/.test(entry));
  return jar === undefined ? null : homeOfJar(withoutDetour(absolute(jar, cwd)));
};

/** Whether the start script of the jar's release sets a default heap: from 3.5 on (bin/zkEnv.sh). */
export const setsDefaultHeap = (classPath: string): boolean =>
  !/(^|\/)zookeeper-3\.[0-4]\./m.test(classPath.replaceAll(":", "\n"));

/** The kept launch of a look at a host; null when none was kept. */
export const readLaunch = (sections: ReadonlyMap<string, string>): LaunchKept | null => {
  const line = parseCommandLine(sections.get("launch") ?? "");
  if (line === null) return null;
  const cwd = (sections.get("launch-cwd") ?? "").trim();
  const told = systemProperty(line.flags, "zookeeper.log.dir");
  return {
    java: line.java,
    flags: line.flags,
    cwd,
    home: line.classPath === null ? null : homeOfClassPath(line.classPath, cwd),
    logs: told === null ? null : withoutDetour(absolute(told, cwd)),
    setsHeap: setsDefaultHeap(line.classPath ?? ""),
    given: parseGiven(sections.get("given-then") ?? ""),
    now: parseGiven(sections.get("given-now") ?? ""),
  };
};

/** Of a server that is stopped: the flags of its last process that no file gave then or gives now. Secrets included, as below. */
export const keptFlags = (sections: ReadonlyMap<string, string>): readonly string[] => {
  const kept = readLaunch(sections);
  if (kept === null) return [];
  const carried = flagsToCarry(kept.flags, kept.given, { setsHeap: kept.setsHeap });
  return carried.filter((flag) => !kept.now.flags.includes(flag));
};

/** Every flag of the running process (section `cmdline`) that no file gives (`given`), secrets included: never to be shown. */
export const carriedFlags = (sections: ReadonlyMap<string, string>): readonly string[] => {
  const line = parseCommandLine(sections.get("cmdline") ?? "");
  if (line === null) return [];
  return flagsToCarry(line.flags, parseGiven(sections.get("given") ?? ""), {
    setsHeap: setsDefaultHeap(line.classPath ?? ""),
  });
};

/** Flags that the files give now and the running process was not started with; secrets included, as above. */
export const awaitingFlags = (sections: ReadonlyMap<string, string>): readonly string[] => {
  const line = parseCommandLine(sections.get("cmdline") ?? "");
  if (line === null) return [];
  const given = parseGiven(sections.get("given") ?? "");
  const heap = given.heapMb !== null && setsDefaultHeap(line.classPath ?? "") ? [`-Xmx${given.heapMb}m`] : [];
  return [...new Set([...heap, ...given.flags])].filter((flag) => !line.flags.includes(flag));
};
