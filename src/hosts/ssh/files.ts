// The commands that files travel by. No sftp: not every sshd offers it, and it knows no sudo. Shell text only.

/**
 * Prints how many bytes of an upload that broke off are there to go on from: 0 for none. `$1` the place, `$2` the unfinished
 * name's ending, `$3` bytes of the whole. The host may not know yet that the connection of the one that broke off is gone, and wait for more of it: who
 * receives and has got nothing for three seconds is ended; `busy` where it does get something, from another worker or another run.
 */
export const RECEIVED = `
part=$1.$2.part
size() { wc -c <"$part" 2>/dev/null || echo 0; }
receiving() { { read -r by <"$part.by"; } 2>/dev/null && grep -qF -e "$2" "/proc/$by/cmdline" 2>/dev/null; }
[ -f "$part" ] || { echo 0; exit 0; }
if receiving "$@"; then
  was=$(size); sleep 3
  if receiving "$@" && [ "$(size)" -ne "$was" ]; then echo busy; exit 0; fi
  if receiving "$@"; then kill -KILL "$by" $(cat "/proc/$by/task/$by/children" 2>/dev/null) 2>/dev/null; fi
fi
had=$(size)
if [ "$had" -gt "$3" ]; then rm -f "$part"; had=0; fi
echo "$had"
`;

/**
 * Takes stdin as a file: beside its place first, under a name that says it is unfinished, then checked, then in its place in one
 * move. `$1` the place, `$2` the unfinished name's ending, `$3` bytes of the whole, `$4` mode, `$5` SHA-256, `$6` bytes
 * that are there already and not sent again. What arrived of an upload that was cut off stays for a day, to go on from; a copy that
 * turns out wrong, or that the disk has no room for, goes at once.
 */
export const RECEIVE = `
no() { printf '%s\\n' "$1" >&2; exit 1; }
to=$1 part=$1.$2.part
case $to in */*) folder=\${to%/*} ;; *) folder=. ;; esac
[ -d "$folder" ] || mkdir -p "$folder" || exit 1
find "$folder" -maxdepth 1 -name "\${to##*/}.*.part*" -mmin +1440 -exec rm -f {} + 2>/dev/null
umask 077
trap 'rm -f "$part.by"' EXIT
printf '%s\\n' $$ >"$part.by" || exit 1
[ "$6" -gt 0 ] || rm -f "$part"
head -c "$(($3 - $6))" >>"$part" || { rm -f "$part"; exit 1; }
size=$(wc -c <"$part")
[ "$size" -eq "$3" ] || no "only $size of $3 bytes arrived"
sum=$(sha256sum <"$part") || exit 1
[ "\${sum%% *}" = "$5" ] || { rm -f "$part"; no "the copy's SHA-256 is wrong"; }
chmod "$4" "$part" && mv -f "$part" "$to"
`;

/** Gives a file: its size and mode on a line, then its bytes. A log that grows meanwhile is cut where it ended at first. `$1` the file. */
export const SEND = `
[ -f "$1" ] || { printf 'there is no file %s\\n' "$1" >&2; exit 1; }
is=$(stat -c '%s %a' "$1") || exit 1
printf '%s\\n' "$is"
head -c "\${is% *}" "$1"
`;
