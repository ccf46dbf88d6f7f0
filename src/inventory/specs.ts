// Checked text of ensembles.yaml as the specs that the rest of the program works with: defaults filled in, paths absolute.
import { isAbsolute, join, resolve } from "node:path";
import { ensembleName, hostName, serverId } from "../model/ids.ts";
import type { EnsembleSpec, HostSpec, Ports, SecretRef } from "../model/inventory.ts";
import type { Problem } from "./problem.ts";
import type { EnsembleText, HostText } from "./schema.ts";

/** ZooKeeper's own defaults (zookeeperStarted, zookeeperAdmin). */
const DEFAULT_PORTS: Ports = { client: 2181, quorum: 2888, election: 3888, admin: 8080 };

type SomePorts = { readonly [Name in keyof Ports]?: Ports[Name] | undefined };

const pick = (name: keyof Ports, host: SomePorts, ensemble: SomePorts): number =>
  host[name] ?? ensemble[name] ?? DEFAULT_PORTS[name];

/**
 * A host as it is, with the ports of the ensemble it serves behind its own. `directory`: what relative paths are relative to;
 * they make sense only on the worker's own machine, elsewhere they are a problem.
 */
export const hostSpec = (
  name: string,
  host: HostText,
  ensemblePorts: SomePorts,
  directory: string,
  problems: Problem[],
): HostSpec => {
  const written: readonly (keyof HostText)[] = ["root", "data", "releases", "current", "conf", "logs"];
  for (const field of written) {
    const path = host[field];
    if (host.driver === "local" || typeof path !== "string" || isAbsolute(path)) continue;
    problems.push({
      path: ["hosts", name, field],
      text: `must be an absolute path on a host of driver ${host.driver}`,
    });
  }
  const root = resolve(directory, host.root);
  const under = (path: string | undefined, usual: string): string =>
    path === undefined ? join(root, usual) : resolve(directory, path);
  return {
    name: hostName(name),
    driver: host.driver,
    address: host.address,
    user: host.user ?? null,
    paths: {
      root,
      releases: under(host.releases, "releases"),
      current: under(host.current, "current"),
      conf: under(host.conf, "conf"),
      data: under(host.data, "data"),
      logs: under(host.logs, "logs"),
    },
    service: "zkServer",
    ports: {
      client: pick("client", host.ports, ensemblePorts),
      quorum: pick("quorum", host.ports, ensemblePorts),
      election: pick("election", host.ports, ensemblePorts),
      admin: pick("admin", host.ports, ensemblePorts),
    },
  };
};

const secretIn = (directory: string, ref: SecretRef): SecretRef =>
  ref.from === "file" ? { from: "file", path: resolve(directory, ref.path) } : ref;

export const ensembleSpec = (name: string, text: EnsembleText, directory: string): EnsembleSpec => ({
  name: ensembleName(name),
  servers: new Map(Object.entries(text.servers).map(([id, host]) => [serverId(Number(id)), hostName(host)])),
  channel: text.channel,
  approvers: {
    users: text.approvers.users,
    groups: text.approvers.groups,
    quorum: text.approvers.quorum,
    selfApproval: text.approvers.selfApproval,
    expiresMs: text.approvers.expires,
  },
  gates: text.gates,
  settings: text.settings,
  hooks: { configure: text.hooks.configure ?? null },
  super: text.super === undefined ? null : secretIn(directory, text.super),
  soakMs: text.soak,
  syncTimeoutMs: text.syncTimeout,
  canaryPath: text.canary,
});
