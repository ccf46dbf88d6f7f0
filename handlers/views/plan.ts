// A plan as a person reads it before saying yes. Pure: plan → pieces of a message, and the same as a file.
import { diffLines } from "../../src/model/config-diff.ts";
import { commandFor } from "../../src/model/goal.ts";
import { assertNever } from "../../src/model/ids.ts";
import type { Finding, Plan, Step } from "../../src/model/plan.ts";
import { planTitle } from "./goal-words.ts";
import { context, header, type Message, message, type Piece, section, sections, table } from "./message.ts";
import { comers, newConnectString } from "./migration-facts.ts";
import { afterwardsLines, noticeWords, rollbackWords, wayBackWords } from "./notice.ts";
import { planTable } from "./plan-table.ts";
import { lossLines } from "./restore-words.ts";
import { stepPlanned } from "./step-words.ts";
import {
  clock,
  code,
  configVersion,
  dateTime,
  duration,
  esc,
  person,
  plural,
  roundTime,
  serverName,
  serverNames,
  shortHash,
} from "./words.ts";

/** Where a finding comes from, unless it says so itself, or the rule is zkshift's own. */
export const sourceWords = ({ what, todo, source }: Finding): string =>
  source === "zkshift" || what.includes(source) || todo.includes(source) ? "" : ` _${esc(source)}_`;

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
  const steps = planTable(plan);
  const shown = plan.findings.slice(0, FINDINGS_SHOWN);
  const hidden = notes - shown.length;
  return [
    ...sections(lossLines(plan)),
    section(noticeWords(plan)),
    table(steps.header, steps.rows),
    section(`⏱ about ${duration(roundTime(plan.expectedMs))}, ${timeApart(plan)} apart · ${wayBackWords(plan)}`),
    ...sections(configWords(plan)),
    ...sections(afterwardsLines(plan)),
    ...sections(shown.map(findingWords)),
    context(
      `${plural(plan.rulesChecked, "rule")} checked, ${notes === 0 ? "nothing to note" : plural(notes, "note")}${
        hidden > 0 ? ` (${hidden} more behind Details)` : ""
      } · ${basisWords(plan, hash)}`,
    ),
  ];
};

/** What the expected time leaves out. */
const timeApart = (plan: Plan): string =>
  plan.steps.some(({ kind }) => kind === "wait-for-clients")
    ? "approvals, watching and the wait for clients"
    : "approvals and watching";

/** The answer to `dry-run`: the plan, and that it ends there. */
export const dryRunMessage = (plan: Plan, hash: string): Message =>
  message(`Dry run. ${planTitle(plan)}`, [
    header(planTitle(plan)),
    context("*Dry run*: this is what would be done. Nothing was started and nothing is reserved."),
    ...planPieces(plan, hash),
    context(`Full plan: ${plural(plan.steps.length, "step")}. To ask for it: ${code(commandFor(plan.goal))}`),
  ]);

/** When approval is asked, in words. */
export const gatesWords = (plan: Plan): string => {
  if (plan.goal.kind === "restore") {
    return "approval is asked for the plan and again before all servers are stopped; each time the ensemble's name has to be typed";
  }
  const moves = plan.goal.kind === "migrate";
  switch (plan.gates) {
    case "once":
      return "approval is asked once, for the plan";
    case "leader":
      return `approval is asked for the plan and again before ${moves ? "the first old server is stopped" : "the leader's turn"}`;
    case "each":
      return `approval is asked for the plan and again before every server's turn${moves ? " and before the first old server is stopped" : ""}`;
    default:
      return assertNever(plan.gates);
  }
};

const changeLines = (step: Step): readonly string[] =>
  step.kind === "write-config" || step.kind === "prepare-server" ? diffLines(step.changes, step.jvm, step.logback) : [];

/** Lines of one group in the message itself; the rest is behind Details. */
const LINES_SHOWN = 6;

/** What changes in the servers' files, servers with the same lines together. Mrkdwn; none where nothing changes. */
const configWords = (plan: Plan): readonly string[] => {
  const groups = new Map<string, number[]>();
  for (const step of plan.steps) {
    const lines = changeLines(step);
    if (lines.length === 0 || (step.kind !== "write-config" && step.kind !== "prepare-server")) continue;
    const key = lines.join("\n");
    groups.set(key, [...(groups.get(key) ?? []), Number(step.server)]);
  }
  return [...groups].map(([key, servers]) => {
    const lines = key.split("\n");
    const hidden = lines.length - LINES_SHOWN;
    return `📝 ${serverNames(servers)}: ${lines.slice(0, LINES_SHOWN).map(code).join(" ")}${hidden > 0 ? ` and ${plural(hidden, "more line")} (behind Details)` : ""}`;
  });
};

/** Where new servers will be, for Details and the plan file. Plain text. */
export const newServerLines = (plan: Plan): readonly string[] =>
  comers(plan).map(({ server, host, member, release, place, replaces }) =>
    [
      `${serverName(server)} ${host} ${place.client}`,
      member.role,
      release,
      `data ${place.dataDir}${place.dataLogDir === null ? "" : `, log ${place.dataLogDir}`}`,
      replaces === null ? "new" : `for ${serverName(replaces)}`,
    ].join(" · "),
  );

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

const newServersFile = (plan: Plan): readonly string[] =>
  plan.goal.kind !== "migrate"
    ? []
    : [
        "## New servers",
        "",
        ...newServerLines(plan).map((line) => `- ${line}`),
        `- connection string afterwards: \`${newConnectString(plan)}\``,
        "",
      ];

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
    `- expected time: about ${duration(plan.expectedMs)}, ${timeApart(plan)} apart`,
    `- approvals needed: ${plan.approvals}`,
    "",
    ...lossLines(plan).flatMap((line) => [line, ""]),
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
    ...newServersFile(plan),
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
    rollbackWords(plan),
    "",
  ].join("\n");

/** Who asked, for a message's context line. */
export const askedBy = (requester: string, run: string): string => `asked by ${person(requester)} · run ${code(run)}`;
