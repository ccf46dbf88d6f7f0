// The one place where a step becomes words: as planned, while it is being done, while it is being undone. What it showed when
// it was done is said in evidence-words.ts. Pure.
import { diffLines } from "../../src/model/config-diff.ts";
import { assertNever } from "../../src/model/ids.ts";
import type { Step, StepOf } from "../../src/model/plan.ts";
import { and, duration, serverName, serverNames } from "./words.ts";

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
      return `ask for approval before ${gateSubject(step)}`;
    case "stop-server":
      return `stop ${serverName(step.server)}`;
    case "hand-over-leadership":
      return step.method === "observer-then-kill"
        ? `hand leadership over from ${serverName(step.server)}: make it an observer, then end it at once`
        : `hand leadership over from ${serverName(step.server)}: end it at once, the others elect a new leader`;
    case "write-config":
      return step.from === step.release
        ? `change ${serverName(step.server)}'s configuration (${changesPlanned(linesOf(step))}${step.whileRunning === true ? ", counting from its next start" : ""})`
        : `switch ${serverName(step.server)} from ${step.from} to ${step.release} and write its configuration (${changesPlanned(linesOf(step))})`;
    case "run-hook":
      return `run your configuration tool for ${serverName(step.server)}`;
    case "start-server":
      return `start ${serverName(step.server)} with ${step.release}`;
    case "wait-until-synced":
      return `wait until ${serverName(step.server)} is synced (at most ${duration(step.timeoutMs)})`;
    case "reconfigure":
      return `make ${serverName(step.member.id)} ${article(step.member.role)} of the ensemble`;
    case "prepare-server":
      return `lay ${serverName(step.server)} out on ${step.host} with ${serverName(step.template)}'s configuration (${[
        ...(linesOf(step) === 0 ? [] : [changesPlanned(linesOf(step))]),
        `client port at ${step.place.client}, data in ${step.place.dataDir}`,
        ...(step.setAside ? ["a retired server's data there are moved aside"] : []),
      ].join("; ")})`;
    case "wait-until-joined":
      return `wait until ${serverName(step.server)} has all data (at most ${duration(step.timeoutMs)})`;
    case "add-member":
      return `make ${serverName(step.member.id)} ${article(step.member.role)} of the ensemble`;
    case "remove-member":
      return `take ${serverName(step.member.id)} out of the ensemble`;
    case "restart-with-members":
      return `restart ${serverNames(step.servers)} with the list ${serverNames(step.members.map(({ id }) => id))}${step.servers.length > 1 ? ", one at a time, the leader last" : ""}`;
    case "wait-for-clients":
      return `list the clients of ${serverNames(step.servers)}, wait until they are gone or a person says go on`;
    case "retire-server":
      return `stop ${serverName(step.server)} on ${step.host} for good; its data stay there`;
    case "pause-writes":
      if (step.method === "ports")
        return "pause writes: close the client ports on every host to all but zkshift, test from the hosts that they are closed";
      return "pause writes: save every ACL, make every znode read-only for all but super, test that writes are refused";
    case "resume-writes":
      if (step.method === "ports") return "look for writes that got through, then open the client ports";
      return "look for writes that got through, then give every znode its ACL back";
    case "stage-backup":
      return `compare the backup's files with their sums, start a throw-away server ${step.release} on it, lay the same data beside those of ${serverNames(step.servers)} (nothing stops)`;
    case "restore-data":
      return `stop ${serverNames(step.members.map(({ id }) => id))}, put their data aside and the backup's in their place, start all, wait until all are synced (at most ${duration(step.timeoutMs)})`;
    case "verify-restore":
      return "compare every server with the backup and with each other, write through each of them";
    case "keep-paused":
      return `leave writes paused for ${duration(step.ms)}, or until somebody resumes them`;
    case "soak":
      return `watch ${serverName(step.server)} for ${duration(step.ms)}`;
    case "verify-ensemble":
      return `compare the data of all servers, write through each of them, check that all run ${step.release}`;
    default:
      return assertNever(step);
  }
};

/** How writes are paused, in a few words. Plain text. */
export const pauseWords = (method: StepOf<"pause-writes">["method"]): string => PAUSE_WORDS[method];
const PAUSE_WORDS = { acl: "every znode read-only", ports: "client ports closed to all but zkshift" } as const;

