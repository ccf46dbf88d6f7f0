// zoo.cfg and every file in its format as text that can be changed without disturbing what stands around the change:
// comments, order, unknown lines and line ends stay. It reads the way ZooKeeper does (java.util.Properties, then trim),
// and knows nothing of what the keys mean.
import type { ConfigChange } from "./plan.ts";

/** One logical line. `raw` is its exact text with continuation lines and line end. */
type ZooCfgLine =
  | { readonly kind: "text"; readonly raw: string }
  | {
      readonly kind: "entry";
      readonly raw: string;
      /** Everything before the value: indentation, key and separator as they stand (`=` where there is none). */
      readonly lead: string;
      readonly lineEnd: string;
      readonly key: string;
      readonly value: string;
    };

export type ZooCfg = { readonly lines: readonly ZooCfgLine[] };

/** Reads any text; there are no wrong ones. `formatZooCfg(parseZooCfg(text)) === text`. */
export const parseZooCfg = (text: string): ZooCfg => ({ lines: logicalLines(text).map(parseLine) });

/** The text, ready to be written. */
export const formatZooCfg = (cfg: ZooCfg): string => cfg.lines.map((line) => line.raw).join("");

/** Value of a key, trimmed; of several the last wins (java.util.Properties). Null when it is not set. */
export const getKey = (cfg: ZooCfg, key: string): string | null => {
  const found = cfg.lines.findLast((line) => line.kind === "entry" && line.key === key);
  return found?.kind === "entry" ? found.value : null;
};

/** Every key with its value in effect, in order of first appearance. */
export const entriesOf = (cfg: ZooCfg): ReadonlyMap<string, string> =>
  new Map(cfg.lines.flatMap((line) => (line.kind === "entry" ? [[line.key, line.value] as const] : [])));

/** Sets a key in the place where it stands, else at the end. The same configuration when it has the value already. */
export const setKey = (cfg: ZooCfg, key: string, value: string): ZooCfg => {
  if (getKey(cfg, key) === trim(value)) return cfg;
  const lines = withoutDanglingBackslash(cfg.lines);
  const at = lines.findLastIndex((line) => line.kind === "entry" && line.key === key);
  const found = lines[at];
  if (found?.kind === "entry") {
    return { lines: lines.with(at, parseLine(`${found.lead}${escapeValue(trim(value))}${found.lineEnd}`)) };
  }
  const lineEnd = /\r\n|\n|\r/.exec(formatZooCfg(cfg))?.[0] ?? "\n";
  const added = parseLine(`${escapeKey(key)}=${escapeValue(trim(value))}${lineEnd}`);
  return { lines: [...withLineEnd(lines, lineEnd), added] };
};

/** Takes a key out, all its lines. */
export const removeKey = (cfg: ZooCfg, key: string): ZooCfg => ({
  lines: cfg.lines.filter((line) => line.kind !== "entry" || line.key !== key),
});

/** The text with changes made: `to` null takes a key out. Doing it twice gives the same text as doing it once. */
export const applyChanges = (text: string, changes: readonly Pick<ConfigChange, "key" | "to">[]): string =>
  formatZooCfg(
    changes.reduce((cfg, { key, to }) => (to === null ? removeKey(cfg, key) : setKey(cfg, key, to)), parseZooCfg(text)),
  );

// ---------------------------------------------------------------- reading

/** Java's String.trim: every character up to the space. */
const trim = (text: string): string => {
  let start = 0;
  let end = text.length;
  while (start < end && text.charCodeAt(start) <= 0x20) start++;
  while (end > start && text.charCodeAt(end - 1) <= 0x20) end--;
  return text.slice(start, end);
};

const isBlank = (character: string | undefined): boolean =>
  character === " " || character === "\t" || character === "\f";

/** Splits at line ends; a line that is no comment and ends in an odd number of backslashes goes on in the next. */
const logicalLines = (text: string): readonly string[] => {
  const natural = text.match(/[^\r\n]*(?:\r\n|\n|\r)|[^\r\n]+$/g) ?? [];
  const lines: string[] = [];
  let open = "";
  for (const line of natural) {
    const startsHere = open === "";
    open += line;
    if ((startsHere && isComment(line)) || !goesOn(line)) {
      lines.push(open);
      open = "";
    }
  }
  if (open !== "") lines.push(open);
  return lines;
};

