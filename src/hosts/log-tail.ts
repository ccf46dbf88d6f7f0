// The end of a server's own log, wherever the server was told to write it.
import type { Layout } from "./layout.ts";
import { PROCESS } from "./process.ts";
import { runScript } from "./script.ts";
import type { Transport } from "./transport.ts";

/** A line of a log that a person reads in a thread; stack traces of thousands of lines are cut by their number. */
const MAX_LINES = 2_000;

// The folder: what the process was told; what the last one was told; the host's `logs`. A process started by other means
// than zkServer.sh may write to the file its output goes to.
const TAIL = `${PROCESS}
own=$1 conf=$2 data=$3 logs=$4 lines=$5
zk_locate "$own" "$conf" "$data"
out=
if [ -n "$zk_pid" ]; then
  line=/proc/$zk_pid/cmdline
  out=$(readlink "/proc/$zk_pid/fd/1" 2>/dev/null)
else
  line=$own/launch/cmdline
fi
told=$(tr '\\0' '\\n' <"$line" 2>/dev/null | sed -n 's/^-Dzookeeper\\.log\\.dir=//p' | tail -n 1)
[ -z "$told" ] || { zk_under "$told"; told=$zk_path; }
[ -f "$out" ] || out=
newest=
newest_of() {
  for file in "$@"; do
    [ -s "$file" ] || continue
    if [ -z "$newest" ] || [ "$file" -nt "$newest" ]; then newest=$file; fi
  done
}
newest_of "$logs"/zookeeper*.log "$logs"/zookeeper*.out "\${told:-$logs}"/zookeeper*.log "\${told:-$logs}"/zookeeper*.out "$out"
[ -n "$newest" ] || newest_of "\${told:-$logs}"/*.log "\${told:-$logs}"/*.out
[ -n "$newest" ] && tail -n "$lines" "$newest"
exit 0
`;

/** The last `lines` lines of the newest of the server's logs that is not empty; an empty text when there is none. */
export const logTail = async (transport: Transport, layout: Layout, lines: number): Promise<string> => {
  const { stdout } = await runScript(transport, {
    text: TAIL,
    args: [
      layout.own,
      layout.config,
      layout.data,
      layout.logs,
      String(Math.max(1, Math.min(MAX_LINES, Math.trunc(lines)))),
    ],
    timeoutMs: 20_000,
  });
  return stdout;
};
