// Looks whether the client ports of an ensemble's servers can be closed, who would be let through, and whose sessions it would cost.
// Reads only.
import { OpsError } from "../errors.ts";
import type { Address, ClosingSeen, Observation } from "../model/ensemble.ts";
import type { HostName, ServerId } from "../model/ids.ts";
import { serverId } from "../model/ids.ts";
import type { EnsembleSpec, Inventory, Placement } from "../model/inventory.ts";
import { placeOn } from "../model/placement.ts";
import type { ObserveDeps } from "./observe.ts";
import { adminOf, clientOf, placeMember } from "./place-member.ts";

type Looked = {
  readonly id: ServerId | null;
  readonly through: readonly string[];
  readonly isOwnMachine: boolean;
  readonly problem: { readonly what: string; readonly todo: string } | null;
};

/** `to`: hosts that are to get a server. A host that cannot be read is a problem like any other. */
export const seeClosing = async (
  inventory: Inventory,
  ensemble: EnsembleSpec,
  deps: ObserveDeps,
  { servers }: Observation,
  to: readonly HostName[],
): Promise<ClosingSeen> => {
  const members = servers.map(({ id, member, client }) => ({
    id,
    placement: placeMember(inventory, ensemble, member),
    client,
  }));
  const coming = to.flatMap((name) => {
    const spec = inventory.hosts.get(name);
    if (spec === undefined || servers.some(({ host }) => host === name)) return [];
    const placement = placeOn(ensemble, serverId(0), spec);
    return [{ id: null, placement, client: clientOf(placement, null) }];
  });
  const [looks, connected] = await Promise.all([
    Promise.all([...members, ...coming].map((one) => lookAt(deps, one))),
    Promise.all(
      members.map(({ placement, client }) =>
        deps.zookeeper.connections(client, adminOf(placement, ensemble, client)).catch(() => null),
      ),
    ),
  ]);
  const through = [...new Set(looks.flatMap((one) => one.through))].sort();
  // Sessions of zkshift's own machine are let through: whatever they are, they live on.
  const isOurs = (address: string): boolean => through.includes(hostOf(address));
  const timeouts = connected
    .flatMap((each) => each ?? [])
    .flatMap(({ address, timeoutMs }) => (timeoutMs === undefined || isOurs(address) ? [] : [timeoutMs]));
  return {
    problems: looks.flatMap(({ id, problem }) => (problem === null ? [] : [{ server: id, ...problem }])),
    through,
    ownMachine: looks.flatMap(({ id, isOwnMachine }) => (isOwnMachine && id !== null ? [id] : [])),
    timeoutsMs: connected.every((each) => each === null) ? null : timeouts.sort((a, b) => a - b),
  };
};

/** `10.0.0.9` of `10.0.0.9:51234`, `fd00::9` of `[fd00::9]:51234`. */
const hostOf = (address: string): string => address.slice(0, address.lastIndexOf(":")).replace(/^\[(.*)\]$/, "$1");

const lookAt = async (
  { hosts }: Pick<ObserveDeps, "hosts">,
  { id, placement, client }: { readonly id: ServerId | null; readonly placement: Placement; readonly client: Address },
): Promise<Looked> => {
  const name = id === null ? placement.host.name : `server.${id} (${placement.host.name})`;
  try {
    const { through, isOwnMachine, problem } = await hosts
      .server(placement)
      .portGate.look({ ports: [client.port], client });
    return {
      id,
      through,
      isOwnMachine,
      problem:
        problem === null
          ? null
          : { what: `${name}: ${problem}`, todo: "Ask again with `pause acl`, which needs nothing on the hosts." },
    };
  } catch (error) {
    if (!(error instanceof OpsError)) throw error;
    const { what, next } = error.failure;
    return {
      id,
      through: [],
      isOwnMachine: false,
      problem: { what: id === null ? what : `server.${id}: ${what}`, todo: next },
    };
  }
};
