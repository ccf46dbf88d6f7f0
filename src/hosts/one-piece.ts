// Files that are there whole or not at all. Shell text only.

/**
 * `zk_put FILE UMASK`: what comes on stdin becomes FILE, in one piece, as readable as UMASK lets it be; false when it cannot be
 * written. Its callers `sync` what must outlive a power cut: each takes as long as all that waits for the disk.
 * `zk_is FILE TEXT`: true when the first line of FILE is TEXT.
 */
export const ONE_PIECE = `
zk_put() {
  zk_new=\${1%/*}/.\${1##*/}.zkshift-new
  if [ -e "$zk_new" ]; then rm -f "$zk_new"; fi
  (umask "$2"; exec cat >"$zk_new") 2>/dev/null && mv -f "$zk_new" "$1" 2>/dev/null
}
zk_is() {
  zk_first=; { IFS= read -r zk_first <"$1"; } 2>/dev/null
  [ "$zk_first" = "$2" ]
}
`;
