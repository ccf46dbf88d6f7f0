// `migrate <ensemble> to <host,host …> [release <release>] [options]`. Pure. Nothing is guessed where a guess would change
// which servers there are: a host that is unknown, or named twice, is asked about with a command ready to paste.
import { didYouMean } from "../../src/model/did-you-mean.ts";
import { commandFor, type MigrateGoal } from "../../src/model/goal.ts";
import { type EnsembleName, hostName } from "../../src/model/ids.ts";
import { freeHosts, hostsOf, type Known, type KnownHost } from "./known.ts";
import { OPTION_EXAMPLES, type Options, optionMeant, readOptions } from "./options.ts";
import {
  anEnsemble,
  cleanWord,
  echo,
  findEnsemble,
  listed,
  migrateExample,
  noSuchEnsemble,
  sameName,
  type Unknown,
  unknown,
} from "./words.ts";

export type MigrateCommand = MigrateGoal & { readonly dryRun: boolean };

/** Words between the names that say nothing of their own. */
const FILLERS = [
  "to",
  "onto",
  "into",
  "on",
  "and",
  "then",
  "plus",
  "with",
  "the",
  "host",
  "hosts",
  "server",
  "servers",
];
const SIGNS = /^[&+|/]+$|^[-=]*>$|^[→⇒➜]$/u;
const SEPARATORS = /[,;+&|，、]/u;

export const parseMigrate = (words: readonly string[], known: Known): MigrateCommand | Unknown => {
  const [name, ...afterName] = words;
  if (name === undefined)
    return unknown(
      "Move which ensemble?",
      "Write the ensemble, `to`, and the hosts that its servers are to be on afterwards.",
      migrateExample(anEnsemble(known), known),
    );
  const ensemble = findEnsemble(name, known);
  const parts = afterName.flatMap(splitHosts);
  const named = unique(parts.flatMap((word) => sameHost(word, known) ?? []));
  if (ensemble === null) return noSuchEnsemble(name, known, (meant) => commandTo(meant, named, known));

  const read = readOptions(parts, {
    base: commandTo(ensemble, named, known),
    release: true,
    endsList: (word) => FILLERS.includes(word.toLowerCase()) || sameHost(word, known) !== null,
  });
  if ("kind" in read) return read;
  const asked: Asked = { ensemble, known, options: read, typed: read.rest.filter((word) => !isFiller(word, known)) };
  if (asked.typed.length === 0) return noHosts(asked);
  const odd = asked.typed.filter((word) => sameHost(word, known) === null);
  if (odd.length > 0) return noSuchHost(asked, odd);
  const to = asked.typed.flatMap((word) => sameHost(word, known) ?? []);
  const twice = to.find((host, i) => to.indexOf(host) !== i);
  if (twice !== undefined)
    return unknown(
      `${echo(twice)} is there twice.`,
      "An ensemble has one server on a host; name each host once.",
      again(asked, unique(to)),
    );
  return commandOf(asked, to);
};

/** What was read of a command, host names apart. */
type Asked = {
  readonly ensemble: EnsembleName;
  readonly known: Known;
  readonly options: Options;
  /** The words that are to be hosts. */
  readonly typed: readonly string[];
};

const commandOf = ({ ensemble, options }: Asked, to: readonly string[]): MigrateCommand => {
  const { release, gates, overrides, dryRun, pause } = options;
  return {
    kind: "migrate",
    ensemble,
    to: to.map(hostName),
    release,
    gates,
    overrides,
    ...(pause === null ? {} : { pause }),
    dryRun,
  };
};

/** The same command with other hosts. */
const again = (asked: Asked, to: readonly string[]): string =>
  `${commandFor(commandOf(asked, to))}${asked.options.dryRun ? " dry-run" : ""}`;

/** The hosts a person named; where there are none, some that are free. */
const commandTo = (ensemble: string, hosts: readonly string[], known: Known): string =>
  hosts.length === 0 ? migrateExample(ensemble, known) : `/zk migrate ${ensemble} to ${hosts.join(",")}`;

const unique = (names: readonly string[]): readonly string[] => [...new Set(names)];

