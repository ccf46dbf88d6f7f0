// A person's click on a run: judged against the run's state as it is now. Pure: says what to append, or why nothing is.
import { goalNoun } from "../model/goal.ts";
import { assertNever, type PlanHash, type UserId } from "../model/ids.ts";
import type { Actor, Gate, RunEvent } from "../model/run-event.ts";
import { isExchanging, isPassed } from "../run/decide.ts";
import { pauseInForce } from "../run/pause.ts";
import type { RunState } from "../run/state.ts";

export type Decision = "approve" | "continue" | "deny" | "stop" | "retry" | "roll_back" | "resume_writes";

export type Click = {
  readonly decision: Decision;
  readonly by: UserId;
  /** What the button was about: the open gate, or the step of the hold. Null where it was about neither. */
  readonly gate: Gate | null;
  /** The plan that the button belonged to; null when the person used words instead of a button. */
  readonly planHash: string | null;
  /** Why a plan is denied; empty before the person was asked for it. */
  readonly reason: string;
  /** The ensemble's name, as typed by an approver of a restore; absent before they were asked for it. */
  readonly typed?: string;
};

/** What is known of the person. `approvers`: who may approve, as a phrase in Slack's mrkdwn. */
export type Rights = { readonly isApprover: boolean; readonly approvers: string };

export type Judged =
  | { readonly append: RunEvent }
  | { readonly explain: string }
  /** It may be approved once the person has typed this name. */
  | { readonly typeName: string };

const UNCHANGED = "Nothing changed.";
const explain = (why: string): Judged => ({ explain: `${why} ${UNCHANGED}` });

const byWhom = (actor: Actor): string => (actor.kind === "user" ? `<@${actor.id}>` : "zkshift");
const clock = (at: number): string => `${new Date(at).toISOString().slice(11, 19)} UTC`;
const DENIED_LONGEST = 500;

/** What a click comes to at `now` (epoch ms): the event to append, or a sentence for the person who clicked. */
export const judge = (state: RunState, click: Click, now: number, rights: Rights): Judged => {
  if (click.planHash !== null && click.planHash !== state.planHash) {
    return explain("That button belongs to another plan than the one this run has now.");
  }
  if (state.phase === "finished") return explain(finishedWords(state));
  switch (click.decision) {
    case "approve":
    case "continue":
      return judgeGrant(state, click, now, rights);
    case "deny":
      return judgeDenial(state, click, now, rights);
    case "retry":
      return judgeRetry(state, click, rights);
    case "roll_back":
      return judgeRollback(state, click, rights);
    case "stop":
      return judgeStop(state, click, rights);
    case "resume_writes":
      return judgeResumeWrites(state, click, rights);
    default:
      return assertNever(click.decision);
  }
};

const OUTCOMES = {
  succeeded: "has succeeded",
  "rolled-back": "was rolled back",
  stopped: "was stopped",
  denied: "was denied",
  expired: "ran out of time before it was approved",
  superseded: "was replaced by a newer plan",
} as const;

const finishedWords = (state: RunState): string => {
  const what = state.outcome === null ? "has ended" : OUTCOMES[state.outcome];
  const who = state.outcome === "denied" && state.denial !== null ? ` by ${byWhom(state.denial.by)}` : "";
  return `This run ${what}${who}${state.finishedAt === null ? "" : `, ${clock(state.finishedAt)}`}.`;
};

/** Null when the click is about the gate that is open now; else why it is not. */
const gateProblem = (state: RunState, click: Click, now: number): Judged | null => {
  const asked = click.gate ?? "plan";
  const { gate } = state;
  if (gate === null || gate.gate !== asked) {
    const passed = state.passed.findLast((one) => one.gate === asked);
    const last = passed?.granted.at(-1);
    if (last !== undefined) return explain(`This was approved already, by ${byWhom(last.by)} ${clock(last.at)}.`);
    if (state.denial !== null)
      return explain(`This was denied by ${byWhom(state.denial.by)} ${clock(state.denial.at)}.`);
    if (state.phase === "held") return explain("The run is held now; its newest message says what can be done.");
    return explain("Nothing waits for approval here any more.");
  }
  if (now >= gate.expiresAt) {
    return explain(
      `The time for approval ended ${clock(gate.expiresAt)}: what the plan rests on may have moved since.`,
    );
  }
  return null;
};

const judgeGrant = (state: RunState, click: Click, now: number, rights: Rights): Judged => {
  const problem = gateProblem(state, click, now);
  if (problem !== null || state.gate === null) return problem ?? explain("Nothing waits for approval.");
  const { gate } = state;
  const already = gate.granted.find(({ by }) => by.kind === "user" && by.id === click.by);
  if (already !== undefined) {
    const more = gate.needs - gate.granted.length;
    return explain(
      `You approved this already, ${clock(already.at)}; it needs ${more} more ${more === 1 ? "person" : "people"}: ${rights.approvers}.`,
    );
  }
  if (click.by === state.requester && !state.policy.selfApproval) {
    return explain(
      `You asked for this ${goalNoun(state.goal)}, so someone else must approve it: any of ${rights.approvers}.`,
    );
  }
  if (!rights.isApprover) return explain(`You may not approve this; it takes one of ${rights.approvers}.`);
  if (state.goal.kind === "restore" && click.typed !== state.goal.ensemble) return { typeName: state.goal.ensemble };
  return { append: { type: "approval-granted", gate: gate.gate, planHash: state.planHash as PlanHash } };
};

