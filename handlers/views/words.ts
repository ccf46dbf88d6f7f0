// Numbers, times and names as people read them in Slack. Pure; everything that comes from outside is escaped here.
import type { Actor } from "../../src/model/run-event.ts";

/** Text safe inside mrkdwn: Slack's three control characters as entities. */
export const esc = (text: string): string =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");

/** One line of code; a backtick inside would end it. */
export const code = (text: string): string => `\`${esc(text.replaceAll("`", "'").replace(/\s+/g, " ")) || " "}\``;

/** A block of code of at most `most` characters; the end is kept, since the end of a log says what went wrong. */
export const codeBlock = (text: string, most = 1200): string => {
  const plain = text.replaceAll("```", "'''").trimEnd();
  const tail = plain.length > most ? `…${plain.slice(-most)}` : plain;
  return `\`\`\`\n${esc(tail)}\n\`\`\``;
};

/** The beginning of a text, with an ellipsis where it was cut. */
export const cut = (text: string, most: number): string => (text.length > most ? `${text.slice(0, most - 1)}…` : text);

export const plural = (count: number, one: string, many = `${one}s`): string =>
  `${thousands(count)} ${count === 1 ? one : many}`;

/** `1,204` */
export const thousands = (count: number): string => String(Math.round(count)).replace(/\B(?=(\d{3})+(?!\d))/g, ",");

/** `a`, `a and b`, `a, b and c` */
export const and = (parts: readonly string[], word = "and"): string =>
  parts.length < 2 ? (parts[0] ?? "") : `${parts.slice(0, -1).join(", ")} ${word} ${parts.at(-1)}`;

/** `7c1e…a90f` */
export const shortHash = (hash: string): string => (hash.length > 10 ? `${hash.slice(0, 4)}…${hash.slice(-4)}` : hash);

/** An estimate is not known to the second. */
export const roundTime = (ms: number): number =>
  ms < 10_000 ? ms : ms < 120_000 ? Math.round(ms / 5000) * 5000 : Math.round(ms / 30_000) * 30_000;

/** `4 ms`, `0.38 s`, `1.9 s`, `22 s`, `1 min 4 s`, `4 h`, `1 h 5 min`. */
export const duration = (ms: number): string => {
  if (ms < 100) return `${Math.max(0, Math.round(ms))} ms`;
  if (ms < 995) return `${(ms / 1000).toFixed(2)} s`;
  if (ms < 9_950) return `${(ms / 1000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1000);
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return seconds % 60 === 0 ? `${minutes} min` : `${minutes} min ${seconds % 60} s`;
  const hours = Math.floor(minutes / 60);
  return minutes % 60 === 0 ? `${hours} h` : `${hours} h ${minutes % 60} min`;
};

/** Always in seconds, for pauses that are compared with each other: `0.02 s`, `1.9 s`. */
export const seconds = (ms: number): string =>
  ms < 1000 ? `${(ms / 1000).toFixed(2)} s` : ms < 60_000 ? `${(ms / 1000).toFixed(1)} s` : duration(ms);

/** `0:21`, `12:05`, `1:02:07` */
export const stopwatch = (ms: number): string => {
  const total = Math.max(0, Math.floor(ms / 1000));
  const two = (value: number) => String(value).padStart(2, "0");
  const hours = Math.floor(total / 3600);
  const minutes = Math.floor((total % 3600) / 60);
  return hours > 0 ? `${hours}:${two(minutes)}:${two(total % 60)}` : `${minutes}:${two(total % 60)}`;
};

/** `20:15:31`, in UTC. */
export const clock = (at: number): string => new Date(at).toISOString().slice(11, 19);

/** `2026-12-22 20:15:31 UTC` */
export const dateTime = (at: number): string => new Date(at).toISOString().replace("T", " ").replace(/\..*/, " UTC");

/** In the reader's own time zone; UTC where Slack cannot (notifications, exports). */
export const localTime = (at: number): string =>
  `<!date^${Math.floor(at / 1000)}^{date_short_pretty} {time}|${dateTime(at)}>`;

export const bytes = (count: number): string => {
  if (count < 1000) return `${count} B`;
  if (count < 1_000_000) return `${Math.round(count / 1000)} kB`;
  if (count < 1_000_000_000) return `${(count / 1_000_000).toFixed(1)} MB`;
  return `${(count / 1_000_000_000).toFixed(1)} GB`;
};

/** `<@U1>`: shown as the person's name, and mentions them; never inside code. */
export const person = (user: string): string => `<@${user}>`;

/** Who did it, for a thread: a person by name, a worker as such. */
export const actorName = (actor: Actor): string => (actor.kind === "user" ? person(actor.id) : "zkshift");

/** `server.2` */
export const serverName = (id: number): string => `server.${id}`;

/** `server.1, server.2 and server.3` */
export const serverNames = (ids: readonly number[]): string => and(ids.map(serverName));

/** Config versions are kept as upstream writes them, in hex without `0x`. */
export const configVersion = (version: string): string => `0x${version.replace(/^0x/i, "")}`;
