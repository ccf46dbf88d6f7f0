// `backup <ensemble>`, `backups <ensemble>`, `backup <ensemble> list`. Pure.
import type { EnsembleName } from "../../src/model/ids.ts";
import type { Known } from "./known.ts";
import { anEnsemble, findEnsemble, noSuchEnsemble, tooMuch, type Unknown, unknown } from "./words.ts";

export const parseBackup = (
  word: "backup" | "backups",
  rest: readonly string[],
  known: Known,
): { readonly kind: "backup" | "backups"; readonly ensemble: EnsembleName } | Unknown => {
  const [name, after, ...extra] = rest;
  const example = (ensemble: string) => `/zk ${word} ${ensemble}`;
  if (name === undefined) {
    return unknown(
      word === "backup" ? "Back up which ensemble?" : "The backups of which ensemble?",
      "Write its name after the word.",
      example(anEnsemble(known)),
    );
  }
  const ensemble = findEnsemble(name, known);
  if (ensemble === null) return noSuchEnsemble(name, known, example);
  if (after === undefined) return { kind: word, ensemble };
  if (/^(list|ls|show)$/i.test(after) && extra.length === 0) return { kind: "backups", ensemble };
  return tooMuch(
    rest.slice(1),
    `\`/zk ${word}\` takes one ensemble; \`/zk backups ${ensemble}\` lists what there is.`,
    example(ensemble),
  );
};
