// Reads and replaces a server's zoo.cfg on its host. It gives no meaning to what stands in it.
import { createHash } from "node:crypto";
import type { FenceToken } from "../ports.ts";
import { FENCE } from "./fence.ts";
import type { Layout } from "./layout.ts";
import { PROCESS } from "./process.ts";
import { REPLACE } from "./replace-file.ts";
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

const WRITE = `${FENCE}${PROCESS}${REPLACE}
own=$1 token=$2 conf=$3 data=$4 sum=$5
zk_fence "$own" "$token"
zk_locate "$own" "$conf" "$data"
zk_replace "$zk_cfg" "$sum" configuration
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
