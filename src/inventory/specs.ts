// Checked text of ensembles.yaml as the specs that the rest of the program works with: defaults filled in, paths absolute.
import { isAbsolute, join, resolve } from "node:path";
import { ensembleName, hostName, serverId } from "../model/ids.ts";
import type { DockerAccess, EnsembleSpec, HostSpec, Ports, SshAccess } from "../model/inventory.ts";
import { portsOn } from "../model/placement.ts";
import { IN_CONTAINER } from "./docker-access.ts";
import type { Problem } from "./problem.ts";
import type { EnsembleText, HostText, PortsText } from "./schema.ts";
import { secretIn } from "./ssh-access.ts";

/** The ports that are written, without those that are not. */
const written = (ports: PortsText): Partial<Ports> =>
  Object.fromEntries(Object.entries(ports).filter(([, port]) => port !== undefined));

/**
 * A host as it is, with the ports of the ensemble it serves behind its own. `directory`: what relative paths are relative to;
 * they make sense only on the worker's own machine, elsewhere they are a problem.
 */
export const hostSpec = (
  name: string,
  host: HostText,
  ensemblePorts: PortsText,
  reached: { readonly ssh: SshAccess | null; readonly docker: DockerAccess | null },
  directory: string,
  problems: Problem[],
): HostSpec => {
  const pathFields: readonly (keyof HostText)[] = ["root", "data", "dataLog", "releases", "current", "conf", "logs"];
  for (const field of pathFields) {
    const path = host[field];
    if (host.driver === "local" || typeof path !== "string" || isAbsolute(path)) continue;
    problems.push({
      path: ["hosts", name, field],
      text: `must be an absolute path on a host of driver ${host.driver}`,
    });
  }
  const isContainer = host.driver === "docker";
  if (host.root === undefined && !isContainer) problems.push({ path: ["hosts", name, "root"], text: "is missing" });
  const root = resolve(directory, host.root ?? (isContainer ? (host.data ?? IN_CONTAINER.root) : "."));
  const usualOf: Readonly<Record<string, string>> = isContainer ? IN_CONTAINER : {};
  const under = (path: string | undefined, usual: string): string =>
    path === undefined ? (usualOf[usual] ?? join(root, usual)) : resolve(directory, path);
  const data = under(host.data, "data");
  const dataLog = host.dataLog === undefined ? null : resolve(directory, host.dataLog);
  const ownPorts = written(host.ports);
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
      data,
      // Written as the data folder it is what ZooKeeper does anyway.
      dataLog: dataLog === data ? null : dataLog,
      logs: under(host.logs, "logs"),
    },
    service: host.service,
    ports: portsOn(ownPorts, written(ensemblePorts)),
    ownPorts,
    ssh: reached.ssh,
    ...(reached.docker === null ? {} : { docker: reached.docker }),
  };
};

export const ensembleSpec = (name: string, text: EnsembleText, directory: string): EnsembleSpec => ({
  name: ensembleName(name),
  servers: new Map(Object.entries(text.servers).map(([id, host]) => [serverId(Number(id)), hostName(host)])),
  ports: written(text.ports),
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
  jvm: [...(text.jvm.heap === undefined ? [] : [`-Xmx${text.jvm.heap}`]), ...text.jvm.flags],
  hooks: { configure: text.hooks.configure ?? null },
  super: text.super === undefined ? null : secretIn(directory, text.super),
  soakMs: text.soak,
  syncTimeoutMs: text.syncTimeout,
  canaryPath: text.canary,
  backups: {
    directory: text.backups.directory === undefined ? null : resolve(directory, text.backups.directory),
    keep: text.backups.keep,
    days: text.backups.days ?? null,
    prove: text.backups.prove,
  },
});
