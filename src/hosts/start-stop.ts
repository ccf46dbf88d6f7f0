// Ends and starts a server's process. What the ended process was started with is kept under <root>/.zkshift/server.<id>, readable by
// its owner only (flags may hold secrets), so that the next start gives the same.
import { OpsError } from "../errors.ts";
import type { Placement } from "../model/inventory.ts";
import type { FenceToken } from "../ports.ts";
import { FENCE } from "./fence.ts";
import { flagsThatCannotBeCarried, flagsToCarry, variablesToCarry } from "./jvm-flags.ts";
import { type LaunchKept, READ_LAUNCH, readLaunch } from "./launch.ts";
import type { Layout } from "./layout.ts";
import { PROCESS } from "./process.ts";
import { makeBoundary, parseSections, runScript, SECTIONS } from "./script.ts";
import { SERVICE_WAYS, wayTo } from "./service-way.ts";
import { startByManager } from "./start-by-manager.ts";
import type { Transport } from "./transport.ts";

/** How long a server may take to end by itself after SIGTERM. It needs 0.4 s; ten is a hanging shutdown hook. */
const TERM_GRACE_S = 10;

// As root zkshift could end any user's server, and would then start it as root: its new files would be root's, and its own
// user could not run it any more. `-O /` is true for root only.
// Everything before `kill` is on the way of the leader's hand-over, where writes stand still: no more programs are
// started there than the record needs. `launch/cmdline` gets its name when it is whole; java.env is what it was then.
const STOP = `${FENCE}${PROCESS}
own=$1 token=$2 conf=$3 data=$4 signal=$5 service_way=$6
shift 6
${SERVICE_WAYS}
zk_fence "$own" "$token"
zk_locate "$own" "$conf" "$data"
forget() { zk_data; rm -f "$data/zookeeper_server.pid" "$zk_path/zookeeper_server.pid"; }
if [ -z "$zk_pid" ]; then
  [ "$service_way" = zkServer ] || { zk_end TERM '' "$@"; zk_has_ended; }
  forget
  exit 0
fi
if [ "$service_way" = zkServer ] && [ -O / ] && ! [ -O "/proc/$zk_pid" ]; then
  no USER_DIFFERS "the server runs as user $(zk_owner "/proc/$zk_pid"), and zkshift acts as root."
fi
kept=$own/launch folder=\${zk_cfg%/*}
umask 077
[ -d "$kept" ] || mkdir -p "$kept" 2>/dev/null
{ cat "/proc/$zk_pid/cmdline" >"$kept/cmdline.new"; } 2>/dev/null && [ -s "$kept/cmdline.new" ] ||
  no STATE_UNWRITABLE "cannot keep what the server was started with in $kept."
zk_cwd_of "$zk_pid"
printf '%s\\n' "$zk_w" >"$kept/cwd"
printf '%s\\n' "$zk_cfg" >"$own/config-file"
ended=$zk_pid
zk_end "$signal" "$ended" "$@"
mv -f "$kept/cmdline.new" "$kept/cmdline"
rm -f "$kept/java.env" "$kept/zookeeper-env.sh"
cp "$folder/java.env" "$folder/zookeeper-env.sh" "$kept/" 2>/dev/null
waited=0
while zk_alive "$ended"; do
  if sleep 0.02 2>/dev/null; then waited=$((waited + 2)); else sleep 1; waited=$((waited + 100)); fi
  zk_trouble "$ended"
  if [ "$waited" -ge ${TERM_GRACE_S * 100} ]; then
    [ "$signal" = TERM ] || no WILL_NOT_DIE "process $ended still lives ${TERM_GRACE_S} s after SIGKILL."
    zk_end KILL "$ended" "$@"
    signal=KILL waited=0
  fi
done
zk_has_ended "$ended"
forget
printf '%s\\n' "$ended"
`;

/**
 * Ends the server's process: SIGTERM that becomes SIGKILL after ten seconds, or SIGKILL at once. Resolves with its pid when it is
 * dead, null when there was none. A service manager is told first, so that it starts no other. Throws `refused` (`FENCED`,
 * `NOT_PERMITTED`, `SERVICE_NOT_ALLOWED`), `step-failed` (`WILL_NOT_DIE`, `REVIVED`, `SERVICE_COMMAND_FAILED`).
 */
