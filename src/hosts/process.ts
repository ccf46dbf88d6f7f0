// Finds a server's JVM on its host by what /proc says of it, without ps, pgrep or lsof. Shell text, and the reading of a
// command line; it never signals anything.

/**
 * `zk_alive PID`: true while the process runs. A zombie is dead, once none of its threads runs: the state of a
 * process is that of its first thread, which may end before the others. Sets `zk_stat` to what follows the name.
 *
 * `zk_find CONF DATA KEPT`: sets `zk_pid`, `zk_cfg` (absolute), `zk_cwd`, and `zk_more` (further processes of the same
 * configuration); all empty when no JVM runs this server. A JVM is this server's when its configuration file is CONF or
 * KEPT, or names DATA as its dataDir; or, where that file cannot be read, when DATA's pid file names it.
 *
 * `zk_locate ROOT CONF DATA`: `zk_find`, and when nothing runs, `zk_cfg` is the file that the last stopped process
 * used (ROOT/.zkshift/config-file), else CONF.
 *
 * The class name is matched as a whole argument of a process named java: scripts, editors and wrappers that mention it
 * are passed over. Processes of other pid namespaces (containers) are too: their paths are not this host's.
 */
export const PROCESS = `
zk_alive() {
  { read -r zk_stat <"/proc/$1/stat"; } 2>/dev/null || return 1
  zk_stat=\${zk_stat##*) }
  case $zk_stat in
    [ZX]*) set -- /proc/"$1"/task/*; [ $# -gt 1 ] ;;
    *) return 0 ;;
  esac
}
zk_key() { sed -n "s/^[[:space:]]*$2[[:space:]]*[=:][[:space:]]*//p" "$1" 2>/dev/null | sed -e 's/[[:space:]]*$//' -e '$!d'; }
zk_find() {
  zk_pid= zk_cfg= zk_cwd= zk_more=
  for zk_file in $(grep -laF org.apache.zookeeper.server. /proc/[0-9]*/cmdline 2>/dev/null); do
    zk_p=\${zk_file#/proc/}; zk_p=\${zk_p%/cmdline}
    { read -r zk_name <"/proc/$zk_p/comm"; } 2>/dev/null || continue
    case $zk_name in java|jsvc) ;; *) continue ;; esac
    zk_alive "$zk_p" || continue
    zk_c=$(tr '\\0' '\\n' <"$zk_file" 2>/dev/null | sed -n -e '/^org\\.apache\\.zookeeper\\.server\\.quorum\\.QuorumPeerMain$/{n;p;q;}' -e '/^org\\.apache\\.zookeeper\\.server\\.ZooKeeperServerMain$/{n;p;q;}')
    [ -n "$zk_c" ] || continue
    if [ -e "/proc/$zk_p/ns/pid" ] && ! [ "/proc/$zk_p/ns/pid" -ef /proc/self/ns/pid ]; then continue; fi
    zk_w=$(readlink "/proc/$zk_p/cwd" 2>/dev/null)
    case $zk_c in /*) ;; *) zk_c=$zk_w/$zk_c ;; esac
    zk_ours=
    if [ "$zk_c" = "$1" ] || [ "$zk_c" -ef "$1" ]; then zk_ours=1
    elif [ -n "$3" ] && { [ "$zk_c" = "$3" ] || [ "$zk_c" -ef "$3" ]; }; then zk_ours=1
    elif [ -r "$zk_c" ]; then
      zk_d=$(zk_key "$zk_c" dataDir)
      case $zk_d in /*) ;; *) zk_d=$zk_w/$zk_d ;; esac
      if [ "\${zk_d%/}" = "\${2%/}" ] || [ "$zk_d" -ef "$2" ]; then zk_ours=1; fi
    elif [ -f "$2/zookeeper_server.pid" ]; then
      zk_n=; read -r zk_n <"$2/zookeeper_server.pid" || :
      [ "$zk_n" = "$zk_p" ] && zk_ours=1
    fi
    [ -n "$zk_ours" ] || continue
    if [ -z "$zk_pid" ]; then zk_pid=$zk_p zk_cfg=$zk_c zk_cwd=$zk_w; else zk_more="$zk_more $zk_p"; fi
  done
}
zk_locate() {
  zk_kept=
  if [ -f "$1/.zkshift/config-file" ]; then IFS= read -r zk_kept <"$1/.zkshift/config-file" || :; fi
  zk_find "$2" "$3" "$zk_kept"
  if [ -z "$zk_cfg" ]; then
    zk_cfg=$2
    if [ -n "$zk_kept" ] && [ -f "$zk_kept" ]; then zk_cfg=$zk_kept; fi
  fi
}
`;

/** A JVM's arguments, told apart. */
export type CommandLine = {
  /** argv[0]. */
  readonly java: string;
  /** Options before the main class, the class path left out; two-part ones (`--add-opens x`) joined by `=`. */
  readonly flags: readonly string[];
  readonly classPath: string | null;
};

const CLASS_PATH_OPTIONS: ReadonlySet<string> = new Set(["-cp", "-classpath", "--class-path"]);
const TWO_PART_OPTIONS: ReadonlySet<string> = new Set([
  "--add-opens",
  "--add-exports",
  "--add-reads",
  "--add-modules",
  "--module-path",
  "--upgrade-module-path",
  "--limit-modules",
  "-p",
]);

/** Reads the bytes of /proc/<pid>/cmdline (arguments, each ended by a NUL). Null for an empty one. */
export const parseCommandLine = (raw: string): CommandLine | null => {
  const argv = raw.replace(/\0$/, "").split("\0");
  const java = argv[0];
  if (java === undefined || java === "") return null;
  const flags: string[] = [];
  let classPath: string | null = null;
  for (let i = 1; i < argv.length; i++) {
    const argument = argv[i] ?? "";
    if (!argument.startsWith("-")) break;
    if (CLASS_PATH_OPTIONS.has(argument)) classPath = argv[++i] ?? null;
    else if (TWO_PART_OPTIONS.has(argument)) flags.push(`${argument}=${argv[++i] ?? ""}`);
    else flags.push(argument);
  }
  return { java, flags, classPath };
};

/** The distribution's folder from the path of its ZooKeeper jar: `<home>/lib/zookeeper-3.9.6.jar`, or `<home>/zookeeper-3.4.13.jar`. */
export const homeOfJar = (jar: string): string => {
  const folder = jar.slice(0, jar.lastIndexOf("/"));
  return folder.endsWith("/lib") ? folder.slice(0, -"/lib".length) : folder;
};

/** The value of the last `-Dkey=…` among the flags; null when there is none. */
export const systemProperty = (flags: readonly string[], key: string): string | null => {
  const last = flags.findLast((flag) => flag.startsWith(`-D${key}=`));
  return last === undefined ? null : last.slice(key.length + 3);
};
