// What a finished or undone step can show, as one line. Pure.
import type { CanaryReport, Evidence, StepEvidence } from "../../src/model/evidence.ts";
import { assertNever } from "../../src/model/ids.ts";
import type { Step } from "../../src/model/plan.ts";
import { article, pauseWords, stepPlanned } from "./step-words.ts";
import {
  and,
  bytes,
  code,
  configVersion,
  duration,
  esc,
  plural,
  seconds,
  serverName,
  serverNames,
  shortHash,
  thousands,
} from "./words.ts";

/** What the canary saw, where it is worth a word. `whilePaused`: only zkshift itself could write. */
const canaryWords = (canary: CanaryReport | null, whilePaused: boolean): readonly string[] => {
  if (canary === null || canary.writes + canary.failed === 0) return [];
  return [
    `${whilePaused ? "zkshift's own writes: longest gap" : "longest write pause"} ${seconds(canary.longestPauseMs)}`,
    ...(canary.failed > 0 ? [`*${plural(canary.failed, "test write")} failed*`] : []),
    ...(canary.sessionsLost > 0 ? [`*${plural(canary.sessionsLost, "session")} lost*`] : []),
  ];
};

/** A finished step with its evidence, as one line of mrkdwn. */
export const stepDone = (evidence: Evidence, whilePaused = false): string =>
  [
    doneWords(evidence.step, evidence.tookMs - (evidence.waited?.ms ?? 0)),
    ...waitedWords(evidence),
    ...canaryWords(worthCanary(evidence) ? evidence.canary : null, whilePaused),
  ].join(" · ");

/** A long wait before a step has a reason that people should know: a server that was down, say. */
const waitedWords = ({ waited }: Evidence): readonly string[] =>
  waited === undefined ? [] : [`*waited ${duration(waited.ms)} before it*: ${esc(waited.for.replace(/\.$/, ""))}`];

const WITH_PAUSE: readonly StepEvidence["kind"][] = [
  "stop-server",
  "hand-over-leadership",
  "start-server",
  "wait-until-synced",
  "reconfigure",
  "soak",
  "add-member",
  "remove-member",
  "restart-with-members",
  "retire-server",
];

/** Steps that touch no server show no pause: the canary's figure there would say nothing about them. */
const worthCanary = ({ step, canary }: Evidence): boolean =>
  WITH_PAUSE.includes(step.kind) || (canary !== null && canary.failed + canary.sessionsLost > 0);

