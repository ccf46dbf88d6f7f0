// Checks that a plan pauses writes exactly as asked, and resumes them. Like safety.ts it counts for itself.
import { type Plan, turnOf } from "../model/plan.ts";

/** Sentences on what is wrong; none when writes are paused before the first turn and resumed after the last, or never paused. */
export const pauseProblems = ({ goal, steps }: Plan): readonly string[] => {
  const pauses = steps.filter((step) => step.kind === "pause-writes");
  const resumes = steps.filter((step) => step.kind === "resume-writes");
  if (goal.pause === undefined) {
    return pauses.length + resumes.length === 0 ? [] : ["Writes would be paused or resumed, which nobody asked for."];
  }
  const turns = steps.flatMap((step, index) => (turnOf(step) === null ? [] : [index]));
  const [first] = turns;
  const last = turns.at(-1);
  if (first === undefined || last === undefined) return [];
  const paused = steps.findIndex(({ kind }) => kind === "pause-writes");
  const resumed = steps.findIndex(({ kind }) => kind === "resume-writes");
  return [
    ...(pauses.length === 1 && resumes.length === 1 ? [] : ["Writes are not paused once and resumed once."]),
    ...([...pauses, ...resumes].every(({ method }) => method === goal.pause)
      ? []
      : [`Writes would not be paused by ${goal.pause}.`]),
    ...(paused !== -1 && paused < first ? [] : ["Writes are not paused before the first server's turn."]),
    ...(resumed > last ? [] : ["Writes are not resumed after the last server's turn."]),
  ];
};
