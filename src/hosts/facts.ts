// What a server's host shows, asked in one round trip. What cannot be read becomes null or a problem; it changes nothing.
import type { HostFacts, ProcessSeen } from "../model/ensemble.ts";
import type { Placement } from "../model/inventory.ts";
import { collides, type Listener, type WantedPort, wantedPorts } from "./addresses.ts";
import { installedReleases } from "./install.ts";
import { flagsThatCannotBeCarried, flagsToCarry, withoutSecret, withoutSecrets } from "./jvm-flags.ts";
import { GIVEN, homeOfClassPath, parseGiven, setsDefaultHeap } from "./launch.ts";
import type { Layout } from "./layout.ts";
import { describeListener, LISTENERS, parseListeners } from "./listeners.ts";
import { homeOfJar, PROCESS, parseCommandLine } from "./process.ts";
import { makeBoundary, parseSections, runScript, SECTIONS } from "./script.ts";
import type { Transport } from "./transport.ts";

// Java's release number is read from the `release` file of its folder where there is one: `java -version` takes 0.2 s of CPU.
const FACTS = `${PROCESS}${SECTIONS}${GIVEN}${LISTENERS}
boundary=$1 own=$2 conf=$3 data=$4 current=$5 releases=$6; shift 6
now() { n=$(date +%s%N); case $n in *[!0-9]*|??????????) printf '%s500' "$(date +%s)" ;; *) printf '%s' "\${n%??????}" ;; esac; }
part clock-before; now
zk_all=1
root=\${own%/.zkshift/*}
zk_locate "$own" "$conf" "$data"
part config-file; printf '%s' "$zk_cfg"
part pid; printf '%s' "$zk_pid"
part more; printf '%s' "$zk_more"
folder=\${zk_cfg%/*}
if [ -n "$zk_pid" ]; then
  part cmdline; cat "/proc/$zk_pid/cmdline" 2>/dev/null
  part cwd; zk_cwd_of "$zk_pid"; printf '%s' "$zk_w"
  part jar; ls -l "/proc/$zk_pid/fd" 2>/dev/null | sed -n -e 's/ (deleted)$//' -e 's/.* -> \\(.*\\/zookeeper-[0-9][^/]*\\.jar\\)$/\\1/p' -e 's/.* -> \\(.*\\/zookeeper\\.jar\\)$/\\1/p' | head -n 1
  part owner; stat -c '%U' "/proc/$zk_pid" 2>/dev/null
else
  part listeners; zk_listeners
fi
part us; id -un
[ -r "$zk_cfg" ] && { part config; cat "$zk_cfg"; }
zk_key "$zk_cfg" dynamicConfigFile; dynamic=$zk_value
[ -z "$dynamic" ] || { zk_under "$dynamic"; dynamic=$zk_path; }
[ -n "$dynamic" ] && [ -r "$dynamic" ] && { part dynamic; cat "$dynamic"; }
[ -r "$folder/java.env" ] && { part java-env; cat "$folder/java.env"; }
zk_given "$folder"; part given; printf '%s' "$zk_gave"
part logging; for f in log4j.properties logback.xml; do [ -e "$folder/$f" ] && echo "$f"; done
zk_data; d=$zk_path
zk_key "$zk_cfg" dataLogDir; zk_under "\${zk_value:-$d}"; l=$zk_path
part data-dir; printf '%s' "$d"
[ -r "$d/myid" ] && { part myid; cat "$d/myid"; }
part bytes; if [ "$l" -ef "$d" ]; then du -sk "$d" 2>/dev/null; else du -sk "$d" "$l" 2>/dev/null; fi
part snapshots; find "$d/version-2" -type f -name 'snapshot.*' -size +0 2>/dev/null | wc -l
# A path that is not there yet lies on the disk of the nearest folder above it.
above() { a=$1; while [ ! -d "$a" ] && [ "$a" != / ] && [ -n "$a" ]; do a=\${a%/*}; done; printf '%s' "\${a:-/}"; }
part free; df -Pk "$(above "$d")" "$(above "$l")" 2>/dev/null
part installed; for r in "$releases"/apache-zookeeper-*-bin; do [ -f "$r/bin/zkServer.sh" ] && echo "\${r##*/}"; done
part current; [ -e "$current/" ] && (cd "$current" && pwd -P)
part writable
[ -d "$d" ] || echo "the data folder $d does not exist."
[ ! -d "$d" ] || [ -w "$d" ] || echo "the data folder $d cannot be written by $(id -un)."
p=$(above "$root"); [ -w "$p" ] || echo "$root cannot be written by $(id -un)."
p=$(above "$releases"); [ -w "$p" ] || echo "$releases cannot be written by $(id -un)."
[ ! -d "$folder" ] || [ -w "$folder" ] || echo "the configuration folder $folder cannot be written by $(id -un)."
[ -r "$zk_cfg" ] || echo "there is no configuration at $zk_cfg."
if [ -d "$current" ] && [ ! -L "$current" ]; then echo "$current is a folder; zkshift needs a link there."; fi
for tool in flock tar sha256sum sha512sum; do command -v $tool >/dev/null || echo "the program $tool is missing."; done
part names
for name in "$@"; do
  if command -v getent >/dev/null; then $limit getent hosts "$name" >/dev/null || echo "$name"
  else
    found=; while read -r address names; do case " $names " in *[[:space:]]"$name"[[:space:]]*) found=1 ;; esac; done </etc/hosts
    [ -n "$found" ] || nslookup "$name" >/dev/null 2>&1 || echo "$name"
  fi
done
# The order in which bin/zkEnv.sh and \`start\` find it: java.env, then the running (or last stopped) process, then the login.
part java
java=\${zk_gave##*$(printf '\\001')}; java=\${java:+$java/bin/java}
if [ -z "$java" ] && [ -n "$zk_pid" ]; then java=$(readlink "/proc/$zk_pid/exe" 2>/dev/null); fi
if [ -z "$java" ] && [ -z "$zk_pid" ]; then
  java=$(tr '\\0' '\\n' <"$own/launch/cmdline" 2>/dev/null | sed -n 1p)
  case $java in /*) ;; *) java= ;; esac
fi
[ -x "$java" ] || java=\${JAVA_HOME:+$JAVA_HOME/bin/java}
[ -x "$java" ] || java=$(command -v java)
if [ -n "$java" ]; then
  java=$(readlink -f "$java"); h=\${java%/bin/java}
  if [ -r "$h/release" ]; then sed -n 's/^JAVA_VERSION=//p' "$h/release"
  elif [ -r "\${h%/jre}/release" ]; then sed -n 's/^JAVA_VERSION=//p' "\${h%/jre}/release"
  else $limit "$java" -version 2>&1 </dev/null | sed -n 's/.* version \\("[^"]*"\\).*/\\1/p'; fi
fi
part clock-after; now
`;

