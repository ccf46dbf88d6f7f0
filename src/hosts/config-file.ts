// Reads and replaces a server's zoo.cfg on its host. It gives no meaning to what stands in it.
import { createHash } from "node:crypto";
import type { FenceToken } from "../ports.ts";
import { FENCE } from "./fence.ts";
import type { Layout } from "./layout.ts";
import { PROCESS } from "./process.ts";
import { runScript } from "./script.ts";
import type { Transport } from "./transport.ts";

const READ = `${PROCESS}
zk_locate "$1" "$2" "$3"
[ -r "$zk_cfg" ] || no NO_CONFIG "there is no configuration at $zk_cfg."
cat "$zk_cfg"
`;

/** The text of the file the running process uses; else of the one the last stopped process used; else of `<conf>/zoo.cfg`. Throws `refused` (`NO_CONFIG`). */
export const readConfig = async (transport: Transport, layout: Layout): Promise<string> => {
  const { stdout } = await runScript(transport, {
    text: READ,
    args: [layout.own, layout.config, layout.data],
    timeoutMs: 20_000,
  });
  return stdout;
};

// The text is checked against its sum before it gets its name: a cut connection ends the input early, and a server with
// half a configuration does not come back. `cp -p` first: mode and owner stay.
const WRITE = `${FENCE}${PROCESS}
own=$1 token=$2 conf=$3 data=$4 sum=$5
zk_fence "$own" "$token"
zk_locate "$own" "$conf" "$data"
file=$(readlink -f "$zk_cfg") || file=$zk_cfg
folder=\${file%/*}
[ -d "$folder" ] || mkdir -p "$folder" 2>/dev/null || no WRITE_FAILED "cannot create $folder."
new=$folder/.\${file##*/}.zkshift-new
rm -f "$new"
if [ -f "$file" ]; then
  cp -p "$file" "$new" 2>/dev/null || no WRITE_FAILED "cannot write in $folder."
  if [ ! -e "$file.before-zkshift" ]; then
    { cp -p "$file" "$file.before-zkshift.new" && mv -f "$file.before-zkshift.new" "$file.before-zkshift"; } 2>/dev/null ||
      no WRITE_FAILED "cannot keep the old configuration as $file.before-zkshift."
  fi
fi
cat >"$new" || no WRITE_FAILED "cannot write $new."
got=$(sha256sum <"$new")
if [ "\${got%% *}" != "$sum" ]; then rm -f "$new"; no CUT_SHORT "the new configuration arrived incomplete and was dropped."; fi
sync "$new" 2>/dev/null
mv -f "$new" "$file" || no WRITE_FAILED "cannot replace $file."
`;

/** Replaces that file atomically; mode, owner and a symbolic link to it stay. The first original stays as `zoo.cfg.before-zkshift`. */
export const writeConfig = async (
  transport: Transport,
  layout: Layout,
  text: string,
  fence: FenceToken,
): Promise<void> => {
  const sum = createHash("sha256").update(text).digest("hex");
  await runScript(transport, {
    text: WRITE,
    args: [layout.own, String(fence), layout.config, layout.data, sum],
    stdin: text,
    timeoutMs: 60_000,
  });
};
