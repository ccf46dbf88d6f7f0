// The names of the inventory that a person may mean, and which hosts to suggest. Pure.
import type { Inventory } from "../../src/model/inventory.ts";

export type KnownHost = {
  readonly name: string;
  readonly address: string;
  /** The ensembles that list a server on it; a host without any is free. */
  readonly usedBy: readonly string[];
};

/** The names a person may have meant. */
export type Known = { readonly ensembles: readonly string[]; readonly hosts: readonly KnownHost[] };

export const knownOf = ({ ensembles, hosts }: Inventory): Known => ({
  ensembles: [...ensembles.keys()],
  hosts: [...hosts.values()].map(({ name, address }) => ({
    name,
    address,
    usedBy: [...ensembles.values()].flatMap((spec) => ([...spec.servers.values()].includes(name) ? [spec.name] : [])),
  })),
});

export const freeHosts = ({ hosts }: Known): readonly string[] =>
  hosts.filter(({ usedBy }) => usedBy.length === 0).map(({ name }) => name);

export const hostsOf = ({ hosts }: Known, ensemble: string): readonly string[] =>
  hosts.filter(({ usedBy }) => usedBy.includes(ensemble)).map(({ name }) => name);

/**
 * Hosts for an example: as many free ones as the ensemble has servers; where there are fewer, one server moves and the
 * others stay. Empty when no host is free.
 */
export const exampleHosts = (known: Known, ensemble: string): readonly string[] => {
  const own = hostsOf(known, ensemble);
  const free = freeHosts(known);
  const [first] = free;
  if (first === undefined) return [];
  const count = own.length === 0 ? 3 : own.length;
  return free.length >= count || own.length === 0 ? free.slice(0, count) : [...own.slice(0, -1), first];
};