const doneWords = (step: StepEvidence, tookMs: number): string => {
  switch (step.kind) {
    case "preflight":
      return step.leader === 0
        ? `Looked at every server and host: ${step.serving === 0 ? "no server serves" : `${plural(step.serving, "server")} serving, none leads`} · ${plural(step.rulesChecked, "rule")} checked`
        : `Looked at every server: ${plural(step.serving, "server")} serving and synced, ${serverName(step.leader)} leads · ${plural(step.rulesChecked, "rule")} checked`;
    case "back-up":
      return [
        `Backed up ${serverName(step.server)}: ${snapshotWords(step.snapshot)}`,
        ...(step.znodes === null ? [] : [plural(step.znodes, "znode")]),
        bytes(step.bytes),
        `sha256 ${code(shortHash(step.sha256))}`,
      ].join(", ");
    case "install-release": {
      const fresh = step.hosts.filter((host) => host.how === "installed").map((host) => esc(host.host));
      const there = step.hosts.filter((host) => host.how === "already there").map((host) => esc(host.host));
      const parts = [
        ...(fresh.length > 0 ? [`Installed ${esc(step.release)} on ${and(fresh)}`] : []),
        ...(there.length > 0
          ? [`${fresh.length > 0 ? "" : `${esc(step.release)} was `}already there on ${and(there)}`]
          : []),
      ];
      const proofs = [
        ...(step.sha512 === "" ? [] : [`sha512 ${code(shortHash(step.sha512))}`]),
        ...(step.images ?? []).map(
          ({ image, digest }) => `image ${code(image)} ${code(shortHash(digest.replace(/^sha256:/, "")))}`,
        ),
      ];
      return [parts.join("; "), ...proofs, duration(tookMs)].join(" · ");
    }
    case "ask-approval":
      return `Approval given after ${duration(tookMs)}`;
    case "stop-server":
      return `${serverName(step.server)} stopped (SIG${esc(step.signal)}) in ${duration(tookMs)}`;
    case "hand-over-leadership": {
      const leader = step.newLeader === null ? "" : `: ${serverName(step.newLeader)} leads now`;
      if (step.how === "was not the leader") return `${serverName(step.server)} no longer led${leader}; stopped it`;
      const how = step.how === "observer-then-kill" ? "made an observer, then ended" : "ended";
      return `Leadership handed over${leader} · ${serverName(step.server)} was ${how} · ${duration(tookMs)}`;
    }
    case "write-config":
      return step.stays === true
        ? `${serverName(step.server)} stays on ${esc(step.release)} · ${diffWords(step.diff)}`
        : `${serverName(step.server)} switched to ${esc(step.release)} · ${diffWords(step.diff)}`;
    case "run-hook":
      return [
        `Your configuration tool ran for ${serverName(step.server)}: exit code ${step.code}`,
        ...(step.diff === undefined || step.diff.length === 0 ? [] : [diffWords(step.diff)]),
        duration(tookMs),
      ].join(" · ");
    case "start-server":
      return `${serverName(step.server)} started with ${esc(step.release)} (pid ${step.pid})`;
    case "wait-until-synced":
      return `${serverName(step.server)} synced ${seconds(step.syncedMs)} after its start · ${esc(step.release)} ${esc(step.mode)} · zxid ${code(step.zxid)} · ${esc(step.proof)}`;
    case "reconfigure":
      return `${serverName(step.server)} is ${article(step.role)} now · configuration version ${code(configVersion(step.configVersion))}`;
    case "prepare-server":
      return [
        `${serverName(step.server)} laid out on ${esc(step.host)} for ${esc(step.release)}`,
        diffWords(step.diff),
        ...(step.setAside === null ? [] : [`a retired server's data moved aside to ${code(step.setAside)}`]),
      ].join(" · ");
    case "wait-until-joined":
      return [
        `${serverName(step.server)} has all data ${seconds(step.syncedMs)} after its start`,
        `${esc(step.release)} ${esc(step.mode)}`,
        step.digest === null
          ? `zxid ${code(step.zxid)}`
          : `same digest as the leader at ${code(step.digest.zxid)}: ${code(step.digest.value)}`,
      ].join(" · ");
    case "add-member":
      return `${serverName(step.server)} is ${article(step.role)} now · ${membersWords(step)}`;
    case "remove-member":
      return `${serverName(step.server)} is out of the ensemble · ${membersWords(step)}`;
    case "restart-with-members": {
      const each = step.servers.map(
        ({ server, syncedMs, led }) =>
          `${serverName(server)}${led ? " (it led)" : ""} synced after ${seconds(syncedMs)}`,
      );
      return `Restarted with the list ${serverNames(step.members)}: ${each.join(", ")}`;
    }
    case "wait-for-clients":
      return step.left === 0
        ? `No client is connected to ${serverNames(step.servers.map(({ server }) => server))} any more · ${duration(tookMs)}`
        : `Went on with ${plural(step.left, "client")} still connected to ${serverNames(step.servers.flatMap(({ server, count }) => (count > 0 ? [server] : [])))}`;
    case "retire-server":
      return [
        `${serverName(step.server)} on ${esc(step.host)} retired`,
        step.pid === null ? "its process had ended before" : `pid ${step.pid} ended`,
        `its data are kept in ${code(step.data)}`,
      ].join(" · ");
    case "pause-writes":
      return [
        `*Writes are paused* (${pauseWords(step.method)})`,
        ...(step.method === "ports" ? closedWords(step) : fencedWords(step)),
        `since zxid ${code(step.zxid)}`,
        duration(tookMs),
      ].join(" · ");
    case "keep-paused":
      return step.ended === "time"
        ? `The ${duration(step.ms)} are over`
        : `Ended after ${duration(step.ms)}: somebody asked for it`;
    case "resume-writes":
      return [
        `*Writes are resumed* after ${duration(step.pausedMs)}`,
        proofWords(step),
        step.method === "ports"
          ? `the client ports of ${plural(step.restored, "server")} are open again`
          : `${plural(step.restored, "ACL")} put back as ${step.restored === 1 ? "it was" : "they were"}`,
      ].join(" · ");
    case "stage-backup":
      return [
        `Backup ${code(step.backup)} is whole`,
        ...(step.read === null
          ? ["*the worker has no Java to read it with; what it was proved to hold when it was taken counts*"]
          : [`a throw-away server ${esc(step.read.release)} read it in ${duration(step.read.tookMs)}`]),
        ...(step.holds === null
          ? []
          : [
              `it holds ${plural(step.holds.znodes, "znode")} up to zxid ${code(step.holds.zxid)}, digest ${code(shortHash(step.holds.digest))}`,
            ]),
        `the same ${plural(step.files, "file")} (${bytes(step.bytes)} unpacked, sha256 ${code(shortHash(step.sha256))}) ${step.files === 1 ? "lies" : "lie"} beside the data on ${and(step.hosts.map(esc))}`,
      ].join(" · ");
    case "restore-data": {
      const modes = step.servers.map(({ id, mode }) => `${serverName(id)} ${esc(mode)}`);
      return [
        `*Every server has the backup's data* and serves: ${and(modes)}`,
        step.downMs === null
          ? "an earlier attempt had stopped them"
          : `from the first stop until all were synced ${seconds(step.downMs)}`,
        `epoch ${code(step.epoch)}, above all that clients have seen`,
        ...(step.membershipSet ? ["the list of members that the backup brought along was set right"] : []),
        `former data kept beside, as ${code("version-2.before.…")}`,
      ].join(" · ");
    }
    case "verify-restore":
      return [
        restoredWords(step),
        `zxid ${code(step.zxid)}`,
        `a write through each: ${step.servers.map((server) => `${serverName(server.id)} ${duration(server.writeMs)}`).join(", ")}`,
      ].join(" · ");
    case "soak":
      return `Watched ${serverName(step.server)} for ${duration(step.ms)}: it stayed in service`;
    case "verify-ensemble": {
      const through = step.servers.map((server) => `${serverName(server.id)} ${duration(server.writeMs)}`);
      return [
        `Same data on ${step.servers.length === 1 ? "the one server" : `all ${step.servers.length} servers`}: ${verdict(step)}`,
        `all on ${esc(step.release)}`,
        ...(step.inEffect === undefined || step.inEffect.length === 0
          ? []
          : [
              `the new configuration is in the files and the ${step.inEffect.length === 1 ? "process" : "processes"} of ${serverNames(step.inEffect)}`,
            ]),
        `a write through each: ${through.join(", ")}`,
      ].join(" · ");
    }
    default:
      return assertNever(step);
  }
};

