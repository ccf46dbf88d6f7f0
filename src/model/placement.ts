// Finds the host of a server in an inventory. Pure.
import type { EnsembleName, ServerId } from "./ids.ts";
import type { HostSpec, Inventory, Placement } from "./inventory.ts";

/** Where the inventory places a server; null when it does not name the ensemble or the server. */
export const placementOf = (inventory: Inventory, ensemble: EnsembleName, id: ServerId): Placement | null => {
  const name = inventory.ensembles.get(ensemble)?.servers.get(id);
  const host = name === undefined ? undefined : inventory.hosts.get(name);
  return host === undefined ? null : { ensemble, id, host };
};

/**
 * The host at an address, as a member's line in the configuration gives it; null when there is none, or when several
 * servers share the address and the client port does not tell which is meant. `clientPort` null: not known.
 */
export const hostAt = (inventory: Inventory, address: string, clientPort: number | null): HostSpec | null => {
  const there = [...inventory.hosts.values()].filter((host) => host.address === address);
  const exact = there.filter((host) => host.ports.client === clientPort);
  const found = exact.length > 0 ? exact : there;
  return found.length === 1 ? (found[0] ?? null) : null;
};
