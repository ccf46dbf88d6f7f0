// Starts a server through its service manager: a systemd unit or a team's own command. Which flags and environment it gets is the
// manager's; that it is the distribution which `current` points at is made sure of.
import type { Placement } from "../model/inventory.ts";
import type { FenceToken } from "../ports.ts";
import { FENCE } from "./fence.ts";
import type { Layout } from "./layout.ts";
import { OPEN_JAR, PROCESS } from "./process.ts";
import { runScript } from "./script.ts";
import { SERVICE_WAYS, wayTo } from "./service-way.ts";
import type { Transport } from "./transport.ts";

/** A manager may wait between being told and starting, as supervisors do that look every few seconds. */
const APPEARS_S = 30;

// A JVM opens ZooKeeper's jar within 0.1 s; three seconds are a host that swaps. Where it is not seen (another user's
// process) nothing is said here: the release that serves is looked at anyway.
const START_BY_MANAGER = `${FENCE}${PROCESS}${OPEN_JAR}
own=$1 token=$2 conf=$3 data=$4 current=$5 logs=$6 service_way=$7
shift 7
${SERVICE_WAYS}
zk_fence "$own" "$token"
zk_locate "$own" "$conf" "$data"
home=$(cd "$current" 2>/dev/null && pwd -P) && [ -f "$home/bin/zkServer.sh" ] ||
  no NO_RELEASE "there is no bin/zkServer.sh below $current."
failed() {
  newest=$(ls -t "$logs"/zookeeper*.log "$logs"/zookeeper*.out 2>/dev/null | head -n 1)
  no START_FAILED "$1
$([ -n "$newest" ] && tail -n 40 "$newest")"
}
if [ -z "$zk_pid" ]; then
  zk_begin "$@"
  tries=0 why=
  while zk_find "$conf" "$data"; [ -z "$zk_pid" ]; do
    zk_broken
    [ -z "$why" ] || failed "$why"
    tries=$((tries + 1))
    [ $tries -lt ${APPEARS_S * 10} ] || failed "no process of the server was seen ${APPEARS_S} s after its manager was told to start it."
    zk_pause
  done
fi
tries=0 jar=
while zk_alive "$zk_pid"; do
  jar=$(zk_open_jar "$zk_pid")
  [ -z "$jar" ] && [ $tries -lt 30 ] || break
  tries=$((tries + 1)); zk_pause
done
runs=\${jar%/*}; runs=\${runs%/lib}
[ -z "$jar" ] || [ "$runs" -ef "$home" ] ||
  no RUNS_ANOTHER_HOME "its manager runs $runs, and $current points at $home."
printf '%s\\n' "$zk_pid"
`;

/**
 * Tells the manager to start the server and resolves with the pid of its process, also when it already ran. Throws `refused`
 * (`FENCED`, `NO_RELEASE`, `SERVICE_NOT_ALLOWED`, `UNIT_UNUSABLE`), `step-failed` (`START_FAILED`, with the end of its log;
 * `RUNS_ANOTHER_HOME`).
 */
export const startByManager = async (
  transport: Transport,
  placement: Placement,
  layout: Layout,
  fence: FenceToken,
): Promise<{ readonly pid: number }> => {
  const { stdout } = await runScript(transport, {
    text: START_BY_MANAGER,
    args: [
      layout.own,
      String(fence),
      layout.config,
      layout.data,
      layout.current,
      layout.logs,
      ...wayTo("start", placement),
    ],
    timeoutMs: 120_000,
  });
  return { pid: Number(stdout.trim()) };
};
