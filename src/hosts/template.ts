// What a new server takes over from one that is there. Secrets may be in all of it: nothing read here goes into a text.
import type { ServerFile, ServerTemplate } from "../ports.ts";
import { carriedFlags, keptFlags, READ_LAUNCH } from "./launch.ts";
import type { Layout } from "./layout.ts";
import { PROCESS } from "./process.ts";
import { makeBoundary, parseSections, runScript, SECTIONS } from "./script.ts";
import type { Transport } from "./transport.ts";

export const SERVER_FILES = [
  "java.env",
  "zookeeper-env.sh",
  "log4j.properties",
  "logback.xml",
] as const satisfies readonly ServerFile["name"][];

const READ = `${PROCESS}${SECTIONS}${READ_LAUNCH}
boundary=$1 own=$2 conf=$3 data=$4; shift 4
zk_locate "$own" "$conf" "$data"
[ -r "$zk_cfg" ] || no NO_CONFIG "there is no configuration at $zk_cfg."
folder=\${zk_cfg%/*}
part config; cat "$zk_cfg"
for file in "$@"; do
  [ -e "$folder/$file" ] || continue
  [ -r "$folder/$file" ] || no NOT_PERMITTED "$folder/$file cannot be read by $(id -un)."
  part "$file"; cat "$folder/$file"
done
if [ -n "$zk_pid" ]; then
  part cmdline; cat "/proc/$zk_pid/cmdline" 2>/dev/null
  zk_given "$folder"; part given; printf '%s' "$zk_gave"
else
  zk_launch "$own"
fi
`;

/** See `ServerControl.template`. */
export const readTemplate = async (transport: Transport, layout: Layout): Promise<ServerTemplate> => {
  const boundary = makeBoundary();
  const { stdout } = await runScript(transport, {
    text: READ,
    args: [boundary, layout.own, layout.config, layout.data, ...SERVER_FILES],
    timeoutMs: 30_000,
  });
  const sections = parseSections(stdout, boundary);
  return {
    configText: sections.get("config") ?? "",
    files: SERVER_FILES.flatMap((name): ServerFile[] => {
      const text = sections.get(name);
      return text === undefined ? [] : [{ name, text }];
    }),
    flags: sections.has("cmdline") ? carriedFlags(sections) : keptFlags(sections),
  };
};
