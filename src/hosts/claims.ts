// What a host remembers of the servers that were under its root: whose they are, and whether they were retired.
import type { Claim } from "../model/ensemble.ts";
import type { RunId } from "../model/ids.ts";
import type { HostSpec, Placement } from "../model/inventory.ts";
import type { FenceToken } from "../ports.ts";
import { FENCE } from "./fence.ts";
import type { Layout } from "./layout.ts";
import { linesOf } from "./machine.ts";
import { ONE_PIECE } from "./one-piece.ts";
import { PROCESS } from "./process.ts";
import { runScript } from "./script.ts";
import type { Transport } from "./transport.ts";

/**
 * In <root>/.zkshift/server.<id>: `ensemble`, its ensemble's name; `retired`, the run that retired it, then its data
 * folder and its transaction log's.
 *
 * `zk_claims STATE`: prints `ID retired|- ENSEMBLE`, one line a server.
 * `zk_retired STATE FOLDER`: sets `zk_by` to the id of the retired server whose data or log FOLDER holds, empty when it is
 * nobody's that was retired. The folder's own `myid`, where it has one, must say the same.
 */
export const CLAIMS = `
zk_claims() {
  for zk_f in "$1"/server.*/ensemble; do
    [ -r "$zk_f" ] || continue
    zk_of=\${zk_f%/ensemble}; zk_id=\${zk_of##*/server.}
    case $zk_id in ''|*[!0-9]*) continue ;; esac
    IFS= read -r zk_name <"$zk_f" || [ -n "$zk_name" ] || continue
    if [ -f "$zk_of/retired" ]; then zk_was=retired; else zk_was=-; fi
    printf '%s %s %s\\n' "$zk_id" "$zk_was" "$zk_name"
  done
}
zk_retired() {
  zk_by= zk_my=
  { read -r zk_my <"$2/myid"; } 2>/dev/null
  for zk_f in "$1"/server.*/retired; do
    [ -r "$zk_f" ] || continue
    zk_of=\${zk_f%/retired}; zk_id=\${zk_of##*/server.}
    case $zk_id in ''|*[!0-9]*) continue ;; esac
    [ -z "$zk_my" ] || [ "$zk_my" = "$zk_id" ] || continue
    [ -z "$zk_by" ] || [ "$zk_id" -gt "$zk_by" ] || continue
    { IFS= read -r zk_run; IFS= read -r zk_d; IFS= read -r zk_l; } <"$zk_f"
    for zk_d in "$zk_d" "$zk_l"; do
      [ -n "$zk_d" ] && { [ "$zk_d" = "$2" ] || [ "$zk_d" -ef "$2" ]; } && zk_by=$zk_id
    done
  done
}
`;

/** Reads what `zk_claims` printed. */
export const parseClaims = (text: string | undefined): readonly Claim[] =>
  linesOf(text)
    .flatMap((line): Claim[] => {
      const found = /^(\d+) (retired|-) (.+)$/.exec(line);
      if (found === null) return [];
      return [{ ensemble: found[3] ?? "", id: Number(found[1]), retired: found[2] === "retired" }];
    })
    .sort((a, b) => a.id - b.id);

const READ = `${CLAIMS}
zk_claims "$1"
`;

/** Every server that the host remembers under its root, by id. */
export const readClaims = async (transport: Transport, host: HostSpec): Promise<readonly Claim[]> => {
  const { stdout } = await runScript(transport, {
    text: READ,
    args: [`${host.paths.root}/.zkshift`],
    timeoutMs: 20_000,
  });
  return parseClaims(stdout);
};

const MARK = `${FENCE}${PROCESS}${ONE_PIECE}
own=$1 token=$2 conf=$3 data=$4 ensemble=$5 run=$6
zk_fence "$own" "$token"
printf '%s\\n' "$ensemble" | zk_put "$own/ensemble" 022 || no STATE_UNWRITABLE "cannot write in $own."
if [ -z "$run" ]; then
  rm -f "$own/retired" || no STATE_UNWRITABLE "cannot write in $own."
  exit 0
fi
zk_locate "$own" "$conf" "$data"
zk_data; d=$zk_path
zk_key "$zk_cfg" dataLogDir; zk_under "\${zk_value:-$d}"
printf '%s\\n' "$run" "$d" "$zk_path" | zk_put "$own/retired" 022 || no STATE_UNWRITABLE "cannot write in $own."
`;

/** See `ServerControl.markRetired`. */
export const markRetired = async (
  transport: Transport,
  placement: Placement,
  layout: Layout,
  run: RunId | null,
  fence: FenceToken,
): Promise<void> => {
  await runScript(transport, {
    text: MARK,
    args: [layout.own, String(fence), layout.config, layout.data, placement.ensemble, run ?? ""],
    timeoutMs: 60_000,
  });
};
