// What a host has for a server that is not there yet, asked in one round trip. What cannot be read becomes null or a
// problem; it changes nothing.
import type { RoomFacts } from "../model/ensemble.ts";
import type { Placement } from "../model/inventory.ts";
import type { WantedPort } from "./addresses.ts";
import { CLAIMS, parseClaims } from "./claims.ts";
import { HOLDS } from "./holds.ts";
import { type Layout, mixedFolders } from "./layout.ts";
import { LISTENERS, parseListeners, portProblems } from "./listeners.ts";
import {
  clockOffsetMs,
  freeBytes,
  installedReleases,
  linesOf,
  MACHINE,
  namesAmong,
  parseJavaMajor,
  unresolvedNames,
} from "./machine.ts";
import { PROCESS } from "./process.ts";
import { makeBoundary, parseSections, runScript, SECTIONS } from "./script.ts";
import type { Transport } from "./transport.ts";

// A configuration that lies there does not count, for the new server does not start from it: neither its ports nor its Java.
const ROOM = `${PROCESS}${SECTIONS}${LISTENERS}${MACHINE}${CLAIMS}${HOLDS}
boundary=$1 own=$2 cfg=$3 data=$4 log=$5 current=$6 releases=$7 logs=$8; shift 8
state=\${own%/*} root=\${own%/.zkshift/*} conf=\${cfg%/*}
part clock-before; zk_now
zk_find "$cfg" "$data"
part pid; printf '%s' "$zk_pid"
part running; printf '%s' "$zk_cfg"
part listeners; zk_listeners
part claims; zk_claims "$state"
held= by= stuck=
# Somebody's data count before a retired server's, wherever they lie.
zk_look() {
  [ -d "$1" ] && zk_holds "$1" "$2" || return 0
  zk_retired "$state" "$1"
  if [ -z "$held" ] || [ -z "$zk_by" ]; then held=$1 by=$zk_by; fi
  if [ -n "$zk_by" ] && [ -z "$stuck" ] && ! zk_movable "$1"; then stuck="what retired server.$zk_by left there cannot be set aside: $zk_why"; fi
}
zk_inner "$data" "$log"
zk_look "$data" "$zk_in"
if [ -z "$held" ] || { [ -n "$by" ] && [ -z "$zk_in" ]; }; then [ "$log" -ef "$data" ] || zk_look "$log"; fi
if [ -n "$held" ]; then
  part holds; printf '%s' "$held"
  if [ -r "$held/myid" ]; then part myid; cat "$held/myid"; fi
  part retired; printf '%s' "$by"
fi
part free; zk_free "$data" "$log"
part installed; zk_releases "$releases"
part problems
zk_place() {
  if { [ -e "$2" ] || [ -L "$2" ]; } && [ ! -d "$2" ]; then echo "$1 is no folder."
  elif [ -d "$2" ] && ! [ -r "$2" -a -x "$2" ]; then echo "$1 cannot be read by $(id -un)."
  else zk_unwritable "$1" "$2"; fi
}
zk_place "the data folder $data" "$data"
[ "$log" = "$data" ] || zk_place "the folder of the transaction log $log" "$log"
zk_unwritable "$root" "$root"
[ ! -d "$state" ] || zk_unwritable "zkshift's own folder $state" "$state"
[ -z "$stuck" ] || echo "$stuck"
zk_unwritable "$releases" "$releases"
zk_place "the configuration folder $conf" "$conf"
zk_place "the log folder $logs" "$logs"
[ "\${current%/*}" = "$root" ] || zk_unwritable "\${current%/*}" "\${current%/*}"
if [ -O / ] && [ -d "$data" ] && ! [ -O "$data" ]; then
  echo "the data folder $data belongs to user $(stat -c %U "$data"), zkshift acts as root."
fi
case $conf/ in "$current"/*|"$releases"/*) echo "the configuration folder $conf lies inside a release; a new server needs one of its own." ;; esac
zk_linkable "$current"
zk_tools
part names; zk_unresolved "$@"
part java; zk_pid= zk_gave=; zk_java "$own"
part clock-after; zk_now
`;

/** Where the new server will listen: no configuration says it yet, so the inventory does. */
const wanted = ({ host: { address, ports } }: Placement): readonly WantedPort[] =>
  (["client", "quorum", "election", "admin"] as const).map((what) => ({ what, address, port: ports[what] }));

const holdsOf = (sections: ReadonlyMap<string, string>): RoomFacts["holds"] => {
  if (!sections.has("holds")) return null;
  const by = Number(sections.get("retired") || Number.NaN);
  const retired = parseClaims(sections.get("claims")).find((claim) => claim.retired && claim.id === by);
  return { myid: sections.get("myid")?.trim() ?? null, retired: retired ?? null };
};

const roomFacts = (
  sections: ReadonlyMap<string, string>,
  { placement, layout }: { readonly placement: Placement; readonly layout: Layout },
  clock: { readonly asked: number; readonly answered: number },
): RoomFacts => {
  const pid = Number(sections.get("pid") ?? "");
  const listeners = parseListeners(sections.get("listeners") ?? "").filter((listener) => listener.pid !== pid);
  return {
    freeBytes: freeBytes(sections.get("free")),
    javaMajor: parseJavaMajor(sections.get("java") ?? ""),
    clockOffsetMs: clockOffsetMs({ before: sections.get("clock-before"), after: sections.get("clock-after") }, clock),
    installed: installedReleases(sections.get("installed")),
    holds: holdsOf(sections),
    claims: parseClaims(sections.get("claims")),
    problems: [
      ...(pid > 0 ? [`a server runs there already (pid ${pid}, with ${sections.get("running")}).`] : []),
      ...linesOf(sections.get("problems")),
      ...mixedFolders(layout),
      ...portProblems(wanted(placement), listeners),
      ...unresolvedNames(sections.get("names")),
    ],
  };
};

/** Asks the host. `peers`: addresses of the configuration that this host must be able to resolve. */
export const readRoom = async (
  transport: Transport,
  placement: Placement,
  layout: Layout,
  peers: readonly string[],
): Promise<RoomFacts> => {
  const boundary = makeBoundary();
  const asked = Date.now();
  const { stdout } = await runScript(transport, {
    text: ROOM,
    args: [
      boundary,
      layout.own,
      layout.config,
      layout.data,
      layout.dataLog ?? layout.data,
      layout.current,
      layout.releases,
      layout.logs,
      ...namesAmong(peers),
    ],
    timeoutMs: 60_000,
  });
  return roomFacts(parseSections(stdout, boundary), { placement, layout }, { asked, answered: Date.now() });
};
