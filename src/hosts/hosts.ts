// The hosts that servers live on, each reached by the driver its inventory names.
import { OpsError } from "../errors.ts";
import type { DockerAccess, HostSpec, SecretRef } from "../model/inventory.ts";
import type { Hosts } from "../ports.ts";
import { readClaims } from "./claims.ts";
import { makeDockerControl } from "./docker/control.ts";
import { type Engine, makeEngine } from "./docker/engine.ts";
import { makeDockerTransport } from "./docker/transport.ts";
import { runHook } from "./hook.ts";
import { makeLocalTransport } from "./local.ts";
import { makeServerControl } from "./server-control.ts";
import { sourcesTo } from "./source-address.ts";
import { makeSshPool } from "./ssh/pool.ts";
import { makeSshTransport } from "./ssh/transport.ts";
import type { Transport } from "./transport.ts";

const noSecrets = (): never => {
  throw new OpsError("bug", { what: "A host needs a secret, and nobody gave a way to read one." });
};

/** `transport` replaces the choice by driver, for tests. */
type Options = {
  readonly readSecret?: (ref: SecretRef) => string;
  readonly transport?: (host: HostSpec) => Transport;
};

/** Hosts and the connections to them, shared by all servers; `close` ends these. */
export type OpenHosts = Hosts & { close(): void };

/** `server` and `claims` throw `bug` for a host that does not say how it is reached, which the inventory sees to. */
export const makeHosts = (options: Options = {}): OpenHosts => {
  const engines = new Map<string, Engine>();
  const engineOf = (host: HostSpec, access: DockerAccess): Engine => {
    const key = JSON.stringify([host.name, access.engine]);
    const engine = engines.get(key) ?? makeEngine(host.name, access);
    engines.set(key, engine);
    return engine;
  };
  const pool = makeSshPool(options.readSecret ?? noSecrets);
  const transportTo = (host: HostSpec): Transport => {
    if (host.driver === "local") return makeLocalTransport(host.name);
    if (host.driver === "ssh" && host.ssh !== null)
      return makeSshTransport(pool.to(host.name, host.ssh), host.ssh.sudo);
    if (host.docker !== undefined)
      return makeDockerTransport(engineOf(host, host.docker), host.docker.container, host.paths.data);
    throw new OpsError("bug", { what: `${host.name} is of driver ${host.driver} and does not say how it is reached.` });
  };
  const transport = options.transport ?? transportTo;
  return {
    server: (placement) => {
      const { docker } = placement.host;
      return docker === undefined
        ? makeServerControl(transport(placement.host), placement)
        : makeDockerControl(engineOf(placement.host, docker), docker, placement);
    },
    claims: async (host) => readClaims(transport(host), host),
    sourcesTo,
    runHook,
    close: () => pool.close(),
  };
};
