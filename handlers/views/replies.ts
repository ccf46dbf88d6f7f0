// What is said to one person in private: wrong input, what a worker found out, what could not be done. Pure.
import type { Reply } from "../../jobs/queues.ts";
import type { Failure } from "../../src/errors.ts";
import { backupWords, type Goal, type RestoreGoal } from "../../src/model/goal.ts";
import { assertNever, type EnsembleName } from "../../src/model/ids.ts";
import type { Finding } from "../../src/model/plan.ts";
import type { Unknown } from "../parse/words.ts";
import { backedUpMessage, backupsMessage } from "./backups.ts";
import { driftMessage } from "./drift.ts";
import { commandOverriding, goalTarget } from "./goal-words.ts";
import { context, type Message, message, sections } from "./message.ts";
import { dryRunMessage, sourceWords } from "./plan.ts";
import { type RunsUnderWay, statusMessage } from "./status.ts";
import { and, code, codeBlock, esc, plural, serverName } from "./words.ts";

const plainLines = (lines: readonly string[]): Message => message(lines.join("\n"), sections(lines));

/** Words that were not understood: what, what to do, an example. */
export const unknownMessage = ({ what, next, example }: Unknown): Message =>
  plainLines([`${what} ${next}`, `For example: ${code(example)}`]);

/** What happened, what was left as it is, what to do next. `doing`: `looking at orders`. */
export const failureMessage = (doing: string | null, failure: Failure): Message =>
  message(`${failure.what} ${failure.left} ${failure.next}`, [
    ...sections([
      `${failure.kind === "input" || failure.kind === "refused" ? "✋" : "⚠️"} ${doing === null ? "" : `While ${esc(doing)}: `}*${esc(failure.what)}*`,
      `${esc(failure.left)} ${esc(failure.next)}`,
      ...(failure.detail === null ? [] : [codeBlock(failure.detail)]),
    ]),
  ]);

/** Said at once, while a worker looks. */
export const lookingText = (names: readonly string[], servers: number, also: "state" | "rules"): string =>
  names.length === 0
    ? "There is no ensemble to look at: the inventory is empty."
    : `Looking at ${and(names.map((name) => `*${esc(name)}*`))}: ${plural(servers, "server")}, reading ${
        also === "rules" ? "their state and the release rules" : servers === 1 ? "its state" : "their state"
      }…`;

/** Said at once, while a worker compares. */
export const comparingText = (ensemble: string, servers: number): string =>
  `Comparing *${esc(ensemble)}* with ensembles.yaml: ${plural(servers, "server")}, reading what is on ${servers === 1 ? "its host" : "their hosts"}…`;

/** Said at once, while a worker looks at an ensemble and at the hosts it is to move to. */
export const lookingToMoveText = (ensemble: string, servers: number, hosts: readonly string[]): string =>
  `Looking at *${esc(ensemble)}* (${plural(servers, "server")}) and at ${and(hosts.slice(0, 12).map(esc))}${hosts.length > 12 ? " …" : ""}, reading their state and the rules for a move…`;

/** Said at once, while a worker looks at an ensemble and at the backup it is to be restored from. */
export const lookingToRestoreText = (goal: RestoreGoal, servers: number): string =>
  `Looking at *${esc(goal.ensemble)}* (${plural(servers, "server")}) and at the backup ${code(backupWords(goal))}, comparing its files with their sums…`;

const findingLine = (finding: Finding): string =>
  `${finding.severity === "override" ? "❗" : "⛔"} *${esc(finding.what)}*${finding.server === null ? "" : ` (${serverName(finding.server)})`} ${esc(finding.todo)}${sourceWords(finding)} · rule ${code(finding.rule)}`;

