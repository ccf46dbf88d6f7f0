// What a machine offers whichever server it has: clock, disk, Java, names, tools, installed releases. Shell text that reads
// only, and the reading of what it prints. For `facts` of a server that is there and `room` for one that is not yet.
import { compareReleases, parseRelease, type Release } from "../model/release.ts";

/**
 * `zk_now`: milliseconds since the epoch. `zk_above PATH`: the nearest folder of it that is there: a path that is not
 * there yet lies on that folder's disk. `zk_free PATH PATH`: `df` of those. `zk_releases FOLDER`: names of what is unpacked
 * there. These print their answers; the next print problems, one a line, or nothing:
 * `zk_unwritable WHAT PATH`, `zk_linkable CURRENT`, `zk_tools`.
 *
 * `zk_unresolved NAME…`: prints the names that this machine does not resolve. `zk_java OWN`: prints Java's release number, in the
 * order in which bin/zkEnv.sh and `start` find Java: java.env (`zk_gave` of `zk_given`), then the running (`zk_pid`) or last
 * stopped process, then the login. It is read from the `release` file of Java's folder where there is one: `java -version` takes 0.2 s of CPU.
 */
export const MACHINE = `
limit=; command -v timeout >/dev/null && limit='timeout 5'
zk_now() { n=$(date +%s%N); case $n in *[!0-9]*|??????????) printf '%s500' "$(date +%s)" ;; *) printf '%s' "\${n%??????}" ;; esac; }
zk_above() { a=$1; while [ ! -d "$a" ] && [ "$a" != / ] && [ -n "$a" ]; do a=\${a%/*}; done; printf '%s' "\${a:-/}"; }
zk_free() { df -Pk "$(zk_above "$1")" "$(zk_above "$2")" 2>/dev/null; }
zk_releases() { for r in "$1"/apache-zookeeper-*-bin; do [ -f "$r/bin/zkServer.sh" ] && echo "\${r##*/}"; done; }
zk_unwritable() { p=$(zk_above "$2"); [ -w "$p" ] || echo "$1 cannot be written by $(id -un)."; }
zk_linkable() { if [ -d "$1" ] && [ ! -L "$1" ]; then echo "$1 is a folder; zkshift needs a link there."; fi; }
zk_tools() { for tool in flock tar sha256sum sha512sum; do command -v $tool >/dev/null || echo "the program $tool is missing."; done; }
zk_unresolved() {
  for name in "$@"; do
    if command -v getent >/dev/null; then $limit getent hosts "$name" >/dev/null || echo "$name"
    else
      found=; while read -r address names; do case " $names " in *[[:space:]]"$name"[[:space:]]*) found=1 ;; esac; done </etc/hosts
      [ -n "$found" ] || nslookup "$name" >/dev/null 2>&1 || echo "$name"
    fi
  done
}
zk_java() {
  java=\${zk_gave##*$(printf '\\001')}; java=\${java:+$java/bin/java}
  if [ -z "$java" ] && [ -n "$zk_pid" ]; then java=$(readlink "/proc/$zk_pid/exe" 2>/dev/null); fi
  if [ -z "$java" ] && [ -z "$zk_pid" ]; then
    java=$([ ! -r "$1/launch/cmdline" ] || tr '\\0' '\\n' <"$1/launch/cmdline" | sed -n 1p)
    case $java in /*) ;; *) java= ;; esac
  fi
  [ -x "$java" ] || java=\${JAVA_HOME:+$JAVA_HOME/bin/java}
  [ -x "$java" ] || java=$(command -v java)
  [ -n "$java" ] || return 0
  java=$(readlink -f "$java"); h=\${java%/bin/java}
  if [ -r "$h/release" ]; then sed -n 's/^JAVA_VERSION=//p' "$h/release"
  elif [ -r "\${h%/jre}/release" ]; then sed -n 's/^JAVA_VERSION=//p' "\${h%/jre}/release"
  else $limit "$java" -version 2>&1 </dev/null | sed -n 's/.* version \\("[^"]*"\\).*/\\1/p'; fi
}
`;

export const linesOf = (text: string | undefined): readonly string[] =>
  (text ?? "").split("\n").filter((line) => line.trim() !== "");

/** 17 of `"17.0.15"`, 8 of `"1.8.0_392"`. */
export const parseJavaMajor = (text: string): number | null => {
  const found = /"?(?:1\.)?(\d+)[._"\d]*/.exec(text.trim());
  return found === null ? null : Number(found[1]);
};

/** Smallest free space, in bytes, of the file systems that `zk_free` lists. */
export const freeBytes = (df: string | undefined): number => {
  const kilobytes = linesOf(df)
    .slice(1)
    .map((line) => Number(/\s(\d+)\s+\d+%/.exec(line)?.[1] ?? Number.NaN))
    .filter((value) => !Number.isNaN(value));
  return kilobytes.length === 0 ? 0 : Math.min(...kilobytes) * 1024;
};

/** How far the host's clock is ahead of the worker's. The way there delays the first reading, the way back the second: their mean is free of both. */
export const clockOffsetMs = (
  host: { readonly before: string | undefined; readonly after: string | undefined },
  worker: { readonly asked: number; readonly answered: number },
): number => Math.round((Number(host.before) - worker.asked + Number(host.after) - worker.answered) / 2) || 0;

/** Releases among the names that `zk_releases` prints, oldest first. */
export const installedReleases = (names: string | undefined): readonly Release[] =>
  linesOf(names)
    .map((name) => parseRelease(/^apache-zookeeper-(.+)-bin$/.exec(name)?.[1] ?? ""))
    .filter((release) => release !== null)
    .sort(compareReleases);

export const unresolvedNames = (names: string | undefined): readonly string[] =>
  linesOf(names).map((name) => `the name ${name} does not resolve on this host.`);

/** The peers that are names, each once: addresses need no resolving. */
export const namesAmong = (peers: readonly string[]): readonly string[] => [
  ...new Set(peers.filter((peer) => !/^\d+(\.\d+){3}$/.test(peer) && !peer.includes(":"))),
];
