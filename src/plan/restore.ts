// Plans `/zk restore`: everything that can be prepared and proved while the servers run, a question, then one step that exchanges
// all servers' data. Pure. What must not be is said by the rules, not here.
import { OpsError } from "../errors.ts";
import type { Observation } from "../model/ensemble.ts";
import type { RestoreGoal } from "../model/goal.ts";
import type { EnsembleSpec } from "../model/inventory.ts";
import type { Planned, Step } from "../model/plan.ts";
import { planFrom } from "./plan-from.ts";
import { type PlanOptions, type Situation, situationOf } from "./situation.ts";

/** The plan that gives every server the backup's data, or `blocked` with every reason. `seen` holds the backup. */
export const planRestore = (
  goal: RestoreGoal,
  seen: Observation,
  ensemble: EnsembleSpec,
  options: PlanOptions,
): Planned => {
  const situation = situationOf(goal, seen, ensemble, options);
  return planFrom(situation, () => stepsOf(goal, situation));
};

const stepsOf = ({ of, backup }: RestoreGoal, { seen, release, ensemble }: Situation): readonly Step[] => {
  const manifest = seen.backup?.manifest;
  if (manifest === undefined) throw new OpsError("bug", { what: "A restore was planned without its backup." });
  const { takenAt: at, proof } = manifest;
  const members = seen.membership.members.toSorted((a, b) => a.id - b.id);
  return [
    { kind: "preflight" },
    {
      kind: "stage-backup",
      of,
      backup,
      files: manifest.files,
      taken: {
        at,
        release: manifest.release,
        zxid: proof.proved ? proof.zxid : null,
        znodes: proof.proved ? proof.znodes : null,
      },
      release,
      servers: members.map(({ id }) => id),
    },
    { kind: "ask-approval", server: null, reason: "restore" },
    { kind: "restore-data", of, backup, members, timeoutMs: ensemble.syncTimeoutMs },
    { kind: "verify-restore", of, backup, members, release },
  ];
};
