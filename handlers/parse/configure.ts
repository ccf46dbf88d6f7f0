// `configure <ensemble> [all] [options]`. Pure.
import type { ConfigureGoal } from "../../src/model/goal.ts";
import type { Known } from "./known.ts";
import { OPTION_EXAMPLES, optionMeant, readOptions } from "./options.ts";
import {
  anEnsemble,
  echo,
  findEnsemble,
  listed,
  noSuchEnsemble,
  strictRelease,
  type Unknown,
  unknown,
} from "./words.ts";

export type ConfigureCommand = ConfigureGoal & { readonly dryRun: boolean };

const ALL = ["all", "every", "everywhere", "everything"];
const isAll = (word: string): boolean => ALL.includes(word.toLowerCase().replace(/^-+/, ""));

export const parseConfigure = (words: readonly string[], known: Known): ConfigureCommand | Unknown => {
  const [name, ...options] = words;
  const example = (ensemble: string) => `/zk configure ${ensemble}`;
  if (name === undefined)
    return unknown("Configure which ensemble?", `I know ${listed(known.ensembles)}.`, example(anEnsemble(known)));
  const ensemble = findEnsemble(name, known);
  if (ensemble === null) return noSuchEnsemble(name, known, example);

  const base = example(ensemble);
  const read = readOptions(options, { base, release: false, endsList: isAll });
  if ("kind" in read) return read;
  const odd = read.rest.find((word) => !isAll(word) && !["servers", "server"].includes(word.toLowerCase()));
  if (odd !== undefined) return notAnOption(odd, base, ensemble);
  const { gates, overrides, dryRun, pause } = read;
  return {
    kind: "configure",
    ensemble,
    release: null,
    ...(read.rest.some(isAll) ? { everyServer: true } : {}),
    gates,
    overrides,
    ...(pause === null ? {} : { pause }),
    dryRun,
  };
};

const notAnOption = (word: string, base: string, ensemble: string): Unknown => {
  const release = strictRelease(word);
  if (release !== null)
    return unknown(
      "A restart keeps the release.",
      "An upgrade brings the settings along.",
      `/zk upgrade ${ensemble} ${release}`,
    );
  const meant = optionMeant(word, false);
  return unknown(
    `I don't know ${echo(word)} after the ensemble.`,
    meant === null
      ? "What is changed stands in `ensembles.yaml` (settings, jvm); here there may be `all`, `gates once|leader|each`, `override &lt;rule,…&gt;`, `pause acl|ports` and `dry-run`."
      : `Did you mean \`${meant}\`?`,
    meant === null ? base : `${base} ${OPTION_EXAMPLES[meant] ?? ""}`.trim(),
  );
};
