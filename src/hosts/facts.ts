// What a server's host shows, asked in one round trip, and one more beside it of a server's service manager. What cannot be read becomes null or a problem; it changes nothing.
import type { HostFacts, ProcessSeen } from "../model/ensemble.ts";
import type { Placement } from "../model/inventory.ts";
import { namesSecret } from "../model/secret-keys.ts";
import { wantedPorts } from "./addresses.ts";
import { flagsThatCannotBeCarried, withoutSecret, withoutSecrets } from "./jvm-flags.ts";
import { awaitingFlags, carriedFlags, homeOfClassPath, keptFlags, parseGiven, READ_LAUNCH } from "./launch.ts";
import type { Layout } from "./layout.ts";
import { LISTENERS, parseListeners, portProblems } from "./listeners.ts";
import {
  clockOffsetMs,
  freeBytes,
  installedReleases,
  linesOf,
  MACHINE,
  namesAmong,
  parseJavaMajor,
  unresolvedNames,
} from "./machine.ts";
import { homeOfJar, OPEN_JAR, PROCESS, parseCommandLine } from "./process.ts";
import { REVIVER, reviverProblem } from "./reviver.ts";
import { makeBoundary, parseSections, runScript, SECTIONS } from "./script.ts";
import { serviceProblems } from "./service-facts.ts";
import type { Transport } from "./transport.ts";

const FACTS = `${PROCESS}${OPEN_JAR}${REVIVER}${SECTIONS}${READ_LAUNCH}${LISTENERS}${MACHINE}
boundary=$1 own=$2 conf=$3 data=$4 current=$5 releases=$6; shift 6
part clock-before; zk_now
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
  part jar; zk_open_jar "$zk_pid"
  part reviver; zk_reviver "$zk_pid"
  part others; [ -O "/proc/$zk_pid" ] || zk_owner "/proc/$zk_pid"
else
  part listeners; zk_listeners
  zk_launch "$own"
fi
part us; zk_us
[ -r "$zk_cfg" ] && { part config; cat "$zk_cfg"; }
zk_key "$zk_cfg" dynamicConfigFile; dynamic=$zk_value
[ -z "$dynamic" ] || { zk_under "$dynamic"; dynamic=$zk_path; }
[ -n "$dynamic" ] && [ -r "$dynamic" ] && { part dynamic; cat "$dynamic"; }
[ -r "$folder/java.env" ] && { part java-env; cat "$folder/java.env"; }
zk_given "$folder"; part given; printf '%s' "$zk_gave"
part logging; for f in log4j.properties logback.xml; do [ -e "$folder/$f" ] && echo "$f"; done
[ -n "$zk_pid" ] && [ ! -e "$folder/logback.xml" ] && [ -r "$folder/log4j.properties" ] && {
  part log4j; head -c 65536 "$folder/log4j.properties"
}
zk_data; d=$zk_path
zk_key "$zk_cfg" dataLogDir; zk_under "\${zk_value:-$d}"; l=$zk_path
part data-dir; printf '%s' "$d"
[ -r "$d/myid" ] && { part myid; cat "$d/myid"; }
part bytes; if [ "$l" -ef "$d" ]; then du -sk "$d" 2>/dev/null; else du -sk "$d" "$l" 2>/dev/null; fi
part snapshots; find "$d/version-2" -type f -name 'snapshot.*' -size +0 2>/dev/null | wc -l
part free; zk_free "$d" "$l"
part free-for-release; zk_free "$releases" "$releases"
part installed; zk_releases "$releases"
part current; [ -e "$current/" ] && (cd "$current" && pwd -P)
part writable
[ -d "$d" ] || echo "the data folder $d does not exist."
[ ! -d "$d" ] || zk_unwritable "the data folder $d" "$d"
zk_unwritable "$root" "$root"
[ ! -d "$root/.zkshift" ] || zk_unwritable "zkshift's own folder $root/.zkshift" "$root/.zkshift"
zk_unwritable "$releases" "$releases"
[ ! -d "$folder" ] || zk_unwritable "the configuration folder $folder" "$folder"
[ -r "$zk_cfg" ] || echo "there is no configuration at $zk_cfg."
zk_linkable "$current"
zk_tools
part names; zk_unresolved "$@"
part java; zk_java "$own"
part clock-after; zk_now
`;

/** The sum of `du -sk`, in bytes. */
const usedBytes = (du: string | undefined): number =>
  linesOf(du).reduce((sum, line) => sum + (Number.parseInt(line, 10) || 0), 0) * 1024;

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
    awaitingStart: awaitingFlags(sections).map(withoutSecret),
  };
};

const nextFlags = (sections: ReadonlyMap<string, string>): readonly string[] => {
  const carried = sections.has("cmdline") ? carriedFlags(sections) : keptFlags(sections);
  return [...carried, ...parseGiven(sections.get("given") ?? "").flags].map(withoutSecret);
};

