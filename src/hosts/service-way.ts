// The ways in which a server is started and stopped, as shell functions that the scripts of start-stop.ts and
// start-by-manager.ts call: by signals, by a systemd unit, or by a team's own commands. Shell text only.
import type { Placement, ServiceCommands } from "../model/inventory.ts";

/** runit, daemontools and supervisord start again what has ended after a second at most; half of one more for a busy host. */
const REVIVAL_TENTHS = 15;

/** How long a stop command may go on after the server's process has ended, in tenths of a second. */
const COMMAND_TENTHS = 150;

/**
 * `$service_way` (zkServer, systemd or command) must be set, and the way's own arguments be the script's `$@`: the unit's name, or
 * the command, which is run as these arguments are, by no shell; they are handed to `zk_end` and `zk_begin` again.
 *
 * `zk_ctl ARGUMENT…`: systemctl with the right to change units: as root by itself, else by `sudo -n`, and where there is no
 * sudo by itself, as polkit may allow it. What it says is kept in `$own/service.out`; `zk_said` prints it on one line.
 * `zk_unit`: sets `unit_load`, `unit_active`, `unit_sub`, `unit_result` and `unit_restarts`; needs no rights.
 *
 * `zk_end SIGNAL PID …`: begins to end the server, by signal TERM or KILL; PID is empty when no process was seen, and the manager
 * may be about to start one. `zk_trouble PID`: while that goes on, refuses where it cannot end. `zk_has_ended`: waits until the manager
 * too counts it as stopped, and refuses (`REVIVED`) when another process of it runs then.
 * `zk_begin …`: begins to start it. `zk_broken`: sets `why` when the manager has given up, or starts it over and over.
 *
 * With systemd the stop job comes before the kill: while there is one, systemd does not restart what dies, whatever `Restart=`
 * says (systemd.service(5): not where the end is its own doing), and `--no-block` keeps a slow ExecStop= out of the way. A stop
 * command gets 50 ms before the kill for the same reason: a supervisor must know before its process dies.
 */
