// The run that holds an ensemble, told beside what was seen of it: what looks wrong may be that run's own doing. Pure.
import type { RunState } from "../../src/run/state.ts";
import { goalWords } from "./goal-words.ts";
import { pausedLines } from "./paused.ts";
import { currentStep, phaseWords } from "./run-facts.ts";
import { serverOf, stepDoing, stepUndoing } from "./step-words.ts";
import { code, esc, serverName } from "./words.ts";

/** A run that has an ensemble now, and where its message stands; null where Slack does not tell. */
export type UnderWay = { readonly state: RunState; readonly link: string | null };

/** Whether the run is at work on the ensemble: its plan was approved, and it does not stand still for a person to mend something. */
export const isChanging = (underWay: UnderWay | null): boolean =>
  underWay !== null && underWay.state.startedAt !== null && underWay.state.phase !== "held";

const stepWords = (state: RunState): string => {
  const at = currentStep(state);
  const step = at === null ? undefined : state.plan.steps[at];
  if (at === null || step === undefined || state.startedAt === null) return "";
  const server = serverOf(step);
  const doing = state.direction === "back" ? stepUndoing(step) : stepDoing(step);
  return ` · step ${at + 1} of ${state.plan.steps.length}: ${server === null ? "" : `${serverName(server)} `}${esc(doing)}`;
};

/** Lines of mrkdwn: the run, where it stands, whether writes are paused, where to read on. None without a run. */
export const underWayLines = (underWay: UnderWay | null): readonly string[] => {
  if (underWay === null) return [];
  const { state, link } = underWay;
  const words = goalWords(state.plan);
  const title =
    state.startedAt === null ? words.title : state.direction === "back" ? words.rollingBackTitle : words.underWayTitle;
  const where = link === null ? code(`/zk run ${state.run}`) : `<${link}|its message>, ${code(`/zk run ${state.run}`)}`;
  return [`🔧 *${esc(title)}* (${phaseWords(state)})${stepWords(state)}. More: ${where}`, ...pausedLines(state)];
};

/** Stands for `all well` and `something is wrong` in a notification. */
export const CHANGED_BY_RUN = "a run is changing it";
