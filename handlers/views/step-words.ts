// The one place where a step becomes words: as planned, while it is being done, while it is being undone, and its evidence.
import type { CanaryReport, Evidence, StepEvidence } from "../../src/model/evidence.ts";
import { assertNever } from "../../src/model/ids.ts";
import type { Step } from "../../src/model/plan.ts";
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
  shortHash,
  thousands,
} from "./words.ts";

/** What a step will do, as a line of a plan. Plain text. */
export const stepPlanned = (step: Step): string => {
  switch (step.kind) {
    case "preflight":
      return "look at every server and host once more, before the first change";
    case "back-up":
      return `back up ${serverName(step.server)} (newest snapshot, logs after it, configuration)`;
    case "install-release":
      return `install ${step.release} on the ${step.servers.length === 1 ? "host" : "hosts"} of ${and(step.servers.map(serverName))}, beside what runs (nothing restarts)`;
    case "ask-approval":
      return step.reason === "leader"
        ? `ask for approval before the leader's turn (${serverName(step.server)})`
        : `ask for approval before ${serverName(step.server)}'s turn`;
    case "stop-server":
      return `stop ${serverName(step.server)}`;
    case "hand-over-leadership":
      return step.method === "observer-then-kill"
        ? `hand leadership over from ${serverName(step.server)}: make it an observer, then end it at once`
        : `hand leadership over from ${serverName(step.server)}: end it at once, the others elect a new leader`;
    case "write-config":
      return `switch ${serverName(step.server)} from ${step.from} to ${step.release} and write its configuration (${changesPlanned(step.changes.length)})`;
    case "run-hook":
      return `run your configuration tool for ${serverName(step.server)}`;
    case "start-server":
      return `start ${serverName(step.server)} with ${step.release}`;
    case "wait-until-synced":
      return `wait until ${serverName(step.server)} is synced (at most ${duration(step.timeoutMs)})`;
    case "reconfigure":
      return `make ${serverName(step.member.id)} ${article(step.member.role)} of the ensemble`;
    case "soak":
      return `watch ${serverName(step.server)} for ${duration(step.ms)}`;
    case "verify-ensemble":
      return `compare the data of all servers, write through each of them, check that all run ${step.release}`;
    default:
      return assertNever(step);
  }
};

const article = (role: string): string => (role === "observer" ? "an observer" : `a ${role}`);
const changesPlanned = (count: number): string =>
  count === 0 ? "no line changes" : count === 1 ? "1 line changes" : `${count} lines change`;

/** A step in a server's turn, short: the plan's table names the server beside it. Plain text. */
export const stepInTurn = (step: Step): string => {
  switch (step.kind) {
    case "stop-server":
      return "stop";
    case "hand-over-leadership":
      return "hand leadership over";
    case "write-config":
      return step.changes.length === 0
        ? "switch release"
        : `write configuration (${changesPlanned(step.changes.length)})`;
    case "run-hook":
      return "run your configuration tool";
    case "start-server":
      return `start ${step.release}`;
    case "wait-until-synced":
      return "wait until synced";
    case "soak":
      return `watch for ${duration(step.ms)}`;
    case "reconfigure":
      return `make it ${article(step.member.role)}`;
    case "back-up":
      return `back up ${serverName(step.server)}`;
    case "install-release":
      return `install ${step.release} beside what runs (nothing restarts)`;
    case "preflight":
      return "look once more";
    case "verify-ensemble":
      return "compare data on every server · report";
    case "ask-approval":
      return step.reason === "leader" ? "asks again before the leader" : "asks again";
    default:
      return assertNever(step);
  }
};

/** What is going on while a step is done; the server is named beside it. Plain text. */
export const stepDoing = (step: Step): string => {
  switch (step.kind) {
    case "preflight":
      return "looking at every server";
    case "back-up":
      return "backing up";
    case "install-release":
      return `installing ${step.release}`;
    case "ask-approval":
      return "waiting for approval";
    case "stop-server":
      return "stopping";
    case "hand-over-leadership":
      return "handing leadership over";
    case "write-config":
      return "writing configuration";
    case "run-hook":
      return "running your configuration tool";
    case "start-server":
      return `starting ${step.release}`;
    case "wait-until-synced":
      return "waiting until synced";
    case "reconfigure":
      return `becoming ${article(step.member.role)}`;
    case "soak":
      return "watching";
    case "verify-ensemble":
      return "comparing data on every server";
    default:
      return assertNever(step);
  }
};

/** What is going on while a step is undone. Plain text. */
export const stepUndoing = (step: Step): string => {
  switch (step.kind) {
    case "stop-server":
    case "hand-over-leadership":
      return "starting again as it was";
    case "write-config":
      return `going back to ${step.from}`;
    case "start-server":
    case "wait-until-synced":
      return "stopping to go back";
    default:
      return "going back";
  }
};

