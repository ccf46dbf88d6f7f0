// The hosts that servers live on, each reached by the driver its inventory names.
import { OpsError } from "../errors.ts";
import type { HostSpec, SecretRef } from "../model/inventory.ts";
import type { Hosts } from "../ports.ts";
import { readClaims } from "./claims.ts";
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

/** `server` and `claims` throw `input` for a driver that is not there. */
export const makeHosts = (options: Options = {}): OpenHosts => {
  const pool = makeSshPool(options.readSecret ?? noSecrets);
  const transportTo = (host: HostSpec): Transport => {
    if (host.driver === "local") return makeLocalTransport(host.name);
    if (host.driver === "ssh" && host.ssh !== null)
      return makeSshTransport(pool.to(host.name, host.ssh), host.ssh.sudo);
    throw new OpsError(
      "input",
      {
        what: `${host.name} uses the driver ${host.driver}, which is not in this build yet.`,
        next: "Use `driver: ssh`, or `driver: local` with a worker on that machine.",
      },
      { code: "DRIVER_MISSING" },
    );
  };
  const transport = options.transport ?? transportTo;
  return {
    server: (placement) => makeServerControl(transport(placement.host), placement),
    claims: async (host) => readClaims(transport(host), host),
    sourcesTo,
    runHook,
    close: () => pool.close(),
  };
};
