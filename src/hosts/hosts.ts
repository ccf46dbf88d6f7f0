// The hosts that servers live on, each reached by the driver its inventory names.
import { OpsError } from "../errors.ts";
import type { HostSpec } from "../model/inventory.ts";
import type { Hosts } from "../ports.ts";
import { readClaims } from "./claims.ts";
import { runHook } from "./hook.ts";
import { makeLocalTransport } from "./local.ts";
import { makeServerControl } from "./server-control.ts";
import type { Transport } from "./transport.ts";

const transportTo = (host: HostSpec): Transport => {
  switch (host.driver) {
    case "local":
      return makeLocalTransport(host.name);
    case "ssh":
    case "docker":
      throw new OpsError(
        "input",
        {
          what: `${host.name} uses the driver ${host.driver}, which is not in this build yet.`,
          next: "Use `driver: local` with a worker on that machine.",
        },
        { code: "DRIVER_MISSING" },
      );
  }
};

/** `transport` replaces the choice by driver, for tests. `server` and `claims` throw `input` for a driver that is not there. */
export const makeHosts = (options: { readonly transport?: (host: HostSpec) => Transport } = {}): Hosts => {
  const transport = options.transport ?? transportTo;
  return {
    server: (placement) => makeServerControl(transport(placement.host), placement),
    claims: async (host) => readClaims(transport(host), host),
    runHook,
  };
};