/** What the canary saw, where it is worth a word. */
const canaryWords = (canary: CanaryReport | null): readonly string[] => {
  if (canary === null || canary.writes + canary.failed === 0) return [];
  return [
    `longest write pause ${seconds(canary.longestPauseMs)}`,
    ...(canary.failed > 0 ? [`*${plural(canary.failed, "test write")} failed*`] : []),
    ...(canary.sessionsLost > 0 ? [`*${plural(canary.sessionsLost, "session")} lost*`] : []),
  ];
};

/** A finished step with its evidence, as one line of mrkdwn. */
export const stepDone = (evidence: Evidence): string =>
  [
    doneWords(evidence.step, evidence.tookMs - (evidence.waited?.ms ?? 0)),
    ...waitedWords(evidence),
    ...canaryWords(worthCanary(evidence) ? evidence.canary : null),
  ].join(" · ");

/** A long wait before a step has a reason that people should know: a server that was down, say. */
const waitedWords = ({ waited }: Evidence): readonly string[] =>
  waited === undefined ? [] : [`*waited ${duration(waited.ms)} before it*: ${esc(waited.for.replace(/\.$/, ""))}`];

/** Steps that touch no server show no pause: the canary's figure there would say nothing about them. */
const worthCanary = ({ step, canary }: Evidence): boolean =>
  ["stop-server", "hand-over-leadership", "start-server", "wait-until-synced", "reconfigure", "soak"].includes(
    step.kind,
  ) ||
  (canary !== null && canary.failed + canary.sessionsLost > 0);

const doneWords = (step: StepEvidence, tookMs: number): string => {
  switch (step.kind) {
    case "preflight":
      return `Looked at every server: ${plural(step.serving, "server")} serving and synced, ${serverName(step.leader)} leads · ${plural(step.rulesChecked, "rule")} checked`;
    case "back-up":
      return [
        `Backed up ${serverName(step.server)}: snapshot ${code(step.snapshot)}`,
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
      return `${parts.join("; ")} · sha512 ${code(shortHash(step.sha512))} · ${duration(tookMs)}`;
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
    case "write-config": {
      const lines = step.diff.filter((line) => /^[+-]/.test(line)).length;
      const changed =
        lines === 0 ? "configuration unchanged" : `configuration: ${step.diff.slice(0, 4).map(code).join(" ")}`;
      const more = step.diff.length > 4 ? ` and ${plural(step.diff.length - 4, "more line")}` : "";
      return `${serverName(step.server)} switched to ${esc(step.release)} · ${changed}${more}`;
    }
    case "run-hook":
      return `Your configuration tool ran for ${serverName(step.server)}: exit code ${step.code} · ${duration(tookMs)}`;
    case "start-server":
      return `${serverName(step.server)} started with ${esc(step.release)} (pid ${step.pid})`;
    case "wait-until-synced":
      return `${serverName(step.server)} synced ${seconds(step.syncedMs)} after its start · ${esc(step.release)} ${esc(step.mode)} · zxid ${code(step.zxid)} · ${esc(step.proof)}`;
    case "reconfigure":
      return `${serverName(step.server)} is ${article(step.role)} now · configuration version ${code(configVersion(step.configVersion))}`;
    case "soak":
      return `Watched ${serverName(step.server)} for ${duration(step.ms)}: it stayed in service`;
    case "verify-ensemble": {
      const through = step.servers.map((server) => `${serverName(server.id)} ${duration(server.writeMs)}`);
      return [
        `Same data on ${step.servers.length === 1 ? "the one server" : `all ${step.servers.length} servers`}: ${verdict(step)}`,
        `all on ${esc(step.release)}`,
        `a write through each: ${through.join(", ")}`,
      ].join(" · ");
    }
    default:
      return assertNever(step);
  }
};

/** How sameness was shown: `digest 1655629737480 at 0x200000300, 201 znodes`. */
export const verdict = (step: Extract<StepEvidence, { kind: "verify-ensemble" }>): string =>
  step.method === "digest"
    ? `digest ${code(step.digest)} at ${code(step.zxid)}, ${thousands(step.znodes)} znodes`
    : `${thousands(step.znodes)} znodes compared one by one, sum ${code(shortHash(step.digest))}`;

/** A step that was undone, as one line of mrkdwn. */
export const stepUndone = (step: Step, how: "undone" | "nothing-to-undo", evidence: Evidence | null): string => {
  const tail = evidence === null ? "" : ` · ${stepDone(evidence)}`;
  return how === "nothing-to-undo" ? `Nothing to take back: ${stepPlanned(step)}${tail}` : `${takenBack(step)}${tail}`;
};

const takenBack = (step: Step): string => {
  switch (step.kind) {
    case "start-server":
      return `${serverName(step.server)} stopped, to go back from ${step.release}`;
    case "write-config":
      return `${serverName(step.server)} switched back to ${step.from}${step.changes.length === 0 ? "" : ", its configuration as before"}`;
    case "stop-server":
      return `${serverName(step.server)} started again and synced`;
    case "hand-over-leadership":
      return `${serverName(step.server)} started again and synced, in the role it had`;
    default:
      return `Taken back: ${stepPlanned(step)}`;
  }
};