export const article = (role: string): string => (role === "observer" ? "an observer" : `a ${role}`);
const changesPlanned = (count: number): string =>
  count === 0 ? "no line changes" : count === 1 ? "1 line changes" : `${count} lines change`;

/** Lines that change: of zoo.cfg, and flags of java.env that come or go. */
const linesOf = ({ changes, jvm }: StepOf<"write-config" | "prepare-server">): number =>
  changes.length + diffLines([], jvm).length;

/** What a gate is before: `the leader's turn (server.3)`. Plain text. */
export const gateSubject = (step: StepOf<"ask-approval">): string => {
  switch (step.reason) {
    case "leader":
      return `the leader's turn (${serverName(step.server)})`;
    case "retire":
      return "the first old server is stopped";
    case "restore":
      return "all servers are stopped";
    case "each":
      return `${serverName(step.server)}'s turn`;
    default:
      return assertNever(step);
  }
};

/** The server that a step works on; null where it is about several. */
export const serverOf = (step: Step): number | null =>
  "server" in step ? step.server : "member" in step ? step.member.id : null;

/** A step in a server's turn, short: the plan's table names the server beside it. Plain text. */
export const stepInTurn = (step: Step): string => {
  switch (step.kind) {
    case "stop-server":
      return "stop";
    case "hand-over-leadership":
      return "hand leadership over";
    case "write-config":
      return linesOf(step) === 0 && step.from !== step.release
        ? "switch release"
        : `write configuration (${changesPlanned(linesOf(step))})`;
    case "prepare-server":
      return `lay it out as ${serverName(step.template)} is`;
    case "wait-until-joined":
      return "wait until it has all data";
    case "add-member":
      return `make it ${article(step.member.role)}`;
    case "remove-member":
      return "take it out of the ensemble";
    case "restart-with-members":
      return `restart ${serverNames(step.servers)} with the new list`;
    case "wait-for-clients":
      return "list who is connected, wait until they are gone or a person says go on";
    case "retire-server":
      return "stop for good, data kept";
    case "run-hook":
      return "run your configuration tool";
    case "start-server":
      return `start ${step.release}`;
    case "wait-until-synced":
      return "wait until synced";
    case "pause-writes":
      return `pause writes (${pauseWords(step.method)})`;
    case "resume-writes":
      return "look for writes that got through · resume writes";
    case "stage-backup":
      return "compare the backup's files with their sums · start a throw-away server on it · lay the same data beside those of every server (nothing stops)";
    case "restore-data":
      return "stop all · put their data aside · put the backup's in their place · start all · wait until synced";
    case "verify-restore":
      return "compare every server with the backup · write through each · report";
    case "keep-paused":
      return `leave them paused for ${duration(step.ms)}, or until somebody resumes them`;
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
      return step.reason === "leader"
        ? "asks again before the leader"
        : step.reason === "retire"
          ? "asks again before the first old server is stopped"
          : step.reason === "restore"
            ? "asks again before all servers are stopped"
            : "asks again";
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
    case "prepare-server":
      return "being laid out";
    case "wait-until-joined":
      return "joining";
    case "remove-member":
      return "leaving the ensemble";
    case "restart-with-members":
      return step.servers.length === 1
        ? "restarting with the new list"
        : "restarting the others with the new list, leader last";
    case "wait-for-clients":
      return "waiting for clients to leave the old servers";
    case "retire-server":
      return "retiring";
    case "add-member":
    case "reconfigure":
      return `becoming ${article(step.member.role)}`;
    case "pause-writes":
      return "pausing writes";
    case "resume-writes":
      return "resuming writes";
    case "stage-backup":
      return "proving the backup and laying it beside the data";
    case "restore-data":
      return "exchanging the data of every server";
    case "verify-restore":
      return "comparing every server with the backup";
    case "keep-paused":
      return "writes are paused";
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
      return step.from === step.release ? "going back to its configuration" : `going back to ${step.from}`;
    case "start-server":
    case "wait-until-synced":
    case "wait-until-joined":
      return "stopping to go back";
    case "prepare-server":
      return "clearing its host";
    case "add-member":
      return "leaving the ensemble again";
    case "remove-member":
      return `becoming ${article(step.member.role)} again`;
    case "restart-with-members":
      return "restarting with the list from before";
    case "pause-writes":
      return "resuming writes";
    case "restore-data":
      return "putting the former data back on every server";
    case "stage-backup":
      return "removing what was laid beside the data";
    default:
      return "going back";
  }
};
