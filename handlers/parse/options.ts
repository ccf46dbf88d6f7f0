// The options that upgrade and migrate share, in any order and as people type them. Pure.
import { didYouMean } from "../../src/model/did-you-mean.ts";
import type { PauseMethod } from "../../src/model/goal.ts";
import type { Gates } from "../../src/model/inventory.ts";
import type { Release } from "../../src/model/release.ts";
import { echo, noRelease, strictRelease, type Unknown, unknown } from "./words.ts";

export type Options = {
  readonly gates: Gates | null;
  readonly overrides: readonly string[];
  readonly dryRun: boolean;
  /** Null: writes are not paused. */
  readonly pause: PauseMethod | null;
  /** Given with a word before it (`release 3.9.6`, `on 3.9.6`) or alone; null where a command takes none. */
  readonly release: Release | null;
  /** Words that are no option, in order. */
  readonly rest: readonly string[];
};

export type OptionRules = {
  /** The command without options, for examples. */
  readonly base: string;
  /** True where a release may be among the options. */
  readonly release: boolean;
  /** True for a word that ends a list of rules although it is no option. */
  readonly endsList: (word: string) => boolean;
};

const GATES: readonly Gates[] = ["once", "leader", "each"];
const GATES_EXPLAINED =
  "It is `once` (one approval for the plan), `leader` (asks again before the leader's turn) or `each` (asks before every server's turn).";
const MOVE_GATES_EXPLAINED =
  "It is `once` (one approval for the plan), `leader` (asks again before the first old server is stopped) or `each` (asks before every server's turn too).";

const plainOption = (word: string): string => word.toLowerCase().replace(/^-+/, "");
const RELEASE_WORDS = ["release", "version"];
/** Mean a release only where one follows: `on 3.9.6`. */
const RELEASE_HINTS = ["at", "on", "with", "as", "using", "and", "running"];

const isOption = (word: string, withRelease: boolean): boolean =>
  ["gates", "gate", "override", "overrides", "dry-run", "dryrun", "dry", "pause", "paused"].includes(
    plainOption(word),
  ) ||
  (withRelease && RELEASE_WORDS.includes(plainOption(word)));

/** Everything that is read so far. */
type Read = { -readonly [K in keyof Options]: Options[K] };

export const readOptions = (given: readonly string[], rules: OptionRules): Options | Unknown => {
  // `gates=each` is read as `gates each`.
  const words = given.flatMap((word) => word.split("=")).filter((word) => word !== "");
  const read: Read = { gates: null, overrides: [], dryRun: false, pause: null, release: null, rest: [] };
  for (let i = 0; i < words.length; ) {
    const taken = takeOne(words.slice(i), read, rules);
    if (typeof taken !== "number") return taken;
    i += taken;
  }
  return read;
};

/** Reads what the words begin with; how many words that was, or what is wrong. */
const takeOne = (words: readonly string[], read: Read, rules: OptionRules): number | Unknown => {
  const [word = "", next] = words;
  const option = plainOption(word);
  if (option === "dry" && next?.toLowerCase() === "run") {
    read.dryRun = true;
    return 2;
  }
  if (option === "dry-run" || option === "dryrun") {
    read.dryRun = true;
    return 1;
  }
  if (option === "gates" || option === "gate") return takeGates(next, read, rules);
  if (option === "pause" || option === "paused") return takePause(words.slice(1), read, rules);
  if (option === "override" || option === "overrides") return takeOverrides(words.slice(1), read, rules);
  if (rules.release) {
    const taken = takeRelease(words, read, rules);
    if (taken !== 0) return taken;
  }
  read.rest = [...read.rest, word];
  return 1;
};

const takeGates = (next: string | undefined, read: Read, { base, release }: OptionRules): number | Unknown => {
  const value = next?.toLowerCase();
  const known = GATES.find((gate) => gate === value);
  if (read.gates !== null)
    return unknown("`gates` is there twice.", "Say it once.", `${base} gates ${known ?? read.gates}`);
  if (known === undefined) {
    const meant = value === undefined ? null : didYouMean(value, GATES);
    return unknown(
      value === undefined ? "`gates` needs a word after it." : `I know no gates ${echo(value)}.`,
      release ? MOVE_GATES_EXPLAINED : GATES_EXPLAINED,
      `${base} gates ${meant ?? "leader"}`,
    );
  }
  read.gates = known;
  return 2;
};

/** What people say for the methods elsewhere. */
const PAUSE_WORDS: Readonly<Record<string, PauseMethod>> = {
  acl: "acl",
  acls: "acl",
  port: "ports",
  ports: "ports",
  firewall: "ports",
  nft: "ports",
};

