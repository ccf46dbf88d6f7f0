// What hosts and ensembles must hold together: every server has a place of its own.
import type { DockerAccess, HostSpec, Ports } from "../model/inventory.ts";
import type { FieldPath, Problem } from "./problem.ts";
import type { EnsembleText } from "./schema.ts";

/** One line under `servers`, as written. */
type Listed = { readonly ensemble: string; readonly id: string; readonly host: string; readonly path: FieldPath };

const listedIn = (ensemble: string, servers: EnsembleText["servers"]): readonly Listed[] =>
  Object.entries(servers).map(([id, host]) => ({ ensemble, id, host, path: ["ensembles", ensemble, "servers", id] }));

const serverOf = ({ ensemble, id }: Listed): string => `server.${id} of ${ensemble}`;

/** Ids 1–254 (zookeeperAdmin, Cluster Options), and hosts that exist. `hostNames` are all that are written, sound or not. */
export const checkServers = (
  ensemble: string,
  servers: EnsembleText["servers"],
  hostNames: readonly string[],
  problems: Problem[],
): void => {
  const listed = listedIn(ensemble, servers);
  if (listed.length === 0) problems.push({ path: ["ensembles", ensemble, "servers"], text: "is empty; list id: host" });
  for (const { id, host, path } of listed) {
    if (!/^[1-9]\d*$/.test(id) || Number(id) > 254) {
      problems.push({ path, text: `"${id}" is not a server id: 1 to 254`, atKey: true });
    }
    if (hostNames.includes(host)) continue;
    const known = hostNames.length <= 12 ? hostNames.join(", ") || "none" : `${hostNames.slice(0, 12).join(", ")} …`;
    problems.push({ path, text: `host "${host}" is not under hosts (known: ${known})` });
  }
};

/** People enough to give the approvals that are asked for. */
export const checkApprovers = (
  ensemble: string,
  { users, groups, quorum }: EnsembleText["approvers"],
  problems: Problem[],
): void => {
  const path = ["ensembles", ensemble, "approvers"];
  if (users.length === 0 && groups.length === 0) {
    problems.push({ path, text: "nobody may approve: name users or groups" });
  } else if (groups.length === 0 && new Set(users).size < quorum) {
    const people = new Set(users).size;
    problems.push({
      path: [...path, "quorum"],
      text: `${quorum} approvals are asked for, but only ${people} may approve`,
    });
  }
};

/** The machine a host is on: `local` hosts share the worker's, whatever their addresses; a container has paths of its own. */
const machineOf = (host: HostSpec): string => {
  if (host.docker !== undefined) return `docker ${containerOf(host.docker)}`;
  return host.driver === "local" ? "local" : `${host.driver} ${host.address}`;
};

const containerOf = ({ engine, container }: DockerAccess): string =>
  `${"socket" in engine ? engine.socket : `${engine.host}:${engine.port}`} ${container}`;

const PORT_NAMES: readonly (keyof Ports)[] = ["client", "quorum", "election", "admin"];
const OWN_PATHS = ["data", "dataLog", "conf", "current"] as const;

/** Who has something: a listed server, or a host that no ensemble lists. */
type Owner = { readonly name: string; readonly path: FieldPath };

/**
 * No two servers share a host entry, an address and port, a folder that one of them would change under the other, or root and id.
 * `written`: the ports that somebody wrote for a host. Of the others only the client port counts: a server's own
 * configuration says the rest, and one whose AdminServer is off has no port to write.
 *
 * Folders count for hosts that no ensemble lists too: a migration lays a server out in them while the other entry's server may
 * run there. Their ports do not: which they are, but for their own, is known only with the ensemble that comes, and a
 * port may well be meant for when its holder has gone; the host is asked before anything is done.
 */
export const checkSharing = (
  ensembles: ReadonlyMap<string, EnsembleText>,
  hosts: ReadonlyMap<string, HostSpec>,
  written: ReadonlyMap<string, ReadonlySet<string>>,
  problems: Problem[],
): void => {
  const taken = new Map<string, Owner>();
  /** True when nobody else has it. */
  const take = (what: string, owner: Owner, text: (other: Owner) => string): boolean => {
    const other = taken.get(what);
    if (other === undefined) taken.set(what, owner);
    else problems.push({ path: owner.path, text: text(other) });
    return other === undefined;
  };
  const takePort = (host: HostSpec, name: keyof Ports, owner: Owner): void => {
    const at = `${host.address}:${host.ports[name]}`;
    take(`port ${at}`, owner, (other) =>
      other === owner
        ? `two ports of host "${host.name}" are ${host.ports[name]}`
        : `${name} port ${at} is already taken by ${other.name}`,
    );
  };
  const takeFolders = (host: HostSpec, owner: Owner): void => {
    for (const name of OWN_PATHS) {
      const path = host.paths[name];
      if (path === null) continue;
      take(`path ${machineOf(host)} ${path}`, owner, (other) =>
        other === owner
          ? `two folders of host "${host.name}" are ${path}`
          : `${name} of host "${host.name}" (${path}) is also used by ${other.name}; give it a folder of its own`,
      );
    }
  };
  const listed = new Set<string>();
  for (const server of [...ensembles].flatMap(([name, { servers }]) => listedIn(name, servers))) {
    const host = hosts.get(server.host);
    if (host === undefined) continue;
    const owner = { name: serverOf(server), path: server.path };
    const isFirst = take(
      `host ${server.host}`,
      owner,
      (other) =>
        `host "${server.host}" already has ${other.name}; give a second server on that machine a host entry of its own, with other ports and paths`,
    );
    if (!isFirst) continue;
    listed.add(server.host);
    for (const name of PORT_NAMES) {
      if (name === "client" || written.get(server.host)?.has(name) === true) takePort(host, name, owner);
    }
    takeFolders(host, owner);
    take(
      `root ${machineOf(host)} ${host.paths.root} ${server.id}`,
      owner,
      (other) =>
        `root of host "${server.host}" (${host.paths.root}) already has ${other.name}, and servers under one root are told apart by their ids; give it another root`,
    );
  }
  for (const [name, host] of hosts) {
    if (listed.has(name)) continue;
    const owner = { name: `host "${name}"`, path: ["hosts", name] };
    const own = PORT_NAMES.map((port) => host.ownPorts[port]).filter((port) => port !== undefined);
    const twice = own.find((port, at) => own.indexOf(port) !== at);
    if (twice !== undefined) problems.push({ path: owner.path, text: `two ports of host "${name}" are ${twice}` });
    takeFolders(host, owner);
  }
};
