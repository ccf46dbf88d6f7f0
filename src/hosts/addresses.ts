// Which addresses and ports a server will listen on, by its configuration, and how the kernel writes listening sockets. Pure.
import type { Ports } from "../model/inventory.ts";

/** `address` null: every address. */
export type ListenAddress = { readonly address: string | null; readonly port: number };
export type WantedPort = ListenAddress & { readonly what: "client" | "quorum" | "election" | "admin" };
export type Listener = ListenAddress & { readonly pid: number | null; readonly name: string; readonly user: string };

/** The value of a key of a Java properties text, the last one where there are several; null when absent. */
export const settingOf = (text: string, key: string): string | null => {
  let value: string | null = null;
  for (const line of text.split(/\r?\n/)) {
    const found = /^\s*([^#!\s=:][^\s=:]*)\s*[=:\s]\s*(.*?)\s*$/.exec(line);
    if (found?.[1] === key) value = found[2] ?? "";
  }
  return value;
};

const numberOr = (text: string | null, otherwise: number): number =>
  text !== null && /^\d+$/.test(text) ? Number(text) : otherwise;

const splitAddress = (text: string): readonly string[] => {
  const found = /^\[([^\]]+)\](.*)$/.exec(text);
  return found === null ? text.split(":") : [found[1] ?? "", ...(found[2] ?? "").split(":").slice(1)];
};

/**
 * The ports a server will bind. `text`: zoo.cfg with its dynamic file appended; `id`: the server's; `defaults`: for what the text
 * does not say. A quorum port is bound on the leader only, but every server may become it.
 */
export const wantedPorts = (text: string, id: number, defaults: Ports): readonly WantedPort[] => {
  const [peerPart = "", clientPart = null] = (settingOf(text, `server.${id}`) ?? "").split(";");
  // Several addresses (3.6+, multi-address) are joined by `|`; the first stands for all.
  const [host = "", quorum = null, election = null] = splitAddress(peerPart.split("|")[0] ?? "");
  const client = clientPart === null ? [] : splitAddress(clientPart);
  const clientHost = client.length > 1 ? (client[0] ?? null) : settingOf(text, "clientPortAddress");
  const everywhere = settingOf(text, "quorumListenOnAllIPs") === "true";
  const peer = everywhere || host === "" ? null : host;
  const wildcard = (address: string | null): string | null =>
    address === null || address === "0.0.0.0" || address === "::" ? null : address;
  const ports: WantedPort[] = [
    {
      what: "client",
      address: wildcard(clientHost),
      port: numberOr(client.at(-1) ?? settingOf(text, "clientPort"), defaults.client),
    },
  ];
  // Without a line of its own a server is standalone and has no peers.
  if (peerPart !== "") {
    ports.push(
      { what: "quorum", address: wildcard(peer), port: numberOr(quorum, defaults.quorum) },
      { what: "election", address: wildcard(peer), port: numberOr(election, defaults.election) },
    );
  }
  if (settingOf(text, "admin.enableServer") !== "false") {
    ports.push({
      what: "admin",
      address: wildcard(settingOf(text, "admin.serverAddress")),
      port: numberOr(settingOf(text, "admin.serverPort"), defaults.admin),
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
