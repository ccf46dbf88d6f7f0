// What was typed after `/zk` → a command, or one clear sentence about what is wrong with it. Pure: knows only the names it is given.

import { didYouMean } from "../src/model/did-you-mean.ts";
import { type EnsembleName, ensembleName, type RunId, runId } from "../src/model/ids.ts";
import type { Gates } from "../src/model/inventory.ts";
import { parseRelease, type Release } from "../src/model/release.ts";

export const HELP_TOPICS = ["upgrade", "status", "ensembles", "runs", "run", "audit", "approvals"] as const;
export type HelpTopic = (typeof HELP_TOPICS)[number];
type AuditAction = "show" | "export" | "verify";

export type Command =
  /** Nothing typed: the form opens. */
  | { readonly kind: "wizard" }
  | { readonly kind: "help"; readonly topic: HelpTopic | null }
  | { readonly kind: "ensembles" }
  | { readonly kind: "status"; readonly ensemble: EnsembleName | null }
  | {
      readonly kind: "upgrade";
      readonly ensemble: EnsembleName;
      readonly release: Release;
      readonly gates: Gates | null;
      readonly overrides: readonly string[];
      readonly dryRun: boolean;
    }
  | { readonly kind: "runs"; readonly ensemble: EnsembleName | null }
  | { readonly kind: "run"; readonly run: RunId }
  | { readonly kind: "audit"; readonly run: RunId; readonly action: AuditAction };

/** What cannot be done as typed. `what` and `next` are sentences in Slack's mrkdwn, `example` a command that would work. */
export type Unknown = {
  readonly kind: "unknown";
  readonly what: string;
  readonly next: string;
  readonly example: string;
};

/** The names a person may have meant. */
export type Known = { readonly ensembles: readonly string[] };

const WORDS = ["help", "ensembles", "status", "upgrade", "runs", "run", "audit"] as const;
type Word = (typeof WORDS)[number];
const GATES: readonly Gates[] = ["once", "leader", "each"];
/** Slack allows far more; a longer text is no command and is not worth taking apart. */
const LONGEST_TEXT = 2000;
/** Longest piece of a person's text that we say back. */
const LONGEST_ECHO = 60;