/** The method that a word names; null where it names none. */
export const pauseMethodOf = (word: string): PauseMethod | null => PAUSE_WORDS[plainOption(word)] ?? null;

/** `pause`, `pause acl`, `pause ports`, `pause writes by acl`; without a method it is `acl`, by which clients stay connected. */
const takePause = (
  after: readonly string[],
  read: Read,
  { base, release, endsList }: OptionRules,
): number | Unknown => {
  const fillers = after.findIndex((word) => !["writes", "by", "with"].includes(word.toLowerCase()));
  const taken = fillers === -1 ? after.length : fillers;
  const next = after[taken];
  const method = next === undefined ? undefined : (pauseMethodOf(next) ?? undefined);
  if (read.pause !== null)
    return unknown("`pause` is there twice.", "Say it once.", `${base} pause ${method ?? read.pause}`);
  const isNext = next === undefined || isOption(next, release) || endsList(next) || strictRelease(next) !== null;
  if (method === undefined && !isNext) {
    const meant = didYouMean(plainOption(next), ["acl", "ports"]);
    return unknown(
      `I can't pause writes by ${echo(next)}.`,
      "There is `acl`: every znode is read-only, clients stay connected and read on. And `ports`: the client ports are closed to everybody but zkshift, for a short pause.",
      `${base} pause ${meant ?? "acl"}`,
    );
  }
  read.pause = method ?? "acl";
  return 1 + taken + (method === undefined ? 0 : 1);
};

const takeOverrides = (words: readonly string[], read: Read, rules: OptionRules): number | Unknown => {
  const { base } = rules;
  if (read.overrides.length > 0)
    return unknown(
      "`override` is there twice.",
      "Give all rules in one list with commas.",
      `${base} override rule-a,rule-b`,
    );
  // "a, b" comes as two words, their comma taken away: a list goes on until a word that is something else.
  const end = words.findIndex((word) => isOption(word, rules.release) || rules.endsList(word));
  const list = end === -1 ? words : words.slice(0, end);
  const names = list.flatMap((word) => word.split(",")).map((name) => name.toLowerCase());
  const overrides = [...new Set(names.filter((name) => name !== ""))];
  const wrong = overrides.find((rule) => !/^[a-z0-9][a-z0-9._-]*$/.test(rule));
  if (overrides.length === 0)
    return unknown(
      "`override` needs the names of rules after it.",
      "The refusal that asks for an override names them; separate several by commas.",
      `${base} override rule-name`,
    );
  if (wrong !== undefined)
    return unknown(
      `${echo(wrong)} is no rule's name.`,
      "Names of rules are letters, digits and dashes.",
      `${base} override rule-name`,
    );
  read.overrides = overrides;
  return 1 + list.length;
};

/** Two numbers, or three with something behind them; four are an address. */
const looksLikeRelease = (word: string): boolean => /^v?\d+\.\d+(\.\d+[-+_a-z].*)?$/i.test(word);

/** 0 when the words do not begin with a release. */
const takeRelease = (words: readonly string[], read: Read, { base }: OptionRules): number | Unknown => {
  const [word = "", next] = words;
  const option = plainOption(word);
  const alone = strictRelease(word);
  const before = RELEASE_WORDS.includes(option) || RELEASE_HINTS.includes(option);
  const after = before && next !== undefined ? strictRelease(next) : null;
  const found = alone ?? after;
  if (found === null) {
    const number = looksLikeRelease(word) ? word : before && next !== undefined && looksLikeRelease(next) ? next : null;
    if (number !== null) return noRelease(number, `${base} release 3.9.6`);
    // `on release 3.9.6`: the next word is the one that counts.
    if (!RELEASE_WORDS.includes(option)) return 0;
    return next === undefined
      ? unknown(
          `${echo(word)} needs a release after it.`,
          "A ZooKeeper release is three numbers with dots between them; without one the servers keep theirs.",
          `${base} release 3.9.6`,
        )
      : noRelease(next, `${base} release 3.9.6`);
  }
  if (read.release !== null && read.release !== found)
    return unknown(
      `There are two releases, ${echo(read.release)} and ${echo(found)}.`,
      "All servers get one.",
      `${base} release ${found}`,
    );
  read.release = found;
  return alone === null ? 2 : 1;
};

/** The option that a word that is none of them was probably to be. */
export const optionMeant = (word: string, withRelease: boolean): string | null =>
  didYouMean(plainOption(word), ["gates", "override", "dry-run", "pause", ...(withRelease ? ["release"] : [])]);

/** What stands after an option in an example. */
export const OPTION_EXAMPLES: Readonly<Record<string, string>> = {
  gates: "gates leader",
  override: "override rule-name",
  "dry-run": "dry-run",
  pause: "pause acl",
  release: "release 3.9.6",
};
