// The commands that files travel by. No sftp: not every sshd offers it, and it knows no sudo. Shell text only.

/**
 * Takes stdin as a file: beside its place first, under a name that says it is unfinished, then checked, then in its place in one
 * move. `$1` the place, `$2` the unfinished name's ending, `$3` bytes, `$4` mode, `$5` SHA-256. Unfinished ones of uploads
 * that were cut off an hour ago and more go.
 */
export const RECEIVE = `
no() { printf '%s\\n' "$1" >&2; exit 1; }
to=$1 part=$1.$2.part
case $to in */*) folder=\${to%/*} ;; *) folder=. ;; esac
[ -d "$folder" ] || mkdir -p "$folder" || exit 1
find "$folder" -maxdepth 1 -name "\${to##*/}.*.part" -mmin +60 -exec rm -f {} + 2>/dev/null
umask 077
trap 'rm -f "$part"' EXIT
head -c "$3" >"$part" || exit 1
size=$(wc -c <"$part")
[ "$size" -eq "$3" ] || no "only $size of $3 bytes arrived"
sum=$(sha256sum <"$part") || exit 1
[ "\${sum%% *}" = "$5" ] || no "the copy's SHA-256 is wrong"
chmod "$4" "$part" && mv -f "$part" "$to"
`;

/** Gives a file: its size and mode on a line, then its bytes. A log that grows meanwhile is cut where it ended at first. `$1` the file. */
export const SEND = `
[ -f "$1" ] || { printf 'there is no file %s\\n' "$1" >&2; exit 1; }
is=$(stat -c '%s %a' "$1") || exit 1
printf '%s\\n' "$is"
head -c "\${is% *}" "$1"
`;
