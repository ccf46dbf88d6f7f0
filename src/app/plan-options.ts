// What the planner must know beside goal and observation; the same for the proposal and for preflight's second look.
import type { EnsembleSpec, Inventory } from "../model/inventory.ts";
import type { PlanOptions } from "../plan/situation.ts";
import type { AppDeps } from "./app-deps.ts";

/** Throws `refused` when a secret that the inventory names is not there, `transient` when the repository does not answer. */
export const planOptions = async (
  inventory: Inventory,
  ensemble: EnsembleSpec,
  deps: Pick<AppDeps, "readSecret" | "releases">,
): Promise<PlanOptions> => ({
  releases: await deps.releases.list(),
  superKnown: ensemble.super !== null && deps.readSecret(ensemble.super) !== "",
  adminPorts: new Map([...inventory.hosts].map(([name, host]) => [name, host.ports.admin])),
});
