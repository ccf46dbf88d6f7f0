// The place of a sandbox server, as the inventory would give it to a host driver.

import type { SandboxServer } from "../../sandbox/ensemble/server.ts";
import { ensembleName, hostName, serverId } from "../../src/model/ids.ts";
import type { Placement, Ports } from "../../src/model/inventory.ts";

/** In the layout that zkshift makes, but for what the sandbox laid out elsewhere. */
export const placementOf = (server: SandboxServer, ports: Ports): Placement => ({
  ensemble: ensembleName("orders"),
  id: serverId(server.id),
  host: {
    name: hostName(server.host),
    driver: "local",
    address: server.address,
    user: null,
    service: "zkServer",
    ports,
    ownPorts: ports,
    ssh: null,
    paths: {
      root: server.root,
      releases: `${server.root}/releases`,
      current: `${server.root}/current`,
      conf: server.conf,
      data: server.data,
      dataLog: null,
      logs: server.logs,
    },
  },
});
