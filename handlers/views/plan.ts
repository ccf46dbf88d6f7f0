// A plan as a person reads it before saying yes. Pure: plan → pieces of a message, and the same as a file.
import { assertNever } from "../../src/model/ids.ts";
import { type Finding, type Plan, type Step, turnOf } from "../../src/model/plan.ts";
import type { Message, Piece } from "./message.ts";
import { context, header, message, section, sections, table } from "./message.ts";
import { stepInTurn, stepPlanned } from "./step-words.ts";
import {
  and,
  clock,
  code,
  configVersion,
  dateTime,
  duration,
  esc,
  person,
  plural,
  serverName,
  shortHash,
} from "./words.ts";

/** `3.8.0`, or `3.8.0 and 3.9.3` of an ensemble found half-way. */
export const releasesNow = (plan: Plan): string => {
  const now = [...new Set(plan.basis.servers.map((server) => server.release))].toSorted();
  return and(now);
};

/** `Upgrade orders: 3.8.0 → 3.9.6` */
export const planTitle = (plan: Plan, verb = "Upgrade"): string =>
  `${verb} ${plan.goal.ensemble}: ${releasesNow(plan)} → ${plan.goal.release}`;

/** Steps of one turn in a row; `server` null for what concerns all. */
type Turn = { readonly server: number | null; readonly gate: boolean; readonly steps: readonly Step[] };

/** The plan's steps as turns, in order. */
const turnsOf = (steps: readonly Step[]): readonly Turn[] => {
  const turns: Turn[] = [];
  for (const step of steps) {
    const server = step.kind === "ask-approval" ? null : turnOf(step);
    const gate = step.kind === "ask-approval";
    const last = turns.at(-1);
    if (last !== undefined && last.server === server && !last.gate && !gate) {
      turns[turns.length - 1] = { ...last, steps: [...last.steps, step] };
    } else {
      turns.push({ server, gate, steps: [step] });
    }
  }
  return turns;
};

/** Steps about all servers, those of a kind said once: `back up server.1 · install 3.9.6 …`. */
const togetherWords = (steps: readonly Step[]): string => {
  const backUps = steps.flatMap((step) => (step.kind === "back-up" ? [serverName(step.server)] : []));
  const words = steps
    .filter((step) => step.kind !== "preflight")
    .map((step) => (step.kind === "back-up" ? `back up ${and(backUps)}` : stepInTurn(step)));
  return [...new Set(words)].join(" · ");
};

const turnWords = (steps: readonly Step[]): string => steps.map(stepInTurn).join(" · ");

const turnRows = (plan: Plan): readonly (readonly (string | { bold: string })[])[] => {
  let number = 0;
  let previous = "";
  return turnsOf(plan.steps).flatMap((turn) => {
    const [first] = turn.steps;
    if (turn.gate && first?.kind === "ask-approval") return [["gate", "", "", stepInTurn(first)]];
    if (turn.server === null) {
      const words = togetherWords(turn.steps);
      return words === "" ? [] : [["–", number === 0 ? "all hosts" : "all", "", words]];
    }
    number += 1;
    const server = plan.basis.servers.find((one) => one.id === turn.server);
    const words = turnWords(turn.steps);
    const [begin = "", ...others] = turn.steps.map(stepInTurn);
    const sameButBegin = others.join(" · ") === previous.split(" · ").slice(1).join(" · ") && others.length > 0;
    const what = words === previous ? "same" : sameButBegin ? `${begin} · then the same` : words;
    previous = words;
    const mode = server?.mode ?? "";
    return [
      [
        String(number),
        `${serverName(turn.server)} ${server?.host ?? ""}`,
        mode === "leader" ? { bold: mode } : mode,
        what,
      ],
    ];
  });
};

/** Why the order is as it is, and what a client will see of it. */
export const noticeWords = (plan: Plan): string => {
  const voters = plan.basis.servers.filter((server) => server.role === "participant").length;
  if (plan.basis.servers.length === 1) {
    return "This ensemble has one server: clients cannot reach it while it restarts, some seconds. Sessions survive if they are back before their time-out.";
  }
  if (voters < 3) {
    return `With ${voters === 1 ? "one voter" : "two voters"} no quorum is left while one restarts: nobody can read or write for some seconds, each time. Sessions survive if a quorum is back before their time-out.`;
  }
  const observers = plan.basis.servers.some((server) => server.role === "observer")
    ? "observers first, then followers, "
    : "";
  const handOver = plan.steps.find((step) => step.kind === "hand-over-leadership");
  const pause =
    handOver?.kind !== "hand-over-leadership"
      ? ""
      : handOver.method === "observer-then-kill"
        ? " Expect one pause of writes of about 0.3 s when leadership moves."
        : " Expect one pause of writes of about 0.5 s when leadership moves.";
  return `One server at a time, ${observers}leader last, so that a quorum serves all the time and leadership moves only once. Clients stay connected to the other servers; those of the server in turn reconnect and keep their sessions.${pause}`;
};

/** Where a finding comes from, unless it says so itself. */
export const sourceWords = ({ what, todo, source }: Finding): string =>
  what.includes(source) || todo.includes(source) ? "" : ` _${esc(source)}_`;

const findingWords = (finding: Finding): string => {
  const where = finding.server === null ? "" : ` (${serverName(finding.server)})`;
  const mark = finding.severity === "warns" ? "⚠️" : finding.severity === "override" ? "❗" : "⛔";
  const overridden = finding.severity === "override" ? ` · overridden by the requester: ${code(finding.rule)}` : "";
  return `${mark} ${esc(finding.what)}${where} ${esc(finding.todo)}${sourceWords(finding)}${overridden}`;
};

/** Findings shown in the message itself; the rest is behind Details and in the plan file. */
const FINDINGS_SHOWN = 6;

