// `restore <ensemble> from <backup> [options]`. Pure: which backups there are is the worker's to know.
import type { RestoreGoal } from "../../src/model/goal.ts";
import { type EnsembleName, ensembleName } from "../../src/model/ids.ts";
import type { Known } from "./known.ts";
import { readOptions } from "./options.ts";
import { anEnsemble, echo, findEnsemble, noSuchEnsemble, type Unknown, unknown } from "./words.ts";

export type RestoreCommand = RestoreGoal & { readonly dryRun: boolean };

export const RESTORE_EXAMPLE = "20261126T201407Z";
/** As src/backups/vault.ts names them. */
const BACKUP = /^\d{8}T\d{6}Z(-\d+)?$/;

export const parseRestore = (words: readonly string[], known: Known): RestoreCommand | Unknown => {
  const [name, ...afterName] = words;
  const example = (ensemble: string) => `/zk restore ${ensemble} from ${RESTORE_EXAMPLE}`;
  if (name === undefined) {
    return unknown(
      "Restore which ensemble?",
      "Write the ensemble, `from`, and the name of a backup.",
      example(anEnsemble(known)),
    );
  }
  const ensemble = findEnsemble(name, known);
  if (ensemble === null) return noSuchEnsemble(name, known, example);
  const rest = afterName[0]?.toLowerCase() === "from" ? afterName.slice(1) : afterName;
  const [word, ...options] = rest;
  if (word === undefined) {
    return unknown(
      `Restore *${ensemble}* from which backup?`,
      `\`/zk backups ${ensemble}\` lists what there is; the form that \`/zk\` opens lets you choose, under Restore.`,
      example(ensemble),
    );
  }
  const read = backupIn(word, ensemble, known);
  if ("kind" in read) return read;
  const base = `/zk restore ${ensemble} from ${word}`;
  const found = readOptions(options, { base, release: false, endsList: () => false });
  if ("kind" in found) return found;
  const [odd] = found.rest;
  if (odd !== undefined) {
    return unknown(
      `I don't know ${echo(odd)} after the backup.`,
      "There may be `override &lt;rule,…&gt;` and `dry-run`.",
      base,
    );
  }
  if (found.pause !== null) {
    return unknown("Writes cannot be paused for a restore.", "All servers are stopped for it anyway.", base);
  }
  if (found.gates !== null) {
    return unknown(
      "A restore has gates of its own.",
      "It asks for the plan, and again before it stops the servers.",
      base,
    );
  }
  const { overrides, dryRun } = found;
  return { kind: "restore", ensemble, ...read, release: null, gates: null, overrides, dryRun };
};

/** `20261126T201407Z`, or `orders/20261126T201407Z`; capitals do not matter. */
const backupIn = (
  word: string,
  ensemble: EnsembleName,
  known: Known,
): { readonly of: EnsembleName; readonly backup: string } | Unknown => {
  const parts = word.split("/");
  const backup = (parts.at(-1) ?? "").toUpperCase();
  const whose = parts.length === 2 ? (parts[0] ?? "") : "";
  if (parts.length > 2 || !BACKUP.test(backup) || (parts.length === 2 && !/^[A-Za-z0-9][\w.-]*$/.test(whose))) {
    return unknown(
      `${echo(word)} is no name of a backup.`,
      `It is the time it was taken; \`/zk backups ${ensemble}\` lists them. One of another ensemble has that one's name before it, as in \`&lt;ensemble&gt;/${RESTORE_EXAMPLE}\`.`,
      `/zk restore ${ensemble} from ${RESTORE_EXAMPLE}`,
    );
  }
  // An ensemble that is gone may still have backups.
  return { of: whose === "" ? ensemble : (findEnsemble(whose, known) ?? ensembleName(whose)), backup };
};