/** `zk4,zk5` and `zk4,`; a word that is one of the joining signs stays as it is. */
const splitHosts = (word: string): readonly string[] =>
  SIGNS.test(word)
    ? [word]
    : word
        .split(SEPARATORS)
        .map(cleanWord)
        .filter((part) => part !== "");

const sameHost = (word: string, { hosts }: Known): string | null =>
  sameName(
    word,
    hosts.map(({ name }) => name),
  );

const isFiller = (word: string, known: Known): boolean =>
  sameHost(word, known) === null && (FILLERS.includes(word.toLowerCase()) || SIGNS.test(word));

/** What is free, or that nothing is. */
const freeWords = (known: Known): string => {
  const free = freeHosts(known);
  return free.length === 0
    ? "Every host of the inventory is in use: add the new ones to `ensembles.yaml` first."
    : `Free ${free.length === 1 ? "host" : "hosts"}: ${listed(free)}.`;
};

const noHosts = ({ ensemble, options, known }: Asked): Unknown => {
  const { release } = options;
  const own = hostsOf(known, ensemble);
  const now = own.length === 0 ? "" : ` By the inventory it is on ${listed(own)}.`;
  const same =
    release === null ? "" : ` For ${echo(release)} on the hosts it has: \`/zk upgrade ${ensemble} ${release}\`.`;
  return unknown(
    `Move *${ensemble}* to which hosts?`,
    `Name all hosts that its servers are to be on afterwards; those of today that you name keep their server.${now} ${freeWords(known)}${same}`,
    migrateExample(ensemble, known),
  );
};

/**
 * By name, by a name with a port behind it, or by address: as it stands in a connection string. `taken`: named already. A name that is
 * only alike is never a host of another ensemble: a typing error must not lead there.
 */
const hostMeant = (word: string, { ensemble, known: { hosts } }: Asked, taken: readonly string[]): string | null => {
  const bare = word.replace(/:\d+$/, "");
  const byAddress = hosts.filter(({ address }) => address.toLowerCase() === bare.toLowerCase());
  if (byAddress.length === 1) return byAddress[0]?.name ?? null;
  // Of names equally near the free ones are meant rather.
  const rank = ({ name, usedBy }: KnownHost): number => (taken.includes(name) ? 2 : usedBy.length > 0 ? 1 : 0);
  const names = [...hosts].sort((a, b) => rank(a) - rank(b)).map(({ name }) => name);
  const isOthers = ({ usedBy }: KnownHost): boolean => usedBy.length > 0 && !usedBy.includes(ensemble);
  const others = hosts.filter(isOthers).map(({ name }) => name);
  return (
    sameName(bare, names) ??
    didYouMean(
      bare.split(".")[0] ?? bare,
      names.filter((name) => !others.includes(name)),
    )
  );
};

const noSuchHost = (asked: Asked, odd: readonly string[]): Unknown => {
  const { known, typed } = asked;
  const named = unique(typed.flatMap((word) => sameHost(word, known) ?? []));
  const [first = ""] = odd;
  const option = optionMeant(first, true);
  if (option !== null && hostMeant(first, asked, named) === null) {
    const base = commandTo(asked.ensemble, named, known);
    return unknown(
      `I don't know ${echo(first)} after the hosts.`,
      `Did you mean \`${option}\`?`,
      base.startsWith("/zk help") ? base : `${base} ${OPTION_EXAMPLES[option] ?? ""}`.trim(),
    );
  }
  const what = `I know no ${odd.length === 1 ? "host" : "hosts"} ${listed(odd, 5)}.`;
  const meant: string[] = [];
  const all = typed.flatMap((word) => {
    const same = sameHost(word, known);
    if (same !== null) return same;
    const host = hostMeant(word, asked, [...named, ...meant]);
    if (host !== null) meant.push(host);
    return host ?? [];
  });
  return meant.length === odd.length
    ? unknown(
        what,
        `Did you mean ${unique(meant).map(strong).join(", ")}? ${freeWords(known)}`,
        again(asked, unique(all)),
      )
    : unknown(
        what,
        `A host has to be in \`ensembles.yaml\` before a server can go there. ${freeWords(known)}`,
        migrateExample(asked.ensemble, known),
      );
};

const strong = (name: string): string => `*${name}*`;
