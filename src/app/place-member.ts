// Where a member lives and how it is reached, from the inventory and from its line in the configuration. Pure.
import { OpsError } from "../errors.ts";
import type { Address, Member } from "../model/ensemble.ts";
import type { EnsembleSpec, Inventory, Placement } from "../model/inventory.ts";
import { hostAt, placementOf, placeOn } from "../model/placement.ts";
import type { AdminAddress } from "../ports.ts";

/** The host the inventory names for its id, else the host that has its address. Throws `input` when there is none. */
export const placeMember = (inventory: Inventory, ensemble: EnsembleSpec, member: Member): Placement => {
  const named = placementOf(inventory, ensemble.name, member.id);
  if (named !== null) return named;
  const host = hostAt(inventory, ensemble, member);
  if (host === null) {
    throw new OpsError("input", {
      what: `server.${member.id} (${member.address}) is a member of ${ensemble.name}, but no host in ensembles.yaml has that address.`,
      next: `Add the host to ensembles.yaml and list it under ensembles.${ensemble.name}.servers.`,
    });
  }
  return placeOn(ensemble, member.id, host);
};

/** The address clients reach a server at: its configuration's where that names one, else the inventory's. */
export const clientOf = (placement: Placement, member: Member | null): Address => {
  const told = member?.client ?? null;
  if (told === null) return { host: placement.host.address, port: placement.host.ports.client };
  const anywhere = told.address === null || told.address === "0.0.0.0" || told.address === "::";
  return { host: anywhere ? placement.host.address : (told.address as string), port: told.port };
};

/** A standalone server does not tell its id, so of an ensemble of one any answer counts. */
export const adminOf = ({ id, host }: Placement, ensemble: EnsembleSpec, client: Address): AdminAddress => ({
  host: host.address,
  port: host.ports.admin,
  ...(ensemble.servers.size > 1 ? { of: { id, clientPort: client.port } } : {}),
});
