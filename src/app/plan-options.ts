// What the planner must know beside goal and observation; the same for the proposal and for preflight's second look.
import type { Goal } from "../model/goal.ts";
import type { EnsembleSpec, Inventory } from "../model/inventory.ts";
import type { Release } from "../model/release.ts";
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
  releases: await offered(inventory, ensemble, deps, goal),
  superKnown: ensemble.super !== null && deps.readSecret(ensemble.super) !== "",
  inContainers: new Set(
    [...inventory.hosts.values()].filter(({ driver }) => driver === "docker").map(({ name }) => name),
  ),
  adminPorts: new Map([...inventory.hosts].map(([name, host]) => [name, host.ports.admin])),
});

/**
 * Of servers that are all in containers the engines have the releases, and a change of configuration brings none: there the
 * repository's list only helps to advise, and may be missing.
 */
const offered = async (
  inventory: Inventory,
  ensemble: EnsembleSpec,
  { releases }: Pick<AppDeps, "releases">,
  goal: Goal,
): Promise<readonly Release[]> => {
  const isAllContainers = [...ensemble.servers.values()].every(
    (host) => inventory.hosts.get(host)?.driver === "docker",
  );
  return isAllContainers || goal.kind === "configure" ? releases.list().catch(() => []) : releases.list();
};
