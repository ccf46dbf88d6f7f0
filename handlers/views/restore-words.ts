// What is said of a restore and of nothing else: what it costs, where it stands, what it leaves behind. Pure.
import type { RestoreGoal } from "../../src/model/goal.ts";
import type { Plan, StepOf } from "../../src/model/plan.ts";
import type { Live } from "../../src/ports.ts";
import type { RunState } from "../../src/run/state.ts";
import { and, bytes, code, dateTime, duration, esc, plural, serverName } from "./words.ts";

type Restore = {
  readonly goal: RestoreGoal;
  readonly stage: StepOf<"stage-backup">;
  readonly exchange: StepOf<"restore-data">;
};

/** Null for a plan of another kind. */
const restoreIn = ({ goal, steps }: Plan): Restore | null => {
  const stage = steps.find(({ kind }) => kind === "stage-backup");
  const exchange = steps.find(({ kind }) => kind === "restore-data");
  return goal.kind === "restore" && stage?.kind === "stage-backup" && exchange?.kind === "restore-data"
    ? { goal, stage, exchange }
    : null;
};

/** `2026-11-26 20:14:07 UTC` */
const takenAt = ({ taken }: StepOf<"stage-backup">): string => {
  const ms = Date.parse(taken.at);
  return Number.isNaN(ms) ? taken.at : dateTime(ms);
};

const holdsWords = ({ taken }: StepOf<"stage-backup">): string =>
  taken.znodes === null ? "not proved yet" : `${plural(taken.znodes, "znode")} up to zxid ${taken.zxid}`;

/** Plain text. */
export const restoreNotice = (plan: Plan): string => {
  const found = restoreIn(plan);
  if (found === null) return "";
  const { stage, exchange } = found;
  const servers = exchange.members.length === 1 ? "the one server" : `all ${exchange.members.length} servers`;
  const down = exchange.members.length - plan.basis.servers.length;
  const now =
    down === 0
      ? ""
      : ` ${down === exchange.members.length ? "No server serves" : `${plural(down, "server")} ${down === 1 ? "does" : "do"} not serve`} now, which is no obstacle.`;
  return `The backup (${bytes(stage.files.reduce((sum, file) => sum + file.bytes, 0))}, written by ${stage.taken.release}, ${holdsWords(stage)}) is proved on the worker and laid beside the data on every host while the servers run. Then ${servers} are stopped, get the same data, and are started: clients cannot reach the ensemble meanwhile.${now}`;
};

/** What everybody has to know before saying yes. Mrkdwn; none for plans of another kind. */
export const lossLines = (plan: Plan): readonly string[] => {
  const found = restoreIn(plan);
  if (found === null) return [];
  const { goal, stage } = found;
  return [
    goal.of === goal.ensemble
      ? `🔥 *Every write to ${esc(goal.ensemble)} after ${takenAt(stage)} is lost*, acknowledged or not: znodes created since are gone, deleted ones are back, changed ones are as they were.`
      : `🔥 *This is a backup of ${esc(goal.of)}, not of ${esc(goal.ensemble)}: all that ${esc(goal.ensemble)} holds is lost*, and replaced by what ${esc(goal.of)} held ${takenAt(stage)}.`,
    "Sessions end; ephemeral znodes go with them. Clients that have cached what they read must read it again.",
  ];
};

/** Plain text, after "rolled back: ". */
export const restoreWayBack =
  "↩︎ today's data are kept on every host: while the run is held, Roll back stops all servers again and puts them back; clients no longer see then what was written since the restore";

export const restoreRollback =
  "Before the servers are stopped: what was laid beside the data is removed. Afterwards: all servers are stopped again, their former data are put back, and those that ran are started. What was written since the restore is set aside with the restored data.";

