// The servers' turns of a rolling restart, whatever it is for: who first, what is done in each, when a person is asked. Pure.
import type { Gates } from "../model/inventory.ts";
import type { Logback } from "../model/logback.ts";
import type { HandOver, Step, StepOf } from "../model/plan.ts";
import { isAtLeast } from "../model/release.ts";
import { changesAfterSync } from "./config-changes.ts";
import { hookArgv } from "./hook-argv.ts";
import { logbackFor } from "./logging.ts";
import type { Situation, Subject } from "./situation.ts";
import { startKeepsTtlZnodes } from "./ttl-znodes.ts";

/** The turns of all servers that change, one after another, with the gates before them. */
export const turnsOf = (situation: Situation, gates: Gates): readonly Step[] => {
  const handOver = handOverOf(situation);
  return inOrder(situation.changing).flatMap((subject, turn) => [
    ...gateBefore(subject, turn, gates),
    ...turnSteps(subject, situation, handOver),
  ]);
};

/**
 * Observers first: nobody's vote is missed while the new release is tried. The leader last: leadership moves once
 * instead of once a server, and to a server that already runs the new release.
 */
const inOrder = (changing: readonly Subject[]): readonly Subject[] => {
  const rank = ({ serving }: Subject): number => ["observer", "follower", "leader"].indexOf(serving?.mode ?? "");
  return [...changing].sort((a, b) => rank(a) - rank(b) || a.id - b.id);
};

/**
 * `observer-then-kill` keeps the pause of writes shortest: the others elect a leader while the old one still answers.
 * It needs reconfig (3.5.3 and later, switched on before and after, as super) and leaves n−1 voters, of which a quorum must
 * stay when one is slow: so at least three voters, all serving. 3.4 and everyone else: SIGKILL, which is safe because a server
 * syncs its log before it acknowledges.
 */
const handOverOf = ({ seen, release, subjects, voters, superKnown }: Situation): HandOver => {
  const knowsReconfig = ({ serving }: Subject): boolean => serving !== null && isAtLeast(serving.release, "3.5.3");
  const isOn = ({ setting, settingAfter }: Subject): boolean =>
    setting("reconfigEnabled") === "true" && settingAfter("reconfigEnabled") === "true";
  const may =
    superKnown &&
    seen.membership.source === "dynamic" &&
    seen.membership.version !== null &&
    isAtLeast(release, "3.5.3") &&
    voters.length >= 3 &&
    subjects.every((subject) => knowsReconfig(subject) && isOn(subject));
  return may ? "observer-then-kill" : "kill";
};

/** The plan's own approval, just given, covers the first turn: no gate before it, whoever's it is. */
const gateBefore = ({ id, serving }: Subject, turn: number, gates: Gates): readonly Step[] => {
  const isLeader = serving?.mode === "leader";
  if (turn === 0 || gates === "once" || (gates === "leader" && !isLeader)) return [];
  return [{ kind: "ask-approval", server: id, reason: isLeader ? "leader" : "each" }];
};

const turnSteps = (subject: Subject, situation: Situation, handOver: HandOver): readonly Step[] => {
  const { goal, release, ensemble } = situation;
  const { id: server, serving, changes } = subject;
  if (serving === null) return [];
  const from = serving.release;
  const isLeader = serving.mode === "leader";
  const afterSync = changesAfterSync(changes, release);
  const hook = ensemble.hooks.configure;
  return [
    isLeader ? { kind: "hand-over-leadership", server, method: handOver } : { kind: "stop-server", server },
    ...configSteps(subject, logbackFor(subject, release), {
      kind: "write-config",
      server,
      release,
      from,
      fromHome: homeOf(subject, from === release),
      changes,
    }),
    ...(hook === null
      ? []
      : [
          {
            kind: "run-hook",
            server,
            argv: hookArgv(hook, { host: subject.server.host, server, release, ensemble: goal.ensemble }),
          } as const,
        ]),
    { kind: "start-server", server, release, from, ...startKeepsTtlZnodes(subject, situation) },
    { kind: "wait-until-synced", server, release, timeoutMs: ensemble.syncTimeoutMs },
    ...(isLeader && handOver === "observer-then-kill"
      ? [{ kind: "reconfigure", member: subject.server.member } as const]
      : []),
    // `from` is the new release here: to undo this one line is not to go back to the old release.
    ...(afterSync.length === 0
      ? []
      : [
          {
            kind: "write-config",
            server,
            release,
            from: release,
            fromHome: null,
            changes: afterSync,
            whileRunning: true,
          } as const,
        ]),
    ...(ensemble.soakMs > 0 ? [{ kind: "soak", server, ms: ensemble.soakMs } as const] : []),
  ];
};

/** Where the release stays only a link that is missing has to be made, so that the server starts from where it runs now. */
const homeOf = ({ facts }: Subject, stays: boolean): string | null =>
  stays && facts?.current !== null ? null : (facts?.process?.home ?? null);

/** A restart with nothing to write has no such step. */
const configSteps = ({ jvm }: Subject, logback: Logback | null, step: StepOf<"write-config">): readonly Step[] =>
  step.from === step.release && step.changes.length === 0 && jvm === null && step.fromHome === null
    ? []
    : [{ ...step, ...(jvm === null ? {} : { jvm }), ...(logback === null ? {} : { logback }) }];
