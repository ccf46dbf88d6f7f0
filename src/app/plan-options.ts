// What the planner must know beside goal and observation; the same for the proposal and for preflight's second look.
import type { Goal } from "../model/goal.ts";
import type { EnsembleSpec, Inventory } from "../model/inventory.ts";
import type { PlanOptions } from "../plan/situation.ts";
import type { AppDeps } from "./app-deps.ts";

/**
 * Without a release to bring the repository only serves for advice, so there it may be silent. Throws `refused` when a secret that the inventory names is not there, `transient` when the repository does not answer.
 */
export const planOptions = async (
  inventory: Inventory,
  ensemble: EnsembleSpec,
  deps: Pick<AppDeps, "readSecret" | "releases">,
  goal: Goal,
): Promise<PlanOptions> => ({
  releases: await deps.releases.list().catch((error: unknown) => {
    if (goal.kind === "configure") return [];
    throw error;
  }),
  superKnown: ensemble.super !== null && deps.readSecret(ensemble.super) !== "",
  adminPorts: new Map([...inventory.hosts].map(([name, host]) => [name, host.ports.admin])),
});
