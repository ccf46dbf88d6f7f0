// Files that are there whole or not at all. Shell text only.

/**
 * `zk_put FILE MODE`: what comes on stdin becomes FILE, in one piece, with that mode; false when it cannot be written. Its callers
 * `sync` what must outlive a power cut: each takes as long as all that waits for the disk.
 * `zk_is FILE TEXT`: true when the first line of FILE is TEXT.
 */
export const ONE_PIECE = `
zk_put() {
  zk_new=\${1%/*}/.\${1##*/}.zkshift-new
  { rm -f "$zk_new" && (umask 077; cat >"$zk_new") && chmod "$2" "$zk_new"; } 2>/dev/null || return 1
  mv -f "$zk_new" "$1" 2>/dev/null
}
zk_is() {
  zk_first=; { IFS= read -r zk_first <"$1"; } 2>/dev/null
  [ "$zk_first" = "$2" ]
}
`;
