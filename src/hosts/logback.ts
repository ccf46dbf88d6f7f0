// Gives a server a logback.xml where it has none, and takes exactly that one away again.
import { createHash } from "node:crypto";
import type { FenceToken } from "../ports.ts";
import { FENCE } from "./fence.ts";
import type { Layout } from "./layout.ts";
import { PROCESS } from "./process.ts";
import { REPLACE } from "./replace-file.ts";
import { runScript } from "./script.ts";
import type { Transport } from "./transport.ts";

/** What lies there already is the team's own and stays, whatever it says; and so does what somebody has edited since. */
const SCRIPT = `${FENCE}${PROCESS}${REPLACE}
own=$1 token=$2 conf=$3 data=$4 sum=$5 what=$6
zk_fence "$own" "$token"
zk_locate "$own" "$conf" "$data"
file=\${zk_cfg%/*}/logback.xml
if [ "$what" = bring ]; then
  if [ -e "$file" ] || [ -L "$file" ]; then cat >/dev/null; exit; fi
  zk_replace "$file" "$sum" logback.xml
  exit
fi
[ -f "$file" ] || exit 0
got=$(sha256sum <"$file")
[ "\${got%% *}" = "$sum" ] || exit 0
rm -f "$file" 2>/dev/null || no WRITE_FAILED "cannot remove $file."
`;

const run = async (
  transport: Transport,
  layout: Layout,
  text: string,
  what: "bring" | "take",
  fence: FenceToken,
): Promise<void> => {
  const sum = createHash("sha256").update(text).digest("hex");
  await runScript(transport, {
    text: SCRIPT,
    args: [layout.own, String(fence), layout.config, layout.data, sum, what],
    stdin: what === "bring" ? text : "",
    timeoutMs: 30_000,
  });
};

/** Writes it where there is none. */
export const bringLogback = (transport: Transport, layout: Layout, text: string, fence: FenceToken): Promise<void> =>
  run(transport, layout, text, "bring", fence);

/** Removes it where it still is exactly this text. */
export const takeLogback = (transport: Transport, layout: Layout, text: string, fence: FenceToken): Promise<void> =>
  run(transport, layout, text, "take", fence);