const judgeDenial = (state: RunState, click: Click, now: number, rights: Rights): Judged => {
  const problem = gateProblem(state, { ...click, gate: "plan" }, now);
  if (problem !== null || state.gate === null) return problem ?? explain("Nothing waits for approval.");
  if (!mayStop(state, click, rights))
    return explain(`You may not deny this; it takes one of ${rights.approvers}, or who asked for it.`);
  return {
    append: { type: "approval-denied", gate: state.gate.gate, reason: click.reason.trim().slice(0, DENIED_LONGEST) },
  };
};

/** Approvers, and whoever asked: stopping what one has begun must not wait for somebody else. */
const mayStop = (state: RunState, click: Click, rights: Rights): boolean =>
  rights.isApprover || click.by === state.requester;

const notAllowed = (what: string, rights: Rights): Judged =>
  explain(`You may not ${what} this run; it takes one of ${rights.approvers}, or who asked for it.`);

/** A button of an earlier hold or gate, clicked when the run had gone on. */
const isOutdated = (state: RunState, click: Click): boolean => {
  const now = state.gate?.gate ?? state.hold?.step ?? null;
  return click.planHash !== null && click.gate !== null && now !== null && click.gate !== now;
};

const judgeRetry = (state: RunState, click: Click, rights: Rights): Judged => {
  if (!mayStop(state, click, rights)) return notAllowed("retry", rights);
  if (state.phase !== "held") return explain(goingOnWords(state));
  if (isOutdated(state, click))
    return explain("The run is held at another step now; use the buttons of its newest message.");
  return { append: { type: "resumed" } };
};

const goingOnWords = (state: RunState): string => {
  if (state.stopAsked !== null)
    return `Stop was asked already, by ${byWhom(state.stopAsked.by)} ${clock(state.stopAsked.at)}.`;
  if (state.rollbackAsked !== null)
    return `Roll back was asked already, by ${byWhom(state.rollbackAsked.by)} ${clock(state.rollbackAsked.at)}; it is under way.`;
  return state.phase === "waiting"
    ? "The run waits for approval; it is not held."
    : "The run is going on; it is not held any more.";
};

const judgeRollback = (state: RunState, click: Click, rights: Rights): Judged => {
  if (!mayStop(state, click, rights)) return notAllowed("roll back", rights);
  if (state.direction === "back") {
    return state.rollbackAsked === null
      ? explain("The run is being rolled back already.")
      : explain(`Roll back was asked already, by ${byWhom(state.rollbackAsked.by)} ${clock(state.rollbackAsked.at)}.`);
  }
  if (!isPassed(state, "plan"))
    return explain("Nothing was done yet, so there is nothing to roll back. Deny the plan instead.");
  if (state.phase === "running")
    return explain(`${goingOnWords(state)} Roll back is offered when it is held or at a gate.`);
  if (isOutdated(state, click)) return explain("The run has moved on; use the buttons of its newest message.");
  return { append: { type: "rollback-asked" } };
};

/** True of a pause of its own (`/zk pause-writes`), before its time is over. */
const isKeptPaused = ({ plan, steps, direction, phase }: RunState): boolean =>
  phase === "running" &&
  direction === "forward" &&
  plan.steps.some((step, i) => step.kind === "keep-paused" && steps[i]?.state !== "done");

/** While a run is held, or does nothing but pause; at its other places there is an end in sight, or Stop and Roll back, which resume too. */
const judgeResumeWrites = (state: RunState, click: Click, rights: Rights): Judged => {
  if (!mayStop(state, click, rights)) return notAllowed("resume writes in", rights);
  if (pauseInForce(state) === null) return explain("Writes are not paused by this run any more.");
  if (state.resumeWritesAsked !== null) {
    const { by, at } = state.resumeWritesAsked;
    return explain(`Resuming writes was asked already, by ${byWhom(by)} ${clock(at)}; it is under way.`);
  }
  if (state.phase === "held" || isKeptPaused(state)) return { append: { type: "resume-writes-asked" } };
  return explain(
    state.phase === "waiting"
      ? "The run waits at a gate. *Stop here* and *Roll back* resume writes; *Continue* goes on while they are paused."
      : "The run is going on and resumes writes after the last server's turn. *Stop* ends it earlier, and resumes them too.",
  );
};

const judgeStop = (state: RunState, click: Click, rights: Rights): Judged => {
  if (!mayStop(state, click, rights)) return notAllowed("stop", rights);
  if (state.stopAsked !== null) return explain(goingOnWords(state));
  if (!isPassed(state, "plan")) return explain("Nothing was started yet: deny the plan instead.");
  if (state.direction === "back" && state.phase === "running") {
    return explain("A rollback is under way; stopping it would leave the ensemble half-way.");
  }
  if (isOutdated(state, click)) return explain("The run has moved on; use the buttons of its newest message.");
  if (state.phase === "held" && isExchanging(state)) {
    return explain(
      "The run is held while servers' data are exchanged: stopping it here could leave every server down. *Retry* goes on, *Roll back* puts the former data back and starts the servers.",
    );
  }
  return { append: { type: "stop-asked" } };
};