/** 17 of `"17.0.15"`, 8 of `"1.8.0_392"`. */
export const parseJavaMajor = (text: string): number | null => {
  const found = /"?(?:1\.)?(\d+)[._"\d]*/.exec(text.trim());
  return found === null ? null : Number(found[1]);
};

const linesOf = (text: string | undefined): readonly string[] =>
  (text ?? "").split("\n").filter((line) => line.trim() !== "");

/** Smallest free space of the file systems that `df -Pk` lists, and the sum of `du -sk`, in bytes. */
const freeBytes = (df: string | undefined): number => {
  const kilobytes = linesOf(df)
    .slice(1)
    .map((line) => Number(/\s(\d+)\s+\d+%/.exec(line)?.[1] ?? Number.NaN))
    .filter((value) => !Number.isNaN(value));
  return kilobytes.length === 0 ? 0 : Math.min(...kilobytes) * 1024;
};
const usedBytes = (du: string | undefined): number =>
  linesOf(du).reduce((sum, line) => sum + (Number.parseInt(line, 10) || 0), 0) * 1024;

/** Every flag that would be carried over to the next start, secrets included: never to be shown. */
const carriedFlags = (sections: ReadonlyMap<string, string>): readonly string[] => {
  const line = parseCommandLine(sections.get("cmdline") ?? "");
  if (line === null) return [];
  return flagsToCarry(line.flags, parseGiven(sections.get("given") ?? ""), {
    setsHeap: setsDefaultHeap(line.classPath ?? ""),
  });
};