export const stopServer = async (
  transport: Transport,
  placement: Placement,
  layout: Layout,
  signal: "TERM" | "KILL",
  fence: FenceToken,
): Promise<{ readonly pid: number } | null> => {
  const { stdout } = await runScript(transport, {
    text: STOP,
    args: [layout.own, String(fence), layout.config, layout.data, signal, ...wayTo("stop", placement)],
    timeoutMs: 90_000,
  });
  const pid = Number(stdout.trim());
  return pid > 0 ? { pid } : null;
};

const LOOK = `${PROCESS}${SECTIONS}${READ_LAUNCH}
own=$1 conf=$2 data=$3 boundary=$4
zk_locate "$own" "$conf" "$data"
part pid; printf '%s' "$zk_pid"
[ -n "$zk_pid" ] || zk_launch "$own"
`;

// The start script sleeps for a second before it looks after its child: the process is seen sooner, and whether it comes
// up is for the wait until it is synced, which follows. Where the script cannot tell that its child lives (it
// asks \`ps\`, which a small container lacks) it says FAILED: the process itself is believed, not the script.
const START = `${FENCE}${PROCESS}
own=$1 token=$2 conf=$3 data=$4 current=$5 logs=$6 cwd=$7 flagsname=$8 had=$9
IFS= read -r flags || :
shift 9
zk_fence "$own" "$token"
zk_locate "$own" "$conf" "$data"
if [ -n "$zk_pid" ]; then printf '%s\\n' "$zk_pid"; exit 0; fi
if [ -n "$had" ] && ! [ -e "$current" ] && ! [ -L "$current" ]; then
  { [ -d "\${current%/*}" ] || mkdir -p "\${current%/*}"; ln -s "$had" "$current"; } 2>/dev/null
fi
home=$(cd "$current" 2>/dev/null && pwd -P) && [ -f "$home/bin/zkServer.sh" ] ||
  no NO_RELEASE "there is no bin/zkServer.sh below $current."
[ -r "$zk_cfg" ] || no NO_CONFIG "there is no configuration at $zk_cfg."
zk_data
if [ -O / ] && [ -d "$zk_path" ] && ! [ -O "$zk_path" ]; then
  no USER_DIFFERS "its data belong to user $(zk_owner "$zk_path"), and zkshift acts as root."
fi
[ -d "$cwd" ] || cwd=$home
cd "$cwd" || cd /
rm -f "$zk_path/zookeeper_server.pid"
said=$own/start.out
: >"$said" || no STATE_UNWRITABLE "cannot write $said."
shell=$(command -v bash) || shell=$(command -v sh)
apart=; command -v setsid >/dev/null && apart=setsid
env -i PATH="$PATH" HOME="\${HOME:-/}" USER="\${USER:-$(zk_us)}" LANG="\${LANG:-C}" \${TZ:+TZ="$TZ"} \${JAVA_HOME:+JAVA_HOME="$JAVA_HOME"} \\
  ZOOCFGDIR="\${zk_cfg%/*}" ZOO_LOG_DIR="$logs" "$flagsname=$flags" "$@" \\
  $apart "$shell" "$home/bin/zkServer.sh" start "\${zk_cfg##*/}" >"$said" 2>&1 </dev/null 9>&- &
script=$!
while zk_alive "$script"; do
  zk_find "$conf" "$data"
  if [ -n "$zk_pid" ]; then printf '%s\\n' "$zk_pid"; exit 0; fi
  sleep 0.02 2>/dev/null || sleep 1
done
wait "$script"; code=$? tries=0
while :; do
  zk_find "$conf" "$data"
  if [ -n "$zk_pid" ]; then printf '%s\\n' "$zk_pid"; exit 0; fi
  tries=$((tries + 1)); [ $tries -lt 5 ] || break
  sleep 0.05 2>/dev/null || sleep 1
done
newest=$(ls -t "$logs"/zookeeper*.log "$logs"/zookeeper*.out 2>/dev/null | head -n 1)
no START_FAILED "the server ended as soon as it was started (zkServer.sh: code $code).
$(tail -n 5 "$said")
$([ -n "$newest" ] && tail -n 40 "$newest")"
`;

