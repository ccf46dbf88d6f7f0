// Who should be a member at this point of a run: what the plan rests on, changed by the steps done so far. Pure.
import type { Member, Role } from "../model/ensemble.ts";
import type { ServerId } from "../model/ids.ts";
import type { Step, StepOf } from "../model/plan.ts";
import type { RunState } from "./state.ts";

/** Ids with their roles. */
export type Members = ReadonlyMap<ServerId, Role>;

/**
 * The memberships that may be seen now, the likeliest last: one, or several while steps that change it may or may not have
 * taken effect (they run, failed, or are being undone).
 */
export const membersNow = (state: RunState): readonly Members[] => {
  let possible: readonly Members[] = [new Map(state.plan.basis.servers.map(({ id, role }) => [id, role]))];
  state.plan.steps.forEach((step, index) => {
    const change = changeOf(step);
    const now = state.steps[index]?.state ?? "todo";
    if (change === null || now === "todo" || now === "undone") return;
    // Where leadership had moved by itself the old leader was stopped as the member it was.
    const shown = state.steps[index]?.evidence?.step;
    if (now === "done" && shown?.kind === "hand-over-leadership" && shown.how !== "observer-then-kill") return;
    const changed = possible.map(change);
    possible = now === "done" ? changed : [...possible, ...changed];
  });
  return possible;
};

const changeOf = (step: Step): ((members: Members) => Members) | null => {
  switch (step.kind) {
    case "add-member":
    case "reconfigure":
      return (members) => new Map([...members, [step.member.id, step.member.role]]);
    case "hand-over-leadership":
      return step.method === "observer-then-kill"
        ? (members) => (members.has(step.server) ? new Map([...members, [step.server, "observer"]]) : members)
        : null;
    case "remove-member":
      return (members) => new Map([...members].filter(([id]) => id !== step.member.id));
    case "restart-with-members":
      return () => new Map(step.members.map(({ id, role }) => [id, role]));
    default:
      return null;
  }
};

/**
 * The config version that this run has left: of its last change of membership, else the plan's. Null where it cannot be known:
 * a change is under way, was undone, or showed no version (the hand-over's).
 */
export const versionNow = (state: RunState): string | null => {
  let version = state.plan.basis.configVersion;
  for (const [index, step] of state.plan.steps.entries()) {
    const now = state.steps[index];
    if (changeOf(step) === null || now === undefined || now.state === "todo") continue;
    const shown = now.state === "done" ? now.evidence?.step : undefined;
    version = shown?.kind === "add-member" || shown?.kind === "remove-member" ? shown.configVersion : null;
  }
  return version;
};

/**
 * The list of members that a run goes by without asking the ensemble; null before there is one. The static list that it is
 * bringing the servers to: until all have it they do not agree. Or, once a restore has begun to stop them, the plan's: then
 * nobody serves, and afterwards a leader may tell the members of the ensemble that the backup is of.
 */
export const listInForce = (state: RunState): readonly Member[] | null => {
  const index = state.plan.steps.findLastIndex((step, i) => hasList(step) && !isUntouched(state.steps[i]?.state));
  const step = state.plan.steps[index];
  return step !== undefined && hasList(step) ? step.members : null;
};

const hasList = (step: Step): step is StepOf<"restart-with-members" | "restore-data"> =>
  step.kind === "restart-with-members" || step.kind === "restore-data";

const isUntouched = (now: string | undefined): boolean => now === undefined || now === "todo" || now === "undone";
