// What a run's state says that more than one view shows: sums over the canary, where each server stands, which buttons apply. Pure.
import type { StepEvidence } from "../../src/model/evidence.ts";
import { assertNever } from "../../src/model/ids.ts";
import { type Step, turnOf } from "../../src/model/plan.ts";
import type { Outcome, ServiceSeen } from "../../src/model/run-event.ts";
import type { Live } from "../../src/ports.ts";
import { isExchanging } from "../../src/run/decide.ts";
import { pauseInForce } from "../../src/run/pause.ts";
import type { RunState } from "../../src/run/state.ts";
import type { ActionId } from "./button-value.ts";
import { and, plural, seconds, serverName, thousands } from "./words.ts";

export type WriteSums = {
  readonly writes: number;
  readonly failed: number;
  readonly longestPauseMs: number;
  readonly sessionsLost: number;
};

/** What the canary saw in all finished steps together. */
export const writeSums = (state: RunState): WriteSums =>
  state.steps
    .flatMap((step) => [step.evidence?.canary, step.undoEvidence?.canary])
    .concat(state.finalEvidence?.canary)
    .reduce<WriteSums>(
      (sum, canary) =>
        canary == null
          ? sum
          : {
              writes: sum.writes + canary.writes,
              failed: sum.failed + canary.failed,
              longestPauseMs: Math.max(sum.longestPauseMs, canary.longestPauseMs),
              sessionsLost: sum.sessionsLost + canary.sessionsLost,
            },
      { writes: 0, failed: 0, longestPauseMs: 0, sessionsLost: 0 },
    );

/** `1,204 tested, 0 failed, longest pause 0.38 s`; while writes are paused the word would mislead. */
export const writesPhrase = (sums: Omit<WriteSums, "sessionsLost">, whilePaused: boolean): string =>
  `${thousands(sums.writes)} tested, ${thousands(sums.failed)} failed, longest ${whilePaused ? "gap" : "pause"} ${seconds(sums.longestPauseMs)}`;

/** The proof that all servers have the same data, if it was taken. */
export const proofOf = (state: RunState): Extract<StepEvidence, { kind: "verify-ensemble" }> | null => {
  const last =
    state.finalEvidence?.step ??
    state.steps.findLast((step) => step.evidence?.step.kind === "verify-ensemble")?.evidence?.step;
  return last?.kind === "verify-ensemble" ? last : null;
};

/** The step being done or undone, or the next one; null when there is none. */
export const currentStep = (state: RunState): number | null => {
  if (state.hold !== null) return state.hold.step;
  const index =
    state.direction === "forward"
      ? state.steps.findIndex((step) => step.state !== "done")
      : state.steps.findLastIndex((step) => step.state !== "todo" && step.state !== "undone");
  return index === -1 ? null : index;
};

export type ServerPlace = {
  readonly id: number;
  readonly host: string;
  readonly place: "todo" | "in turn" | "done" | "failed" | "back";
  readonly release: string;
  readonly mode: string | null;
  /** The step in hand, when it is this server's. */
  readonly step: Step | null;
};

/** Where each server of the plan stands, in the plan's order of ids. */
export const serverPlaces = (state: RunState, live: Live | null): readonly ServerPlace[] => {
  const current = currentStep(state);
  return state.plan.basis.servers.map((server): ServerPlace => {
    const own = state.plan.steps.flatMap((step, i) =>
      turnOf(step) === server.id && step.kind !== "ask-approval" ? [{ step, i, is: state.steps[i] }] : [],
    );
    const states = own.map(({ is }) => is?.state ?? "todo");
    const touched = states.some((one) => one !== "todo");
    const back = touched && states.every((one) => one === "todo" || one === "undone");
    const place =
      states.length === 0 || !touched
        ? "todo"
        : back
          ? "back"
          : states.includes("failed")
            ? "failed"
            : states.every((one) => one === "done")
              ? "done"
              : "in turn";
    const seen = live?.servers.find((one) => one.id === server.id);
    const waited = own.findLast(({ is }) => is?.state === "done" && is.evidence?.step.kind === "wait-until-synced")?.is;
    const synced = waited?.evidence?.step;
    const doneRelease = synced?.kind === "wait-until-synced" ? synced.release : state.plan.release;
    const doneMode = synced?.kind === "wait-until-synced" ? synced.mode : null;
    const proved = proofOf(state)?.servers.find((one) => one.id === server.id)?.mode;
    const modeKnown = place === "todo" ? server.mode : doneMode;
    // What was seen before its own proof came would show it as not serving.
    const isOlder = (live?.seenAt ?? Number.POSITIVE_INFINITY) < (waited?.endedAt ?? 0);
    const inHand = own.find(({ i }) => i === current && state.phase !== "waiting")?.step ?? null;
    return {
      id: server.id,
      host: server.host,
      place: shownPlace(place, inHand !== null, state),
      release: place === "done" ? doneRelease : (seen?.release ?? server.release),
      // The live figures may be some seconds old when the proof comes.
      mode:
        (state.phase === "finished" ? proved : undefined) ??
        (isOlder ? null : seen?.mode) ??
        proved ??
        (modeKnown === null ? null : modeNow(state, server.id, modeKnown)),
      step: inHand,
    };
  });
};