const inFolder = (path: string, folder: string | null): boolean =>
  folder !== null && (path === folder || path.startsWith(`${folder}/`));

/** Logs stay where the server had them, unless that was inside a distribution's folder, which goes when its release goes. */
const logFolder = (layout: Layout, kept: LaunchKept | null): string => {
  const had = kept?.logs ?? null;
  return had === null || inFolder(had, kept?.home ?? null) || inFolder(had, layout.releases) ? layout.logs : had;
};

const javaHome = (java: string): string | null =>
  /^\/.*\/bin\/java$/.test(java) ? java.slice(0, -"/bin/java".length) : null;

/** Environment and flags that make the next process what the last one was. */
const carriedOver = (transport: Transport, kept: LaunchKept | null) => {
  if (kept === null) return { flags: "", through: "SERVER_JVMFLAGS", variables: {} };
  const flags = flagsToCarry(kept.flags, kept.given, { setsHeap: kept.setsHeap });
  const broken = flagsThatCannotBeCarried(flags);
  const through = kept.now.keepsServerFlags ? "SERVER_JVMFLAGS" : kept.now.keepsFlags ? "JVMFLAGS" : null;
  if (broken.length > 0 || (through === null && flags.length > 0)) {
    throw new OpsError(
      "refused",
      {
        what:
          broken.length > 0
            ? `${transport.host}: the server ran with a JVM flag that holds blanks, which zkServer.sh cannot be given.`
            : `${transport.host}: the server ran with JVM flags of its own, and java.env would overwrite them.`,
        left: "The server is stopped and was not started.",
        next: "Put the flags into java.env in its configuration folder, then Retry.",
      },
      { code: "FLAGS_CANNOT_BE_CARRIED" },
    );
  }
  const home = javaHome(kept.java);
  return {
    flags: flags.join(" "),
    through: through ?? "SERVER_JVMFLAGS",
    variables: { ...variablesToCarry(kept.flags), ...(home === null ? {} : { JAVA_HOME: home }) },
  };
};

/**
 * Starts the distribution that `current` points at (there is none yet where others laid the server out: then the one that ran last, to
 * which it leads from now on) and resolves with the pid of the server's process, also when it already
 * ran. Throws `refused` (`FENCED`, `NO_RELEASE`, `NO_CONFIG`), `step-failed` (`START_FAILED`, with the end of its log).
 */
export const startServer = async (
  transport: Transport,
  placement: Placement,
  layout: Layout,
  fence: FenceToken,
): Promise<{ readonly pid: number }> => {
  if (placement.host.service !== "zkServer") return startByManager(transport, placement, layout, fence);
  const boundary = makeBoundary();
  const look = await runScript(transport, {
    text: LOOK,
    args: [layout.own, layout.config, layout.data, boundary],
    timeoutMs: 20_000,
  });
  const sections = parseSections(look.stdout, boundary);
  const kept = readLaunch(sections);
  const { flags, through, variables } =
    (sections.get("pid") ?? "") === "" ? carriedOver(transport, kept) : carriedOver(transport, null);
  const started = await runScript(transport, {
    text: START,
    args: [
      layout.own,
      String(fence),
      layout.config,
      layout.data,
      layout.current,
      logFolder(layout, kept),
      kept?.cwd ?? "",
      through,
      kept?.home ?? "",
      ...Object.entries(variables).map(([name, value]) => `${name}=${value}`),
    ],
    stdin: `${flags}\n`,
    timeoutMs: 90_000,
  });
  return { pid: Number(started.stdout.trim()) };
};

const IS_RUNNING = `${PROCESS}
zk_locate "$1" "$2" "$3"
printf '%s' "$zk_pid"
`;

/** Pid of the server's process while it lives, else null. */
export const pidOfServer = async (transport: Transport, layout: Layout): Promise<number | null> => {
  const { stdout } = await runScript(transport, {
    text: IS_RUNNING,
    args: [layout.own, layout.config, layout.data],
    timeoutMs: 20_000,
  });
  return stdout === "" ? null : Number(stdout);
};
