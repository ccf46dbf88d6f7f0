// Reads and replaces the java.env beside a server's zoo.cfg. Its text may hold secrets: it goes into no message and no log.
import { createHash } from "node:crypto";
import type { FenceToken } from "../ports.ts";
import { FENCE } from "./fence.ts";
import type { Layout } from "./layout.ts";
import { PROCESS } from "./process.ts";
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

// As for zoo.cfg: checked against its sum before it gets its name, mode and owner stay, the first original is kept.
const WRITE = `${FENCE}${PROCESS}
own=$1 token=$2 conf=$3 data=$4 sum=$5
zk_fence "$own" "$token"
zk_locate "$own" "$conf" "$data"
plain=\${zk_cfg%/*}/java.env
file=$(readlink -f "$plain") || file=$plain
folder=\${file%/*} new=\${file%/*}/.\${file##*/}.zkshift-new
if [ "$sum" = none ]; then
  rm -f "$file" 2>/dev/null || no WRITE_FAILED "cannot remove $file."
  exit 0
fi
rm -f "$new"
if [ -f "$file" ]; then
  cp -p "$file" "$new" 2>/dev/null || no WRITE_FAILED "cannot write in $folder."
  if [ ! -e "$file.before-zkshift" ]; then
    { cp -p "$file" "$file.before-zkshift.new" && mv -f "$file.before-zkshift.new" "$file.before-zkshift"; } 2>/dev/null ||
      no WRITE_FAILED "cannot keep the old java.env as $file.before-zkshift."
  fi
fi
cat >"$new" || no WRITE_FAILED "cannot write $new."
got=$(sha256sum <"$new")
if [ "\${got%% *}" != "$sum" ]; then rm -f "$new"; no CUT_SHORT "the new java.env arrived incomplete and was dropped."; fi
sync "$new" 2>/dev/null
mv -f "$new" "$file" || no WRITE_FAILED "cannot replace $file."
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
