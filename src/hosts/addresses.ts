// Which addresses and ports a server will listen on, by its configuration, and how the kernel writes listening sockets. Pure.
import { parseMembers } from "../model/dynamic-config.ts";
import type { Ports } from "../model/inventory.ts";
import { getKey, parseZooCfg } from "../model/zoo-cfg.ts";

/** `address` null: every address. */
export type ListenAddress = { readonly address: string | null; readonly port: number };
export type WantedPort = ListenAddress & { readonly what: "client" | "quorum" | "election" | "admin" };
export type Listener = ListenAddress & { readonly pid: number | null; readonly name: string; readonly user: string };

const portOr = (text: string | null, otherwise: number): number =>
  text !== null && /^\d+$/.test(text) ? Number(text) : otherwise;

const wildcard = (address: string | null): string | null =>
  address === "" || address === "0.0.0.0" || address === "::" ? null : address;

/**
 * The ports a server will bind. `text`: zoo.cfg with its dynamic file appended; `id`: the server's; `defaults`: for what the text
 * does not say. A quorum port is bound on the leader only, but every server may become it.
 */
export const wantedPorts = (text: string, id: number, defaults: Ports): readonly WantedPort[] => {
  const cfg = parseZooCfg(text);
  const member = parseMembers(text).members.find((each) => each.id === id) ?? null;
  const client = member?.client ?? null;
  const ports: WantedPort[] = [
    client === null
      ? {
          what: "client",
          address: wildcard(getKey(cfg, "clientPortAddress")),
          port: portOr(getKey(cfg, "clientPort"), defaults.client),
        }
      : { what: "client", address: wildcard(client.address), port: client.port },
  ];
  // Without a line of its own a server is standalone and has no peers.
  if (member !== null) {
    const address = getKey(cfg, "quorumListenOnAllIPs") === "true" ? null : wildcard(member.address);
    ports.push(
      { what: "quorum", address, port: member.quorumPort },
      { what: "election", address, port: member.electionPort },
    );
  }
  if (getKey(cfg, "admin.enableServer") !== "false") {
    ports.push({
      what: "admin",
      address: wildcard(getKey(cfg, "admin.serverAddress")),
      port: portOr(getKey(cfg, "admin.serverPort"), defaults.admin),
    });
  }
  return ports;
};

/** An IPv6 address as everyone writes it (`::1`); anything else unchanged. */
const canonical = (address: string): string =>
  address.includes(":") && URL.canParse(`http://[${address}]/`)
    ? new URL(`http://[${address}]/`).hostname.slice(1, -1)
    : address;

const isLiteral = (address: string): boolean => /^\d+(\.\d+){3}$/.test(address) || address.includes(":");

/** True when a new socket cannot be bound because of the listener. A host name is taken for any address: better one warning too many. */
export const collides = (wanted: ListenAddress, listener: ListenAddress): boolean =>
  wanted.port === listener.port &&
  (wanted.address === null ||
    listener.address === null ||
    !isLiteral(wanted.address) ||
    canonical(wanted.address) === canonical(listener.address));

/** Reads an address as /proc/net/tcp and tcp6 write it: 32-bit words in the machine's (little-endian) order. Null: every address. */
export const parseKernelAddress = (hex: string): string | null => {
  const bytes = (hex.match(/.{8}/g) ?? [])
    .flatMap((word) => (word.match(/../g) ?? []).reverse())
    .map((b) => Number.parseInt(b, 16));
  if (bytes.every((byte) => byte === 0)) return null;
  if (bytes.length === 4) return bytes.join(".");
  const mapped = bytes.slice(0, 10).every((b) => b === 0) && bytes[10] === 255 && bytes[11] === 255;
  if (mapped) {
    const last = bytes.slice(12);
    return last.every((byte) => byte === 0) ? null : last.join(".");
  }
  const groups: string[] = [];
  for (let i = 0; i < 16; i += 2) groups.push((((bytes[i] ?? 0) << 8) | (bytes[i + 1] ?? 0)).toString(16));
  return canonical(groups.join(":"));
};
