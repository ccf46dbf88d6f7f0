// Finds a server's JVM on its host by what /proc says of it, without ps, pgrep or lsof. Shell text, and the reading of a
// command line; it never signals anything.

/**
 * `zk_alive PID`: true while the process runs. A zombie is dead, once none of its threads runs: the state of a
 * process is that of its first thread, which may end before the others. Sets `zk_stat` to what follows the name.
 *
 * `zk_key FILE KEY`: sets `zk_value` to a setting of zoo.cfg, the last one where there are several.
 *
 * `zk_find CONF DATA`: sets `zk_pid` and `zk_cfg` (absolute, its folder resolved: a path through
 * `current` would lead elsewhere once that is switched), both empty when no JVM runs this server; with `zk_all` set also
 * `zk_more`, further processes of this server. A JVM is this server's when its configuration file is CONF, or
 * names DATA as its dataDir; or, where that file cannot be read, when DATA's pid file names it. The pid file is tried
 * first: looking through all processes costs ten times as much, and the leader's hand-over waits for it.
 *
 * `zk_locate OWN CONF DATA`: `zk_find`, and when nothing runs, `zk_cfg` is the file that the last stopped process
 * used (OWN/config-file), else CONF. `zk_under PATH`, with `own` set: sets `zk_path` to PATH, taken from the server's own folder when relative.
 *
 * `zk_us`: prints who we are, `zk_owner PATH` whose PATH is, both as a number where it has no name (the user of a container often has none).
 *
 * Only a process named java (or jsvc) counts: scripts, editors and wrappers that mention the class are passed over, and so
 * are those of other pid namespaces (containers), whose paths are not this host's. `read` drops the NULs that end the
 * arguments in /proc/<pid>/cmdline, so what follows the class name there is the configuration file. As far as they can,
 * these functions use what is built into sh: starting a program costs a millisecond or more.
 */
export const PROCESS = `
zk_us() { zk_o=$(id -un 2>/dev/null); printf '%s\\n' "\${zk_o:-$(id -u)}"; }
zk_owner() { zk_o=$(stat -c %U "$1" 2>/dev/null); if [ "$zk_o" = UNKNOWN ]; then stat -c %u "$1" 2>/dev/null; else printf '%s\\n' "$zk_o"; fi; }
zk_alive() {
  { read -r zk_stat <"/proc/$1/stat"; } 2>/dev/null || return 1
  zk_stat=\${zk_stat##*) }
  case $zk_stat in
    [ZX]*) set -- /proc/"$1"/task/*; [ $# -gt 1 ] ;;
    *) return 0 ;;
  esac
}
zk_key() {
  zk_value=
  [ -r "$1" ] || return 0
  while read -r zk_l || [ -n "$zk_l" ]; do
    case $zk_l in
      "$2"=*|"$2":*|"$2"[[:space:]]*)
        zk_value=\${zk_l#"$2"}
        while :; do case $zk_value in [=:[:space:]]*) zk_value=\${zk_value#?} ;; *) break ;; esac; done
        while :; do case $zk_value in *[[:space:]]) zk_value=\${zk_value%?} ;; *) break ;; esac; done ;;
    esac
  done <"$1"
}
zk_cwd_of() { zk_w=$(cd -P "/proc/$1/cwd" 2>/dev/null && pwd -P); }
zk_is_ours() {
  zk_name=; { read -r zk_name <"/proc/$1/comm"; } 2>/dev/null
  case $zk_name in java|jsvc) ;; *) return 1 ;; esac
  zk_alive "$1" || return 1
  zk_line=; { IFS= read -r zk_line <"/proc/$1/cmdline"; } 2>/dev/null
  case $zk_line in
    *org.apache.zookeeper.server.quorum.QuorumPeerMain?*) zk_c=\${zk_line##*org.apache.zookeeper.server.quorum.QuorumPeerMain} ;;
    *org.apache.zookeeper.server.ZooKeeperServerMain?*) zk_c=\${zk_line##*org.apache.zookeeper.server.ZooKeeperServerMain} ;;
    *) return 1 ;;
  esac
  if [ -e "/proc/$1/ns/pid" ] && ! [ "/proc/$1/ns/pid" -ef /proc/self/ns/pid ]; then return 1; fi
  case $zk_c in /*) ;; *) zk_cwd_of "$1"; zk_c=$zk_w/$zk_c ;; esac
  if [ "$zk_c" = "$2" ] || [ "$zk_c" -ef "$2" ]; then return 0; fi
  if [ -r "$zk_c" ]; then
    zk_key "$zk_c" dataDir
    case $zk_value in /*) ;; *) zk_cwd_of "$1"; zk_value=$zk_w/$zk_value ;; esac
    [ "\${zk_value%/}" = "\${3%/}" ] || [ "$zk_value" -ef "$3" ]
  else
    zk_n=; { read -r zk_n <"$3/zookeeper_server.pid"; } 2>/dev/null
    [ "$zk_n" = "$1" ]
  fi
}
zk_settle() {
  zk_cfg=$(cd -P "\${zk_c%/*}" 2>/dev/null && pwd -P)
  if [ -n "$zk_cfg" ]; then zk_cfg=$zk_cfg/\${zk_c##*/}; else zk_cfg=$zk_c; fi
}
zk_find() {
  zk_pid= zk_cfg= zk_more= zk_n=
  { read -r zk_n <"$2/zookeeper_server.pid"; } 2>/dev/null
  case $zk_n in ''|*[!0-9]*) ;; *) if zk_is_ours "$zk_n" "$1" "$2"; then zk_pid=$zk_n; zk_settle; fi ;; esac
  [ -z "$zk_pid" ] || [ -n "$zk_all" ] || return 0
  for zk_file in $(grep -laF org.apache.zookeeper.server. /proc/[0-9]*/cmdline 2>/dev/null); do
    zk_p=\${zk_file#/proc/}; zk_p=\${zk_p%/cmdline}
    [ "$zk_p" != "$zk_pid" ] && zk_is_ours "$zk_p" "$1" "$2" || continue
    if [ -z "$zk_pid" ]; then zk_pid=$zk_p; zk_settle; else zk_more="$zk_more $zk_p"; fi
  done
}
zk_locate() {
  zk_kept=
  zk_find "$2" "$3"
  [ -z "$zk_cfg" ] || return 0
  zk_cfg=$2
  if [ -f "$1/config-file" ]; then IFS= read -r zk_kept <"$1/config-file" || :; fi
  [ -n "$zk_kept" ] && [ -f "$zk_kept" ] && zk_cfg=$zk_kept
  return 0
}
zk_under() {
  zk_path=$1
  case $1 in /*) return 0 ;; esac
  zk_w=
  if [ -n "$zk_pid" ]; then zk_cwd_of "$zk_pid"
  elif [ -f "$own/launch/cwd" ]; then IFS= read -r zk_w <"$own/launch/cwd" || :; fi
  zk_path=\${zk_w:-\${zk_cfg%/*}}/$1
}
zk_data() { zk_key "$zk_cfg" dataDir; zk_under "\${zk_value:-$data}"; }
`;

/** `zk_open_jar PID`: prints the ZooKeeper jar that the process holds open: its class path may go through a link that was switched since. */
export const OPEN_JAR = `
zk_open_jar() {
  ls -l "/proc/$1/fd" 2>/dev/null |
    sed -n -e 's/ (deleted)$//' -e 's/.* -> \\(.*\\/zookeeper-[0-9][^/]*\\.jar\\)$/\\1/p' -e 's/.* -> \\(.*\\/zookeeper\\.jar\\)$/\\1/p' | head -n 1
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
