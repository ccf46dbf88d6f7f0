// Lays a backup's data beside a server's, exchanges the two while the server is stopped, and takes that back. How far it has
// come is told by what lies there, not by notes, so that each part can be entered again half-done.
import type { BackupFile } from "../model/backup.ts";
import type { RunId } from "../model/ids.ts";
import type { FenceToken, RestoringSeen, ServerControl } from "../ports.ts";
import { FENCE } from "./fence.ts";
import type { Layout } from "./layout.ts";
import { ONE_PIECE } from "./one-piece.ts";
import { PROCESS } from "./process.ts";
import { makeBoundary, parseSections, runScript, SECTIONS } from "./script.ts";
import type { Transport } from "./transport.ts";

// All beside `version-2` in dataDir, and in dataLogDir where that is another: on the same disk a rename is all that it takes.
//   version-2.incoming.RUN     the backup's files as they were sent
//   version-2.from-backup.RUN  what goes into version-2; there until it has gone there
//   version-2.before.RUN       what was in version-2; there from then on
//   version-2.undone.RUN       what was restored, after it was taken back
// In <root>/.zkshift/server.<id>/restore: `run`; `staged`; `ran`, whether the process lived; `laying`, once the exchange
// began; `backup-epoch`, what the backup says of epochs.
const PLACES = `
note=$own/restore
zk_places() {
  zk_locate "$own" "$conf" "$data"
  [ -r "$zk_cfg" ] || no NO_CONFIG "there is no configuration at $zk_cfg."
  zk_data; d=$zk_path
  zk_key "$zk_cfg" dataLogDir; zk_under "\${zk_value:-$d}"; l=$zk_path
  if [ "$l" -ef "$d" ]; then l=$d; fi
  if [ "$l" = "$d" ]; then places=$d; else places="$d
$l"; fi
  incoming=$d/version-2.incoming.$run
}
zk_names() { v=$1/version-2; new=$v.from-backup.$run; old=$v.before.$run; undone=$v.undone.$run; }
zk_ours() { zk_is "$note/run" "$run"; }
failed() { no LAY_FAILED "$1"; }
`;

// Whatever could keep the exchange from succeeding is found here, while the server still runs.
const MAKE_ROOM = `${FENCE}${PROCESS}${ONE_PIECE}${PLACES}
own=$1 token=$2 conf=$3 data=$4 run=$5 note=$own/restore
zk_fence "$own" "$token"
zk_places
printf '%s\\n' "$places" | while IFS= read -r place; do
  [ -d "$place" ] && [ -r "$place" ] && [ -w "$place" ] && [ -x "$place" ] || no FOLDER_UNUSABLE "$place is no folder that $(id -un) may read and write."
  if [ -O / ] && ! [ -O "$place" ]; then no USER_DIFFERS "its data belong to user $(stat -c %U "$place"), and zkshift acts as root."; fi
  zk_names "$place"
  if [ -L "$v" ]; then no NOT_MOVABLE "$v is a link."; fi
  if [ -e "$v" ] && [ "$(stat -c %d "$v")" != "$(stat -c %d "$place")" ]; then no NOT_MOVABLE "$v is a disk of its own."; fi
done || exit
if ! zk_ours; then
  rm -rf "$note"
  (umask 077; mkdir -p "$note") 2>/dev/null || no STATE_UNWRITABLE "cannot create $note."
  printf '%s\\n' "$run" | zk_put "$note/run" 077 || no STATE_UNWRITABLE "cannot write in $note."
fi
if [ ! -e "$note/staged" ]; then (umask 077; mkdir -p "$incoming") 2>/dev/null || no WRITE_FAILED "cannot create $incoming."; fi
printf '%s\\n' "$incoming"
if [ -e "$note/staged" ]; then echo staged; fi
`;

