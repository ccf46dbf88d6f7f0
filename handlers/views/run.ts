// The one message of a run: its plan, then its progress, then its outcome, changed in place. Pure: state → message.
import type { KnownBlock } from "@slack/types";
import type { Live } from "../../src/ports.ts";
import type { RunState } from "../../src/run/state.ts";
import { type Approvers, needsPhrase } from "./approvers.ts";
import { type ActionId, formatButtonValue } from "./button-value.ts";
import { ask, button, buttons, context, header, type Message, message, type Piece, sections } from "./message.ts";
import { askedBy, planPieces, planTitle, releasesNow } from "./plan.ts";
import {
  actionsFor,
  currentStep,
  outcomeWords,
  proofOf,
  type ServerPlace,
  serverPlaces,
  servicePhrase,
  writeSums,
  writesPhrase,
} from "./run-facts.ts";
import { stepDoing, stepUndoing, verdict } from "./step-words.ts";
import {
  actorName,
  and,
  clock,
  code,
  codeBlock,
  duration,
  esc,
  localTime,
  plural,
  seconds,
  serverName,
  shortHash,
  stopwatch,
  thousands,
} from "./words.ts";

export type RunView = {
  readonly state: RunState;
  readonly live: Live | null;
  readonly approvers: Approvers;
  /** Epoch ms; only running times depend on it. */
  readonly now: number;
};

const LABELS: Readonly<Record<ActionId, string>> = {
  approve: "Approve",
  deny: "Deny…",
  details: "Details",
  stop: "Stop here",
  retry: "Retry",
  roll_back: "Roll back",
  continue: "Continue",
};

/** The buttons that apply to a run now, each bound to the plan and to what is asked. */
export const runButtons = (state: RunState, without: readonly ActionId[] = []): KnownBlock[] => {
  const gate = state.gate?.gate ?? state.hold?.step;
  const value = formatButtonValue({ run: state.run, hash: state.planHash, ...(gate === undefined ? {} : { gate }) });
  return buttons(
    actionsFor(state)
      .filter((action) => !without.includes(action))
      .map((action) => {
        switch (action) {
          case "approve":
          case "continue":
            return button(action, LABELS[action], value, { style: "primary" });
          case "stop":
            return button(action, state.phase === "running" ? "Stop after this turn" : LABELS.stop, value, {
              confirm: ask("Stop this run?", stopExplained(state), "Stop"),
            });
          case "roll_back":
            return button(action, LABELS.roll_back, value, {
              style: "danger",
              confirm: ask("Roll back?", rollBackExplained(state), "Roll back"),
            });
          default:
            return button(action, LABELS[action], value);
        }
      }),
  );
};

const stopExplained = (state: RunState): string =>
  state.phase === "running"
    ? "The server in its turn is finished first, so that none stays down; then nothing more is started. The ensemble stays on mixed releases until you upgrade again."
    : "The run ends and everything stays as it is now. A server that is down stays down, and mixed releases stay mixed, until you act.";

const rollBackExplained = (state: RunState): string => {
  const servers = serverPlaces(state, null).filter(({ place }) => place !== "todo" && place !== "back");
  const which = servers.length === 0 ? "What was prepared" : and(servers.map(({ id }) => serverName(id)).toReversed());
  return `${which} will go back to ${esc(releasesNow(state.plan))}, one server at a time.`;
};

/** The run's message as it should stand now. */
export const runMessage = (view: RunView): Message => {
  const { state } = view;
  switch (state.phase) {
    case "finished":
      return finished(view);
    case "held":
      return held(view);
    case "waiting":
      return state.gate === null || state.gate.gate === "plan" ? proposed(view) : atGate(view);
    case "running":
      return state.startedAt === null ? proposed(view) : running(view);
  }
};

const proposed = ({ state, approvers }: RunView): Message =>
  message(`${planTitle(state.plan)}, waiting for approval`, [
    header(planTitle(state.plan)),
    context(askedBy(state.requester, state.run)),
    ...planPieces(state.plan, state.planHash),
    ...runButtons(state),
    ...approvalLine(state, approvers),
  ]);

/** `needs 1 of @zk-approvers, not the requester · expires …`, and who has approved so far. */
const approvalLine = (state: RunState, approvers: Approvers): readonly Piece[] => {
  const { gate } = state;
  if (gate === null) return [context("This plan is no longer open.")];
  const granted = gate.granted.map((grant) => actorName(grant.by));
  return [
    context(
      [
        needsPhrase(approvers, gate.needs, state.policy.selfApproval),
        ...(granted.length === 0 ? [] : [`approved by ${and(granted)}, ${gate.needs - granted.length} more to go`]),
        `expires in ${duration(gate.expiresAt - gate.askedAt)}: ${localTime(gate.expiresAt)}`,
      ].join(" · "),
    ),
  ];
};