const processOf = (sections: ReadonlyMap<string, string>): ProcessSeen | null => {
  const pid = Number(sections.get("pid") ?? "");
  if (!(pid > 0)) return null;
  const classPath = parseCommandLine(sections.get("cmdline") ?? "")?.classPath ?? null;
  // The jar the process holds open is the truth; its class path may go through a link that was switched since.
  const jar = (sections.get("jar") ?? "").trim();
  const byClassPath = classPath === null ? null : homeOfClassPath(classPath, sections.get("cwd") ?? "");
  return {
    pid,
    home: jar === "" ? byClassPath : homeOfJar(jar),
    configFile: sections.get("config-file") ?? "",
    jvmFlags: carriedFlags(sections).map(withoutSecret),
  };
};

const portProblems = (wanted: readonly WantedPort[], listeners: readonly Listener[]): readonly string[] =>
  wanted.flatMap((port) => {
    if (port.port === 0) return [];
    const holder = listeners.find((listener) => collides(port, listener));
    return holder === undefined ? [] : [`its ${port.what} port ${port.port} is taken by ${describeListener(holder)}.`];
  });

const problemsOf = (sections: ReadonlyMap<string, string>, placement: Placement): readonly string[] => {
  const text = `${sections.get("config") ?? ""}\n${sections.get("dynamic") ?? ""}`;
  const more = (sections.get("more") ?? "").trim();
  const owner = (sections.get("owner") ?? "").trim();
  const us = (sections.get("us") ?? "").trim();
  return [
    ...linesOf(sections.get("writable")),
    ...(more === "" ? [] : [`more than one process runs with its configuration (also pid ${more}).`]),
    ...(owner !== "" && owner !== us ? [`the server runs as user ${owner}, zkshift acts as ${us}.`] : []),
    ...flagsThatCannotBeCarried(carriedFlags(sections)).map(
      (flag) =>
        `the JVM flag ${withoutSecret(flag).split(/[=\s]/)[0]} holds blanks and cannot be carried over: put it into java.env.`,
    ),
    ...(sections.has("listeners")
      ? portProblems(
          wantedPorts(text, placement.id, placement.host.ports),
          parseListeners(sections.get("listeners") ?? ""),
        )
      : []),
    ...linesOf(sections.get("names")).map((name) => `the name ${name} does not resolve on this host.`),
  ];
};

/** The facts from what the script printed; `asked` and `answered` are the worker's clock around the call. */
const readFacts = (
  sections: ReadonlyMap<string, string>,
  placement: Placement,
  clock: { readonly asked: number; readonly answered: number },
): HostFacts => {
  const before = Number(sections.get("clock-before")) - clock.asked;
  const after = Number(sections.get("clock-after")) - clock.answered;
  const javaEnv = sections.get("java-env");
  const logging = linesOf(sections.get("logging"));
  return {
    process: processOf(sections),
    configFile: sections.get("config-file") ?? "",
    configText: sections.get("config") ?? null,
    dynamicText: sections.get("dynamic") ?? null,
    javaEnvText: javaEnv === undefined ? null : withoutSecrets(javaEnv),
    myid: sections.get("myid")?.trim() ?? null,
    dataBytes: usedBytes(sections.get("bytes")),
    snapshots: Number(sections.get("snapshots") ?? 0),
    freeBytes: freeBytes(sections.get("free")),
    javaMajor: parseJavaMajor(sections.get("java") ?? ""),
    // The way there delays the first reading, the way back the second: their mean is free of both.
    clockOffsetMs: Math.round((before + after) / 2) || 0,
    installed: installedReleases(linesOf(sections.get("installed"))),
    current: sections.get("current")?.trim() || null,
    logging: (["log4j.properties", "logback.xml"] as const).filter((file) => logging.includes(file)),
    problems: problemsOf(sections, placement),
  };
};

const isName = (peer: string): boolean => !/^\d+(\.\d+){3}$/.test(peer) && !peer.includes(":");

/** Asks the host. `peers`: addresses of the configuration that this host must be able to resolve. */
export const readHost = async (
  transport: Transport,
  placement: Placement,
  layout: Layout,
  peers: readonly string[],
): Promise<HostFacts> => {
  const boundary = makeBoundary();
  const asked = Date.now();
  const { stdout } = await runScript(transport, {
    text: FACTS,
    args: [
      boundary,
      layout.own,
      layout.config,
      layout.data,
      layout.current,
      layout.releases,
      ...new Set(peers.filter(isName)),
    ],
    timeoutMs: 60_000,
  });
  return readFacts(parseSections(stdout, boundary), placement, { asked, answered: Date.now() });
};
