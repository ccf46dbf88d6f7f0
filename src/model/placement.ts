// Finds the host of a server in an inventory, and says which ports a server has there. Pure.
import type { Member } from "./ensemble.ts";
import type { EnsembleName, ServerId } from "./ids.ts";
import type { EnsembleSpec, HostSpec, Inventory, Placement, Ports } from "./inventory.ts";

/** ZooKeeper's own defaults (zookeeperStarted, zookeeperAdmin). */
const DEFAULT_PORTS: Ports = { client: 2181, quorum: 2888, election: 3888, admin: 8080 };

/** The ports of a server: its host's own, else its ensemble's, else ZooKeeper's usual ones. */
export const portsOn = (own: Partial<Ports>, ensemble: Partial<Ports>): Ports => ({
  ...DEFAULT_PORTS,
  ...ensemble,
  ...own,
});

/** A server of the ensemble on a host, listed or not: a host that no ensemble lists has the ports of the one that comes to it. */
export const placeOn = (ensemble: EnsembleSpec, id: ServerId, host: HostSpec): Placement => ({
  ensemble: ensemble.name,
  id,
  host: { ...host, ports: portsOn(host.ownPorts, ensemble.ports) },
});

/** Where the inventory places a server; null when it does not name the ensemble or the server. */
export const placementOf = (inventory: Inventory, ensemble: EnsembleName, id: ServerId): Placement | null => {
  const spec = inventory.ensembles.get(ensemble);
  const name = spec?.servers.get(id);
  const host = name === undefined ? undefined : inventory.hosts.get(name);
  return spec === undefined || host === undefined ? null : placeOn(spec, id, host);
};

/** What a member's line in the configuration says of where it is. */
type MemberAt = Pick<Member, "address" | "quorumPort"> & { readonly client: { readonly port: number } | null };

/**
 * The host of a member, with the ports that the ensemble has there; null when none has its address, or when several host
 * entries share the address and no port tells which is meant: the client port, or the quorum port of a static member,
 * whose line names no other.
 */
export const hostAt = (inventory: Inventory, ensemble: EnsembleSpec, member: MemberAt): HostSpec | null => {
  const listed = [...inventory.ensembles.values()].filter((other) => other.name !== ensemble.name);
  const there = [...inventory.hosts.values()]
    .filter((host) => host.address === member.address)
    .map((host) => {
      const other = listed.find((each) => [...each.servers.values()].includes(host.name));
      return { ...host, ports: portsOn(host.ownPorts, (other ?? ensemble).ports) };
    });
  const exact = there.filter(({ ports }) =>
    member.client === null ? ports.quorum === member.quorumPort : ports.client === member.client.port,
  );
  const found = exact.length > 0 ? exact : there;
  return found.length === 1 ? (found[0] ?? null) : null;
};