/** A server's first snapshot, of zxid 0, is empty: what it holds is in the logs. */
const snapshotWords = (snapshot: string): string =>
  snapshot === "none" || snapshot === "0x0" ? "all its logs" : `snapshot ${code(snapshot)} and the logs after it`;

type PausedStep = Extract<StepEvidence, { kind: "pause-writes" }>;

const fencedWords = (step: PausedStep): readonly string[] => [
  `${thousands(step.fenced)} of ${plural(step.znodes, "znode")} made read-only${step.fenced < step.znodes ? ", the others were" : ""}`,
  `a test write as an ordinary client was refused by ${serverNames(step.refusedBy)}`,
];

const closedWords = ({ refusedBy, through = [], ownMachine = [] }: PausedStep): readonly string[] => [
  refusedBy.length === 0
    ? "*it could not be tried from another host whether they are closed*: bash, python3 or nc is needed there"
    : `tried from the hosts: ${serverNames(refusedBy)} ${refusedBy.length === 1 ? "refuses" : "refuse"} connections`,
  `zkshift's own address${through.length === 1 ? "" : "es"} ${and(through.map(code))} ${through.length === 1 ? "is" : "are"} let through`,
  ...(ownMachine.length === 0
    ? []
    : [
        `⚠️ ${serverNames(ownMachine)} ${ownMachine.length === 1 ? "runs" : "run"} on zkshift's own machine: clients there get through`,
      ]),
];

type ResumedStep = Extract<StepEvidence, { kind: "resume-writes" }>;

/** What a pause was like for clients, and what got through. Parts of a line of mrkdwn. */
export const pausedWords = (step: ResumedStep): readonly string[] => [
  step.method === "ports"
    ? `clients were shut out for ${duration(step.pausedMs)}, as planned: sessions with a shorter time-out may have expired`
    : `clients' writes were refused for ${duration(step.pausedMs)}, as planned`,
  ...(isKeptOut(step) ? [] : [proofWords(step)]),
];

const isKeptOut = ({ proof }: ResumedStep): boolean =>
  proof !== null && proof.written + proof.deleted + proof.opened === 0;

