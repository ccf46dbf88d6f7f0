// Whether a folder is empty, as far as a new server is concerned, and whether it can be moved away. Shell text only.

/**
 * `zk_holds FOLDER [NAMES]`: true when there is anything in FOLDER but NAMES; sets `zk_held` to one of them. A disk's own
 * lost+found does not count.
 *
 * `zk_inner DATA LOG`: sets `zk_in` to the first step from DATA to a LOG below it, which is nobody's data; else empty.
 *
 * `zk_movable FOLDER`: sets `zk_real`, what FOLDER leads to; false, with `zk_why` set, when that cannot be renamed.
 */
export const HOLDS = `
zk_holds() {
  zk_held=
  for zk_f in "$1"/* "$1"/.[!.]* "$1"/..?*; do
    [ -e "$zk_f" ] || [ -L "$zk_f" ] || continue
    case " lost+found $2 " in *" \${zk_f##*/} "*) continue ;; esac
    zk_held=\${zk_f##*/}
    return 0
  done
  return 1
}
zk_inner() { zk_in=; case $2 in "$1"/*) zk_in=\${2#"$1"/}; zk_in=\${zk_in%%/*} ;; esac; }
zk_movable() {
  zk_real=$(readlink -f "$1"); zk_top=\${zk_real%/*}; zk_top=\${zk_top:-/}
  if [ -w "$zk_top" ] && [ "$(stat -c %d "$zk_real")" = "$(stat -c %d "$zk_top")" ]; then return 0; fi
  zk_why="$1 cannot be renamed: it is a disk of its own, or $zk_top cannot be written by $(id -un)."
  return 1
}
`;
