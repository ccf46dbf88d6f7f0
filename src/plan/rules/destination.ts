// Rules about where an ensemble is moved to: hosts, folders, addresses, and what does not come along by itself.
import type { DestinationSeen, RoomFacts } from "../../model/ensemble.ts";
import type { Move } from "../move.ts";
import { inWords, type Rule, migrationRule as rule, type Violation } from "../rule.ts";
import type { Subject } from "../situation.ts";

const roomOf = ({ room }: DestinationSeen): RoomFacts | null => ("unreadable" in room ? null : room);

/** Violations for the destinations for which `what` has a sentence. */
const perDestination = (
  { destinations }: Move,
  what: (at: DestinationSeen, room: RoomFacts) => string | null,
): readonly Violation[] =>
  destinations.flatMap((at) => {
    const room = roomOf(at);
    const sentence = room === null ? null : what(at, room);
    return sentence === null ? [] : [{ what: sentence }];
  });

/** Settings and flags that name a file which has to be there on the new host as well. */
const NAMES_A_FILE = /(location|keyStore|trustStore|\.path|auth\.login\.config|krb5\.conf)$/i;

const filesNamed = ({ settings, facts }: Subject): readonly string[] => [
  ...[...settings].filter(([key, value]) => NAMES_A_FILE.test(key) && value.startsWith("/")).map(([, value]) => value),
  ...(facts?.process?.jvmFlags ?? []).flatMap((flag) => {
    const [, name = "", value = ""] = /^-D([^=]+)=(\/.+)$/.exec(flag) ?? [];
    return NAMES_A_FILE.test(name) ? [value] : [];
  }),
];