/** Who let the plan through: `approved by @a and @b 20:15:31`. */
const approvedBy = (state: RunState): string => {
  const plan = state.passed.find((passed) => passed.gate === "plan");
  const last = plan?.granted.at(-1);
  if (plan === undefined || last === undefined) return askedBy(state.requester, state.run);
  return `${askedBy(state.requester, state.run)} · approved by ${and(plan.granted.map((grant) => actorName(grant.by)))} ${clock(last.at)} UTC`;
};

const BAR = 12;

/** `▓▓▓▓▓▓▓▓░░░░` */
export const progressBar = (done: number, of: number): string => {
  const full = of === 0 ? BAR : Math.min(BAR, Math.max(0, Math.floor((done / of) * BAR)));
  return "▓".repeat(full) + "░".repeat(BAR - full);
};

const progressLine = ({ state, live, now }: RunView): string => {
  const total = state.steps.length;
  const back = state.direction === "back";
  const done = state.steps.filter((step) => step.state === "done").length;
  const current = currentStep(state);
  const step = current === null ? undefined : state.plan.steps[current];
  const server = step === undefined || !("server" in step) ? null : serverName(step.server);
  const waitingFor = live !== null && live.step === current && live.waitingFor !== null ? esc(live.waitingFor) : null;
  const doing = step === undefined ? "finishing" : back ? stepUndoing(step) : (waitingFor ?? stepDoing(step));
  const at = current === null ? total : current + 1;
  return [
    `${progressBar(done, total)} ${back ? `${plural(done, "step")} to take back` : `${at} of ${total}`}`,
    ...(server === null ? [] : [server]),
    doing,
    timeLine(state, now),
  ].join(" · ");
};

const elapsedMs = (state: RunState, now: number): number =>
  Math.max(0, (state.finishedAt ?? now) - (state.startedAt ?? now) - state.waitedMs);

const timeLine = (state: RunState, now: number): string => {
  const elapsed = elapsedMs(state, now);
  if (state.direction === "back") return stopwatch(elapsed);
  const left = state.plan.expectedMs - elapsed;
  return left > 0
    ? `${stopwatch(elapsed)}, about ${stopwatch(left)} left`
    : `${stopwatch(elapsed)}, longer than the expected ${stopwatch(state.plan.expectedMs)}`;
};

const MARKS: Readonly<Record<ServerPlace["place"], string>> = {
  todo: "⬜",
  "in turn": "⏳",
  done: "✅",
  failed: "🟠",
  back: "↩️",
};

const modeWords = (mode: string | null): string =>
  mode === null ? "" : mode === "leader" ? " *leader*" : ` ${esc(mode)}`;

const placeWords = (place: ServerPlace, back: boolean): string => {
  const doing = place.step === null ? null : back ? stepUndoing(place.step) : stepDoing(place.step);
  const standing = ` ${esc(place.release)}${modeWords(place.mode)}`;
  const what =
    place.place === "failed"
      ? doing === null
        ? " left in the middle of its turn"
        : ` held while ${doing}`
      : place.place === "in turn" && doing !== null
        ? ` ${doing}`
        : standing;
  return `${MARKS[place.place]} ${serverName(place.id)}${what}`;
};

/** Servers side by side while they fit in a line or two, else one below the other. */
const serversLine = ({ state, live }: RunView): string => {
  const places = serverPlaces(state, live).map((place) => placeWords(place, state.direction === "back"));
  return places.length <= 3 ? places.join(" · ") : places.join("\n");
};

/** What the canary has seen: the board while a step is under way, the log otherwise. */
const writesLine = ({ state, live }: RunView): readonly string[] => {
  const sums = writeSums(state);
  if (live !== null && live.writes >= sums.writes && live.writes > 0) return [`Writes: ${writesPhrase(live)}`];
  return sums.writes > 0 ? [`Writes: ${writesPhrase(sums)}`] : [];
};

const verb = (state: RunState): string => (state.direction === "back" ? "Rolling back" : "Upgrading");

const running = (view: RunView): Message => {
  const { state } = view;
  const stopping =
    state.stopAsked === null
      ? []
      : [`✋ Stop asked by ${actorName(state.stopAsked.by)}: the turn in hand is finished first.`];
  const back =
    state.direction === "back" && state.rollbackAsked !== null
      ? [`↩️ Roll back asked by ${actorName(state.rollbackAsked.by)} ${clock(state.rollbackAsked.at)} UTC`]
      : [];
  return message(`${planTitle(state.plan, verb(state))}: ${progressLine(view)}`, [
    header(planTitle(state.plan, verb(state))),
    context(approvedBy(state)),
    ...sections([progressLine(view), serversLine(view), ...writesLine(view), ...back, ...stopping]),
    ...runButtons(state),
  ]);
};