/** Where a restore stands, as a sentence without its stop. */
export const restoreStanding = ({ plan, steps }: RunState): string => {
  const now = (kind: string): string => steps[plan.steps.findIndex((step) => step.kind === kind)]?.state ?? "todo";
  if (now("verify-restore") === "done") return "every server holds the backup's data, compared and proved";
  switch (now("restore-data")) {
    case "todo":
      return now("stage-backup") === "done"
        ? "the backup is proved and lies beside the data on every host; nothing was exchanged"
        : "no server was touched";
    case "done":
      return "every server has the backup's data; they were not compared yet";
    case "undone":
      return "every server has its former data again";
    default:
      return "servers are stopped, or being started; some may have the backup's data in place and some not";
  }
};

const MARKS = { todo: "⬜", doing: "⏳", done: "✅", failed: "🟠", back: "↩️" } as const;

/** Servers side by side with what is known of them. Mrkdwn. */
export const restoreServers = (state: RunState, live: Live | null): string => {
  const found = restoreIn(state.plan);
  if (found === null) return "";
  const exchanged = state.steps[state.plan.steps.indexOf(found.exchange)];
  const mark =
    exchanged?.state === "done"
      ? MARKS.done
      : exchanged?.state === "failed"
        ? MARKS.failed
        : exchanged?.state === "undone"
          ? MARKS.back
          : exchanged === undefined || exchanged.state === "todo"
            ? MARKS.todo
            : MARKS.doing;
  const shown = exchanged?.evidence?.step;
  const servers = found.exchange.members.map(({ id }) => {
    const seen = live?.servers.find((one) => one.id === id);
    const done = shown?.kind === "restore-data" ? shown.servers.find((one) => one.id === id)?.mode : undefined;
    const before = state.plan.basis.servers.find((one) => one.id === id)?.mode;
    const mode = seen?.mode ?? done ?? (mark === MARKS.todo ? (before ?? "down") : "");
    return `${mark} ${serverName(id)}${mode === "leader" ? " *leader*" : mode === "" ? "" : ` ${esc(mode)}`}`;
  });
  return servers.length <= 3 ? servers.join(" · ") : servers.join("\n");
};

/** What a restore leaves behind. Mrkdwn. */
export const afterRestore = (state: RunState): readonly string[] => {
  const at = state.plan.steps.findIndex(({ kind }) => kind === "restore-data");
  const exchange = state.steps[at];
  if (state.outcome === "rolled-back")
    return exchange?.state === "undone"
      ? [
          `The backup's data, with what was written on them meanwhile, lie beside in ${code(`version-2.undone.${state.run}`)} on hosts where they had been in place. Remove them when nobody needs them.`,
        ]
      : ["No server was stopped, no data were exchanged."];
  if (state.outcome === "stopped" && (exchange === undefined || exchange.state === "todo"))
    return [
      `What was laid beside the data stays and takes room: ${code(`version-2.from-backup.${state.run}`)} in the servers' data folders. Remove it when nobody needs it.`,
    ];
  const done = exchange?.evidence?.step;
  if (done?.kind !== "restore-data") return [];
  const kept = done.kept.filter(({ folders }) => folders.length > 0);
  return [
    ...(kept.length === 0
      ? []
      : [
          `Former data kept: ${kept.map(({ server, host, folders }) => `${serverName(server)} on ${esc(host)} (${folders.map(code).join(", ")})`).join(", ")}. Remove them when nobody needs them any more.`,
        ]),
    `Clients that do not come back by themselves have to be restarted. ${done.downMs === null ? "" : `The ensemble was down for ${duration(done.downMs)}.`}`.trim(),
  ];
};

/** Hosts by server, as far as the plan knows them. */
export const restoreRow = (plan: Plan): { readonly servers: string; readonly now: string } => {
  const found = restoreIn(plan);
  const members = found?.exchange.members ?? [];
  const known = (id: number) => plan.basis.servers.find((one) => one.id === id);
  return {
    servers: members.map(({ id, address }) => `${serverName(id)} ${known(id)?.host ?? address}`).join(", "),
    now: and([...new Set(members.map(({ id }) => known(id)?.mode ?? "down"))]),
  };
};
