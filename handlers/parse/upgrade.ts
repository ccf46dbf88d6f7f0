// `upgrade <ensemble> <release> [options]`. Pure.
import type { UpgradeGoal } from "../../src/model/goal.ts";
import type { Known } from "./known.ts";
import { OPTION_EXAMPLES, optionMeant, readOptions } from "./options.ts";
import {
  anEnsemble,
  echo,
  findEnsemble,
  noRelease,
  noSuchEnsemble,
  strictRelease,
  type Unknown,
  unknown,
} from "./words.ts";

export type UpgradeCommand = UpgradeGoal & { readonly dryRun: boolean };

export const parseUpgrade = (words: readonly string[], known: Known): UpgradeCommand | Unknown => {
  const form = "Write the ensemble, then the release as three numbers";
  const [name, ...afterName] = words;
  if (name === undefined)
    return unknown("Upgrade which ensemble?", `${form}.`, `/zk upgrade ${anEnsemble(known)} 3.9.6`);
  const ensemble = findEnsemble(name, known);
  if (ensemble === null) {
    const firstRelease = words.map((word) => strictRelease(word)).find((found) => found !== null) ?? "3.9.6";
    return noSuchEnsemble(name, known, (meant) => `/zk upgrade ${meant} ${firstRelease}`);
  }
  const rest = afterName[0]?.toLowerCase() === "to" ? afterName.slice(1) : afterName;
  const [releaseWord, ...options] = rest;
  const example = `/zk upgrade ${ensemble} 3.9.6`;
  if (releaseWord === undefined) return unknown(`Upgrade *${ensemble}* to which release?`, `${form}.`, example);
  const release = strictRelease(releaseWord);
  if (release === null) return noRelease(releaseWord, example);

  const base = `/zk upgrade ${ensemble} ${release}`;
  const read = readOptions(options, { base, release: false, endsList: () => false });
  if ("kind" in read) return read;
  const [odd] = read.rest;
  if (odd !== undefined) return notAnOption(odd, base);
  const { gates, overrides, dryRun, pause } = read;
  return { kind: "upgrade", ensemble, release, gates, overrides, ...(pause === null ? {} : { pause }), dryRun };
};

const notAnOption = (word: string, base: string): Unknown => {
  const meant = optionMeant(word, false);
  return unknown(
    `I don't know ${echo(word)} after the release.`,
    meant === null
      ? "There may be `gates once|leader|each`, `override &lt;rule,…&gt;`, `pause acl|ports` and `dry-run`."
      : `Did you mean \`${meant}\`?`,
    meant === null ? base : `${base} ${OPTION_EXAMPLES[meant] ?? ""}`.trim(),
  );
};
