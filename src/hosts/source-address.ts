// Which address the worker has as it goes to a server.
import { createSocket } from "node:dgram";
import { lookup } from "node:dns/promises";
import { connect } from "node:net";
import { OpsError } from "../errors.ts";
import type { Address } from "../model/ensemble.ts";

const CONNECT_MS = 3_000;

/** `::ffff:10.0.0.1` is `10.0.0.1`; a zone is left out. */
export const plainAddress = (address: string): string =>
  address.replace(/%.*$/, "").replace(/^::ffff:(?=\d+\.\d+\.\d+\.\d+$)/i, "");

/** The addresses that a name has, as the worker sees it. Throws `transient` where it cannot be resolved. */
export const addressesOf = async (host: string): Promise<readonly string[]> => {
  try {
    return (await lookup(host, { all: true })).map(({ address }) => plainAddress(address));
  } catch (cause) {
    throw new OpsError(
      "transient",
      {
        what: `The name ${host} does not resolve on the worker, so it is not known where its client port is to be closed.`,
        left: "No port was closed there.",
        next: "Correct the name or the worker's DNS, then try again.",
      },
      { cause },
    );
  }
};

/** The addresses that packets to a server leave with, one for each address its name has. Asks the routing table, sends nothing. */
export const sourcesTo = async ({ host, port }: Address): Promise<readonly string[]> => {
  const targets = await lookup(host, { all: true }).catch(() => []);
  const found = await Promise.all(targets.map((target) => sourceTo(target.address, target.family, port)));
  return [...new Set(found.filter((one) => one !== null))];
};

const sourceTo = (address: string, family: number, port: number): Promise<string | null> =>
  new Promise((resolve) => {
    const socket = createSocket(family === 6 ? "udp6" : "udp4");
    const end = (source: string | null): void => {
      socket.close();
      resolve(source);
    };
    socket.once("error", () => end(null));
    socket.connect(port, address, () => end(plainAddress(socket.address().address)));
  });

/** An open connection to a server. `port` null: it could not be opened, `through` is what the routing table says then. */
type OpenedFrom = {
  readonly through: readonly string[];
  readonly port: number | null;
  /** The server is on the worker's own machine. */
  readonly isOwnMachine: boolean;
  close(): void;
};

export const openFrom = async (to: Address): Promise<OpenedFrom> => {
  const sources = await sourcesTo(to);
  return new Promise((resolve) => {
    const socket = connect({ host: to.host, port: to.port });
    const end = (port: number | null): void => {
      const [local, remote] = [plainAddress(socket.localAddress ?? ""), plainAddress(socket.remoteAddress ?? "")];
      resolve({
        through: port === null ? sources : [...new Set([...sources, local])],
        port,
        isOwnMachine: isLoopback(remote) || sources.includes(port === null ? to.host : remote),
        close: () => socket.destroy(),
      });
    };
    socket.setTimeout(CONNECT_MS, () => {
      end(null);
      socket.destroy();
    });
    socket.once("error", () => end(null));
    socket.once("connect", () => end(socket.localPort ?? null));
  });
};

const isLoopback = (address: string): boolean => address === "::1" || address.startsWith("127.");
