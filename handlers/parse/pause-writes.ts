// `pause-writes <ensemble> [acl|ports] [for <length>] [options]` and `resume-writes <ensemble>`. Pure.
import { durationText, parseDuration } from "../../src/model/duration.ts";
import { PAUSE_METHODS, type PauseGoal, type PauseMethod } from "../../src/model/goal.ts";
import type { EnsembleName } from "../../src/model/ids.ts";
import type { Known } from "./known.ts";
import { pauseMethodOf, readOptions } from "./options.ts";
import { anEnsemble, echo, findEnsemble, listed, noSuchEnsemble, tooMuch, type Unknown, unknown } from "./words.ts";

export type PauseCommand = PauseGoal & { readonly dryRun: boolean };
export type ResumeCommand = { readonly kind: "resume-writes"; readonly ensemble: EnsembleName };

/** What is meant where no length is given. A session outlives closed ports for its time-out only: 40 s at the most, as servers come. */
const USUAL_MS: Readonly<Record<PauseMethod, number>> = { acl: 15 * 60_000, ports: 30_000 };
const SHORTEST_MS = 5_000;
const LONGEST_MS = 24 * 3_600_000;

/** `10 minutes`, `90 sec`, `1 h 30 m`, `10m`: words that say one length, at the beginning. Null where they do not. */
const takeLength = (words: readonly string[]): { readonly ms: number; readonly taken: number } | null => {
  let ms = 0;
  let taken = 0;
  for (let at = 0; at < words.length; ) {
    const [here = "", next = ""] = [words[at]?.toLowerCase(), words[at + 1]?.toLowerCase()];
    const one = lengthOf(here);
    const two = one === null && /^\d+$/.test(here) ? lengthOf(`${here}${next}`) : null;
    if (one === null && two === null) break;
    ms += one ?? two ?? 0;
    at += one === null ? 2 : 1;
    taken = at;
  }
  return taken === 0 ? null : { ms, taken };
};

const lengthOf = (word: string): number | null =>
  /^\d/.test(word)
    ? parseDuration(
        word
          .replace(/hours?|hrs?/g, "h")
          .replace(/minutes?|mins?/g, "m")
          .replace(/seconds?|secs?/g, "s"),
      )
    : null;

export const parsePauseWrites = (words: readonly string[], known: Known): PauseCommand | Unknown => {
  const example = (ensemble: string) => `/zk pause-writes ${ensemble} for 10m`;
  const [name, ...afterName] = words[0]?.toLowerCase() === "of" ? words.slice(1) : words;
  if (name === undefined)
    return unknown(
      "Pause the writes of which ensemble?",
      `I know ${listed(known.ensembles)}.`,
      example(anEnsemble(known)),
    );
  const ensemble = findEnsemble(name, known);
  if (ensemble === null) return noSuchEnsemble(name, known, example);

  let pause: PauseMethod | null = null;
  let forMs: number | null = null;
  const others: string[] = [];
  for (let at = 0; at < afterName.length; at++) {
    const word = afterName[at] ?? "";
    const method = pauseMethodOf(word);
    if (method !== null && pause === null) {
      pause = method;
    } else if (word.toLowerCase() === "for") {
      const length = takeLength(afterName.slice(at + 1));
      if (length === null)
        return unknown(
          `I can't read ${echo(afterName.slice(at + 1).join(" ") || "nothing")} as a length of time.`,
          "Write for example `for 30s`, `for 10m`, `for 2h`.",
          example(ensemble),
        );
      forMs = length.ms;
      at += length.taken;
    } else if (!["by", "with"].includes(word.toLowerCase())) others.push(word);
  }
  const base = `/zk pause-writes ${ensemble}`;
  const read = readOptions(others, { base, release: false, endsList: () => false });
  if ("kind" in read) return read;
  const [odd] = read.rest;
  if (odd !== undefined)
    return unknown(
      `I don't know ${echo(odd)} after the ensemble.`,
      `There may be ${listed(PAUSE_METHODS)}, \`for &lt;length&gt;\`, \`override &lt;rule,…&gt;\` and \`dry-run\`.`,
      example(ensemble),
    );
  if (read.gates !== null || read.pause !== null)
    return unknown("A pause of its own is approved once.", "It needs neither `gates` nor `pause`.", example(ensemble));
  const method = pause ?? "acl";
  const ms = forMs ?? USUAL_MS[method];
  if (ms < SHORTEST_MS || ms > LONGEST_MS || ms % 1000 !== 0)
    return unknown(
      `I can't pause writes for ${durationText(ms)}.`,
      `At least ${durationText(SHORTEST_MS)}, at most ${durationText(LONGEST_MS)}, whole seconds.`,
      example(ensemble),
    );
  const { overrides, dryRun } = read;
  return { kind: "pause-writes", ensemble, release: null, pause: method, forMs: ms, gates: null, overrides, dryRun };
};

export const parseResumeWrites = (words: readonly string[], known: Known): ResumeCommand | Unknown => {
  const [name, ...extra] = words[0]?.toLowerCase() === "of" ? words.slice(1) : words;
  const example = (ensemble: string) => `/zk resume-writes ${ensemble}`;
  if (name === undefined)
    return unknown(
      "Resume the writes of which ensemble?",
      `I know ${listed(known.ensembles)}.`,
      example(anEnsemble(known)),
    );
  const ensemble = findEnsemble(name, known);
  if (ensemble === null) return noSuchEnsemble(name, known, example);
  return extra.length > 0
    ? tooMuch(extra, "`/zk resume-writes` takes one ensemble.", example(ensemble))
    : { kind: "resume-writes", ensemble };
};
