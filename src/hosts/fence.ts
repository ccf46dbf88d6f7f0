// The host's own wall against a worker that lost its lease: a lock held during every effect, and the newest fencing
// token seen. Shell text only; both files live in the server's own root.

/** Longer than any effect but unpacking a release on a slow disk. */
const LOCK_WAIT_S = 30;

/**
 * `zk_fence OWN TOKEN`: takes the lock of this server on descriptor 9, held until the script ends; refuses `FENCED` when
 * a newer token was seen, and remembers this one when it is newer, both before any effect. What a script starts and
 * leaves running must be started with `9>&-`, or the lock is held as long as it lives.
 *
 * `command exec`: a plain `exec` that cannot open its file ends the shell without a word.
 * The loop around `flock -n` instead of `flock -w`: busybox has no `-w`.
 */
export const FENCE = `
zk_fence() {
  zk_state=\${1%/*}
  [ -d "$1" ] || { mkdir -p -m 700 "$1" && chmod 700 "$zk_state"; } 2>/dev/null || no STATE_UNWRITABLE "cannot create $1."
  command -v flock >/dev/null || no TOOL_MISSING "the program flock (util-linux) is missing."
  { command exec 9>>"$zk_state/fence.lock"; } 2>/dev/null || no STATE_UNWRITABLE "cannot write in $zk_state."
  zk_tries=0
  until flock -n 9; do
    zk_tries=$((zk_tries + 1))
    [ "$zk_tries" -le ${LOCK_WAIT_S * 20} ] || no LOCKED "something else has held $zk_state/fence.lock for ${LOCK_WAIT_S} s."
    sleep 0.05 2>/dev/null || sleep 1
  done
  zk_newest=0
  if [ -f "$zk_state/fence" ]; then read -r zk_newest <"$zk_state/fence" || :; fi
  case $zk_newest in ''|*[!0-9]*) no FENCE_DAMAGED "$zk_state/fence does not hold a token." ;; esac
  [ "$2" -ge "$zk_newest" ] || no FENCED "a newer worker has acted here (token $zk_newest, ours is $2)."
  if [ "$2" -gt "$zk_newest" ] || [ ! -f "$zk_state/fence" ]; then
    { printf '%s\\n' "$2" >"$zk_state/fence.new" && mv -f "$zk_state/fence.new" "$zk_state/fence"; } 2>/dev/null ||
      no STATE_UNWRITABLE "cannot write $zk_state/fence."
  fi
}
`;
