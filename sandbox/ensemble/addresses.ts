// Finds loopback addresses for an ensemble, so that any number of ensembles run side by side on their usual ports.
import type { Server } from "node:net";
import { isPortFree, listenOn } from "../free-port.ts";
import type { Ports } from "./config-text.ts";

export type ReservedAddresses = { readonly addresses: readonly string[]; release(): void };

/**
 * Reserves `count` addresses 127.0.x.1, 127.0.x.2 … on which all `ports` are free, with a third octet that no other
 * ensemble of any sandbox on this machine has.
 */
export const reserveAddresses = async (count: number, ports: Ports): Promise<ReservedAddresses> => {
  const start = Math.floor(Math.random() * 250);
  for (let step = 0; step < 250; step++) {
    const octet = 1 + ((start + step) % 250);
    const addresses = Array.from({ length: count }, (_, index) => `127.0.${octet}.${index + 1}`);
    const held = await hold(octet);
    if (held === null) continue;
    if ((await takenPorts(addresses, ports)).length === 0) return { addresses, release: () => held.close() };
    held.close();
  }
  throw new Error("every network 127.0.1.0 to 127.0.250.0 has an ensemble on it");
};

/** Those of the addresses and ports on which something listens, as `address:port`. */
export const takenPorts = async (addresses: readonly string[], ports: Ports): Promise<readonly string[]> => {
  const taken: string[] = [];
  for (const address of addresses) {
    for (const port of Object.values(ports)) {
      if (!(await isPortFree(address, port))) taken.push(`${address}:${port}`);
    }
  }
  return taken;
};

// A listening socket is a reservation that the system itself gives up when its holder dies.
const hold = async (octet: number): Promise<Server | null> => {
  const server = await listenOn(`127.0.${octet}.254`, 2180);
  server?.unref();
  return server;
};