// Only plain files named snapshot.* and log.* are taken: zoo.cfg, myid and epochs of the archive are another server's.
const UNPACK = `${FENCE}${PROCESS}${ONE_PIECE}${SECTIONS}${PLACES}
boundary=$1 own=$2 token=$3 conf=$4 data=$5 run=$6 note=$own/restore; shift 6
zk_fence "$own" "$token"
zk_places
zk_ours || no NOT_STAGED "another run has begun to restore there."
umask 027
if [ ! -e "$note/staged" ]; then
  while [ $# -ge 2 ]; do
    got=$(sha256sum <"$incoming/$1") || no CUT_SHORT "$1 did not arrive."
    [ "\${got%% *}" = "$2" ] || { rm -f "$incoming/$1"; no WRONG_SUM "the SHA-256 of $1 is wrong after the copy."; }
    shift 2
  done
  work=$incoming/unpacked archive=$incoming/data.tar.gz
  rm -rf "$work"; mkdir "$work" || no WRITE_FAILED "cannot create $work."
  list=$(tar -tzf "$archive") || no BACKUP_UNUSABLE "the backup's archive cannot be read."
  if printf '%s\\n' "$list" | grep -Eq '^/|(^|/)\\.\\.(/|$)'; then no BACKUP_UNUSABLE "the backup's archive has members outside its folder."; fi
  tar -xzf "$archive" -C "$work" --no-same-owner version-2 2>/dev/null || tar -xzf "$archive" -C "$work" version-2 2>/dev/null ||
    no WRITE_FAILED "cannot unpack the backup in $incoming."
  rm -rf "$d/version-2.from-backup.$run.new" "$l/version-2.from-backup.$run.new"
  mkdir -p "$d/version-2.from-backup.$run.new" "$l/version-2.from-backup.$run.new" || no WRITE_FAILED "cannot write in $d or $l."
  for file in "$incoming"/snapshot.* "$work"/version-2/*; do
    [ -f "$file" ] && ! [ -L "$file" ] || continue
    name=\${file##*/} to=
    case $name in
      snapshot.*) to=$d ;;
      log.*) to=$l ;;
      acceptedEpoch) cp "$file" "$note/backup-epoch" 2>/dev/null ;;
    esac
    [ -n "$to" ] || continue
    { chmod 640 "$file" && mv -f "$file" "$to/version-2.from-backup.$run.new/$name"; } 2>/dev/null || no WRITE_FAILED "cannot write in $to."
  done
  printf '%s\\n' "$places" | while IFS= read -r place; do
    zk_names "$place"
    sync "$new.new"/* 2>/dev/null
    rm -rf "$new"
    mv -T "$new.new" "$new" || no WRITE_FAILED "cannot write in $place."
  done || exit
  printf 'yes\\n' | zk_put "$note/staged" 077 || no STATE_UNWRITABLE "cannot write in $note."
  rm -rf "$incoming"
fi
part files
printf '%s\\n' "$places" | while IFS= read -r place; do
  zk_names "$place"
  at=$new; [ -d "$new" ] || at=$v
  cd "$at" || no NOT_STAGED "$at is gone."
  for file in snapshot.* log.*; do
    [ -f "$file" ] || continue
    sum=$(sha256sum <"$file") || no WRITE_FAILED "cannot read $at/$file."
    printf '%s %s %s\\n' "\${sum%% *}" "$(stat -c %s "$file")" "$file"
  done
done || exit
`;

const LOOK = `${PROCESS}${ONE_PIECE}${SECTIONS}${PLACES}
boundary=$1 own=$2 conf=$3 data=$4 run=$5 note=$own/restore
zk_places
epoch=0 known=
higher() { case $1 in ''|*[!0-9]*) ;; *) if [ "$1" -gt "$epoch" ]; then epoch=$1; fi ;; esac; }
of_zxid() { case $1 in ''|*[!0-9a-fA-F]*|?????????????????*) ;; *) higher "$((0x$1 >> 32))" ;; esac; }
read_number() { n=; { read -r n <"$1" || [ -n "$n" ]; } 2>/dev/null; }
of_folder() {
  for file in acceptedEpoch currentEpoch; do
    read_number "$1/$file"; higher "$n"
    if [ $file = acceptedEpoch ] && [ -n "$2" ]; then case $n in ''|*[!0-9]*) ;; *) known=yes ;; esac; fi
  done
  for file in "$1"/log.* "$1"/snapshot.*; do
    [ -e "$file" ] || continue
    n=\${file##*/}; n=\${n#*.}; of_zxid "\${n%%.*}"
  done
}
laid=; staged=
if zk_ours && [ -e "$note/staged" ]; then staged=yes; [ ! -e "$note/laying" ] || laid=yes; fi
part kept
printf '%s\\n' "$places" >"/dev/null"
IFS='
'
for place in $places; do
  zk_names "$place"
  if [ -d "$new" ]; then laid=; fi
  if [ -d "$undone" ]; then laid=; fi
  if [ -d "$old" ]; then printf '%s\\n' "$old"; of_folder "$old" own; of_folder "$v" ''; else of_folder "$v" own; fi
  of_folder "$new" ''; of_folder "$undone" ''
done
unset IFS
zk_key "$zk_cfg" dynamicConfigFile
if [ -n "$zk_value" ]; then
  of_zxid "\${zk_value##*.}"
  zk_under "$zk_value"; dynamic=$zk_path; zk_key "$dynamic" version; of_zxid "$zk_value"
fi
if zk_ours; then read_number "$note/backup-epoch"; higher "$n"; fi
part staged; printf '%s' "$staged"
part laid; printf '%s' "$laid"
part ran; if zk_ours && [ -e "$note/ran" ]; then cat "$note/ran"; fi
part pid; printf '%s' "$zk_pid"
part epoch; printf '%s' "$epoch"
part known; printf '%s' "$known"
`;