const withoutLineEnd = (line: string): string => line.replace(/(?:\r\n|\n|\r)$/, "");
const isComment = (line: string): boolean => /^[ \t\f]*[#!]/.test(line);
const goesOn = (line: string): boolean => {
  const slashes = /\\*$/.exec(withoutLineEnd(line))?.[0].length ?? 0;
  return slashes % 2 === 1 && withoutLineEnd(line) !== line;
};

const parseLine = (raw: string): ZooCfgLine => {
  const body = withoutLineEnd(raw);
  let at = 0;
  while (isBlank(body[at])) at++;
  if (at === body.length || body[at] === "#" || body[at] === "!") return { kind: "text", raw };
  const keyStart = at;
  while (at < body.length && !isBlank(body[at]) && body[at] !== "=" && body[at] !== ":") {
    at += body[at] === "\\" ? escapeLength(body, at) : 1;
  }
  const keyEnd = Math.min(at, body.length);
  at = keyEnd;
  while (isBlankOrContinuation(body, at)) at += isBlank(body[at]) ? 1 : escapeLength(body, at);
  if (body[at] === "=" || body[at] === ":") {
    at++;
    while (isBlankOrContinuation(body, at)) at += isBlank(body[at]) ? 1 : escapeLength(body, at);
  }
  const key = trim(unescapeProperty(body.slice(keyStart, keyEnd)));
  if (key === "") return { kind: "text", raw };
  return {
    kind: "entry",
    raw,
    lead: at === keyEnd ? `${body}=` : body.slice(0, at),
    lineEnd: raw.slice(body.length),
    key,
    value: trim(unescapeProperty(body.slice(at))),
  };
};

const CONTINUATION = /\\(?:\r\n|\n|\r)[ \t\f]*/y;

const isBlankOrContinuation = (body: string, at: number): boolean => {
  CONTINUATION.lastIndex = at;
  return isBlank(body[at]) || CONTINUATION.test(body);
};

/** How many characters the escape at `at` takes: a continuation takes the next line's indentation with it. */
const escapeLength = (body: string, at: number): number => {
  CONTINUATION.lastIndex = at;
  return CONTINUATION.exec(body)?.[0].length ?? 2;
};

const NAMED: Readonly<Record<string, string>> = { t: "\t", n: "\n", r: "\r", f: "\f" };

/** Escapes as java.util.Properties reads them; a malformed `\u` stands for itself instead of failing. */
const unescapeProperty = (text: string): string =>
  text.replace(
    /\\(?:(?:\r\n|\n|\r)[ \t\f]*|u([0-9a-fA-F]{4})|([^\r\n])|$)/g,
    (_all, hex: string | undefined, character: string | undefined) => {
      if (hex !== undefined) return String.fromCharCode(Number.parseInt(hex, 16));
      return character === undefined ? "" : (NAMED[character] ?? character);
    },
  );

// ---------------------------------------------------------------- writing

const UNNAMED: Readonly<Record<string, string>> = { "\t": "\\t", "\n": "\\n", "\r": "\\r", "\f": "\\f" };

const escapeCharacter = (character: string): string => {
  const code = character.charCodeAt(0);
  if (character === "\\") return "\\\\";
  if (UNNAMED[character] !== undefined) return UNNAMED[character];
  // Servers read the file as ISO 8859-1, so everything above ASCII is safe only as an escape.
  return code < 0x20 || code > 0x7e ? `\\u${code.toString(16).padStart(4, "0")}` : character;
};

const escapeValue = (value: string): string => {
  const escaped = value.split("").map(escapeCharacter).join("");
  // Behind a lead like `key ` a value that begins with a separator would be taken for one.
  return /^[=:]/.test(escaped) ? `\\${escaped}` : escaped;
};

const escapeKey = (key: string): string =>
  key
    .split("")
    .map((character) => (/[ =:#!]/.test(character) ? `\\${character}` : escapeCharacter(character)))
    .join("");

/** A backslash at the very end means nothing while nothing follows; it must not swallow a line that is added. */
const withoutDanglingBackslash = (lines: readonly ZooCfgLine[]): readonly ZooCfgLine[] => {
  const last = lines.at(-1);
  if (last === undefined || isComment(last.raw)) return lines;
  const body = withoutLineEnd(last.raw);
  const mended = body.replace(/(?<!\\)((?:\\\\)*)\\$/, "$1");
  if (mended === body) return lines;
  // What comes to the end may dangle in its turn.
  return withoutDanglingBackslash(lines.with(-1, parseLine(`${mended}${last.raw.slice(body.length)}`)));
};

const withLineEnd = (lines: readonly ZooCfgLine[], lineEnd: string): readonly ZooCfgLine[] => {
  const last = lines.at(-1);
  if (last === undefined || /[\r\n]$/.test(last.raw)) return lines;
  return lines.with(-1, parseLine(`${last.raw}${lineEnd}`));
};
