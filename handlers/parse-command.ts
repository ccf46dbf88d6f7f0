// What was typed after `/zk` → a command, or one clear sentence about what is wrong with it. Pure: knows only the names it is given.
import { didYouMean } from "../src/model/did-you-mean.ts";
import { commandFor, type Goal } from "../src/model/goal.ts";
import { type EnsembleName, type RunId, runId } from "../src/model/ids.ts";
import { parseBackup } from "./parse/backup.ts";
import { type ConfigureCommand, parseConfigure } from "./parse/configure.ts";
import type { Known } from "./parse/known.ts";
import { type MigrateCommand, parseMigrate } from "./parse/migrate.ts";
import { type PauseCommand, parsePauseWrites, parseResumeWrites, type ResumeCommand } from "./parse/pause-writes.ts";
import { parseRestore, RESTORE_EXAMPLE, type RestoreCommand } from "./parse/restore.ts";
import { parseUpgrade, type UpgradeCommand } from "./parse/upgrade.ts";
import {
  anEnsemble,
  echo,
  findEnsemble,
  listed,
  migrateExample,
  noSuchEnsemble,
  strictRelease,
  tooMuch,
  type Unknown,
  unknown,
  wordsOf,
} from "./parse/words.ts";

export const HELP_TOPICS = [
  "upgrade",
  "migrate",
  "configure",
  "backup",
  "restore",
  "pause-writes",
  "status",
  "drift",
  "ensembles",
  "runs",
  "run",
  "audit",
  "approvals",
] as const;
export type HelpTopic = (typeof HELP_TOPICS)[number];
type AuditAction = "show" | "export" | "verify";

export type Command =
  /** Nothing typed: the form opens. */
  | { readonly kind: "wizard" }
  | { readonly kind: "help"; readonly topic: HelpTopic | null }
  | { readonly kind: "ensembles" }
  | { readonly kind: "status"; readonly ensemble: EnsembleName | null }
  | { readonly kind: "drift"; readonly ensemble: EnsembleName }
  | UpgradeCommand
  | MigrateCommand
  | ConfigureCommand
  | RestoreCommand
  | PauseCommand
  | ResumeCommand
  | { readonly kind: "backup" | "backups"; readonly ensemble: EnsembleName }
  | { readonly kind: "runs"; readonly ensemble: EnsembleName | null }
  | { readonly kind: "run"; readonly run: RunId }
  | { readonly kind: "audit"; readonly run: RunId; readonly action: AuditAction };

const WORDS = [
  "help",
  "ensembles",
  "status",
  "drift",
  "upgrade",
  "migrate",
  "configure",
  "backup",
  "backups",
  "restore",
  "pause-writes",
  "resume-writes",
  "runs",
  "run",
  "audit",
] as const;
type Word = (typeof WORDS)[number];
/** What people say for it elsewhere. */
const OTHER_WORDS: Readonly<Record<string, Word>> = {
  move: "migrate",
  relocate: "migrate",
  replace: "migrate",
  update: "upgrade",
  downgrade: "upgrade",
  config: "configure",
  settings: "configure",
  apply: "configure",
  reconfigure: "configure",
  restart: "configure",
  diff: "drift",
  compare: "drift",
  snapshot: "backup",
  dump: "backup",
  save: "backup",
  recover: "restore",
  rewind: "restore",
  revert: "restore",
  pause: "pause-writes",
  freeze: "pause-writes",
  block: "pause-writes",
  resume: "resume-writes",
  unfreeze: "resume-writes",
  unpause: "resume-writes",
};
/** Slack allows far more; a longer text is no command and is not worth taking apart. */
const LONGEST_TEXT = 2000;

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

const parseDrift = (rest: readonly string[], known: Known): Command | Unknown => {
  const [name, ...extra] = rest;
  const example = (ensemble: string) => `/zk drift ${ensemble}`;
  if (name === undefined)
    return unknown("Which ensemble?", `I know ${listed(known.ensembles)}.`, example(anEnsemble(known)));
  const ensemble = findEnsemble(name, known);
  if (ensemble === null) return noSuchEnsemble(name, known, example);
  if (extra.length > 0) return tooMuch(extra, "`/zk drift` takes one ensemble.", example(ensemble));
  return { kind: "drift", ensemble };
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
  const meant = didYouMean(word, WORDS) ?? OTHER_WORDS[word.toLowerCase()] ?? null;
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
    migrate: [`/zk migrate ${here ?? "<ensemble>"} to <host,…>`, migrateExample(ensemble, known)],
    configure: [`/zk configure ${here ?? "<ensemble>"}`, `/zk configure ${ensemble}`],
    backup: [`/zk backup ${here ?? "<ensemble>"}`, `/zk backup ${ensemble}`],
    restore: [`/zk restore ${here ?? "<ensemble>"} from <backup>`, `/zk restore ${ensemble} from ${RESTORE_EXAMPLE}`],
    "pause-writes": [
      `/zk pause-writes ${here ?? "<ensemble>"} [acl|ports] [for <length>]`,
      `/zk pause-writes ${ensemble} for 10m`,
    ],
    "resume-writes": [`/zk resume-writes ${here ?? "<ensemble>"}`, `/zk resume-writes ${ensemble}`],
    backups: [`/zk backups ${here ?? "<ensemble>"}`, `/zk backups ${ensemble}`],
    status: [`/zk status ${here ?? "[ensemble]"}`, `/zk status ${ensemble}`],
    drift: [`/zk drift ${here ?? "<ensemble>"}`, `/zk drift ${ensemble}`],
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
    case "drift":
      return parseDrift(rest, known);
    case "upgrade":
      return parseUpgrade(rest, known);
    case "migrate":
      return parseMigrate(rest, known);
    case "configure":
      return parseConfigure(rest, known);
    case "restore":
      return parseRestore(rest, known);
    case "pause-writes":
      return parsePauseWrites(rest, known);
    case "resume-writes":
      return parseResumeWrites(rest, known);
    case "backup":
    case "backups":
      return parseBackup(word, rest, known);
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
    case "drift":
    case "runs":
    case "backup":
    case "backups":
    case "resume-writes":
      return words(command.kind, command.ensemble);
    case "run":
      return words("run", command.run);
    case "audit":
      return words("audit", command.run, command.action === "show" ? null : command.action);
    case "upgrade":
    case "migrate":
    case "configure":
    case "restore":
    case "pause-writes":
      return words(commandFor(goalOf(command)).replace(/^\/zk /, ""), command.dryRun ? "dry-run" : null);
  }
};

/** What a command asks for, apart from whether only the plan is wanted. */
export const goalOf = (
  command: UpgradeCommand | MigrateCommand | ConfigureCommand | RestoreCommand | PauseCommand,
): Goal => {
  const { dryRun: _, ...goal } = command;
  return goal;
};
