// A person's words after `/zk`, cleaned of what chat adds to them, and the sentences for words that are not understood. Pure.
import { didYouMean } from "../../src/model/did-you-mean.ts";
import { type EnsembleName, ensembleName } from "../../src/model/ids.ts";
import { parseRelease, type Release } from "../../src/model/release.ts";
import { exampleHosts, type Known } from "./known.ts";

/** What cannot be done as typed. `what` and `next` are sentences in Slack's mrkdwn, `example` a command that would work. */
export type Unknown = {
  readonly kind: "unknown";
  readonly what: string;
  readonly next: string;
  readonly example: string;
};

export const unknown = (what: string, next: string, example: string): Unknown => ({
  kind: "unknown",
  what,
  next,
  example,
});

/** Longest piece of a person's text that we say back. */
const LONGEST_ECHO = 60;

/** A person's word as code: without what would end the code or become a mention. */
export const echo = (word: string): string => {
  const safe = word
    .replace(/[`\p{Cc}\p{Cf}\u2028\u2029]/gu, "")
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;");
  const cut = [...safe];
  return `\`${cut.length > LONGEST_ECHO ? `${cut.slice(0, LONGEST_ECHO).join("")}…` : safe || " "}\``;
};

/** Slack writes `<@U1|name>`, `<#C1|name>`, `<http://x|x>` and three entities; a person meant the words. */
const unescapeSlack = (text: string): string =>
  text
    .replace(/<[@#!]?[^<>|\s]*\|([^<>]*)>/g, "$1")
    .replace(/<[@#!]?([^<>|\s]*)>/g, "$1")
    .replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">")
    .replaceAll("&amp;", "&");

const QUOTES = /^["'`*“”„‟‘’‚«»]+|["'`*“”„‟‘’‚«»]+$/gu;

/** `“orders”` → `orders`, `3.9.6.` → `3.9.6`, `—dry-run` → `--dry-run`. */
export const cleanWord = (word: string): string =>
  word
    .replace(QUOTES, "")
    .replace(/[.,;:!?…]+$/u, "")
    .replace(QUOTES, "")
    .replace(/^[‐-―]+/u, "--");

export const wordsOf = (text: string): readonly string[] => {
  const words = unescapeSlack(text)
    .replace(/[\u200b-\u200f\ufeff]/g, "")
    .split(/\s+/u)
    .map(cleanWord)
    .filter((word) => word !== "" && word !== "-");
  return words[0]?.toLowerCase() === "/zk" ? words.slice(1) : words;
};

export const listed = (names: readonly string[], most = 10): string => {
  const shown = names.slice(0, most).map(echo).join(", ");
  return names.length > most ? `${shown} and ${names.length - most} more` : shown;
};

export const tooMuch = (extra: readonly string[], takes: string, example: string): Unknown =>
  unknown(`I don't know what to do with ${echo(extra.join(" "))}.`, takes, example);

/** Only `3.9.6` or `v3.9.6`: a typing person's suffix would be a mistake, not a distribution's. */
export const strictRelease = (word: string): Release | null =>
  /^v?\d+\.\d+\.\d+$/i.test(word) ? parseRelease(word.toLowerCase()) : null;

export const noRelease = (word: string, example: string): Unknown =>
  unknown(
    `${echo(word)} is no release I can read.`,
    "A ZooKeeper release is three numbers with dots between them.",
    example,
  );

/** A name to show in an example: one that exists where there is one. */
export const anEnsemble = (known: Known): string => known.ensembles[0] ?? "orders";

/** The one name that differs in capitals at most; null when there is none, or several. */
export const sameName = (word: string, names: readonly string[]): string | null => {
  if (names.includes(word)) return word;
  const same = names.filter((name) => name.toLowerCase() === word.toLowerCase());
  return same.length === 1 ? (same[0] ?? null) : null;
};

export const findEnsemble = (word: string, known: Known): EnsembleName | null => {
  const name = sameName(word, known.ensembles);
  return name === null ? null : ensembleName(name);
};

export const noSuchEnsemble = (word: string, known: Known, example: (ensemble: string) => string): Unknown => {
  const meant = didYouMean(word, known.ensembles);
  const what = `I know no ensemble ${echo(word)}.`;
  if (meant !== null) return unknown(what, `Did you mean *${meant}*?`, example(meant));
  if (known.ensembles.length === 0)
    return unknown(what, "The inventory has no ensembles yet: add one to `ensembles.yaml`.", "/zk help");
  return unknown(what, `I know ${listed(known.ensembles)}.`, example(anEnsemble(known)));
};

/** `/zk migrate orders to zk4,zk5,zk6` with hosts that are free; the help on it where none is. */
export const migrateExample = (ensemble: string, known: Known): string => {
  const hosts = exampleHosts(known, ensemble);
  return hosts.length === 0 ? "/zk help migrate" : `/zk migrate ${ensemble} to ${hosts.join(",")}`;
};
