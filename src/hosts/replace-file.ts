// How a file of a server's configuration is replaced in one piece. Shell text only.

/**
 * `zk_replace FILE SUM WHAT`: FILE becomes what comes from stdin, if that has the SHA-256 sum SUM; WHAT names it in refusals. Mode, owner
 * and a symbolic link to it stay. The first original is kept as FILE.before-zkshift.
 *
 * The text is checked against its sum before it gets its name: a cut connection ends the input early, and a server with half a
 * configuration does not come back. `cp -p` first: mode and owner stay.
 */
export const REPLACE = `
zk_replace() {
  file=$(readlink -f "$1") || file=$1
  folder=\${file%/*}
  [ -d "$folder" ] || mkdir -p "$folder" 2>/dev/null || no WRITE_FAILED "cannot create $folder."
  new=$folder/.\${file##*/}.zkshift-new
  rm -f "$new"
  if [ -f "$file" ]; then
    cp -p "$file" "$new" 2>/dev/null || no WRITE_FAILED "cannot write in $folder."
    if [ ! -e "$file.before-zkshift" ]; then
      { cp -p "$file" "$file.before-zkshift.new" && mv -f "$file.before-zkshift.new" "$file.before-zkshift"; } 2>/dev/null ||
        no WRITE_FAILED "cannot keep the old $3 as $file.before-zkshift."
    fi
  fi
  cat >"$new" || no WRITE_FAILED "cannot write $new."
  got=$(sha256sum <"$new")
  if [ "\${got%% *}" != "$2" ]; then rm -f "$new"; no CUT_SHORT "the new $3 arrived incomplete and was dropped."; fi
  sync "$new" 2>/dev/null
  mv -f "$new" "$file" || no WRITE_FAILED "cannot replace $file."
}
`;
