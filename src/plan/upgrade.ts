// Plans `/zk upgrade`: which server is stopped, changed and started when, so that a quorum serves all through.
// Pure: the same goal and observation give the same plan. What must not be is said by the rules, not here.
import type { Observation } from "../model/ensemble.ts";
import type { UpgradeGoal } from "../model/goal.ts";
import type { EnsembleSpec, Gates } from "../model/inventory.ts";
import type { HandOver, Planned, Step } from "../model/plan.ts";
import { isAtLeast } from "../model/release.ts";
import { changesAfterSync } from "./config-changes.ts";
import { hookArgv } from "./hook-argv.ts";
import { planFrom } from "./plan-from.ts";
import { inWords } from "./rule.ts";
import { differingSettings } from "./rules/configuration.ts";
import { type PlanOptions, type Situation, type Subject, situationOf } from "./situation.ts";

/**
 * The plan that brings every server to the goal's release; `nothing-to-do` when all run it already; `blocked` with
 * every reason at once when a rule stands against it. Servers that already run the release get no turn.
 */
export const planUpgrade = (
  goal: UpgradeGoal,
  seen: Observation,
  ensemble: EnsembleSpec,
  options: PlanOptions,
): Planned => {
  const situation = situationOf(goal, seen, ensemble, options);
  if (situation.subjects.length > 0 && situation.subjects.every(({ serving }) => serving?.release === goal.release)) {
    return { kind: "nothing-to-do", why: whyNothing(situation) };
  }
  return planFrom(situation, (gates) => stepsOf(situation, gates));
};

const whyNothing = ({ goal, subjects, ensemble }: Situation): string => {
  const runs =
    subjects.length === 1
      ? `${subjects[0]?.name} runs ${goal.release} already.`
      : `All ${subjects.length} servers run ${goal.release} already.`;
  const differing = subjects.flatMap((subject) => {
    const keys = subject.facts === null ? [] : differingSettings(subject, ensemble.settings);
    return keys.length === 0 ? [] : [`${inWords(keys)} on server.${subject.id}`];
  });
  return differing.length === 0
    ? runs
    : `${runs} zoo.cfg differs from the inventory's settings (${differing.join("; ")}), which an upgrade to the same release does not touch.`;
};

// ---------------------------------------------------------------- steps

const stepsOf = (situation: Situation, gates: Gates): readonly Step[] => {
  const turns = inOrder(situation.changing);
  const handOver = handOverOf(situation);
  const backUp = toBackUp(situation);
  return [
    { kind: "preflight" },
    ...(backUp === null ? [] : [{ kind: "back-up", server: backUp.id } as const]),
    {
      kind: "install-release",
      release: situation.release,
      servers: turns.map(({ id }) => id).sort((a, b) => a - b),
    },
    ...turns.flatMap((subject, turn) => [
      ...gateBefore(subject, turn, gates),
      ...turnSteps(subject, situation, handOver),
    ]),
    { kind: "verify-ensemble", release: situation.release },
  ];
};

/**
 * Observers first: nobody's vote is missed while the new release is tried. The leader last: leadership moves once
 * instead of once a server, and to a server that already runs the new release.
 */
const inOrder = (changing: readonly Subject[]): readonly Subject[] => {
  const rank = ({ serving }: Subject): number => ["observer", "follower", "leader"].indexOf(serving?.mode ?? "");
  return [...changing].sort((a, b) => rank(a) - rank(b) || a.id - b.id);
};

/** A follower has all committed data and its copying disturbs nobody; the leader only where there is no other. */
export const toBackUp = ({ voters, leader, subjects, isStandalone }: Situation): Subject | null => {
  if (isStandalone) return subjects[0] ?? null;
  return voters.find(({ serving }) => serving?.mode === "follower") ?? leader;
};

/**
 * `observer-then-kill` keeps the pause of writes shortest: the others elect a leader while the old one still answers.
 * It needs reconfig (3.5.3 and later, switched on, as super) and leaves n−1 voters, of which a quorum must stay when
 * one is slow: so at least three voters, all serving. 3.4 and everyone else: SIGKILL, which is safe because a server
 * syncs its log before it acknowledges.
 */
const handOverOf = ({ seen, release, subjects, voters, superKnown }: Situation): HandOver => {
  const knowsReconfig = ({ serving }: Subject): boolean => serving !== null && isAtLeast(serving.release, "3.5.3");
  const may =
    superKnown &&
    seen.membership.source === "dynamic" &&
    seen.membership.version !== null &&
    isAtLeast(release, "3.5.3") &&
    voters.length >= 3 &&
    subjects.every((subject) => knowsReconfig(subject) && subject.setting("reconfigEnabled") === "true");
  return may ? "observer-then-kill" : "kill";
};

/** The plan's own approval, just given, covers the first turn: no gate before it, whoever's it is. */
const gateBefore = ({ id, serving }: Subject, turn: number, gates: Gates): readonly Step[] => {
  const isLeader = serving?.mode === "leader";
  if (turn === 0 || gates === "once" || (gates === "leader" && !isLeader)) return [];
  return [{ kind: "ask-approval", server: id, reason: isLeader ? "leader" : "each" }];
};

const turnSteps = (subject: Subject, { goal, release, ensemble }: Situation, handOver: HandOver): readonly Step[] => {
  const { id: server, serving, facts, changes } = subject;
  if (serving === null) return [];
  const from = serving.release;
  const isLeader = serving.mode === "leader";
  const fromHome = facts?.process?.home ?? null;
  const afterSync = changesAfterSync(changes, release);
  const hook = ensemble.hooks.configure;
  return [
    isLeader ? { kind: "hand-over-leadership", server, method: handOver } : { kind: "stop-server", server },
    {
      kind: "write-config",
      server,
      release,
      from,
      fromHome,
      changes,
      ...(subject.jvm === null ? {} : { jvm: subject.jvm }),
    },
    ...(hook === null
      ? []
      : [
          {
            kind: "run-hook",
            server,
            argv: hookArgv(hook, { host: subject.server.host, server, release, ensemble: goal.ensemble }),
          } as const,
        ]),
    { kind: "start-server", server, release, from },
    { kind: "wait-until-synced", server, release, timeoutMs: ensemble.syncTimeoutMs },
    ...(isLeader && handOver === "observer-then-kill"
      ? [{ kind: "reconfigure", member: subject.server.member } as const]
      : []),
    // `from` is the new release here: to undo this one line is not to go back to the old release.
    ...(afterSync.length === 0
      ? []
      : [{ kind: "write-config", server, release, from: release, fromHome: null, changes: afterSync } as const]),
    ...(ensemble.soakMs > 0 ? [{ kind: "soak", server, ms: ensemble.soakMs } as const] : []),
  ];
};