const NOTE = `${FENCE}${PROCESS}${ONE_PIECE}${PLACES}
own=$1 token=$2 conf=$3 data=$4 run=$5 note=$own/restore
zk_fence "$own" "$token"
zk_ours || no NOT_STAGED "this run has laid nothing there."
[ ! -e "$note/ran" ] || exit 0
zk_locate "$own" "$conf" "$data"
ran=no; [ -z "$zk_pid" ] || ran=yes
printf '%s\\n' "$ran" | zk_put "$note/ran" 077 || no STATE_UNWRITABLE "cannot write in $note."
sync "$note/ran" 2>/dev/null
`;

// The epoch goes into the new folder before that gets its name: a server that started without it would let a leader be elected
// whose transactions clients take for older than what they have seen, and turn away from.
const EPOCH = `
zk_raise() {
  has=; { read -r has <"$1/acceptedEpoch" || [ -n "$has" ]; } 2>/dev/null
  case $has in ''|*[!0-9]*) has=-1 ;; esac
  [ "$has" -lt "$2" ] || return 0
  printf '%s' "$2" | zk_put "$1/acceptedEpoch" 027 || failed "cannot write in $1."
  sync "$1/acceptedEpoch" 2>/dev/null
}
`;

const LAY = `${FENCE}${PROCESS}${ONE_PIECE}${PLACES}${EPOCH}
own=$1 token=$2 conf=$3 data=$4 run=$5 epoch=$6 note=$own/restore
zk_fence "$own" "$token"
zk_places
[ -z "$zk_pid" ] || no RUNS "server.\${own##*/server.} runs (pid $zk_pid): its data cannot be exchanged."
zk_ours && [ -e "$note/staged" ] || no NOT_STAGED "this run has laid nothing beside its data."
printf 'yes\\n' | zk_put "$note/laying" 077 || no STATE_UNWRITABLE "cannot write in $note."
sync "$note/laying" 2>/dev/null
zk_names "$d"
if [ -d "$new" ]; then zk_raise "$new" "$epoch"; else zk_raise "$v" "$epoch"; fi
printf '%s\\n' "$places" | while IFS= read -r place; do
  zk_names "$place"
  [ -d "$new" ] || continue
  if [ -e "$v" ]; then
    [ ! -e "$old" ] || no NOT_MOVABLE "something has made a new $v meanwhile."
    mv -T "$v" "$old" 2>/dev/null || failed "cannot move $v to $old."
  fi
  mv -T "$new" "$v" 2>/dev/null || failed "cannot move $new to $v."
  sync "$place" 2>/dev/null
done || exit
if [ ! -e "$d/myid" ]; then printf '%s\\n' "\${own##*/server.}" | zk_put "$d/myid" 022 || failed "cannot write $d/myid."; fi
exit 0
`;

