// What would start a server again when it ends: a supervisor among its process's ancestors, or a systemd unit. A
// server that zkshift ends by signals must have none.

/** Programs whose whole work is to keep others running, by the names of their processes. */
const SUPERVISORS = ["runsv", "supervise", "s6-supervise", "supervisord", "perpd", "circusd", "daemon", "monit", "god"];

/**
 * `zk_reviver PID`: prints `supervisor NAME PID`, or `unit NAME RESTART` with the unit's `Restart=`; nothing where there is none.
 * What this script itself runs under does not count: a worker that is a service has started servers itself.
 */
export const REVIVER = `
zk_parent_of() { zk_parent=; { read -r zk_p_stat <"/proc/$1/stat"; } 2>/dev/null || return 1; zk_parent=\${zk_p_stat##*) }; zk_parent=\${zk_parent#* }; zk_parent=\${zk_parent%% *}; }
zk_unit_of() { sed -n 's/^[0-9]*:\\(name=systemd\\)\\{0,1\\}:.*\\/\\([^/]*\\.service\\)\\(\\/.*\\)\\{0,1\\}$/\\2/p' "/proc/$1/cgroup" 2>/dev/null | head -n 1; }
zk_reviver() {
  above=' ' up=$$
  while zk_parent_of "$up" && [ "\${zk_parent:-0}" -gt 1 ]; do up=$zk_parent above="$above$up "; done
  up=$1
  while zk_parent_of "$up" && [ "\${zk_parent:-0}" -gt 1 ]; do
    up=$zk_parent
    case $above in *" $up "*) break ;; esac
    zk_p_name=; { read -r zk_p_name <"/proc/$up/comm"; } 2>/dev/null
    case $zk_p_name in ${SUPERVISORS.join("|")}) printf 'supervisor %s %s' "$zk_p_name" "$up"; return ;; esac
  done
  zk_p_unit=$(zk_unit_of "$1")
  if [ -z "$zk_p_unit" ] || [ "$zk_p_unit" = "$(zk_unit_of $$)" ] || ! command -v systemctl >/dev/null; then return 0; fi
  zk_p_restart=$(systemctl show -p Restart "$zk_p_unit" 2>/dev/null)
  case $zk_p_restart in Restart=|Restart=no|'') ;; *) printf 'unit %s %s' "$zk_p_unit" "\${zk_p_restart#Restart=}" ;; esac
}
`;

/** The problem that what `zk_reviver` printed is for a server without a service manager; null when it printed nothing. */
export const reviverProblem = (printed: string): string | null => {
  const [kind, name = "", more = ""] = printed.trim().split(" ");
  switch (kind) {
    case "supervisor":
      return `it is run by ${name} (pid ${more}), which starts it again whenever it ends: give its host a \`service\` with the commands that start and stop it there.`;
    case "unit":
      return `it is run by the systemd unit ${name}, which starts it again whenever it ends (Restart=${more}): give its host \`service: systemd:${name.replace(/\.service$/, "")}\`.`;
    default:
      return null;
  }
};