/** What is refused, after "I won't": in plain text, and as mrkdwn. */
const wontDo = (goal: Goal): readonly [string, string] => {
  const name = esc(goal.ensemble);
  switch (goal.kind) {
    case "configure":
      return [`restart ${goal.ensemble} with another configuration`, `restart *${name}* with another configuration`];
    case "restore":
      return [
        `restore ${goal.ensemble} from ${backupWords(goal)}`,
        `restore *${name}* from *${esc(backupWords(goal))}*`,
      ];
    case "pause-writes":
      return [`pause the writes of ${goal.ensemble}`, `pause the writes of *${name}*`];
    default:
      return [`plan ${goal.ensemble} to ${goalTarget(goal)}`, `plan *${name}* to *${esc(goalTarget(goal))}*`];
  }
};

const blockedMessage = (reply: Extract<Reply, { kind: "blocked" }>): Message => {
  const { goal, findings, releases } = reply;
  const stops = findings.filter((finding) => finding.severity !== "warns");
  const blocks = stops.filter((finding) => finding.severity === "blocks");
  const overridable = stops.filter((finding) => finding.severity === "override").map((finding) => finding.rule);
  const offered =
    goal.release === null
      ? ""
      : releases.length === 0
        ? " The release repository offers none."
        : ` Releases on offer: ${releases.slice(0, 12).map(esc).join(", ")}${releases.length > 12 ? " …" : ""}.`;
  const all = [...new Set([...goal.overrides, ...overridable])];
  const [plain, marked] = wontDo(goal);
  return message(`I won't ${plain}: ${stops[0]?.what ?? "a rule forbids it"}`, [
    ...sections([
      `I won't ${marked}:`,
      ...stops.slice(0, 15).map(findingLine),
      ...(stops.length > 15 ? [`and ${stops.length - 15} more`] : []),
      ...(blocks.length === 0 && overridable.length > 0
        ? [`If you take responsibility for that (it costs a second approval): ${code(commandOverriding(goal, all))}`]
        : []),
    ]),
    context(`Nothing was changed. ${plural(reply.rulesChecked, "rule")} checked.${offered}`),
  ]);
};

/** The ensembles of which an answer shows what was seen just now: a run under way is told beside it. */
export const ensemblesOf = (reply: Reply): readonly EnsembleName[] =>
  reply.kind === "status"
    ? reply.reports.map(({ ensemble }) => ensemble)
    : reply.kind === "drift"
      ? [reply.report.ensemble]
      : [];

/** A worker's answer in words. `channel`: where the plan of a proposed run stands; `runs`: those that have an ensemble it speaks of. */
export const replyMessage = (reply: Reply, channel: string, runs: RunsUnderWay = new Map()): Message => {
  switch (reply.kind) {
    case "status":
      return statusMessage(reply.reports, runs);
    case "drift":
      return driftMessage(reply.report, runs.get(reply.report.ensemble) ?? null);
    case "dry-run":
      return dryRunMessage(reply.plan, reply.planHash);
    case "proposed":
      return plainLines([
        `The plan for *${esc(reply.ensemble)}* is in <#${channel}> as run ${code(reply.run)}. Nothing starts before it is approved.`,
      ]);
    case "nothing-to-do":
      return plainLines([`Nothing to do for *${esc(reply.goal.ensemble)}*: ${esc(reply.why)}`]);
    case "blocked":
      return blockedMessage(reply);
    case "reserved":
      return plainLines([
        `*${esc(reply.goal.ensemble)}* is taken by run ${code(reply.by)}: one run an ensemble at a time. Nothing was started.`,
        `How it stands: ${code(`/zk run ${reply.by}`)}. Ask again when it has ended.`,
      ]);
    case "backed-up":
      return backedUpMessage(reply);
    case "backups":
      return backupsMessage(reply);
    case "failed":
      return failureMessage(reply.doing, reply.failure);
    default:
      return assertNever(reply);
  }
};

/** Redis did not answer: said at the command or the click itself. */
export const storeDownText = (started: string): string =>
  `I can't reach my store (Redis) right now, so ${started}. Try again in a minute; if it stays, whoever runs zkshift should look at \`/readyz\`.`;
