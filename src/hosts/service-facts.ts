// What a server's service manager says of it before anything is done: is the unit there, may it be started and stopped, are
// the commands there. It changes nothing.
import type { Placement } from "../model/inventory.ts";
import type { Layout } from "./layout.ts";
import { linesOf } from "./machine.ts";
import { PROCESS } from "./process.ts";
import { makeBoundary, parseSections, runScript, SECTIONS } from "./script.ts";
import { wayTo } from "./service-way.ts";
import type { Transport } from "./transport.ts";

// `sudo -l COMMAND` asks whether it would be allowed, and runs nothing.
const ASK_SYSTEMD = `${PROCESS}${SECTIONS}
boundary=$1 own=$2 conf=$3 data=$4 unit=$5
zk_locate "$own" "$conf" "$data"
part us; zk_us; id -u
part unit; systemctl show -p LoadState -p ActiveState -p SubState -p Result -p NRestarts -p User "$unit" 2>&1 </dev/null
part apart; [ -z "$zk_pid" ] || grep -qF "/$unit" "/proc/$zk_pid/cgroup" || printf '%s' "$zk_pid"
part forbidden
if ! [ -O / ] && command -v sudo >/dev/null; then
  for doing in '--no-block stop' '--no-block start' 'kill --signal=SIGKILL' 'reset-failed'; do
    sudo -n -l systemctl $doing "$unit" >/dev/null 2>&1 </dev/null || echo "$doing"
  done
fi
`;

const ASK_COMMANDS = `${PROCESS}${SECTIONS}
boundary=$1 own=$2 conf=$3 data=$4 start=$5 stop=$6
shift 6
zk_locate "$own" "$conf" "$data"
part missing; for program in "$start" "$stop" "$1"; do command -v "$program" >/dev/null || printf '%s\\n' "$program"; done
part pid; printf '%s' "$zk_pid"
limit=; command -v timeout >/dev/null && limit='timeout 10'
said=$($limit "$@" 2>&1 </dev/null); code=$?
part code; printf '%s' "$code"
part said; printf '%s' "$said" | head -n 1 | cut -c 1-200
`;

/** Problems with a unit, one sentence each, from the sections that the host printed. */
export const unitProblems = (sections: ReadonlyMap<string, string>, unit: string): readonly string[] => {
  const show = new Map(
    linesOf(sections.get("unit")).map((line) => {
      const at = line.indexOf("=");
      return [line.slice(0, at), line.slice(at + 1)] as const;
    }),
  );
  const load = show.get("LoadState");
  if (load === undefined) {
    const said = linesOf(sections.get("unit"))[0] ?? "";
    return [`systemd cannot be asked about ${unit}${said === "" ? "" : ` (${said})`}: see the host's \`service\`.`];
  }
  if (load !== "loaded") {
    const why = load === "not-found" ? "has no unit of that name" : `counts it as ${load}`;
    return [`the unit ${unit} cannot be used: systemd ${why}.`];
  }
  // Our name, and our number, for a unit's User= may be either.
  const we = linesOf(sections.get("us"));
  const us = we[0] ?? "";
  const user = show.get("User") || "root";
  const apart = (sections.get("apart") ?? "").trim();
  const forbidden = linesOf(sections.get("forbidden"));
  return [
    ...(we.includes(user) ? [] : [`the unit ${unit} runs the server as user ${user}, zkshift acts as ${us}.`]),
    ...(apart === ""
      ? []
      : [`its process ${apart} was not started by the unit ${unit}: stop it, and start the server by the unit.`]),
    ...(show.get("SubState") === "auto-restart"
      ? [
          `systemd starts ${unit} over and over (${show.get("NRestarts") ?? "?"} times so far, last result ${show.get("Result") ?? "unknown"}).`,
        ]
      : []),
    ...forbidden.map((doing) => `${us} may not run \`systemctl ${doing} ${unit}\` by sudo without a password.`),
  ];
};

/** Problems with commands, one sentence each, from the sections that the host printed. */
export const commandProblems = (sections: ReadonlyMap<string, string>): readonly string[] => {
  const missing = [...new Set(linesOf(sections.get("missing")))];
  if (missing.length > 0) return missing.map((program) => `the program ${program} of its \`service\` is missing.`);
  const runs = (sections.get("pid") ?? "") !== "";
  const code = Number(sections.get("code") ?? "");
  const said = linesOf(sections.get("said"))[0] ?? "";
  if (!runs || code === 0) return [];
  return [
    `its status command ends with code ${code} while its process runs${said === "" ? "" : ` (${said})`}: the commands may be another server's, or it was started by other means.`,
  ];
};

/** Problems with the server's service manager; none where there is none. */
export const serviceProblems = async (
  transport: Transport,
  placement: Placement,
  layout: Layout,
): Promise<readonly string[]> => {
  const { service } = placement.host;
  if (service === "zkServer") return [];
  const boundary = makeBoundary();
  const where = [boundary, layout.own, layout.config, layout.data];
  const isUnit = "systemd" in service;
  const args = isUnit
    ? [...where, service.systemd]
    : [
        ...where,
        ...(["start", "stop"] as const).map((doing) => wayTo(doing, placement)[1] ?? ""),
        ...wayTo("status", placement).slice(1),
      ];
  const { stdout } = await runScript(transport, {
    text: isUnit ? ASK_SYSTEMD : ASK_COMMANDS,
    args,
    timeoutMs: 60_000,
  });
  const sections = parseSections(stdout, boundary);
  return isUnit ? unitProblems(sections, service.systemd) : commandProblems(sections);
};
