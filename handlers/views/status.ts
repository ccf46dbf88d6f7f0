// `/zk status`: every server's state in a table, and what is wrong in words. Pure.
import type { StatusReport, StatusServer } from "../../src/model/status-report.ts";
import { type Cell, context, header, type Message, message, type Piece, section, sections, table } from "./message.ts";
import { marginPhrase } from "./run-facts.ts";
import { CHANGED_BY_RUN, isChanging, type UnderWay, underWayLines } from "./under-way.ts";
import { clock, code, configVersion, esc, plural, serverName, thousands } from "./words.ts";

type Seen = Extract<StatusReport, { kind: "seen" }>;

const stateWords = (server: StatusServer): Cell => {
  if (server.state === "unreachable") return { bold: "does not answer" };
  if (server.state === "not-serving") return { bold: "not serving" };
  return server.mode === "leader" ? { bold: "leader" } : (server.mode ?? "serving");
};

const syncedWords = (server: StatusServer): string =>
  server.synced === null ? "–" : server.synced ? (server.mode === "leader" ? "leads" : "synced") : "behind";

const latencyWords = ({ latencyMs }: StatusServer): string =>
  latencyMs === null ? "–" : `${latencyMs.min}/${Math.round(latencyMs.avg * 10) / 10}/${latencyMs.max}`;

const row = (server: StatusServer, name: string): readonly Cell[] => [
  name,
  server.host,
  stateWords(server),
  server.release ?? "–",
  server.zxid ?? "–",
  server.connections === null ? "–" : thousands(server.connections),
  latencyWords(server),
  syncedWords(server),
];

const HEADER = ["server", "host", "mode", "release", "zxid", "connections", "latency ms (min/avg/max)", "synced"];

/** The runs under way, by ensemble. */
export type RunsUnderWay = ReadonlyMap<string, UnderWay>;

/** What a run is changing is not alarmed about while writes go on; the run itself says when something is wrong. */
const mark = (report: Seen, underWay: UnderWay | null): string =>
  report.margin < 0 ? "🔴" : isChanging(underWay) ? "🔵" : "🟠";

const verdict = (report: Seen, underWay: UnderWay | null): string =>
  report.wrong.length === 0
    ? `✅ All ${plural(report.servers.length, "server")} of *${esc(report.ensemble)}* ${report.servers.length === 1 ? "is" : "are"} serving and synced. ${marginPhrase(report.margin)}`
    : `${mark(report, underWay)} *${esc(report.ensemble)}*: ${marginPhrase(report.margin)}${isChanging(underWay) ? " A run is changing it; what is said below may be its doing." : ""}`;

const figures = (report: Seen): string =>
  [
    `seen ${clock(report.seenAt)} UTC`,
    report.configVersion === null
      ? "static configuration"
      : `configuration version ${code(configVersion(report.configVersion))}`,
    ...(report.sessions === null ? [] : [plural(report.sessions, "session")]),
    ...(report.znodes === null ? [] : [plural(report.znodes, "znode")]),
  ].join(" · ");

const words = (report: StatusReport, underWay: UnderWay | null): readonly Piece[] =>
  report.kind === "unseen"
    ? sections([
        `⚪ *${esc(report.ensemble)}* could not be looked at: ${esc(report.why)}`,
        `What you can do: ${esc(report.next)}`,
        ...underWayLines(underWay),
      ])
    : [
        ...sections([
          verdict(report, underWay),
          ...underWayLines(underWay),
          ...report.wrong.map((sentence) => `• ${esc(sentence)}`),
        ]),
        context(figures(report)),
      ];

/** One ensemble in full, or several with all servers in one table (Slack shows one table a message). */
export const statusMessage = (reports: readonly StatusReport[], runs: RunsUnderWay = new Map()): Message => {
  const runOf = (report: StatusReport): UnderWay | null => runs.get(report.ensemble) ?? null;
  const [only] = reports;
  if (only === undefined)
    return message("There is no ensemble to look at.", [
      section("There is no ensemble to look at: the inventory is empty."),
    ]);
  const seen = reports.flatMap((report) => (report.kind === "seen" ? [report] : []));
  const many = reports.length > 1;
  const rows = seen.flatMap((report) =>
    report.servers.map((server) =>
      row(server, many ? `${report.ensemble} ${serverName(server.id)}` : serverName(server.id)),
    ),
  );
  const troubled = reports.filter((report) => report.kind === "unseen" || report.wrong.length > 0);
  const changing = troubled.filter(
    (report) => report.kind === "seen" && report.margin >= 0 && isChanging(runOf(report)),
  );
  const wrong = troubled.length - changing.length;
  const text = many
    ? `${plural(reports.length, "ensemble")}: ${
        [
          ...(wrong === 0 ? [] : [`${wrong} with something wrong`]),
          ...(changing.length === 0 ? [] : [`${changing.length} being changed by a run`]),
        ].join(", ") || "all well"
      }`
    : `${only.ensemble}: ${wrong > 0 ? "something is wrong" : changing.length > 0 ? CHANGED_BY_RUN : "all well"}`;
  // Many ensembles would not fit as blocks of their own: the words of each are lines of few sections then.
  const told =
    reports.length > 12 ? condensed(reports, runs) : reports.flatMap((report) => words(report, runOf(report)));
  return message(text, [
    header(many ? "Status" : `Status of ${only.ensemble}`),
    ...(rows.length === 0 ? [] : [table(HEADER, rows)]),
    ...told,
  ]);
};

const condensed = (reports: readonly StatusReport[], runs: RunsUnderWay): readonly Piece[] =>
  sections(
    reports.map((report) => {
      const underWay = runs.get(report.ensemble) ?? null;
      return report.kind === "unseen"
        ? `⚪ *${esc(report.ensemble)}*: ${esc(report.why)}`
        : [
            verdict(report, underWay),
            ...underWayLines(underWay),
            ...report.wrong.map((sentence) => `   • ${esc(sentence)}`),
          ].join("\n");
    }),
  );
