// Reads and replaces the java.env beside a server's zoo.cfg. Its text may hold secrets: it goes into no message and no log.
import { createHash } from "node:crypto";
import type { FenceToken } from "../ports.ts";
import { FENCE } from "./fence.ts";
import type { Layout } from "./layout.ts";
import { PROCESS } from "./process.ts";
import { REPLACE } from "./replace-file.ts";
import { makeBoundary, parseSections, runScript, SECTIONS } from "./script.ts";
import type { Transport } from "./transport.ts";

const READ = `${PROCESS}${SECTIONS}
boundary=$4
zk_locate "$1" "$2" "$3"
file=\${zk_cfg%/*}/java.env
[ ! -e "$file" ] || [ -r "$file" ] || no NOT_PERMITTED "$file cannot be read by $(id -un)."
[ ! -e "$file" ] || { part text; cat "$file"; }
`;

/** The text of the file; null where there is none. */
export const readJavaEnv = async (transport: Transport, layout: Layout): Promise<string | null> => {
  const boundary = makeBoundary();
  const { stdout } = await runScript(transport, {
    text: READ,
    args: [layout.own, layout.config, layout.data, boundary],
    timeoutMs: 20_000,
  });
  return parseSections(stdout, boundary).get("text") ?? null;
};

const WRITE = `${FENCE}${PROCESS}${REPLACE}
own=$1 token=$2 conf=$3 data=$4 sum=$5
zk_fence "$own" "$token"
zk_locate "$own" "$conf" "$data"
file=\${zk_cfg%/*}/java.env
if [ "$sum" != none ]; then zk_replace "$file" "$sum" java.env; exit; fi
file=$(readlink -f "$file") && rm -f "$file" 2>/dev/null || no WRITE_FAILED "cannot remove $file."
`;

/** Replaces the file atomically, or removes it (null); the first original stays as `java.env.before-zkshift`. */
export const writeJavaEnv = async (
  transport: Transport,
  layout: Layout,
  text: string | null,
  fence: FenceToken,
): Promise<void> => {
  const sum = text === null ? "none" : createHash("sha256").update(text).digest("hex");
  await runScript(transport, {
    text: WRITE,
    args: [layout.own, String(fence), layout.config, layout.data, sum],
    stdin: text ?? "",
    timeoutMs: 60_000,
  });
};