const basisWords = (plan: Plan, hash: string): string => {
  const { basis } = plan;
  const rests =
    basis.configVersion === null
      ? "based on the servers' own configuration files"
      : `based on configuration version ${code(configVersion(basis.configVersion))}`;
  return `plan ${code(shortHash(hash))} · ${rests}, seen ${clock(basis.seenAt)} UTC`;
};

/** The plan without who asked and who must approve. */
export const planPieces = (plan: Plan, hash: string): readonly Piece[] => {
  const notes = plan.findings.length;
  const shown = plan.findings.slice(0, FINDINGS_SHOWN);
  const hidden = notes - shown.length;
  return [
    section(noticeWords(plan)),
    table(["turn", "server", "now", "what happens"], turnRows(plan)),
    section(
      `⏱ about ${duration(roundTime(plan.expectedMs))}, approvals and watching apart · ↩︎ can be rolled back at every step, server by server`,
    ),
    ...sections(shown.map(findingWords)),
    context(
      `${plural(plan.rulesChecked, "rule")} checked, ${notes === 0 ? "nothing to note" : plural(notes, "note")}${
        hidden > 0 ? ` (${hidden} more behind Details)` : ""
      } · ${basisWords(plan, hash)}`,
    ),
  ];
};

/** An estimate is not known to the second. */
const roundTime = (ms: number): number =>
  ms < 10_000 ? ms : ms < 120_000 ? Math.round(ms / 5000) * 5000 : Math.round(ms / 30_000) * 30_000;

/** The answer to `dry-run`: the plan, and that it ends there. */
export const dryRunMessage = (plan: Plan, hash: string): Message =>
  message(`Dry run. ${planTitle(plan)}`, [
    header(planTitle(plan)),
    context("*Dry run*: this is what would be done. Nothing was started and nothing is reserved."),
    ...planPieces(plan, hash),
    context(`Full plan: ${plural(plan.steps.length, "step")}. To ask for it: ${code(upgradeCommand(plan))}`),
  ]);

const upgradeCommand = ({ goal }: Plan): string =>
  [
    `/zk upgrade ${goal.ensemble} ${goal.release}`,
    ...(goal.gates === null ? [] : [`gates ${goal.gates}`]),
    ...(goal.overrides.length === 0 ? [] : [`override ${goal.overrides.join(",")}`]),
  ].join(" ");

/** When approval is asked, in words. */
export const gatesWords = (plan: Plan): string => {
  switch (plan.gates) {
    case "once":
      return "approval is asked once, for the plan";
    case "leader":
      return "approval is asked for the plan and again before the leader's turn";
    case "each":
      return "approval is asked for the plan and again before every server's turn";
    default:
      return assertNever(plan.gates);
  }
};

const changeLines = (step: Step): readonly string[] =>
  step.kind !== "write-config"
    ? []
    : step.changes.flatMap(({ key, from, to }) => [
        ...(from === null ? [] : [`- ${key}=${from}`]),
        ...(to === null ? [] : [`+ ${key}=${to}`]),
      ]);

/** Every step with its number; a step that writes configuration with its lines below it. Plain text. */
export const numberedSteps = (plan: Plan): readonly string[] =>
  plan.steps.flatMap((step, i) => [
    `${i + 1}. ${stepPlanned(step)}`,
    ...changeLines(step).map((line) => `      ${line}`),
  ]);

const findingsFile = (findings: readonly Finding[]): readonly string[] =>
  findings.length === 0
    ? ["Nothing to note."]
    : findings.map(
        (finding) =>
          `- **${finding.rule}** (${finding.severity}${finding.server === null ? "" : `, ${serverName(finding.server)}`}): ${finding.what} ${finding.todo} *${finding.source}*`,
      );

/** `plan.md`: the whole plan for reading away from Slack. `requester` is a Slack user id; null for a dry run. */
export const planFile = (plan: Plan, hash: string, run: string | null, requester: string | null): string =>
  [
    `# ${planTitle(plan)}`,
    "",
    ...(run === null ? [] : [`- run: \`${run}\``]),
    `- plan: \`${hash}\``,
    ...(requester === null ? [] : [`- asked by: ${requester}`]),
    `- seen: ${dateTime(plan.basis.seenAt)}${plan.basis.configVersion === null ? "" : `, configuration version ${configVersion(plan.basis.configVersion)}`}`,
    `- gates: ${gatesWords(plan)}`,
    `- expected time: about ${duration(plan.expectedMs)}, approvals and watching apart`,
    `- approvals needed: ${plan.approvals}`,
    "",
    noticeWords(plan),
    "",
    "## Servers as seen",
    "",
    "| server | host | client port | role | mode | release |",
    "|---|---|---|---|---|---|",
    ...plan.basis.servers.map(
      (server) =>
        `| ${serverName(server.id)} | ${server.host} | ${server.client} | ${server.role} | ${server.mode} | ${server.release} |`,
    ),
    "",
    "## Steps",
    "",
    ...plan.steps.flatMap((step, i) => {
      const changes = changeLines(step);
      return [
        `${i + 1}. ${stepPlanned(step)}`,
        ...(changes.length === 0 ? [] : ["   ```diff", ...changes.map((line) => `   ${line}`), "   ```"]),
      ];
    }),
    "",
    `## Rules: ${plan.rulesChecked} checked`,
    "",
    ...findingsFile(plan.findings),
    "",
    "## Rollback",
    "",
    "At every step: the steps done so far are undone in reverse order, one server at a time, and verified the same way.",
    "",
  ].join("\n");

/** Who asked, for a message's context line. */
export const askedBy = (requester: string, run: string): string => `asked by ${person(requester)} · run ${code(run)}`;
