// Turns a goal into a plan that waits for approval: observe, plan, reserve the ensemble, begin the run. Also the dry run.
import { OpsError } from "../errors.ts";
import type { Goal } from "../model/goal.ts";
import { assertNever, type ChannelId, type RunId, type UserId } from "../model/ids.ts";
import type { Finding, Plan } from "../model/plan.ts";
import type { RunEvent } from "../model/run-event.ts";
import { plan as planFor } from "../plan/planner.ts";
import { type AppDeps, ensembleSpec } from "./app-deps.ts";
import { lookFor, observe } from "./observe.ts";
import { planOptions } from "./plan-options.ts";
import { withBackup } from "./see-backup.ts";

export type Proposed =
  | { readonly kind: "proposed"; readonly run: RunId }
  | { readonly kind: "dry-run"; readonly plan: Plan; readonly planHash: string }
  | { readonly kind: "nothing-to-do"; readonly why: string }
  | {
      readonly kind: "blocked";
      readonly findings: readonly Finding[];
      readonly rulesChecked: number;
      readonly releases: readonly string[];
    }
  | { readonly kind: "reserved"; readonly by: RunId };

/**
 * Proposes a run under the id given (the same id again, after a crash, is the same run). Throws `input` for an unknown
 * ensemble and while ensembles.yaml is broken, `transient` when the ensemble or the release repository does not answer.
 */
export const propose = async (
  asked: {
    readonly run: RunId;
    readonly goal: Goal;
    readonly dryRun: boolean;
    readonly requester: UserId;
    readonly channel: ChannelId;
  },
  deps: AppDeps,
): Promise<Proposed> => {
  refuseBrokenInventory(deps);
  const inventory = deps.inventory();
  const ensemble = ensembleSpec(inventory, asked.goal.ensemble);
  const holder = await deps.runLog.reservedBy(ensemble.name);
  if (holder !== null && holder !== asked.run && !asked.dryRun) return { kind: "reserved", by: holder };

  const [looked, options] = await Promise.all([
    observe(inventory, ensemble, deps, { withHosts: true, ...lookFor(asked.goal) }),
    planOptions(inventory, ensemble, deps, asked.goal),
  ]);
  const seen = await withBackup(looked, asked.goal, inventory, ensemble, deps.backups);
  const planned = planFor(asked.goal, seen, ensemble, options);
  switch (planned.kind) {
    case "nothing-to-do":
      return planned;
    case "blocked":
      return { ...planned, releases: options.releases };
    case "plan":
      break;
    default:
      return assertNever(planned);
  }
  const { plan, hash } = planned;
  if (asked.dryRun) return { kind: "dry-run", plan, planHash: hash };

  const at = deps.clock.now();
  const { expiresMs } = ensemble.approvers;
  const worker = { kind: "worker", name: deps.workerName } as const;
  const proposed: RunEvent = {
    type: "proposed",
    goal: asked.goal,
    plan,
    planHash: hash,
    requester: asked.requester,
    channel: asked.channel,
    policy: ensemble.approvers,
  };
  const begun = await deps.runLog.begin(asked.run, [
    { actor: { kind: "user", id: asked.requester }, at, event: proposed },
    {
      actor: worker,
      at,
      event: { type: "approval-asked", gate: "plan", needs: plan.approvals, expiresAt: at + expiresMs },
    },
  ]);
  if (begun.kind === "reserved") return begun;
  deps.metrics.runStarted();
  deps.notify(asked.run);
  return { kind: "proposed", run: asked.run };
};

/** A person who has just edited the file means what it says now; a plan on its last good text would surprise them. */
const refuseBrokenInventory = (deps: AppDeps): void => {
  const problem = deps.inventoryProblem?.() ?? null;
  if (problem === null) return;
  throw new OpsError("input", {
    what: "ensembles.yaml was edited and cannot be used as it is now, so I won't plan on it.",
    left: "Nothing was changed; a run under way goes on with its last good text.",
    next: "Correct the lines below, then ask again.",
    detail: problem.failure.what,
  });
};