/** What the look through the tree at the end of a pause found. */
const proofWords = ({ proof }: ResumedStep): string => {
  if (proof === null)
    return "*whether anything was written meanwhile could not be looked for*: an earlier attempt may have let clients write already";
  const found = [
    ...(proof.written > 0 ? [`${plural(proof.written, "znode")} written`] : []),
    ...(proof.deleted > 0 ? [`${plural(proof.deleted, "znode")} deleted`] : []),
    ...(proof.opened > 0
      ? [`the ${proof.opened === 1 ? "ACL" : "ACLs"} of ${plural(proof.opened, "znode")} set (left as set)`]
      : []),
  ];
  if (found.length === 0) return `nothing was written meanwhile: ${plural(proof.znodes, "znode")} looked at`;
  return `⚠️ *not everything was kept out*: ${and(found)}${proof.paths.length === 0 ? "" : `, such as ${proof.paths.map(code).join(", ")}`}`;
};

const diffWords = (diff: readonly string[]): string => {
  const lines = diff.filter((line) => /^[+-]/.test(line)).length;
  const changed = lines === 0 ? "configuration unchanged" : `configuration: ${diff.slice(0, 4).map(code).join(" ")}`;
  return `${changed}${diff.length > 4 ? ` and ${plural(diff.length - 4, "more line")}` : ""}`;
};

/** Who is in the ensemble now, and that a write through it was acknowledged since. */
const membersWords = (step: Extract<StepEvidence, { kind: "add-member" | "remove-member" }>): string =>
  `members: ${serverNames(step.members)} · configuration version ${code(configVersion(step.configVersion))} · a write right after it: ${duration(step.writeMs)}`;

/** How sameness was shown: `digest 1655629737480 at 0x200000300, 201 znodes`. */
export const verdict = (step: Extract<StepEvidence, { kind: "verify-ensemble" }>): string =>
  step.method === "digest"
    ? `digest ${code(step.digest)} at ${code(step.zxid)}, ${thousands(step.znodes)} znodes`
    : `${thousands(step.znodes)} znodes compared one by one, sum ${code(shortHash(step.digest))}`;

/** What was found when the servers were compared with the backup. */
export const restoredWords = (step: Extract<StepEvidence, { kind: "verify-restore" }>): string => {
  const all = step.servers.length === 1 ? "The one server holds" : `All ${step.servers.length} servers hold`;
  const exact = `${all} what the backup holds: ${plural(step.znodes, "znode")}, digest ${code(shortHash(step.digest))}`;
  if (step.method === "exact") return exact;
  const each = step.servers.map(
    ({ id, same, since }) => `${serverName(id)} ${thousands(same)} and ${thousands(since)}`,
  );
  return `${all} what the backup holds, compared znode by znode (the same, and written or deleted by clients since the restore: ${each.join(", ")}), and the same as each other`;
};

/** A step that was undone, as one line of mrkdwn. */
export const stepUndone = (step: Step, how: "undone" | "nothing-to-undo", evidence: Evidence | null): string => {
  const tail = evidence === null ? "" : ` · ${stepDone(evidence)}`;
  return how === "nothing-to-undo" ? `Nothing to take back: ${stepPlanned(step)}${tail}` : `${takenBack(step)}${tail}`;
};

const takenBack = (step: Step): string => {
  switch (step.kind) {
    case "start-server":
      return step.from === step.release
        ? `${serverName(step.server)} stopped`
        : `${serverName(step.server)} stopped, to go back from ${step.release}`;
    case "prepare-server":
      return `${serverName(step.server)} taken off ${step.host}: what was laid out there is gone`;
    case "add-member":
      return `${serverName(step.member.id)} is out of the ensemble again`;
    case "remove-member":
      return `${serverName(step.member.id)} is ${article(step.member.role)} again`;
    case "restart-with-members":
      return `${serverNames(step.servers)} restarted with the list from before: ${serverNames(step.before.map(({ id }) => id))}`;
    case "retire-server":
      return `${serverName(step.server)} is back in service`;
    case "write-config":
      if (step.from === step.release) return `${serverName(step.server)} has its configuration of before`;
      return `${serverName(step.server)} switched back to ${step.from}${step.changes.length === 0 ? "" : ", its configuration as before"}`;
    case "restore-data":
      return "*Every server has its former data again*; those that ran before are started";
    case "stage-backup":
      return "What was laid beside the data is removed";
    case "stop-server":
      return `${serverName(step.server)} started again and synced`;
    case "pause-writes":
      return "*Writes are resumed*";
    case "hand-over-leadership":
      return `${serverName(step.server)} started again and synced, in the role it had`;
    default:
      return `Taken back: ${stepPlanned(step)}`;
  }
};