/** A person's word as code: without what would end the code or become a mention. */
const echo = (word: string): string => {
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
const cleanWord = (word: string): string =>
  word
    .replace(QUOTES, "")
    .replace(/[.,;:!?…]+$/u, "")
    .replace(QUOTES, "")
    .replace(/^[‐-―]+/u, "--");

const wordsOf = (text: string): readonly string[] => {
  const words = unescapeSlack(text)
    .replace(/[\u200b-\u200f\ufeff]/g, "")
    .split(/\s+/u)
    .map(cleanWord)
    .filter((word) => word !== "" && word !== "-");
  return words[0]?.toLowerCase() === "/zk" ? words.slice(1) : words;
};

const unknown = (what: string, next: string, example: string): Unknown => ({ kind: "unknown", what, next, example });

/** A name to show in an example: one that exists where there is one. */
const anEnsemble = (known: Known): string => known.ensembles[0] ?? "orders";

const listed = (names: readonly string[]): string => {
  const shown = names.slice(0, 10).map(echo).join(", ");
  return names.length > 10 ? `${shown} and ${names.length - 10} more` : shown;
};

const findEnsemble = (word: string, known: Known): EnsembleName | null => {
  if (known.ensembles.includes(word)) return ensembleName(word);
  const same = known.ensembles.filter((name) => name.toLowerCase() === word.toLowerCase());
  return same.length === 1 && same[0] !== undefined ? ensembleName(same[0]) : null;
};

const noSuchEnsemble = (word: string, known: Known, example: (ensemble: string) => string): Unknown => {
  const meant = didYouMean(word, known.ensembles);
  const what = `I know no ensemble ${echo(word)}.`;
  if (meant !== null) return unknown(what, `Did you mean *${meant}*?`, example(meant));
  if (known.ensembles.length === 0)
    return unknown(what, "The inventory has no ensembles yet: add one to `ensembles.yaml`.", "/zk help");
  return unknown(what, `I know ${listed(known.ensembles)}.`, example(anEnsemble(known)));
};

const tooMuch = (extra: readonly string[], takes: string, example: string): Unknown =>
  unknown(`I don't know what to do with ${echo(extra.join(" "))}.`, takes, example);

/** A run nobody knows, with the nearest one that exists. `runs`: ids to choose from. */
export const noSuchRun = (word: string, runs: readonly string[], form: "run" | "audit"): Unknown => {
  const meant = didYouMean(word, runs);
  const what = `I know no run ${echo(word)}.`;
  const some = runs[0];
  if (meant !== null) return unknown(what, `Did you mean *${meant}*?`, `/zk ${form} ${meant}`);
  if (some !== undefined)
    return unknown(
      what,
      `The newest runs are ${listed(runs.slice(0, 3))}; all of them: \`/zk runs\`.`,
      `/zk ${form} ${some}`,
    );
  return unknown(what, "There has been no run yet.", "/zk runs");
};

const optionalEnsemble = (
  word: "status" | "runs",
  rest: readonly string[],
  known: Known,
): { readonly ensemble: EnsembleName | null } | Unknown => {
  const [name, ...extra] = rest;
  if (name === undefined) return { ensemble: null };
  const example = (ensemble: string) => `/zk ${word} ${ensemble}`;
  const ensemble = findEnsemble(name, known);
  if (ensemble === null) return noSuchEnsemble(name, known, example);
  if (extra.length > 0)
    return tooMuch(extra, `\`/zk ${word}\` takes one ensemble, or none for all.`, example(ensemble));
  return { ensemble };
};

const RUN_ID = /^[A-Za-z0-9][A-Za-z0-9._-]*-[A-Za-z0-9]{5}$/;

const aRun = (form: "run" | "audit", word: string | undefined, known: Known): RunId | Unknown => {
  const example = `/zk ${form} ${anEnsemble(known)}-7k2mx`;
  if (word === undefined)
    return unknown(
      "Which run?",
      "Name it by its id, as `/zk runs` lists them and each run's message shows it.",
      example,
    );
  if (!RUN_ID.test(word))
    return unknown(
      `${echo(word)} is no run id.`,
      "A run id is the ensemble's name, a dash and five letters or digits; `/zk runs` lists them.",
      example,
    );
  return runId(word);
};

const parseUpgrade = (rest: readonly string[], known: Known): Command | Unknown => {
  const form = "Write the ensemble, then the release as three numbers";
  const [name, ...afterName] = rest;
  if (name === undefined)
    return unknown("Upgrade which ensemble?", `${form}.`, `/zk upgrade ${anEnsemble(known)} 3.9.6`);
  const ensemble = findEnsemble(name, known);
  if (ensemble === null) {
    const firstRelease = rest.map((word) => strictRelease(word)).find((found) => found !== null) ?? "3.9.6";
    return noSuchEnsemble(name, known, (meant) => `/zk upgrade ${meant} ${firstRelease}`);
  }
  const words = afterName[0]?.toLowerCase() === "to" ? afterName.slice(1) : afterName;
  const [releaseWord, ...options] = words;
  const example = `/zk upgrade ${ensemble} 3.9.6`;
  if (releaseWord === undefined) return unknown(`Upgrade *${ensemble}* to which release?`, `${form}.`, example);
  const release = strictRelease(releaseWord);
  if (release === null)
    return unknown(
      `${echo(releaseWord)} is no release I can read.`,
      "A ZooKeeper release is three numbers with dots between them.",
      example,
    );
  return parseUpgradeOptions(ensemble, release, options);
};

/** Only `3.9.6` or `v3.9.6`: a typing person's suffix would be a mistake, not a distribution's. */
const strictRelease = (word: string): Release | null =>
  /^v?\d+\.\d+\.\d+$/i.test(word) ? parseRelease(word.toLowerCase()) : null;

const parseUpgradeOptions = (
  ensemble: EnsembleName,
  release: Release,
  options: readonly string[],
): Command | Unknown => {
  const base = `/zk upgrade ${ensemble} ${release}`;
  let gates: Gates | null = null;
  let overrides: readonly string[] = [];
  let dryRun = false;
  // `gates=each` is read as `gates each`.
  const words = options.flatMap((word) => word.split("=")).filter((word) => word !== "");
  for (let i = 0; i < words.length; i++) {
    const word = words[i] ?? "";
    const option = word.toLowerCase().replace(/^-+/, "");
    if (option === "dry" && words[i + 1]?.toLowerCase() === "run") {
      i += 1;
      dryRun = true;
    } else if (option === "dry-run" || option === "dryrun") {
      dryRun = true;
    } else if (option === "gates" || option === "gate") {
      const value = words[++i]?.toLowerCase();
      const known = GATES.find((gate) => gate === value);
      if (gates !== null) return unknown("`gates` is there twice.", "Say it once.", `${base} gates ${known ?? gates}`);
      if (known === undefined) {
        const meant = value === undefined ? null : didYouMean(value, GATES);
        return unknown(
          value === undefined ? "`gates` needs a word after it." : `I know no gates ${echo(value)}.`,
          "It is `once` (one approval for the plan), `leader` (asks again before the leader's turn) or `each` (asks before every server's turn).",
          `${base} gates ${meant ?? "leader"}`,
        );
      }
      gates = known;
    } else if (option === "override" || option === "overrides") {
      if (overrides.length > 0)
        return unknown(
          "`override` is there twice.",
          "Give all rules in one list with commas.",
          `${base} override rule-a,rule-b`,
        );
      const parts: string[] = [];
      // "a, b" comes as two words; cleanWord took the comma away, so a list goes on until a word that is an option.
      while (words[i + 1] !== undefined && !isOption(words[i + 1] ?? "")) parts.push(...(words[++i] ?? "").split(","));
      overrides = [...new Set(parts.map((part) => part.toLowerCase()).filter((part) => part !== ""))];
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
    } else {
      const meant = didYouMean(option, ["gates", "override", "dry-run"]);
      const example = {
        gates: `${base} gates leader`,
        override: `${base} override rule-name`,
        "dry-run": `${base} dry-run`,
      };
      return unknown(
        `I don't know ${echo(word)} after the release.`,
        meant === null
          ? "There may be `gates once|leader|each`, `override &lt;rule,…&gt;` and `dry-run`."
          : `Did you mean \`${meant}\`?`,
        meant === "gates" || meant === "override" || meant === "dry-run" ? example[meant] : base,
      );
    }
  }
  return { kind: "upgrade", ensemble, release, gates, overrides, dryRun };
};

const isOption = (word: string): boolean =>
  ["gates", "gate", "override", "overrides", "dry-run", "dryrun", "dry"].includes(
    word.toLowerCase().replace(/^-+/, ""),
  );

const parseHelp = (rest: readonly string[]): Command | Unknown => {
  const [word, ...extra] = rest;
  if (word === undefined) return { kind: "help", topic: null };
  const topic = HELP_TOPICS.find((name) => name === word.toLowerCase());
  if (topic !== undefined && extra.length === 0) return { kind: "help", topic };
  if (topic !== undefined) return tooMuch(extra, "`/zk help` takes one topic.", `/zk help ${topic}`);
  const meant = didYouMean(word, HELP_TOPICS);
  return unknown(
    `I have no help on ${echo(word)}.`,
    meant === null ? `There is help on ${listed(HELP_TOPICS)}.` : `Did you mean \`${meant}\`?`,
    meant === null ? "/zk help" : `/zk help ${meant}`,
  );
};

const parseAudit = (rest: readonly string[], known: Known): Command | Unknown => {
  const [id, actionWord, ...extra] = rest;
  const run = aRun("audit", id, known);
  if (typeof run !== "string") return run;
  if (actionWord === undefined) return { kind: "audit", run, action: "show" };
  const wanted = actionWord.toLowerCase();
  const action = wanted === "export" || wanted === "verify" || wanted === "show" ? wanted : null;
  if (action === null) {
    const meant = didYouMean(wanted, ["export", "verify"]);
    return unknown(
      `I can't ${echo(actionWord)} an audit.`,
      "It can be shown (no word after the id), `export`ed as files, or `verify`'d against the thread.",
      `/zk audit ${run} ${meant ?? "verify"}`,
    );
  }
  if (extra.length > 0)
    return tooMuch(extra, "`/zk audit` takes a run id and then `export` or `verify`.", `/zk audit ${run} ${action}`);
  return { kind: "audit", run, action };
};

const unknownWord = (word: string, rest: readonly string[], known: Known): Unknown => {
  const what = `I don't know ${echo(word)}.`;
  const meant = didYouMean(word, WORDS);
  const here =
    rest.map((name) => findEnsemble(name, known)).find((found) => found !== null) ?? findEnsemble(word, known);
  const release = rest.map(strictRelease).find((found) => found !== null);
  const ensemble = here ?? anEnsemble(known);
  if (meant === null) {
    if (here !== undefined && here !== null)
      return unknown(
        what.replace("know", "know a command"),
        `*${here}* is an ensemble; say what to do with it.`,
        `/zk status ${here}`,
      );
    return unknown(what, `I know ${listed(WORDS)}.`, "/zk help");
  }
  const forms: Readonly<Record<string, readonly [string, string]>> = {
    upgrade: [
      `/zk upgrade ${here ?? "<ensemble>"} ${release ?? "<release>"}`,
      `/zk upgrade ${ensemble} ${release ?? "3.9.6"}`,
    ],
    status: [`/zk status ${here ?? "[ensemble]"}`, `/zk status ${ensemble}`],
    runs: [`/zk runs ${here ?? "[ensemble]"}`, "/zk runs"],
    run: ["/zk run <id>", `/zk run ${ensemble}-7k2mx`],
    audit: ["/zk audit <id>", `/zk audit ${ensemble}-7k2mx`],
  };
  const [form, example] = forms[meant] ?? [`/zk ${meant}`, `/zk ${meant}`];
  return unknown(what, `Did you mean \`${form.replaceAll("<", "&lt;").replaceAll(">", "&gt;")}\`?`, example);
};

/** Reads what follows `/zk`. Never throws, whatever the text. */
export const parseCommand = (text: string, known: Known): Command | Unknown => {
  if (text.length > LONGEST_TEXT)
    return unknown(
      `That is ${text.length} characters, and no command of mine is that long.`,
      `I know ${listed(WORDS)}.`,
      "/zk help",
    );
  const [first, ...rest] = wordsOf(text);
  if (first === undefined) return { kind: "wizard" };
  const word = WORDS.find((name): name is Word => name === first.toLowerCase());
  switch (word) {
    case undefined:
      return unknownWord(first, rest, known);
    case "help":
      return parseHelp(rest);
    case "ensembles":
      return rest.length > 0
        ? tooMuch(rest, "`/zk ensembles` takes nothing after it.", "/zk ensembles")
        : { kind: "ensembles" };
    case "status":
    case "runs": {
      const found = optionalEnsemble(word, rest, known);
      return "kind" in found ? found : { kind: word, ensemble: found.ensemble };
    }
    case "upgrade":
      return parseUpgrade(rest, known);
    case "run": {
      const run = aRun("run", rest[0], known);
      if (typeof run !== "string") return run;
      return rest.length > 1
        ? tooMuch(rest.slice(1), "`/zk run` takes one run id.", `/zk run ${run}`)
        : { kind: "run", run };
    }
    case "audit":
      return parseAudit(rest, known);
  }
};

/** The command as a person would type it, without `/zk`; {@link parseCommand} reads it back to the same. */
export const formatCommand = (command: Command): string => {
  const words = (...parts: readonly (string | null)[]) => parts.filter((part) => part !== null).join(" ");
  switch (command.kind) {
    case "wizard":
      return "";
    case "help":
      return words("help", command.topic);
    case "ensembles":
      return "ensembles";
    case "status":
    case "runs":
      return words(command.kind, command.ensemble);
    case "run":
      return words("run", command.run);
    case "audit":
      return words("audit", command.run, command.action === "show" ? null : command.action);
    case "upgrade":
      return words(
        "upgrade",
        command.ensemble,
        command.release,
        command.gates === null ? null : `gates ${command.gates}`,
        command.overrides.length === 0 ? null : `override ${command.overrides.join(",")}`,
        command.dryRun ? "dry-run" : null,
      );
  }
};