export const SERVICE_WAYS = `
zk_pause() { sleep 0.1 2>/dev/null || sleep 1; }
zk_said() { tr '\\n' ' ' <"$own/service.out" 2>/dev/null | cut -c 1-400; }
zk_ctl() {
  if [ -O / ] || ! command -v sudo >/dev/null; then systemctl --no-ask-password "$@" >"$own/service.out" 2>&1 </dev/null 9>&-
  else sudo -n systemctl "$@" >"$own/service.out" 2>&1 </dev/null 9>&-; fi
}
zk_unit() {
  unit_load= unit_active= unit_sub= unit_result= unit_restarts=
  while IFS='=' read -r name value; do
    case $name in
      LoadState) unit_load=$value ;; ActiveState) unit_active=$value ;; SubState) unit_sub=$value ;;
      Result) unit_result=$value ;; NRestarts) unit_restarts=$value ;;
    esac
  done <<END
$(systemctl show -p LoadState -p ActiveState -p SubState -p Result -p NRestarts "$unit" 2>/dev/null 9>&-)
END
}
zk_signal() { kill -"$1" "$2" 2>/dev/null || ! zk_alive "$2"; }
zk_may_not() { no SERVICE_NOT_ALLOWED "$(id -un) cannot $1 the unit $unit: $(zk_said)"; }
zk_no_other() {
  zk_find "$conf" "$data"
  [ -z "$zk_pid" ] || no REVIVED "its process \${1:+$1 }was ended, and process $zk_pid of the same server runs: something starts it again."
}
zk_trouble() { :; }
case $service_way in
zkServer)
  zk_end() { zk_signal "$1" "$2" || no NOT_PERMITTED "not permitted to end process $2."; }
  zk_has_ended() { :; }
  ;;
systemd)
  unit=$1
  zk_end() {
    zk_ctl --no-block stop "$unit" || [ -z "$2" ] || zk_may_not stop
    if [ -z "$2" ]; then return 0; fi
    if [ "$1" = TERM ] && grep -qF "/$unit" "/proc/$2/cgroup" 2>/dev/null; then return 0; fi
    zk_signal "$1" "$2" || zk_ctl kill --signal=SIGKILL "$unit" || zk_may_not kill
  }
  zk_has_ended() {
    tries=0
    while :; do
      zk_unit
      case $unit_active in inactive|failed|'') break ;; esac
      tries=$((tries + 1))
      [ $tries -ne 100 ] || zk_ctl kill --signal=SIGKILL "$unit" || :
      [ $tries -lt 150 ] || no REVIVED "the unit $unit was told to stop, and is $unit_active ($unit_sub)."
      zk_pause
    done
    zk_no_other "$1"
  }
  zk_begin() {
    zk_unit
    case $unit_load in
      loaded) ;;
      '') no UNIT_UNUSABLE "systemctl is missing, or systemd does not run this host." ;;
      *) no UNIT_UNUSABLE "systemd cannot start the unit $unit: it is $unit_load." ;;
    esac
    # One that has failed too often is refused a start until its count is reset.
    [ "$unit_active" != failed ] || zk_ctl reset-failed "$unit" || :
    zk_ctl --no-block start "$unit" || zk_may_not start
  }
  zk_broken() {
    zk_unit
    case $unit_active:$unit_sub in
      failed:*) why="the unit $unit has failed (systemd says $unit_result)." ;;
      *:auto-restart*) why="the process of $unit ended at once ($unit_result), and systemd starts it over and over ($unit_restarts times so far)." ;;
    esac
  }
  ;;
command)
  helper= code=
  # A shell tells a child's code once.
  zk_helper_code() { [ -n "$code" ] || { wait "$helper"; code=$?; }; }
  zk_end() {
    end_by=$1 end_pid=$2; shift 2
    if [ -z "$helper" ]; then
      "$@" >"$own/service.out" 2>&1 </dev/null 9>&- &
      helper=$!
      if [ "$end_by" = KILL ]; then sleep 0.05 2>/dev/null || :; fi
    fi
    # Whoever may not signal it leaves that to the command.
    [ "$end_by" != KILL ] || [ -z "$end_pid" ] || zk_signal KILL "$end_pid" || :
  }
  zk_trouble() {
    if zk_alive "$helper"; then return 0; fi
    zk_helper_code
    [ $code = 0 ] || ! zk_alive "$1" ||
      no SERVICE_COMMAND_FAILED "the stop command ended with code $code, and process $1 still runs: $(zk_said)"
  }
  zk_has_ended() {
    tries=0
    while zk_alive "$helper" && [ $tries -lt ${COMMAND_TENTHS} ]; do zk_pause; tries=$((tries + 1)); done
    kill "$helper" 2>/dev/null
    # A command that did not reach its supervisor may end with 0 all the same, and supervisors wait a second before they
    # start the next process: looked for until then. Where none was ended, there is nothing to wait for.
    tries=0
    while zk_find "$conf" "$data"; [ -n "$1" ] && [ -z "$zk_pid" ] && [ $tries -lt ${REVIVAL_TENTHS} ]; do zk_pause; tries=$((tries + 1)); done
    # One that the supervisor had begun just before it was told goes as well.
    tries=0
    while zk_find "$conf" "$data"; [ -n "$zk_pid" ] && [ $tries -lt 30 ]; do zk_pause; tries=$((tries + 1)); done
    zk_no_other "$1"
  }
  zk_begin() {
    begin_apart=; command -v setsid >/dev/null && begin_apart=setsid
    $begin_apart "$@" >"$own/service.out" 2>&1 </dev/null 9>&- &
    helper=$!
  }
  zk_broken() {
    if zk_alive "$helper"; then return 0; fi
    zk_helper_code
    [ $code = 0 ] || why="the start command ended with code $code: $(zk_said)"
  }
  ;;
esac
`;

/** The name of the way, and the script's last arguments for what it is to do. */
export const wayTo = (doing: keyof ServiceCommands, placement: Placement): readonly string[] => {
  const { service, name } = placement.host;
  if (service === "zkServer") return [service];
  if ("systemd" in service) return ["systemd", service.systemd];
  const words = service.command[doing];
  return ["command", ...words.map((word) => word.replaceAll("{id}", String(placement.id)).replaceAll("{host}", name))];
};
