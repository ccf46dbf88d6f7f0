// Takes away what a run's prepare.ts made of a server, by the notes it left, and puts back what was there before.
import type { RunId } from "../model/ids.ts";
import type { FenceToken } from "../ports.ts";
import { FENCE } from "./fence.ts";
import type { Layout } from "./layout.ts";
import { ONE_PIECE } from "./one-piece.ts";
import { CONFIG_FILES } from "./prepare.ts";
import { PROCESS } from "./process.ts";
import { runScript } from "./script.ts";
import type { Transport } from "./transport.ts";

// Each part can be done twice. A folder's note goes when it is empty, before a retired server's data come back to its
// place; `prepared` goes last, and with it the right to remove anything.
// Logs stay: they say why a server did not come up. So does what others put into the configuration folder.
const UNPREPARE = `${FENCE}${PROCESS}${ONE_PIECE}${CONFIG_FILES}
own=$1 token=$2 cfg=$3 data=$4 run=$5
id=\${own##*/server.} laid=$own/laid
failed() { no TAKE_AWAY_FAILED "$1"; }
zk_fence "$own" "$token"
if [ ! -e "$own/prepared" ]; then
  rm -rf "$laid" "$own/incoming"; rmdir "$own" 2>/dev/null
  exit 0
fi
zk_is "$own/prepared" "$run" || exit 0
if [ -f "$laid/data" ]; then IFS= read -r data <"$laid/data"; fi
if [ -f "$laid/conf" ]; then IFS= read -r conf <"$laid/conf"; cfg=$conf/\${cfg##*/}; fi
zk_find "$cfg" "$data"
[ -z "$zk_pid" ] || no RUNS "server.$id runs there (pid $zk_pid)."
if [ -f "$laid/data" ] && [ -e "$data/myid" ] && ! zk_is "$data/myid" "$id"; then
  no DATA_NOT_EMPTY "$data holds the data of another server (myid $zk_first)."
fi
# The way to a log folder below the data folder may have been there before: what was made of it goes with the other folders.
inner=
if [ -f "$laid/inner" ] && [ ! -f "$laid/data.aside" ]; then IFS= read -r inner <"$laid/inner"; fi
for part in log data; do
  if [ -f "$laid/$part" ]; then
    keep=; [ "$part" = log ] || keep=$inner
    IFS= read -r folder <"$laid/$part"
    for entry in "$folder"/* "$folder"/.[!.]* "$folder"/..?*; do
      case \${entry##*/} in lost+found|"$keep") continue ;; esac
      if [ -e "$entry" ] || [ -L "$entry" ]; then rm -rf "$entry" 2>/dev/null || failed "cannot remove $entry."; fi
    done
    rm -f "$laid/$part" || failed "cannot write in $laid."
  fi
done
for part in log data; do
  [ -f "$laid/$part.aside" ] || continue
  { IFS= read -r from; IFS= read -r to; } <"$laid/$part.aside"
  [ -e "$to" ] || continue
  if [ -d "$from" ]; then rmdir "$from" 2>/dev/null || failed "cannot put $to back: $from is not empty."; fi
  mv -T "$to" "$from" 2>/dev/null || failed "cannot move $to back to $from."
done
if [ -f "$laid/conf" ]; then
  zk_config_files "$conf" | while IFS= read -r file; do rm -f "$file" || exit 1; done || failed "cannot remove the configuration in $conf."
  rm -f "$conf"/.*.zkshift-new
  for file in "$laid"/kept/*; do
    [ -e "$file" ] || [ -L "$file" ] || continue
    name=\${file##*/}
    { cp -pP "$file" "$conf/.$name.zkshift-new" && mv -f "$conf/.$name.zkshift-new" "$conf/$name"; } 2>/dev/null ||
      failed "cannot put $conf/$name back."
  done
fi
if [ -f "$laid/current" ]; then
  led=; { IFS= read -r link; IFS= read -r led || :; } <"$laid/current"
  if [ -n "$led" ]; then
    rm -f "$link.zkshift-new"
    { ln -s "$led" "$link.zkshift-new" && mv -T -f "$link.zkshift-new" "$link"; } 2>/dev/null || failed "cannot point $link at $led."
  elif [ -L "$link" ]; then rm -f "$link" || failed "cannot remove $link."; fi
fi
if [ -f "$laid/folders" ]; then
  sed '1!G;h;$!d' "$laid/folders" | while IFS= read -r folder; do rmdir "$folder" 2>/dev/null; done
fi
if [ -e "$laid/own" ]; then
  rm -rf "$own/ensemble" "$own/retired" "$own/launch" "$own/config-file" "$own/start.out"
fi
if [ -d "$laid/was" ]; then cp -Rp "$laid/was/." "$own/" 2>/dev/null || failed "cannot write in $own."; fi
rm -f "$own/prepared" || failed "cannot write in $own."
rm -rf "$laid" "$own/incoming"
rmdir "$own" 2>/dev/null
exit 0
`;

/** See `ServerControl.unprepare`. Does nothing where this run has prepared nothing, or where it was taken away before. */
export const unprepareServer = async (
  transport: Transport,
  layout: Layout,
  run: RunId,
  fence: FenceToken,
): Promise<void> => {
  await runScript(transport, {
    text: UNPREPARE,
    args: [layout.own, String(fence), layout.config, layout.data, run],
    timeoutMs: 600_000,
  });
};