const doneServers = (state: RunState): { readonly done: number; readonly all: number } => {
  const places = serverPlaces(state, null);
  const done = places.filter((one) => one.place === "done" || one.release === state.goal.release);
  return { done: done.length, all: places.length };
};

/** Servers that run the wanted release: `2 of 3 servers run 3.9.6`. */
const doneCount = (state: RunState): string => {
  const { done, all } = doneServers(state);
  return `${done} of ${plural(all, "server")} ${done === 1 ? "runs" : "run"} ${state.goal.release}`;
};

/** The gate's sentence: `*Before the leader's turn*: 2 of 3 servers run 3.9.6 and are synced.` */
export const gateWords = (state: RunState): string => {
  const step = typeof state.gate?.gate === "number" ? state.plan.steps[state.gate.gate] : undefined;
  const whose =
    step?.kind !== "ask-approval"
      ? "Before going on"
      : step.reason === "leader"
        ? `Before the leader's turn (${serverName(step.server)})`
        : `Before ${serverName(step.server)}'s turn`;
  const { done } = doneServers(state);
  const synced = done === 0 ? "" : done === 1 ? " and is synced" : " and are synced";
  return `⏸ *${whose}*: ${doneCount(state)}${synced}.`;
};

/** How many approvals a gate needs and has, and until when. */
export const gateNeeds = (state: RunState, approvers: Approvers): string => {
  const { gate } = state;
  if (gate === null) return "";
  const granted = gate.granted.map((grant) => actorName(grant.by));
  return [
    needsPhrase(approvers, gate.needs, state.policy.selfApproval),
    ...(granted.length === 0 ? [] : [`${and(granted)} said yes, ${gate.needs - granted.length} more to go`]),
    `waits until ${localTime(gate.expiresAt)}`,
  ].join(" · ");
};

const atGate = (view: RunView): Message => {
  const { state } = view;
  return message(`${planTitle(state.plan, "Upgrading")}: waiting for a person`, [
    header(planTitle(state.plan, "Upgrading")),
    context(approvedBy(state)),
    ...sections([
      `${progressBar(state.steps.filter((step) => step.state === "done").length, state.steps.length)} ${(currentStep(state) ?? 0) + 1} of ${state.steps.length} · waiting for a person`,
      serversLine(view),
      ...writesLine(view),
      gateWords(state),
    ]),
    ...runButtons(state),
    context(gateNeeds(state, view.approvers)),
  ]);
};

const HOLD_TITLES = {
  failed: "Held",
  stale: "Held, the plan no longer fits",
  expired: "Held, nobody answered in time",
  stuck: "Stuck",
} as const;

/** What a hold says: what happened, how the service stands, what was left, what to do. Lines of mrkdwn. */
export const holdLines = (state: RunState, live: Live | null, now: number): readonly string[] => {
  const { hold } = state;
  if (hold === null) return [];
  const lastWrite =
    live?.lastWriteAt == null || live.lastWriteMs === null || now - live.lastWriteAt > 60_000
      ? ""
      : ` Last test write ${duration(live.lastWriteMs)}.`;
  return [
    `${hold.why === "stuck" ? "🔴" : "🟠"} *${HOLD_TITLES[hold.why]} at step ${hold.step + 1} of ${state.steps.length}: ${esc(hold.failure.what)}*`,
    `Service: ${servicePhrase(hold.service)}${lastWrite}`,
    `What was left: ${esc(hold.failure.left)}`,
    ...(hold.failure.detail === null ? [] : [codeBlock(hold.failure.detail)]),
    `What you can do: ${esc(hold.failure.next)}`,
    choices(state),
  ];
};

/** What the buttons would do, so that a tired person need not guess. */
const choices = (state: RunState): string => {
  const can = actionsFor(state);
  const target = esc(releasesNow(state.plan));
  return [
    ...(can.includes("retry")
      ? [state.direction === "back" ? "*Retry* goes on rolling back" : "*Retry* does this step again"]
      : []),
    ...(can.includes("roll_back") ? [`*Roll back* takes what was done back to ${target}`] : []),
    ...(can.includes("stop") ? ["*Stop here* ends the run and leaves all as it is"] : []),
  ].join(" · ");
};

const held = (view: RunView): Message => {
  const { state } = view;
  return message(`${planTitle(state.plan, "Upgrading")}: held, a person must decide`, [
    header(planTitle(state.plan, verb(state))),
    context(approvedBy(state)),
    ...sections([
      `${progressBar(state.steps.filter((step) => step.state === "done").length, state.steps.length)} ${(currentStep(state) ?? 0) + 1} of ${state.steps.length} · held`,
      serversLine({ ...view, live: null }),
      ...writesLine({ ...view, live: null }),
    ]),
    ...sections(holdLines(state, null, view.now)),
    ...runButtons(state),
  ]);
};