const PUT_BACK = `${FENCE}${PROCESS}${ONE_PIECE}${PLACES}${EPOCH}
own=$1 token=$2 conf=$3 data=$4 run=$5 epoch=$6 note=$own/restore
zk_fence "$own" "$token"
zk_places
zk_ours && [ -e "$note/laying" ] || exit 0
[ -z "$zk_pid" ] || no RUNS "server.\${own##*/server.} runs (pid $zk_pid): its data cannot be exchanged."
printf '%s\\n' "$places" | while IFS= read -r place; do
  zk_names "$place"
  if [ ! -d "$new" ] && [ ! -d "$undone" ] && [ -d "$v" ]; then mv -T "$v" "$undone" 2>/dev/null || failed "cannot move $v to $undone."; fi
  if [ -d "$old" ]; then mv -T "$old" "$v" 2>/dev/null || failed "cannot move $old to $v."; fi
  sync "$place" 2>/dev/null
done || exit
zk_names "$d"
if [ -d "$v" ]; then zk_raise "$v" "$epoch"; fi
exit 0
`;

const DROP = `${FENCE}${PROCESS}${ONE_PIECE}${PLACES}
own=$1 token=$2 conf=$3 data=$4 run=$5 note=$own/restore
zk_fence "$own" "$token"
zk_places
rm -rf "$incoming"
printf '%s\\n' "$places" | while IFS= read -r place; do
  zk_names "$place"
  rm -rf "$new" "$new.new" 2>/dev/null || no WRITE_FAILED "cannot remove $new."
done || exit
zk_ours || exit 0
rm -rf "$note"
`;

/** A backup may be large and a host's disk slow. */
const LONG_MS = 1_800_000;
const SHORT_MS = 60_000;

type StagedBackup = Parameters<ServerControl["stageBackup"]>[0];

/** See `ServerControl.stageBackup`. */
export const stageBackup = async (
  transport: Transport,
  layout: Layout,
  { run, files }: StagedBackup,
  fence: FenceToken,
): Promise<readonly BackupFile[]> => {
  const { own, config, data } = layout;
  const made = await runScript(transport, {
    text: MAKE_ROOM,
    args: [own, String(fence), config, data, run],
    timeoutMs: SHORT_MS,
  });
  const [incoming = "", staged] = made.stdout.split("\n");
  // One after another: all of them go through one connection to the host.
  if (staged !== "staged") for (const file of files) await transport.upload(file.path, `${incoming}/${file.name}`);
  const boundary = makeBoundary();
  const { stdout } = await runScript(transport, {
    text: UNPACK,
    args: [boundary, own, String(fence), config, data, run, ...files.flatMap(({ name, sha256 }) => [name, sha256])],
    timeoutMs: LONG_MS,
  });
  return (parseSections(stdout, boundary).get("files") ?? "")
    .split("\n")
    .flatMap((line): BackupFile[] => {
      const found = /^([0-9a-f]{64}) (\d+) (\S+)$/.exec(line);
      return found === null ? [] : [{ sha256: found[1] ?? "", bytes: Number(found[2]), name: found[3] ?? "" }];
    })
    .sort((a, b) => (a.name < b.name ? -1 : 1));
};

/** See `ServerControl.restoring`. */
export const readRestoring = async (transport: Transport, layout: Layout, run: RunId): Promise<RestoringSeen> => {
  const boundary = makeBoundary();
  const { stdout } = await runScript(transport, {
    text: LOOK,
    args: [boundary, layout.own, layout.config, layout.data, run],
    timeoutMs: SHORT_MS,
  });
  const sections = parseSections(stdout, boundary);
  const said = (name: string): string => sections.get(name)?.trim() ?? "";
  return {
    staged: said("staged") === "yes",
    laid: said("laid") === "yes",
    ran: said("ran") === "" ? null : said("ran") === "yes",
    pid: said("pid") === "" ? null : Number(said("pid")),
    epoch: Number(said("epoch")),
    epochKnown: said("known") === "yes",
    kept: said("kept")
      .split("\n")
      .filter((folder) => folder !== ""),
  };
};

const act =
  (text: string) =>
  async (
    transport: Transport,
    layout: Layout,
    run: RunId,
    fence: FenceToken,
    more: readonly string[] = [],
  ): Promise<void> => {
    const { own, config, data } = layout;
    await runScript(transport, {
      text,
      args: [own, String(fence), config, data, run, ...more],
      timeoutMs: LONG_MS,
    });
  };

export const noteBeforeRestore = act(NOTE);
export const layBackup = act(LAY);
export const putBack = act(PUT_BACK);
export const dropStaged = act(DROP);
