// Who is still connected to servers that are about to be stopped. Pure.
import type { ClientConnection, ServerClients } from "../../src/model/clients.ts";
import { and, codeBlock, cut, esc, plural, serverName, thousands } from "./words.ts";

export const clientsLeft = (clients: readonly ServerClients[]): number =>
  clients.reduce((sum, { count }) => sum + count, 0);

/** `server.1: 8, server.2: none` */
export const clientsPerServer = (clients: readonly ServerClients[]): string => {
  const shown = clients
    .slice(0, SERVERS)
    .map(({ server, count }) => `${serverName(server)}: ${count === 0 ? "none" : thousands(count)}`);
  return [...shown, ...(clients.length > SERVERS ? [`${clients.length - SERVERS} more servers`] : [])].join(", ");
};

/** A prompt must stay readable and under Slack's limits: so many servers, and lines over all of them. */
const SERVERS = 12;
const LINES = 36;
const FEWEST_LINES = 3;
const CHARACTERS = 2_400;

const since = (at: number | null): string =>
  at === null ? "" : `  since ${new Date(at).toISOString().slice(0, 16).replace("T", " ")} UTC`;

const connectionLine = ({ address, session, since: at }: ClientConnection): string =>
  `${cut(address.replace(/\s+/g, " "), 50).padEnd(21)}  ${cut(session.replace(/\s+/g, " "), 24)}${since(at)}`;

/** The first lines that fit a block of code. */
const fitting = (lines: readonly string[]): readonly string[] => {
  let characters = 0;
  const end = lines.findIndex((line) => {
    characters += line.length + 1;
    return characters > CHARACTERS;
  });
  return end === -1 ? lines : lines.slice(0, end);
};

/** Each server's connections in a block of code, long lists cut with a count. Lines of mrkdwn. */
export const clientsLines = (clients: readonly ServerClients[]): readonly string[] => {
  const some = clients.filter(({ count }) => count > 0);
  const each = Math.max(FEWEST_LINES, Math.floor(LINES / Math.max(1, some.length)));
  const shown = some.slice(0, SERVERS).map(({ server, host, count, connections }) => {
    const listed = fitting(connections.slice(0, each).map(connectionLine));
    const more = count - listed.length;
    const title = `*${serverName(server)}* ${esc(cut(host, 60))}: ${plural(count, "connection")}`;
    if (listed.length === 0) return `${title}; it does not tell from where`;
    const lines = [...listed, ...(more > 0 ? [`and ${thousands(more)} more`] : [])];
    return `${title}\n${codeBlock(lines.join("\n"), 2600)}`;
  });
  const none = clients.filter(({ count }) => count === 0).map(({ server }) => serverName(server));
  return [
    ...shown,
    ...(some.length > SERVERS ? [`and ${plural(some.length - SERVERS, "more server")} with clients`] : []),
    ...(none.length === 0 ? [] : [`No client on ${and(none.slice(0, SERVERS))}${none.length > SERVERS ? " …" : ""}.`]),
  ];
};
