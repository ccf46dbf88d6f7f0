// Who is connected to a server, from its answer to `cons` or from its AdminServer. Connections without a session are left out:
// they are questions like this one. Pure.
import type { ClientConnection } from "../model/clients.ts";
import { NOT_SERVING } from "./four-letter-word.ts";
import { readNumber, readText } from "./json-text.ts";

/** `10.0.0.9:51234`, `[::1]:51234`: Java writes a name before it at times, and IPv6 with or without brackets, never shortened. */
const plainAddress = (written: string): string => {
  const text = written.slice(written.lastIndexOf("/") + 1);
  const at = text.lastIndexOf(":");
  const host = text.slice(0, at).replace(/^\[(.*)\]$/, "$1");
  if (!host.includes(":")) return text;
  const url = `http://[${host.replace(/%.*$/, "")}]/`;
  return `${URL.canParse(url) ? new URL(url).hostname : `[${host}]`}${text.slice(at)}`;
};

/** As `cons` writes it; the AdminServer gives a signed number, negative for sessions that began on server.128 or above. */
const sessionText = (id: bigint): string => `0x${BigInt.asUintN(64, id).toString(16)}`;

/**
 * Reads the answer to `cons`, lines of ` /10.0.0.9:51234[1](queued=0,…,sid=0x1000004af,…,est=1764087395123,…)` (ServerCnxn,
 * dumpConnectionInfo; the same from 3.4 to 3.9). Null when the server says that it does not serve.
 */
export const parseCons = (answer: string): readonly ClientConnection[] | null => {
  if (answer.startsWith(NOT_SERVING)) return null;
  return answer.split("\n").flatMap((line): ClientConnection[] => {
    const found = /^\s*(\S+?)\[[^[\]]*\]\((.*)\)\s*$/.exec(line);
    const [, address = "", about = ""] = found ?? [];
    const session = /(?:^|,)sid=0x([0-9a-fA-F]+)/.exec(about)?.[1];
    if (session === undefined) return [];
    const since = /(?:^|,)est=(\d+)/.exec(about)?.[1];
    const timeout = /(?:^|,)to=(\d+)/.exec(about)?.[1];
    return [
      {
        address: plainAddress(address),
        session: sessionText(BigInt(`0x${session}`)),
        since: since === undefined ? null : Number(since),
        ...(timeout === undefined ? {} : { timeoutMs: Number(timeout) }),
      },
    ];
  });
};

/** Reads the JSON text of the AdminServer's `connections`, those over TLS included; null when it tells an error instead. */
export const parseConnections = (answer: string): readonly ClientConnection[] | null => {
  if (!/"connections"\s*:\s*\[/.test(answer)) return null;
  return [...answer.matchAll(/\{[^{}]*\}/g)].flatMap(([each]): ClientConnection[] => {
    const session = readNumber(each, "session_id");
    const address = readText(each, "remote_socket_address");
    if (session === undefined || address === undefined || BigInt(session) === 0n) return [];
    const since = readNumber(each, "established");
    const timeout = readNumber(each, "session_timeout");
    return [
      {
        address: plainAddress(address),
        session: sessionText(BigInt(session)),
        since: since === undefined ? null : Number(since),
        ...(timeout === undefined ? {} : { timeoutMs: Number(timeout) }),
      },
    ];
  });
};

/** What two ways to ask told, each session once. Null where neither told anything. */
export const joinConnections = (
  one: readonly ClientConnection[] | null,
  other: readonly ClientConnection[] | null,
): readonly ClientConnection[] | null => {
  if (one === null || other === null) return one ?? other;
  const known = new Set(one.map(({ session }) => session));
  return [...one, ...other.filter(({ session }) => !known.has(session))];
};
