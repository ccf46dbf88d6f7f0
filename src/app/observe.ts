// Looks at an ensemble and says what was seen. Reads only; every effect is elsewhere.
import { OpsError } from "../errors.ts";
import { staticMembership } from "../model/dynamic-config.ts";
import type {
  Address,
  HostFacts,
  Member,
  MemberSeen,
  Membership,
  Observation,
  Role,
  ServerSeen,
} from "../model/ensemble.ts";
import type { EnsembleSpec, Inventory, Placement } from "../model/inventory.ts";
import { hostAt, placementOf } from "../model/placement.ts";
import type { AdminAddress, Clock, Hosts, Session, ZooKeeper } from "../ports.ts";

export type ObserveDeps = {
  readonly zookeeper: ZooKeeper;
  readonly hosts: Hosts;
  readonly clock: Clock;
};

export type ObserveOptions = {
  /** Also read each server's host (one round trip each). */
  readonly withHosts: boolean;
  /** A connected session to read the configuration by; without one, a short session is opened and closed. */
  readonly session?: Session;
};

/**
 * One observation of an ensemble. Servers that do not answer are part of the result; throws `input` when the inventory
 * cannot place a member, and `transient` when no server at all could tell the membership.
 */
export const observe = async (
  inventory: Inventory,
  ensemble: EnsembleSpec,
  deps: ObserveDeps,
  options: ObserveOptions,
): Promise<Observation> => {
  const listed = [...ensemble.servers.keys()].flatMap((id) => placementOf(inventory, ensemble.name, id) ?? []);
  const first = await Promise.all(
    listed.map(async (placement) => {
      const client = clientOf(placement, null);
      return { placement, seen: await deps.zookeeper.see(client, adminOf(placement, ensemble, client)) };
    }),
  );
  const serving = first.filter((one) => one.seen.status === "serving").map((one) => clientOf(one.placement, null));
  const dynamic = await readDynamic(deps.zookeeper, serving, options.session);
  const membership =
    dynamic !== null && dynamic.members.length > 0 ? dynamic : await readStatic(deps.hosts, listed, first);

  const servers = await Promise.all(
    membership.members.map(async (member): Promise<ServerSeen> => {
      const placement = placeMember(inventory, ensemble, member);
      const client = clientOf(placement, member);
      const asked = first.find(
        (one) => one.placement.id === member.id && sameAddress(clientOf(one.placement, null), client),
      );
      const [seen, onHost] = await Promise.all([
        asked?.seen ?? deps.zookeeper.see(client, adminOf(placement, ensemble, client)),
        options.withHosts ? factsOf(deps.hosts, placement, membership) : null,
      ]);
      return { id: member.id, host: placement.host.name, client, member, seen, onHost };
    }),
  );
  return {
    ensemble: ensemble.name,
    seenAt: deps.clock.now(),
    membership,
    servers: servers.toSorted((a, b) => a.id - b.id),
  };
};

/** Where a member lives: the host the inventory names for its id, else the host that has its address. */
export const placeMember = (inventory: Inventory, ensemble: EnsembleSpec, member: Member): Placement => {
  const named = placementOf(inventory, ensemble.name, member.id);
  if (named !== null) return named;
  const host = hostAt(inventory, member.address, member.client?.port ?? null);
  if (host === null) {
    throw new OpsError("input", {
      what: `server.${member.id} (${member.address}) is a member of ${ensemble.name}, but no host in ensembles.yaml has that address.`,
      next: `Add the host to ensembles.yaml and list it under ensembles.${ensemble.name}.servers.`,
    });
  }
  return { ensemble: ensemble.name, id: member.id, host };
};

/** The address clients reach a server at: its configuration's where that names one, else the inventory's. */
const clientOf = (placement: Placement, member: Member | null): Address => {
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

const sameAddress = (a: Address, b: Address): boolean => a.host === b.host && a.port === b.port;

const readDynamic = async (
  zookeeper: ZooKeeper,
  servers: readonly Address[],
  shared: Session | undefined,
): Promise<Membership | null> => {
  if (shared !== undefined && shared.state() === "connected") {
    try {
      return await shared.getMembership();
    } catch {
      // The shared session's server may be the one that is being restarted; a fresh session asks the others.
    }
  }
  if (servers.length === 0) return null;
  const session = await zookeeper.connect({ servers, timeoutMs: 5_000, sessionTimeoutMs: 6_000 });
  try {
    return await session.getMembership();
  } finally {
    await session.close();
  }
};

/** Membership from the servers' own zoo.cfg: the only source on 3.4, on a standalone server, and while no quorum serves. */
const readStatic = async (
  hosts: Hosts,
  listed: readonly Placement[],
  seen: readonly { readonly placement: Placement; readonly seen: MemberSeen }[],
): Promise<Membership> => {
  const texts = await Promise.all(
    listed.map(async (placement) => {
      try {
        const facts = await hosts.server(placement).facts();
        return `${facts.configText ?? ""}\n${facts.dynamicText ?? ""}`;
      } catch {
        return null;
      }
    }),
  );
  for (const text of texts) {
    const stated = text === null ? null : staticMembership(text);
    if (stated !== null) return stated;
  }
  const only = listed[0];
  const standalone = seen.find((one) => one.seen.status === "serving" && one.seen.mode === "standalone");
  if (only !== undefined && listed.length === 1 && (standalone !== undefined || texts.some((text) => text !== null))) {
    return { source: "static", version: null, members: [standaloneMember(only)] };
  }
  if (texts.every((text) => text === null)) {
    throw new OpsError("transient", {
      what: `No server of ${only?.ensemble ?? "the ensemble"} answers, and none of its hosts can be read.`,
      next: "Check the addresses and ports in ensembles.yaml, and that the servers run.",
    });
  }
  // Nothing is known but the inventory: show its servers, so that a status can say which of them do not answer.
  return { source: "static", version: null, members: listed.map(standaloneMember) };
};

const standaloneMember = (placement: Placement): Member => ({
  id: placement.id,
  role: "participant" satisfies Role,
  address: placement.host.address,
  quorumPort: placement.host.ports.quorum,
  electionPort: placement.host.ports.election,
  client: null,
});

const factsOf = async (
  hosts: Hosts,
  placement: Placement,
  membership: Membership,
): Promise<HostFacts | { readonly unreadable: string }> => {
  try {
    return await hosts.server(placement).facts({ peers: membership.members.map((member) => member.address) });
  } catch (error) {
    return { unreadable: error instanceof OpsError ? error.failure.what : String(error) };
  }
};