export const DESTINATION_RULES: readonly Rule[] = [
  rule({
    id: "container-moved",
    severity: "blocks",
    when: "a server that would come or go is in a container: those are upgraded, not moved",
    todo: "Move it with the tool that made the container, or add and remove the servers by reconfig yourself.",
    source: "zkshift",
    check: ({ destinations }, { subjects, goal, isInContainer }) => {
      if (goal.kind !== "migrate") return [];
      const comes = destinations.filter(({ host }) => isInContainer(host)).map(({ host }) => String(host));
      const goes = subjects
        .filter(({ server }) => !goal.to.includes(server.host) && isInContainer(server.host))
        .map(({ name }) => name);
      const of = (names: readonly string[], what: string): readonly Violation[] =>
        names.length === 0
          ? []
          : [{ what: `${inWords(names)} ${names.length === 1 ? "is" : "are"} in containers, ${what}.` }];
      return [
        ...of(comes, "and zkshift does not make containers for new servers"),
        ...of(goes, "and zkshift does not retire containers"),
      ];
    },
  }),
  rule({
    id: "unknown-destination",
    severity: "blocks",
    when: "a host to move to is not in the inventory, or is named twice",
    todo: "Add it to hosts in ensembles.yaml, then ask again.",
    source: "zkshift",
    check: ({ destinations }, { goal, subjects }) => {
      if (goal.kind !== "migrate") return [];
      const twice = goal.to.filter((host, index) => goal.to.indexOf(host) !== index);
      const unknown = goal.to.filter(
        (host) => !destinations.some((at) => at.host === host) && !subjects.some(({ server }) => server.host === host),
      );
      return [
        ...unknown.map((host) => ({ what: `There is no host ${host} in ensembles.yaml.` })),
        ...twice.map((host) => ({ what: `${host} is named twice.`, todo: "Name each host once." })),
      ];
    },
  }),
  rule({
    id: "destination-unreadable",
    severity: "blocks",
    when: "a host to move to could not be read",
    todo: "Check that the worker may log in there and that its entry in the inventory is right, then ask again.",
    source: "zkshift",
    check: ({ destinations }) =>
      destinations.flatMap(({ host, room }) =>
        "unreadable" in room ? [{ what: `${host} could not be read: ${room.unreadable}` }] : [],
      ),
  }),
  rule({
    id: "destination-taken",
    severity: "blocks",
    when: "a host to move to has, or had, a server of another ensemble",
    todo: "Choose another host, or give this ensemble a host entry of its own on that machine, with other ports and folders.",
    source: "zkshift",
    check: (move, { goal }) =>
      perDestination(move, ({ host, usedBy }, { claims }) => {
        if (usedBy !== null) return `${host} has a server of ${usedBy}.`;
        const other = claims.find(({ ensemble, retired }) => ensemble !== goal.ensemble && !retired);
        return other === undefined ? null : `${host} has server.${other.id} of ${other.ensemble}.`;
      }),
  }),
  rule({
    id: "destination-problem",
    severity: "blocks",
    when: "something on a host to move to would keep a server from coming up: a port that is taken, a server that runs there, a folder that cannot be written, a name that does not resolve, a missing tool",
    todo: "Fix it there first, then ask again.",
    source: "ZOOKEEPER-4728, ZOOKEEPER-2982",
    check: ({ destinations }) =>
      destinations.flatMap((at) => (roomOf(at)?.problems ?? []).map((problem) => ({ what: `${at.host}: ${problem}` }))),
  }),
  rule({
    id: "data-dir-not-empty",
    severity: "blocks",
    when: "the data folder on a host to move to holds something that is not a server's which zkshift retired",
    todo: "Look at what it is and move it away: a new server must begin with an empty data folder.",
    source: "zookeeperReconfig, Adding servers",
    check: (move) =>
      perDestination(move, ({ host, dataDir }, { holds }) => {
        if (holds === null || holds.retired !== null) return null;
        const whose = holds.myid === null ? "" : ` of a server with id ${holds.myid.trim()}`;
        return `The data folder ${dataDir} on ${host} is not empty: it holds data${whose}.`;
      }),
  }),
  rule({
    id: "retired-data-set-aside",
    severity: "warns",
    when: "the data folder on a host to move to holds a retired server's data (handled)",
    todo: "Nothing to do; delete it when you no longer want to go back to it.",
    source: "zkshift",
    check: (move) =>
      perDestination(move, ({ host, dataDir }, { holds }) =>
        holds?.retired == null
          ? null
          : `${dataDir} on ${host} holds the data of the retired server.${holds.retired.id} of ${holds.retired.ensemble}; it is moved to a folder beside it.`,
      ),
  }),
  rule({
    id: "destination-address-taken",
    severity: "blocks",
    when: "two servers would have the same address and port",
    todo: "Give the host other ports in ensembles.yaml.",
    source: "zookeeperAdmin, Cluster Options",
    check: ({ destinations }, { subjects }) => {
      const taken = new Map<string, string>();
      for (const { server, name } of subjects) {
        taken.set(`${server.client.host}:${server.client.port}`, name);
        taken.set(`${server.member.address}:${server.member.quorumPort}`, name);
        taken.set(`${server.member.address}:${server.member.electionPort}`, name);
      }
      return destinations.flatMap(({ host, address, ports }) =>
        [ports.client, ports.quorum, ports.election].flatMap((port) => {
          const other = taken.get(`${address}:${port}`);
          taken.set(`${address}:${port}`, host);
          return other === undefined ? [] : [{ what: `${host} would use ${address}:${port}, which ${other} has.` }];
        }),
      );
    },
  }),
  rule({
    id: "destination-clock",
    severity: "warns",
    when: "the clock of a host to move to is more than 5 s off the worker's",
    todo: "Set it by NTP: times in logs and in the record will not match.",
    source: "zookeeperAdmin, Monitoring",
    check: (move) =>
      perDestination(move, ({ host }, { clockOffsetMs }) =>
        Math.abs(clockOffsetMs) > 5_000 ? `The clock of ${host} is ${(clockOffsetMs / 1000).toFixed(1)} s off.` : null,
      ),
  }),
  rule({
    id: "client-port-differs",
    severity: "warns",
    when: "a new server has another client port than today's servers",
    todo: "Clients need the port as well as the host; set ports in ensembles.yaml if it should be the same.",
    source: "zkshift",
    check: ({ destinations }, { subjects }) => {
      const ports = new Set(subjects.map(({ server }) => server.client.port));
      const differing = destinations.filter((at) => !ports.has(at.ports.client));
      return ports.size !== 1 || differing.length === 0
        ? []
        : [
            {
              what: `${inWords(differing.map((at) => `${at.host}:${at.ports.client}`))} ${differing.length === 1 ? "has" : "have"} another client port than today's ${[...ports].join(", ")}.`,
            },
          ];
    },
  }),
  rule({
    id: "log-dir-not-apart",
    severity: "warns",
    when: "today's servers keep their transaction log apart from their snapshots, and a host to move to has no dataLog in the inventory",
    todo: "Name a folder on a disk of its own as `dataLog` of the host in ensembles.yaml.",
    source: "zookeeperAdmin, Configuration Parameters: dataLogDir",
    check: ({ destinations, joining }, { subjects }) => {
      const apart = subjects.some(
        ({ setting }) => setting("dataLogDir") !== null && setting("dataLogDir") !== setting("dataDir"),
      );
      const without = destinations.filter((at) => at.dataLogDir === null).map(({ host }) => host);
      return !apart || joining.length === 0 || without.length === 0
        ? []
        : [
            {
              what: `${inWords(without)}: the transaction log would be in the data folder; today it has one of its own.`,
            },
          ];
    },
  }),
  rule({
    id: "files-not-brought",
    severity: "warns",
    when: "zoo.cfg or JVM flags name files (keys, certificates, login configuration) that a new server reads as well",
    todo: "See that they are on the new hosts under the same paths before you approve; zkshift does not copy keys.",
    source: "zkshift",
    check: ({ joining }, { subjects }) => {
      const files = [...new Set(subjects.flatMap(filesNamed))].sort();
      return joining.length === 0 || files.length === 0 ? [] : [{ what: `Servers read ${inWords(files)}.` }];
    },
  }),
];
