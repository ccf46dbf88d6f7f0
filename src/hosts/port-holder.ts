// Who holds a port that a server wants.
import type { Placement } from "../model/inventory.ts";
import { collides, wantedPorts } from "./addresses.ts";
import type { Layout } from "./layout.ts";
import { describeListener, LISTENERS, parseListeners } from "./listeners.ts";
import { PROCESS } from "./process.ts";
import { makeBoundary, parseSections, runScript, SECTIONS } from "./script.ts";
import type { Transport } from "./transport.ts";

const HOLDERS = `${PROCESS}${SECTIONS}${LISTENERS}
boundary=$1 own=$2 conf=$3 data=$4
zk_locate "$own" "$conf" "$data"
zk_key "$zk_cfg" dynamicConfigFile; zk_under "$zk_value"
part config; cat "$zk_cfg" 2>/dev/null; echo; [ -f "$zk_path" ] && cat "$zk_path"
part pid; printf '%s' "$zk_pid"
part listeners; zk_listeners
`;

/**
 * `pid 4211 (java, user tomcat)` for the process, not the server's own, whose listening socket keeps the server from binding
 * the port at the address its configuration gives it (any address for a port it does not name); null when it is free.
 */
export const portHolder = async (
  transport: Transport,
  placement: Placement,
  layout: Layout,
  port: number,
): Promise<string | null> => {
  const boundary = makeBoundary();
  const { stdout } = await runScript(transport, {
    text: HOLDERS,
    args: [boundary, layout.own, layout.config, layout.data],
    timeoutMs: 30_000,
  });
  const sections = parseSections(stdout, boundary);
  const wanted = wantedPorts(sections.get("config") ?? "", placement.id, placement.host.ports).filter(
    (candidate) => candidate.port === port,
  );
  const own = Number(sections.get("pid") ?? "");
  const holder = parseListeners(sections.get("listeners") ?? "").find(
    (listener) =>
      listener.pid !== own &&
      (wanted.length === 0 ? [{ address: null, port }] : wanted).some((candidate) => collides(candidate, listener)),
  );
  return holder === undefined ? null : describeListener(holder);
};