/** While a failed step is tried again or undone its server is in its turn; a run that ended in a turn has failed there. */
const shownPlace = (place: ServerPlace["place"], isInHand: boolean, { phase }: RunState): ServerPlace["place"] =>
  place === "failed" && isInHand && phase === "running"
    ? "in turn"
    : place === "in turn" && phase === "finished"
      ? "failed"
      : place;

/** How many servers run the wanted release, of how many; of a change of configuration, how many of those to restart are done. */
export const doneServers = (state: RunState): { readonly done: number; readonly all: number } => {
  const places = serverPlaces(state, null);
  if (state.goal.kind === "configure") {
    const turns = new Set(state.plan.steps.map(turnOf).map(Number));
    const own = places.filter(({ id }) => turns.has(id));
    return { done: own.filter(({ place }) => place === "done").length, all: own.length };
  }
  const done = places.filter((one) => one.place === "done" || one.release === state.plan.release);
  return { done: done.length, all: places.length };
};

/** A server's mode where only the log can tell: leadership may have been handed over since the plan was made. */
export const modeNow = (state: RunState, id: number, planned: string): string => {
  const handedOver = state.steps.findLast((step) => step.evidence?.step.kind === "hand-over-leadership")?.evidence
    ?.step;
  if (handedOver?.kind !== "hand-over-leadership" || handedOver.newLeader === null) return planned;
  return handedOver.newLeader === id ? "leader" : planned === "leader" ? "follower" : planned;
};

/** How the service stands, in sentences. */
export const servicePhrase = (service: ServiceSeen): string => {
  const serving = service.serving.map(serverName);
  const first =
    serving.length === 0
      ? "No server is serving."
      : `${and(serving)} ${serving.length === 1 ? "is" : "are"} serving${service.leader === null ? "" : `, ${serverName(service.leader)} leads`}.`;
  const others =
    service.notServing.length === 0
      ? ""
      : ` ${and(service.notServing.map(serverName))} ${service.notServing.length === 1 ? "is" : "are"} not.`;
  return `${first}${others} ${marginPhrase(service.margin)}`;
};

/** `margin`: how many more servers may fail before writes stop. */
export const marginPhrase = (margin: number): string =>
  margin < 0
    ? "*Writes have stopped*: too few servers serve for a quorum."
    : margin === 0
      ? "One more failure would stop the ensemble."
      : `${plural(margin, "more server")} may fail before writes stop.`;

/** The buttons that apply now, in order. */
export const actionsFor = (state: RunState): readonly ActionId[] => {
  switch (state.phase) {
    case "finished":
      return [];
    case "waiting":
      return state.gate === null || state.gate.gate === "plan"
        ? ["approve", "deny", "details"]
        : ["continue", "roll_back", "stop", "details"];
    case "held":
      return [
        "retry",
        ...(state.direction === "forward" && state.steps.some((step) => step.state !== "todo")
          ? (["roll_back"] as const)
          : []),
        ...(pauseInForce(state) === null ? [] : (["resume_writes"] as const)),
        // With all servers down, or some, there is only on and back.
        ...(isExchanging(state) ? [] : (["stop"] as const)),
        "details",
      ];
    case "running":
      if (state.goal.kind === "pause-writes" && state.direction === "forward" && state.startedAt !== null)
        return state.resumeWritesAsked === null && state.stopAsked === null && pauseInForce(state) !== null
          ? ["resume_writes", "details"]
          : ["details"];
      return state.startedAt === null || state.stopAsked !== null || state.direction === "back"
        ? ["details"]
        : ["stop", "details"];
    default:
      return assertNever(state.phase);
  }
};

/** How a run ended, in a word or two. */
export const outcomeWords = (outcome: Outcome): string => {
  switch (outcome) {
    case "succeeded":
      return "done";
    case "rolled-back":
      return "rolled back";
    case "stopped":
      return "stopped";
    case "denied":
      return "denied";
    case "expired":
      return "not approved in time";
    case "superseded":
      return "replaced by a newer plan";
    default:
      return assertNever(outcome);
  }
};

/** What a run is doing now, for lists. */
export const phaseWords = (state: RunState): string => {
  switch (state.phase) {
    case "waiting":
      return state.gate?.gate === "plan"
        ? "waiting for approval"
        : state.gate?.clients === undefined
          ? "waiting at a gate"
          : "waiting for clients to leave";
    case "held":
      return "held: a person must decide";
    case "finished":
      return state.outcome === null ? "finished" : outcomeWords(state.outcome);
    case "running":
      return state.direction === "back" ? "rolling back" : state.stopAsked !== null ? "stopping" : "running";
    default:
      return assertNever(state.phase);
  }
};
