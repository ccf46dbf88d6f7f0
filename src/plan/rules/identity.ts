// Rules about who is who: ids, member lists, and that the host found is the one that runs the server.
import { parseMembers } from "../../model/dynamic-config.ts";
import type { Member } from "../../model/ensemble.ts";
import type { Rule, Violation } from "../rule.ts";
import { inWords } from "../rule.ts";
import type { Subject } from "../situation.ts";

const repeated = <T>(items: readonly T[], keyOf: (item: T) => string): readonly (readonly T[])[] => {
  const groups = new Map<string, T[]>();
  for (const item of items) groups.set(keyOf(item), [...(groups.get(keyOf(item)) ?? []), item]);
  return [...groups.values()].filter((group) => group.length > 1);
};

const namesOf = (subjects: readonly Subject[]): string => inWords(subjects.map((subject) => subject.name));

const inList = ({ id, role }: Pick<Member, "id" | "role">): string =>
  `${id}${role === "observer" ? " (observer)" : ""}`;

export const IDENTITY_RULES: readonly Rule[] = [
  {
    id: "duplicate-ids",
    restoreToo: true,
    severity: "blocks",
    when: "two servers share an id or a client address",
    todo: "Fix the configuration by hand; no two servers may share either.",
    source: "zookeeperAdmin, Cluster Options",
    check: ({ subjects }) => [
      ...repeated(subjects, (subject) => String(subject.id)).map((group) => ({
        what: `${namesOf(group)} share the id ${group[0]?.id}.`,
      })),
      ...repeated(subjects, ({ server: { client } }) => `${client.host}:${client.port}`).map((group) => ({
        what: `${namesOf(group)} are both reached at ${group[0]?.server.client.host}:${group[0]?.server.client.port}.`,
      })),
    ],
  },
  {
    id: "id-out-of-range",
    restoreToo: true,
    severity: "blocks",
    when: "a server's id is not between 1 and 254",
    todo: "Give it an id between 1 and 254 first.",
    source: "zookeeperAdmin, Clustered (Multi-Server) Setup",
    check: ({ subjects }) =>
      subjects
        .filter(({ id }) => !Number.isInteger(id) || id < 1 || id > 254)
        .map(({ id, name }) => ({ what: `${name} has an id outside 1–254.`, server: id })),
  },
  {
    id: "myid-mismatch",
    severity: "blocks",
    when: "the myid file of a data directory does not hold the server's id",
    todo: "Look whether the data directory is that server's; fix myid by hand.",
    source: "zookeeperAdmin, Clustered (Multi-Server) Setup",
    check: ({ subjects, isStandalone }) =>
      isStandalone
        ? []
        : subjects
            .filter(({ facts, id }) => facts !== null && facts.myid?.trim() !== String(id))
            .map(({ facts, id, name }) => ({
              what: `The data directory of ${name} ${facts?.myid == null ? "has no myid file" : `has "${facts.myid.trim()}" in its myid file`}.`,
              server: id,
            })),
  },
  {
    id: "member-lists-differ",
    restoreToo: true,
    severity: "blocks",
    when: "the server lines of the zoo.cfg files (and of their dynamic files, where no server tells the members) do not list the same ones",
    todo: "Bring the server.N lines of all these files in line first.",
    source: "zookeeperAdmin, Cluster Options",
    check: ({ seen, subjects, isStandalone }): readonly Violation[] => {
      if (isStandalone) return [];
      // With a dynamic configuration server lines are gone from zoo.cfg; where they stand, 3.5 and later read them too.
      const isStatic = seen.membership.source === "static";
      // Only who is in it and who votes: the address may differ, since many write 0.0.0.0 into a server's own line.
      // Where the ensemble tells its members itself, it writes the dynamic files too, one after the other.
      const textOf = ({ facts }: Subject) =>
        `${facts?.configText ?? ""}\n${isStatic ? (facts?.dynamicText ?? "") : ""}`;
      const listOf = (subject: Subject) =>
        [
          ...new Set(
            parseMembers(textOf(subject))
              .members.toSorted((a, b) => a.id - b.id)
              .map(inList),
          ),
        ].join(", ");
      const read = subjects.filter(
        (subject) => subject.facts?.configText != null && (isStatic || listOf(subject) !== ""),
      );
      const [first, ...others] = read;
      if (first === undefined) return [];
      return others
        .filter((other) => listOf(other) !== listOf(first))
        .map((other) => ({
          what: `${other.name} lists the servers ${listOf(other) || "none"}, but ${first.name} lists ${listOf(first) || "none"}.`,
          server: other.id,
        }));
    },
  },
  {
    id: "hierarchical-quorum",
    severity: "blocks",
    when: "the configuration gives servers groups or weights",
    todo: "zkshift counts one vote a server and could stop too many: upgrade such an ensemble by hand.",
    source: "zookeeperHierarchicalQuorums",
    check: ({ subjects }) =>
      subjects
        .filter(({ settings, facts }) =>
          [...settings.keys(), ...(facts?.dynamicText ?? "").split("\n")].some((key) =>
            /^\s*(group|weight)\.\d+/.test(key),
          ),
        )
        .map(({ id, name }) => ({ what: `${name} is configured with groups or weights of votes.`, server: id })),
  },
  {
    id: "host-unreadable",
    restoreToo: true,
    severity: "blocks",
    when: "a server's host was not, or could not be, read",
    todo: "Check that the worker may log in there and that its entry in the inventory is right, then ask again.",
    source: "zkshift",
    check: ({ subjects }) =>
      subjects.flatMap(({ server: { onHost, host }, id, name }) => {
        if (onHost === null) return [{ what: `Host ${host} of ${name} was not read.`, server: id }];
        if ("unreadable" in onHost) {
          return [{ what: `Host ${host} of ${name} could not be read: ${onHost.unreadable}`, server: id }];
        }
        return [];
      }),
  },
  {
    id: "process-not-found",
    restoreToo: true,
    severity: "blocks",
    when: "a server serves, but no process of it was found on its host",
    todo: "Set root, conf or data of that host in the inventory to where the server really runs.",
    source: "zkshift",
    check: ({ subjects }) =>
      subjects
        .filter(({ serving, facts }) => serving !== null && facts !== null && facts.process === null)
        .map(({ server, facts, id, name }) => ({
          what: `${name} serves at ${server.client.host}:${server.client.port}, but no process on ${server.host} runs with ${facts?.configFile}.`,
          server: id,
        })),
  },
  {
    id: "other-config-file",
    restoreToo: true,
    severity: "blocks",
    when: "a server's process was started with another configuration file than the inventory says",
    todo: "Set conf of that host in the inventory to the folder the process was started with.",
    source: "zkshift",
    check: ({ subjects }) =>
      subjects
        .filter(({ facts }) => facts?.process != null && facts.process.configFile !== facts.configFile)
        .map(({ facts, id, name }) => ({
          what: `${name} runs with ${facts?.process?.configFile}, but the inventory says ${facts?.configFile}.`,
          server: id,
        })),
  },
];
