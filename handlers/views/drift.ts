// `/zk drift`: what differs, between ensembles.yaml and the servers and among the servers, in words. Pure.
import type { Drift, DriftReport, FoundValue } from "../../src/model/drift-report.ts";
import { assertNever } from "../../src/model/ids.ts";
import { context, header, type Message, message, sections } from "./message.ts";
import { isChanging, type UnderWay, underWayLines } from "./under-way.ts";
import { and, clock, code, cut, esc, plural, serverName, serverNames } from "./words.ts";

type Seen = Extract<DriftReport, { kind: "seen" }>;

/** A message holds fifty blocks and a person reads fewer; the rest is counted. */
const DRIFTS_SHOWN = 40;

const valueWords = (value: string | null): string =>
  value === null ? "nothing" : value === "" ? "an empty value" : code(cut(value, 200));

const foundWords = (found: readonly FoundValue[]): string =>
  and(
    found.map(
      ({ value, servers }) => `${serverNames(servers)} ${servers.length === 1 ? "has" : "have"} ${valueWords(value)}`,
    ),
  );

const driftLine = ({ name, wanted, found, about }: Drift): string => {
  switch (about) {
    case "setting":
    case "jvm":
      return `• ${code(name)}: wanted ${valueWords(wanted)}; ${foundWords(found)}`;
    case "unlike":
      return `• ${code(name)}: ${foundWords(found)}`;
    case "release":
      return `• ${and(found.map(({ value, servers }) => `${serverNames(servers)} ${servers.length === 1 ? "runs" : "run"} *${esc(value ?? "?")}*`))}`;
    case "running": {
      const servers = found.flatMap((one) => one.servers);
      const value = found[0]?.value ?? null;
      return value === null
        ? `• ${serverNames(servers)}: its files give ${valueWords(wanted)}, its process was started without`
        : `• ${serverNames(servers)}: zoo.cfg says ${code(`${name}=${wanted}`)}, the running server ${valueWords(value)} since its start`;
    }
    case "next-start":
      return `• ${serverNames(found.flatMap(({ servers }) => servers))} runs from ${valueWords(wanted)}, but would start next from ${valueWords(found[0]?.value ?? null)}`;
    case "members":
      return `• ${code(name)}: the ensemble says ${valueWords(wanted)}; in its file ${foundWords(found)}`;
    case "myid":
      return `• ${serverName(Number(wanted))}: ${code("myid")} in its data folder is ${valueWords(found[0]?.value ?? null)}`;
    default:
      return assertNever(about);
  }
};

/** Headline and advice of each kind, in the order they are told. */
const KINDS: readonly (readonly [Drift["about"], string, string])[] = [
  [
    "setting",
    "zoo.cfg is not as ensembles.yaml wants it",
    "`/zk configure` brings it, server by server; or change ensembles.yaml if the servers are right.",
  ],
  [
    "jvm",
    "The JVM flags are not as ensembles.yaml wants them",
    "`/zk configure` brings them into zkshift's part of java.env, server by server.",
  ],
  [
    "unlike",
    "zoo.cfg is not the same on all servers",
    "If it should be, put the right value into the ensemble's settings in ensembles.yaml.",
  ],
  ["release", "The servers run different releases", "An upgrade to one of them brings the others along."],
  [
    "running",
    "What runs is older than its files: a restart is needed",
    "`/zk configure` with `all` restarts the servers one at a time, the leader last.",
  ],
  [
    "next-start",
    "The next start would bring another distribution",
    "Point current back, or upgrade: a crash must not change the release.",
  ],
  [
    "members",
    "A server's own list of members is not the ensemble's",
    "After a restart that server would look for these members: mend its file before it is restarted.",
  ],
  ["myid", "A server is not who its data folder says", "Mend myid before that server is restarted."],
];

const kindLines = (drifts: readonly Drift[]): readonly string[] =>
  KINDS.flatMap(([about, headline, advice]) => {
    const of = drifts.filter((drift) => drift.about === about);
    return of.length === 0 ? [] : [[`*${headline}*`, ...of.map(driftLine), `_${esc(advice)}_`].join("\n")];
  });

const verdict = (report: Seen): string => {
  const name = `*${esc(report.ensemble)}*`;
  if (report.servers === 0) return `⚪ No server of ${name} could be compared.`;
  const compared = `${plural(report.servers, "server")} compared`;
  return report.drifts.length === 0
    ? `✅ ${name} is as it should be: ${compared}, no difference.`
    : `🟠 ${name}: ${plural(report.drifts.length, "difference")}, ${compared}.`;
};

export const driftMessage = (report: DriftReport, underWay: UnderWay | null = null): Message => {
  if (report.kind === "unseen") {
    return message(
      `${report.ensemble} could not be compared: ${report.why}`,
      sections([
        `⚪ *${esc(report.ensemble)}* could not be compared: ${esc(report.why)}`,
        `What you can do: ${esc(report.next)}`,
      ]),
    );
  }
  const told = report.drifts.slice(0, DRIFTS_SHOWN);
  const untold = report.drifts.length - told.length;
  const count = report.drifts.length;
  return message(`${report.ensemble}: ${count === 0 ? "no drift" : plural(count, "difference")}`, [
    header(`Drift of ${report.ensemble}`),
    ...sections([
      verdict(report),
      ...underWayLines(underWay),
      ...(isChanging(underWay) && count > 0
        ? ["_What differs may be that run's doing: look again when it has ended._"]
        : []),
      ...kindLines(told),
      ...(untold > 0 ? [`and ${plural(untold, "more difference")}`] : []),
      ...report.unread.map(
        ({ server, host, why }) => `⚠️ ${serverName(server)} on ${esc(host)} could not be compared: ${esc(why)}`,
      ),
    ]),
    context(
      `seen ${clock(report.seenAt)} UTC · compared: settings and JVM flags of ensembles.yaml, zoo.cfg of the servers, files with what runs, releases, members, myid`,
    ),
  ]);
};
