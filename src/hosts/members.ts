// Replaces the members that a stopped server starts with: its dynamic configuration file.
import { createHash } from "node:crypto";
import { formatZooCfg, getKey, parseZooCfg, setKey } from "../model/zoo-cfg.ts";
import type { FenceToken } from "../ports.ts";
import { readConfig, writeConfig } from "./config-file.ts";
import { FENCE } from "./fence.ts";
import type { Layout } from "./layout.ts";
import { ONE_PIECE } from "./one-piece.ts";
import { PROCESS } from "./process.ts";
import { runScript } from "./script.ts";
import type { Transport } from "./transport.ts";

// What a reconfiguration that was under way left (`zoo.cfg.dynamic.next`, QuorumPeerConfig) would stand before the new members.
const WRITE = `${FENCE}${PROCESS}${ONE_PIECE}
own=$1 token=$2 conf=$3 data=$4 sum=$5
zk_fence "$own" "$token"
zk_locate "$own" "$conf" "$data"
[ -z "$zk_pid" ] || no RUNS "server.\${own##*/server.} runs (pid $zk_pid): it writes its members itself."
[ -r "$zk_cfg" ] || no NO_CONFIG "there is no configuration at $zk_cfg."
folder=$(cd -P "\${zk_cfg%/*}" && pwd -P)
incoming=$own/members
trap 'rm -f "$incoming"' EXIT
(umask 077; cat >"$incoming") || no STATE_UNWRITABLE "cannot write $incoming."
got=$(sha256sum <"$incoming")
[ "\${got%% *}" = "$sum" ] || no CUT_SHORT "the members arrived incomplete and were dropped."
rm -f "$zk_cfg.dynamic.next" "$zk_cfg.dynamic.next.tmp"
zk_put "$folder/zoo.cfg.dynamic" 022 <"$incoming" || no WRITE_FAILED "cannot write $folder/zoo.cfg.dynamic."
sync "$folder/zoo.cfg.dynamic" 2>/dev/null
printf '%s' "$folder/zoo.cfg.dynamic"
`;

/** See `ServerControl.writeMembers`. The members first: until zoo.cfg names the new file, the server would start with the old ones. */
export const writeMembers = async (
  transport: Transport,
  layout: Layout,
  dynamicText: string,
  fence: FenceToken,
): Promise<void> => {
  const { stdout: file } = await runScript(transport, {
    text: WRITE,
    args: [
      layout.own,
      String(fence),
      layout.config,
      layout.data,
      createHash("sha256").update(dynamicText).digest("hex"),
    ],
    stdin: dynamicText,
    timeoutMs: 60_000,
  });
  const config = parseZooCfg(await readConfig(transport, layout));
  if (getKey(config, "dynamicConfigFile") === file) return;
  await writeConfig(transport, layout, formatZooCfg(setKey(config, "dynamicConfigFile", file)), fence);
};
