// Looks at the hosts that an ensemble is to move to, and gathers the ids that no new server may get. Reads only.
import { OpsError } from "../errors.ts";
import type { Claim, DestinationSeen, Member, RoomFacts } from "../model/ensemble.ts";
import { type HostName, serverId } from "../model/ids.ts";
import type { EnsembleSpec, HostSpec, Inventory, Placement } from "../model/inventory.ts";
import { placeOn } from "../model/placement.ts";
import type { Hosts } from "../ports.ts";

/**
 * Every host of `to` that has no member yet. Throws `input` for a host that the inventory does not have; one that cannot be
 * read is part of the result. `placed`: where today's members are.
 */
export const seeDestinations = async (
  inventory: Inventory,
  ensemble: EnsembleSpec,
  hosts: Hosts,
  to: readonly HostName[],
  placed: readonly { readonly placement: Placement; readonly member: Member }[],
): Promise<{ readonly destinations: readonly DestinationSeen[]; readonly usedIds: readonly number[] }> => {
  const isKept = (name: HostName): boolean => placed.some(({ placement }) => placement.host.name === name);
  const specs = [...new Set(to)].filter((name) => !isKept(name)).map((name) => specOf(inventory, name));
  const peers = [...placed.map(({ member }) => member.address), ...specs.map(({ address }) => address)];
  const destinations = await Promise.all(
    specs.map(async (spec): Promise<DestinationSeen> => {
      // The id plays no part in what a bare host is asked; one that no server can have says so.
      const placement = placeOn(ensemble, serverId(0), spec);
      const { address, ports, paths, name } = placement.host;
      return {
        host: name,
        address,
        ports,
        dataDir: paths.data,
        dataLogDir: paths.dataLog,
        logs: paths.logs,
        usedBy: userOf(inventory, ensemble, name),
        room: await roomOn(hosts, placement, peers),
      };
    }),
  );
  const listedHosts = [...ensemble.servers.values()].flatMap((name) => inventory.hosts.get(name) ?? []);
  const claims: readonly Claim[] = [
    ...destinations.flatMap(({ room }) => ("unreadable" in room ? [] : room.claims)),
    ...(await Promise.all(listedHosts.map((host) => hosts.claims(host).catch(() => [])))).flat(),
  ];
  const usedIds = new Set([
    ...placed.map(({ member }) => Number(member.id)),
    ...[...ensemble.servers.keys()].map(Number),
    ...claims.filter((claim) => claim.ensemble === ensemble.name).map(({ id }) => id),
  ]);
  return { destinations, usedIds: [...usedIds].sort((a, b) => a - b) };
};

const specOf = (inventory: Inventory, name: HostName): HostSpec => {
  const spec = inventory.hosts.get(name);
  if (spec !== undefined) return spec;
  throw new OpsError("input", {
    what: `There is no host ${name} in ensembles.yaml.`,
    next: `Add it under hosts, or choose one of ${[...inventory.hosts.keys()].join(", ")}.`,
  });
};

const userOf = (inventory: Inventory, ensemble: EnsembleSpec, host: HostName): DestinationSeen["usedBy"] =>
  [...inventory.ensembles.values()].find(
    (other) => other.name !== ensemble.name && [...other.servers.values()].includes(host),
  )?.name ?? null;

const roomOn = async (
  hosts: Hosts,
  placement: Placement,
  peers: readonly string[],
): Promise<RoomFacts | { readonly unreadable: string }> => {
  try {
    return await hosts.server(placement).room({ peers });
  } catch (error) {
    return { unreadable: error instanceof OpsError ? error.failure.what : String(error) };
  }
};
