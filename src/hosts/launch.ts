// What the last stopped process of a server was started with, as `stop` kept it, against what the configuration folder's files
// gave it then and would give now. Secrets may be among the flags: nothing read here goes into a text.
import type { GivenByFiles } from "./jvm-flags.ts";
import { homeOfJar, parseCommandLine, systemProperty } from "./process.ts";

/** Stand in for flags of our own, to see whether the files keep what they find in these variables. */
const MARKS = { server: "-Dzkshift.mark=server", plain: "-Dzkshift.mark=plain" } as const;

/** Parts the values that `zk_given` prints. */
const BETWEEN = "\u0001";

/**
 * `zk_given FOLDER`: sets `zk_gave` to what FOLDER's zookeeper-env.sh and java.env leave in the environment of the start script:
 * SERVER_JVMFLAGS, JVMFLAGS, ZK_SERVER_HEAP, JAVA_HOME, parted by a byte 1. They are run as bin/zkEnv.sh runs them.
 */
export const GIVEN = `
zk_given() {
  given_by=$(command -v bash) || given_by=$(command -v sh)
  limit=; command -v timeout >/dev/null && limit='timeout 5'
  zk_gave=$(env -i PATH="$PATH" HOME="\${HOME:-/}" ZOOCFGDIR="$1" SERVER_JVMFLAGS="${MARKS.server}" JVMFLAGS="${MARKS.plain}" \\
    $limit "$given_by" -c '{ [ ! -f "$1/zookeeper-env.sh" ] || . "$1/zookeeper-env.sh"; [ ! -f "$1/java.env" ] || . "$1/java.env"; } >/dev/null
      printf "%s\\001%s\\001%s\\001%s" "$SERVER_JVMFLAGS" "$JVMFLAGS" "$ZK_SERVER_HEAP" "$JAVA_HOME"' given "$1" </dev/null 2>/dev/null)
}
`;

/** `zk_launch ROOT`: prints the kept launch as sections `launch`, `launch-cwd`, `given-then`, `given-now`; needs `zk_cfg`. */
export const READ_LAUNCH = `${GIVEN}
zk_launch() {
  kept=
  if [ -f "$1/.zkshift/launch" ]; then read -r kept <"$1/.zkshift/launch" || :; fi
  [ -n "$kept" ] && [ -s "$1/.zkshift/$kept/cmdline" ] || return 0
  part launch; cat "$1/.zkshift/$kept/cmdline"
  part launch-cwd; cat "$1/.zkshift/$kept/cwd"
  zk_given "$1/.zkshift/$kept"; part given-then; printf '%s' "$zk_gave"
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

/** The folder of the distribution from a class path; null when no ZooKeeper jar is named there. */
export const homeOfClassPath = (classPath: string, cwd: string): string | null => {
  const jar = classPath.split(":").find((entry) => /(^|\/)zookeeper(-\d[^/]*)?\.jar$/.test(entry));
  if (jar === undefined) return null;
  // `<home>/bin/../lib/x.jar`, as bin/zkEnv.sh writes it.
  return homeOfJar(absolute(jar, cwd)).replace(/\/bin\/\.\.(?=\/|$)/g, "");
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
    logs: told === null ? null : absolute(told, cwd).replace(/\/bin\/\.\.(?=\/|$)/g, ""),
    setsHeap: setsDefaultHeap(line.classPath ?? ""),
    given: parseGiven(sections.get("given-then") ?? ""),
    now: parseGiven(sections.get("given-now") ?? ""),
  };
};
