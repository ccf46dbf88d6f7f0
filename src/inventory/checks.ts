// What hosts and ensembles must hold together: every server has a place of its own.
import type { HostSpec, Ports } from "../model/inventory.ts";
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

/** The machine a host is on: `local` hosts share the worker's, whatever their addresses. */
const machineOf = (host: HostSpec): string => (host.driver === "local" ? "local" : `${host.driver} ${host.address}`);

const PORT_NAMES: readonly (keyof Ports)[] = ["client", "quorum", "election", "admin"];
const OWN_PATHS = ["data", "conf", "current"] as const;

/**
 * No two servers share a host entry, an address and port, or a folder that one of them would change under the other.
 * `written`: the ports that somebody wrote for a host. Of the others only the client port counts: a server's own
 * configuration says the rest, and one whose AdminServer is off has no port to write.
 */
export const checkSharing = (
  ensembles: ReadonlyMap<string, EnsembleText>,
  hosts: ReadonlyMap<string, HostSpec>,
  written: ReadonlyMap<string, ReadonlySet<string>>,
  problems: Problem[],
): void => {
  const taken = new Map<string, Listed>();
  /** True when nobody else has it. */
  const take = (what: string, server: Listed, text: (other: Listed) => string): boolean => {
    const other = taken.get(what);
    if (other === undefined) taken.set(what, server);
    else problems.push({ path: server.path, text: text(other) });
    return other === undefined;
  };
  for (const server of [...ensembles].flatMap(([name, { servers }]) => listedIn(name, servers))) {
    const host = hosts.get(server.host);
    if (host === undefined) continue;
    const isFirst = take(
      `host ${server.host}`,
      server,
      (other) =>
        `host "${server.host}" already has ${serverOf(other)}; give a second server on that machine a host entry of its own, with other ports and paths`,
    );
    if (!isFirst) continue;
    for (const name of PORT_NAMES) {
      if (name !== "client" && written.get(server.host)?.has(name) !== true) continue;
      const at = `${host.address}:${host.ports[name]}`;
      take(`port ${at}`, server, (other) =>
        other === server
          ? `two ports of host "${server.host}" are ${host.ports[name]}`
          : `${name} port ${at} is already taken by ${serverOf(other)}`,
      );
    }
    for (const name of OWN_PATHS) {
      const path = host.paths[name];
      take(`path ${machineOf(host)} ${path}`, server, (other) =>
        other === server
          ? `two folders of host "${server.host}" are ${path}`
          : `${name} of host "${server.host}" (${path}) is also used by ${serverOf(other)}; give it a folder of its own`,
      );
    }
  }
};
