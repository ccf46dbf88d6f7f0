// Looks at an ensemble and says what was seen. Reads only; every effect is elsewhere.
import { OpsError } from "../errors.ts";
import type { HostFacts, Member, Membership, Observation, ServerSeen, StraySeen } from "../model/ensemble.ts";
import type { Goal } from "../model/goal.ts";
import type { HostName } from "../model/ids.ts";
import type { EnsembleSpec, Inventory, Placement } from "../model/inventory.ts";
import type { Clock, Hosts, Session, ZooKeeper } from "../ports.ts";
import { type Asked, findMembership } from "./find-membership.ts";
import { adminOf, clientOf, placeMember } from "./place-member.ts";
import { seeClosing } from "./see-closing.ts";
import { seeDestinations } from "./see-destinations.ts";

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
  /** Hosts that a migration goes to: looked at as well. */
  readonly to?: readonly HostName[];
  /** Client ports are to be closed: whether they can be, and who is connected, is looked at as well. */
  readonly closing?: true;
};

/** What a goal needs to have looked at beside the ensemble itself. */
export const lookFor = (goal: Goal): Pick<ObserveOptions, "to" | "closing"> => ({
  ...(goal.kind === "migrate" ? { to: goal.to } : {}),
  ...(goal.pause === "ports" ? { closing: true } : {}),
});

/**
 * One observation of an ensemble. Servers that do not answer are part of the result; throws `input` when the inventory
 * cannot place a member or has no such host to go to, and `transient` when no server at all could tell the membership.
 */
export const observe = async (
  inventory: Inventory,
  ensemble: EnsembleSpec,
  deps: ObserveDeps,
  options: ObserveOptions,
): Promise<Observation> => {
  const { membership, asked } = await findMembership(inventory, ensemble, deps, options.session);
  const members = await observeMembers(inventory, ensemble, deps, membership, { ...options, asked });
  const seen =
    options.closing === undefined
      ? members
      : { ...members, closing: await seeClosing(inventory, ensemble, deps, members, options.to ?? []) };
  const strays = straysIn(asked, membership);
  if (options.to === undefined) return strays.length === 0 ? seen : { ...seen, strays };
  const placed = membership.members.map((member) => ({ member, placement: placeMember(inventory, ensemble, member) }));
  const where = await seeDestinations(inventory, ensemble, deps.hosts, options.to, placed);
  return { ...seen, strays, ...where };
};

/** The same look at given members, whoever the ensemble says its members are. `asked`: answers of a moment ago. */
export const observeMembers = async (
  inventory: Inventory,
  ensemble: EnsembleSpec,
  deps: ObserveDeps,
  membership: Membership,
  options: { readonly withHosts: boolean; readonly asked?: readonly Asked[] },
): Promise<Observation> => {
  const servers = await Promise.all(
    membership.members.map(async (member): Promise<ServerSeen> => {
      const placement = placeMember(inventory, ensemble, member);
      const client = clientOf(placement, member);
      const answered = options.asked?.find(
        (one) => one.placement.id === member.id && one.client.host === client.host && one.client.port === client.port,
      );
      const [seen, onHost] = await Promise.all([
        answered?.seen ?? deps.zookeeper.see(client, adminOf(placement, ensemble, client)),
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

/** Listed servers that serve and are no members. A standalone server or a static list tells too little to say so. */
const straysIn = (asked: readonly Asked[], { source, members }: Membership): readonly StraySeen[] =>
  source === "static"
    ? []
    : asked
        .filter(({ seen, placement }) => seen.status === "serving" && !isMember(members, placement))
        .map(({ placement, client }) => ({ id: placement.id, host: placement.host.name, client }));

const isMember = (members: readonly Member[], { id }: Placement): boolean => members.some((member) => member.id === id);

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