/** The outcome's headline. Plain text. */
export const outcomeTitle = (state: RunState): string => {
  const { ensemble, release } = state.goal;
  switch (state.outcome) {
    case "succeeded":
      return `✅ ${ensemble} runs ${release}`;
    case "rolled-back":
      return `↩️ ${ensemble} is back on ${releasesNow(state.plan)}`;
    case "stopped":
      return state.startedAt === null
        ? `🛑 ${ensemble}: stopped before it began`
        : `🛑 ${ensemble}: stopped part of the way to ${release}`;
    case "denied":
      return `🚫 ${planTitle(state.plan)}: denied`;
    case "expired":
      return `⌛ ${planTitle(state.plan)}: not approved in time`;
    case "superseded":
      return `♻️ ${planTitle(state.plan)}: replaced by a newer plan`;
    case null:
      return planTitle(state.plan);
  }
};

/** What the outcome means, with its figures. Lines of mrkdwn. */
export const outcomeLines = (state: RunState): readonly string[] => {
  if (state.startedAt === null || state.finishedAt === null) return [notBegun(state)];
  const sums = writeSums(state);
  const proof = proofOf(state);
  const total = state.finishedAt - state.startedAt;
  const waited = state.waitedMs > 999 ? ` (${duration(state.waitedMs)} of it waiting for people)` : "";
  const first = `${duration(total)}${waited}`;
  const same =
    proof === null
      ? []
      : [
          `Same data on ${proof.servers.length === 1 ? "the one server" : `all ${proof.servers.length} servers`} (${verdict(proof)})`,
        ];
  const writes =
    sums.writes + sums.failed === 0
      ? []
      : [
          `${thousands(sums.writes)} test writes, ${thousands(sums.failed)} failed, longest pause ${seconds(sums.longestPauseMs)}`,
          `${plural(sums.sessionsLost, "session")} lost`,
        ];
  const kept =
    state.outcome === "succeeded"
      ? [`the old release ${esc(releasesNow(state.plan))} is kept on the hosts for a way back`]
      : [];
  const stopped =
    state.outcome !== "stopped"
      ? []
      : [
          `Stopped${state.stopAsked === null ? "" : ` by ${actorName(state.stopAsked.by)}`}: ${doneCount(state)}. Run ${code(`/zk upgrade ${state.goal.ensemble} ${state.goal.release}`)} to go on, or upgrade to ${esc(releasesNow(state.plan))} to go back.`,
        ];
  return [first, [...same, ...writes, ...kept].join(" · "), ...stopped].filter((line) => line !== "");
};

const notBegun = (state: RunState): string => {
  const nothing = "Nothing was changed.";
  switch (state.outcome) {
    case "denied":
      return state.denial === null
        ? nothing
        : `Denied by ${actorName(state.denial.by)} ${clock(state.denial.at)} UTC: “${esc(state.denial.reason)}” ${nothing}`;
    case "expired":
      return `Nobody with the right to approve did so in time. ${nothing} Ask again: ${code(`/zk upgrade ${state.goal.ensemble} ${state.goal.release}`)}`;
    case "superseded":
      return `The ensemble moved on since this plan was made, so a newer plan takes its place. ${nothing}`;
    default:
      return nothing;
  }
};

const finished = (view: RunView): Message => {
  const { state } = view;
  const title = outcomeTitle(state);
  const servers = state.startedAt === null ? [] : [serversLine({ ...view, live: null })];
  return message(title, [
    header(title),
    context(approvedBy(state)),
    ...sections([...outcomeLines(state), ...servers]),
    context(
      `${state.finishedAt === null ? "" : `${clock(state.finishedAt)} UTC · `}record: ${plural(state.head.seq, "entry", "entries")}, head ${code(shortHash(state.head.hash))} · plan ${code(shortHash(state.planHash))} · ${code(`/zk audit ${state.run}`)}`,
    ),
  ]);
};

/** One line about a run for lists: what, how it stands. Mrkdwn. */
export const runLine = (state: RunState): string =>
  `*${esc(planTitle(state.plan))}* · ${state.phase === "finished" && state.outcome !== null ? outcomeWords(state.outcome) : ""}`;

/** The status reaction a run's message should carry. */
export const reactionOf = (state: RunState): string => {
  switch (state.phase) {
    case "waiting":
      return "raised_hand";
    case "running":
      return "hourglass_flowing_sand";
    case "held":
      return "warning";
    case "finished":
      return state.outcome === "succeeded"
        ? "white_check_mark"
        : state.outcome === "rolled-back"
          ? "leftwards_arrow_with_hook"
          : state.outcome === "denied"
            ? "no_entry_sign"
            : "octagonal_sign";
  }
};
