// Whether a folder is empty, as far as a new server is concerned. Shell text only.

/**
 * `zk_holds FOLDER [NAMES]`: true when there is anything in FOLDER but NAMES; sets `zk_held` to one of them. A disk's own
 * lost+found does not count.
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
`;