/** Secrets are taken out: an appender that mails or writes to a database may have one. */
const log4jOf = (sections: ReadonlyMap<string, string>): Pick<HostFacts, "log4j"> => {
  const text = sections.get("log4j");
  if (text === undefined) return {};
  const flags = parseCommandLine(sections.get("cmdline") ?? "")?.flags ?? [];
  // It reads another file than the one beside zoo.cfg.
  if (flags.some((flag) => flag.startsWith("-Dlog4j.configuration="))) return {};
  const properties = flags.flatMap((flag) => {
    const [, key, value] = /^-D(zookeeper\.[^=]+)=(.*)$/s.exec(flag) ?? [];
    return key === undefined || namesSecret(key) ? [] : [[key, value ?? ""] as const];
  });
  return {
    log4j: {
      text: withoutSecrets(text),
      properties: Object.fromEntries(properties),
      cwd: (sections.get("cwd") ?? "").trim(),
    },
  };
};

/** With a service manager of its own a server's flags are the manager's, and that it is revived is known. */
const unmanagedProblems = (sections: ReadonlyMap<string, string>): readonly string[] => {
  const reviver = reviverProblem(sections.get("reviver") ?? "");
  return [
    ...(reviver === null ? [] : [reviver]),
    ...flagsThatCannotBeCarried(carriedFlags(sections)).map(
      (flag) =>
        `the JVM flag ${withoutSecret(flag).split(/[=\s]/)[0]} holds blanks and cannot be carried over: put it into java.env.`,
    ),
  ];
};

const problemsOf = (sections: ReadonlyMap<string, string>, placement: Placement): readonly string[] => {
  const text = `${sections.get("config") ?? ""}\n${sections.get("dynamic") ?? ""}`;
  const more = (sections.get("more") ?? "").trim();
  const owner = (sections.get("others") ?? "").trim();
  const us = (sections.get("us") ?? "").trim();
  return [
    ...linesOf(sections.get("writable")),
    ...(more === "" ? [] : [`more than one process runs with its configuration (also pid ${more}).`]),
    ...(owner !== "" ? [`the server runs as user ${owner}, zkshift acts as ${us}.`] : []),
    // A container is started by its engine, which gives it what it was made with.
    ...(placement.host.service === "zkServer" && placement.host.driver !== "docker" ? unmanagedProblems(sections) : []),
    ...(sections.has("listeners")
      ? portProblems(
          wantedPorts(text, placement.id, placement.host.ports),
          parseListeners(sections.get("listeners") ?? ""),
        )
      : []),
    ...unresolvedNames(sections.get("names")),
  ];
};

/** The facts from what the script printed; `asked` and `answered` are the worker's clock around the call. */
const readFacts = (
  sections: ReadonlyMap<string, string>,
  placement: Placement,
  clock: { readonly asked: number; readonly answered: number },
): HostFacts => {
  const javaEnv = sections.get("java-env");
  const logging = linesOf(sections.get("logging"));
  return {
    process: processOf(sections),
    configFile: sections.get("config-file") ?? "",
    configText: sections.get("config") ?? null,
    dynamicText: sections.get("dynamic") ?? null,
    javaEnvText: javaEnv === undefined ? null : withoutSecrets(javaEnv),
    nextFlags: nextFlags(sections),
    myid: sections.get("myid")?.trim() ?? null,
    dataBytes: usedBytes(sections.get("bytes")),
    snapshots: Number(sections.get("snapshots") ?? 0),
    freeBytes: freeBytes(sections.get("free")),
    freeForRelease: freeBytes(sections.get("free-for-release")),
    javaMajor: parseJavaMajor(sections.get("java") ?? ""),
    clockOffsetMs: clockOffsetMs({ before: sections.get("clock-before"), after: sections.get("clock-after") }, clock),
    installed: installedReleases(sections.get("installed")),
    current: sections.get("current")?.trim() || null,
    ...log4jOf(sections),
    logging: (["log4j.properties", "logback.xml"] as const).filter((file) => logging.includes(file)),
    problems: problemsOf(sections, placement),
  };
};

/** Asks the host. `peers`: addresses of the configuration that this host must be able to resolve. */
export const readHost = async (
  transport: Transport,
  placement: Placement,
  layout: Layout,
  peers: readonly string[],
): Promise<HostFacts> => {
  const boundary = makeBoundary();
  const asked = Date.now();
  const asksManager = serviceProblems(transport, placement, layout);
  // Awaited below; what the host does not answer must not end the process meanwhile.
  asksManager.catch(() => undefined);
  const { stdout } = await runScript(transport, {
    text: FACTS,
    args: [boundary, layout.own, layout.config, layout.data, layout.current, layout.releases, ...namesAmong(peers)],
    timeoutMs: 60_000,
  });
  const facts = readFacts(parseSections(stdout, boundary), placement, { asked, answered: Date.now() });
  return { ...facts, problems: [...facts.problems, ...(await asksManager)] };
};
