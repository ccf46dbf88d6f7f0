// A second pair of eyes on the plan of a restore, as safety.ts is on an upgrade's. It imports nothing of the planner or its rules.
import type { Observation } from "../model/ensemble.ts";
import type { Plan, Step, StepOf } from "../model/plan.ts";

const ORDER: readonly Step["kind"][] = ["preflight", "stage-backup", "ask-approval", "restore-data", "verify-restore"];

/** Sentences on what must not be; empty when the plan is safe. */
export const checkRestore = (plan: Plan, seen: Observation): readonly string[] => {
  const wrong: string[] = [];
  const { goal } = plan;
  if (goal.kind !== "restore") return ["The goal is no restore."];
  const kinds = plan.steps.map(({ kind }) => kind);
  if (kinds.join() !== ORDER.join()) wrong.push(`The steps are ${kinds.join(", ")}.`);
  const ids = seen.membership.members
    .map(({ id }) => id)
    .toSorted((a, b) => a - b)
    .join();
  const all = (at: Step["kind"], got: readonly number[]): void => {
    if (got.toSorted((a, b) => a - b).join() !== ids) wrong.push(`${at} is about other servers than the members.`);
  };
  const find = <K extends Step["kind"]>(kind: K): StepOf<K> | undefined =>
    plan.steps.find((step): step is StepOf<K> => step.kind === kind);
  const [stage, exchange, verify] = [find("stage-backup"), find("restore-data"), find("verify-restore")];
  all("stage-backup", stage?.servers ?? []);
  all("restore-data", exchange?.members.map(({ id }) => id) ?? []);
  all("verify-restore", verify?.members.map(({ id }) => id) ?? []);
  for (const step of [stage, exchange, verify]) {
    if (step !== undefined && (step.of !== goal.of || step.backup !== goal.backup)) {
      wrong.push(`${step.kind} is about another backup.`);
    }
  }
  const files = seen.backup?.manifest.files ?? [];
  if (JSON.stringify(stage?.files) !== JSON.stringify(files) || files.length === 0) {
    wrong.push("stage-backup does not lay the backup's own files.");
  }
  return wrong;
};
