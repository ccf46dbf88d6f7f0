// The one message of a run: its plan, then its progress, then its outcome, changed in place. Pure: state → message.
import type { Live } from "../../src/ports.ts";
import { pauseInForce } from "../../src/run/pause.ts";
import type { RunState } from "../../src/run/state.ts";
import { type Approvers, needsPhrase } from "./approvers.ts";
import { gateLines, gateNeeds } from "./gate.ts";
import { goalWords, planTitle } from "./goal-words.ts";
import { holdLines } from "./hold.ts";
import { context, header, type Message, message, type Piece, sections } from "./message.ts";
import { migrationLines } from "./migration-places.ts";
import { outcomeLines, outcomeTitle } from "./outcome.ts";
import { pausedSinceLines } from "./paused.ts";
import { askedBy, planPieces } from "./plan.ts";
import { restoreServers } from "./restore-words.ts";
import { runButtons } from "./run-buttons.ts";
import { currentStep, type ServerPlace, serverPlaces, writeSums, writesPhrase } from "./run-facts.ts";
import { serverOf, stepDoing, stepUndoing } from "./step-words.ts";
import {
  actorName,
  and,
  clock,
  code,
  duration,
  esc,
  localTime,
  plural,
  serverName,
  shortHash,
  stopwatch,
} from "./words.ts";

export type RunView = {
  readonly state: RunState;
  readonly live: Live | null;
  readonly approvers: Approvers;
  /** Epoch ms; only running times depend on it. */
  readonly now: number;
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
  if (state.denial !== null)
    return [
      context(
        `🚫 Denied by ${actorName(state.denial.by)} ${clock(state.denial.at)} UTC: “${esc(state.denial.reason)}”`,
      ),
    ];
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
const progressBar = (done: number, of: number): string => {
  const full = of === 0 ? BAR : Math.min(BAR, Math.max(0, Math.floor((done / of) * BAR)));
  return "▓".repeat(full) + "░".repeat(BAR - full);
};

const progressLine = ({ state, live, now }: RunView): string => {
  const total = state.steps.length;
  const back = state.direction === "back";
  const done = state.steps.filter((step) => step.state === "done").length;
  const current = currentStep(state);
  const step = current === null ? undefined : state.plan.steps[current];
  const server = step === undefined ? null : serverOf(step);
  const waitingFor = live !== null && live.step === current && live.waitingFor !== null ? esc(live.waitingFor) : null;
  const doing =
    step === undefined
      ? "finishing"
      : back
        ? stepUndoing(step)
        : `${stepDoing(step)}${waitingFor === null ? "" : ` (${waitingFor})`}`;
  const at = current === null ? total : current + 1;
  return [
    `${progressBar(done, total)} ${back ? `${plural(done, "step")} to take back` : `${at} of ${total}`}`,
    ...(server === null ? [] : [serverName(server)]),
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

/** `marked`: the run is to do something to servers. */
const placeWords = (place: ServerPlace, back: boolean, marked: boolean): string => {
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
  return `${marked ? `${MARKS[place.place]} ` : ""}${serverName(place.id)}${what}`;
};

/** Servers side by side while they fit in a line or two, else one below the other. */
const serversLine = ({ state, live }: RunView): string => {
  if (state.goal.kind === "migrate") return migrationLines(state, live).join("\n");
  if (state.goal.kind === "restore") return restoreServers(state, live);
  const marked = state.goal.kind !== "pause-writes";
  const places = serverPlaces(state, live).map((place) => placeWords(place, state.direction === "back", marked));
  return places.length <= 3 ? places.join(" · ") : places.join("\n");
};

/** What the canary has seen: the board while a step is under way, the log otherwise. */
const writesLine = ({ state, live }: RunView): readonly string[] => {
  const sums = writeSums(state);
  const paused = pauseInForce(state) !== null;
  const whose = paused ? "Writes of zkshift itself" : "Writes";
  if (live !== null && live.writes >= sums.writes && live.writes > 0)
    return [`${whose}: ${writesPhrase(live, paused)}`];
  return sums.writes > 0 ? [`${whose}: ${writesPhrase(sums, paused)}`] : [];
};

/** What is under way: `Upgrading orders: 3.8.0 → 3.9.6`, or the way back. */
const title = (state: RunState): string =>
  goalWords(state.plan)[state.direction === "back" ? "rollingBackTitle" : "underWayTitle"];

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
  return message(`${title(state)}: ${progressLine(view)}`, [
    header(title(state)),
    context(approvedBy(state)),
    ...sections([
      progressLine(view),
      serversLine(view),
      ...writesLine(view),
      ...pausedSinceLines(state),
      ...back,
      ...stopping,
    ]),
    ...runButtons(state),
  ]);
};

const atGate = (view: RunView): Message => {
  const { state } = view;
  return message(`${title(state)}: waiting for a person`, [
    header(title(state)),
    context(approvedBy(state)),
    ...sections([
      `${progressBar(state.steps.filter((step) => step.state === "done").length, state.steps.length)} ${(currentStep(state) ?? 0) + 1} of ${state.steps.length} · waiting for a person`,
      serversLine(view),
      ...writesLine(view),
      ...gateLines(state),
    ]),
    ...runButtons(state),
    context(gateNeeds(state, view.approvers)),
  ]);
};

const held = (view: RunView): Message => {
  const { state } = view;
  return message(`${title(state)}: held, a person must decide`, [
    header(title(state)),
    context(approvedBy(state)),
    ...sections([
      `${progressBar(state.steps.filter((step) => step.state === "done").length, state.steps.length)} ${(currentStep(state) ?? 0) + 1} of ${state.steps.length} · held`,
      serversLine({ ...view, live: null }),
      ...writesLine({ ...view, live: null }),
    ]),
    ...sections(holdLines(state)),
    ...runButtons(state),
  ]);
};

const finished = (view: RunView): Message => {
  const { state } = view;
  const headline = outcomeTitle(state);
  const servers = state.startedAt === null ? [] : [serversLine({ ...view, live: null })];
  return message(headline, [
    header(headline),
    context(approvedBy(state)),
    ...sections([...outcomeLines(state), ...servers]),
    context(
      `${state.finishedAt === null ? "" : `${clock(state.finishedAt)} UTC · `}record: ${plural(state.head.seq, "entry", "entries")}, head ${code(shortHash(state.head.hash))} · plan ${code(shortHash(state.planHash))} · ${code(`/zk audit ${state.run}`)}`,
    ),
  ]);
};
