// Rules about the hosts: Java, disk, clock, ports, names, logging.
import type { HostName } from "../../model/ids.ts";
import type { Logback } from "../../model/logback.ts";
import { isAtLeast, type Release } from "../../model/release.ts";
import { ADMIN_PORT } from "../config-changes.ts";
import { logbackFor } from "../logging.ts";
import { onServers, type Rule, type Violation } from "../rule.ts";
import type { Situation, Subject } from "../situation.ts";

/** Java's major version that a release needs (zookeeperAdmin, Required Software). */
const javaFor = (value: Release): number => {
  if (isAtLeast(value, "3.10.0")) return 17;
  return isAtLeast(value, "3.5.0") ? 8 : 6;
};

const MEGABYTE = 1024 * 1024;
/** An unpacked distribution with some room for its logs. */
const ROOM_FOR_RELEASE = 100 * MEGABYTE;
/** Half the shortest session time-out that is common: beyond that even people reading logs are misled. */
const CLOCK_SKEW_MS = 5_000;

/** Where the release is put: beside the servers that are changed, or on the hosts that are moved to. */
const installedOn = ({ move, changing, subjects }: Situation): readonly Installed[] => {
  if (move === null) {
    return changing.flatMap(({ facts, server: { host }, id }) =>
      facts === null ? [] : [{ ...facts, host, about: { server: id } }],
    );
  }
  // A new server gets what the largest of today's holds.
  const dataBytes = Math.max(0, ...subjects.map(({ facts }) => facts?.dataBytes ?? 0));
  return move.destinations.flatMap(({ host, room }) =>
    "unreadable" in room ? [] : [{ ...room, host, dataBytes, about: {} }],
  );
};

type Installed = {
  readonly host: HostName;
  readonly javaMajor: number | null;
  readonly freeBytes: number;
  readonly freeForRelease?: number;
  readonly installed: readonly Release[];
  readonly dataBytes: number;
  readonly about: Pick<Violation, "server">;
};

const megabytes = (bytes: number): string => `${Math.ceil(bytes / MEGABYTE)} MB`;

export const HOST_RULES: readonly Rule[] = [
  {
    id: "java-too-old",
    severity: "blocks",
    when: "a host has no Java, or an older one than the release needs (8 for 3.5–3.9, 17 for 3.10)",
    todo: "Install a Java that is new enough there first.",
    source: "zookeeperAdmin, Required Software",
    check: (situation) =>
      installedOn(situation).flatMap(({ host, javaMajor, about }) => {
        const { release } = situation;
        const needed = javaFor(release);
        if (javaMajor === null) {
          return [{ what: `No Java was found on ${host}; ${release} needs ${needed} or later.`, ...about }];
        }
        return javaMajor >= needed
          ? []
          : [{ what: `${host} has Java ${javaMajor}; ${release} needs ${needed} or later.`, ...about }];
      }),
  },
  {
    id: "disk-space",
    severity: "blocks",
    when: "a host has less free space than three times snapshots and logs, plus 100 MB for the release, or less than these 100 MB where releases are unpacked",
    todo: "Make room, for example by purging old snapshots and logs.",
    source: "zookeeperAdmin, Ongoing Data Directory Cleanup",
    check: (situation) =>
      installedOn(situation).flatMap(({ host, freeBytes, freeForRelease, installed, dataBytes, about }) => {
        const needed = dataBytes * 3 + ROOM_FOR_RELEASE;
        const lacks = (free: number, where: string, least: number): readonly Violation[] =>
          free >= least
            ? []
            : [{ what: `${host} has ${megabytes(free)} free${where}; ${megabytes(least)} are needed.`, ...about }];
        return [
          ...lacks(freeBytes, "", needed),
          ...(freeForRelease === undefined || installed.includes(situation.release)
            ? []
            : lacks(freeForRelease, " where releases are unpacked", ROOM_FOR_RELEASE)),
        ];
      }),
  },
  {
    id: "host-problem",
    restoreToo: true,
    severity: "blocks",
    when: "something on a host would keep its server from coming back: a port held by another process, a name that does not resolve, a folder that cannot be written, a second process with the same configuration",
    todo: "Fix it there first: the server would not come back after its restart.",
    source: "ZOOKEEPER-4728, ZOOKEEPER-2982",
    check: ({ subjects }) =>
      subjects.flatMap(({ facts, name, id }) =>
        (facts?.problems ?? []).map((problem) => ({ what: `${name}: ${problem}`, server: id })),
      ),
  },
  {
    id: "data-dir",
    restoreToo: true,
    severity: "blocks",
    when: "zoo.cfg is missing, names no dataDir or a relative one, or shares it with another server of the host",
    todo: "Give the server a zoo.cfg with an absolute dataDir of its own.",
    source: "zookeeperAdmin, Minimum Configuration",
    check: ({ subjects }) =>
      subjects.flatMap((subject) => {
        const { facts, setting, name, id, server } = subject;
        if (facts === null) return [];
        if (facts.configText === null) return [{ what: `${name} has no ${facts.configFile}.`, server: id }];
        const directory = setting("dataDir");
        if (directory === null) return [{ what: `zoo.cfg of ${name} names no dataDir.`, server: id }];
        // Relative to wherever the process was started: after a restart it could be another, empty one.
        if (!directory.startsWith("/")) {
          return [{ what: `The dataDir of ${name}, ${directory}, is relative.`, server: id }];
        }
        const sharing = subjects.find(
          (other) => other.id < id && other.server.host === server.host && other.setting("dataDir") === directory,
        );
        return sharing === undefined
          ? []
          : [{ what: `${name} and ${sharing.name} share the dataDir ${directory}.`, server: id }];
      }),
  },
  {
    id: "admin-port-shared",
    severity: "blocks",
    when: "two servers of one host would share an AdminServer port, or it is the server's own client port",
    todo: "Give each an admin.serverPort of its own in zoo.cfg: from 3.5 on a server does not start without it.",
    source: "zookeeperAdmin, AdminServer configuration",
    check: ({ release, subjects }) => {
      if (!isAtLeast(release, "3.5.0")) return [];
      const portOf = (subject: (typeof subjects)[number]): string | null =>
        subject.facts === null || subject.settingAfter("admin.enableServer") === "false"
          ? null
          : (subject.settingAfter(ADMIN_PORT) ?? "8080");
      return subjects.flatMap((subject) => {
        const port = portOf(subject);
        // Port 0 lets the system choose: never shared.
        if (port === null || port === "0") return [];
        if (port === String(subject.server.client.port)) {
          return [
            { what: `${subject.name} would use port ${port} for clients and for its AdminServer.`, server: subject.id },
          ];
        }
        const address = subject.settingAfter("admin.serverAddress") ?? "0.0.0.0";
        const sharing = subjects.find(
          (other) =>
            other.id < subject.id &&
            other.server.host === subject.server.host &&
            portOf(other) === port &&
            [address, other.settingAfter("admin.serverAddress") ?? "0.0.0.0"].some(
              (one, _, both) => one === "0.0.0.0" || both[0] === both[1],
            ),
        );
        return sharing === undefined
          ? []
          : [
              {
                what: `${sharing.name} and ${subject.name} would both use port ${port} for their AdminServer.`,
                server: subject.id,
              },
            ];
      });
    },
  },
  {
    id: "clock-skew",
    restoreToo: true,
    severity: "warns",
    when: "a host's clock is more than 5 s off the worker's",
    todo: "Set the clocks by NTP: times in logs and in the record will not match.",
    source: "zookeeperAdmin, Monitoring",
    check: ({ subjects }) =>
      subjects
        .filter(({ facts }) => facts !== null && Math.abs(facts.clockOffsetMs) > CLOCK_SKEW_MS)
        .map(({ facts, server: { host }, id }) => {
          const offset = facts?.clockOffsetMs ?? 0;
          const seconds = (Math.abs(offset) / 1000).toFixed(1);
          return { what: `The clock of ${host} is ${seconds} s ${offset > 0 ? "ahead" : "behind"}.`, server: id };
        }),
  },
  {
    id: "logback-missing",
    severity: "warns",
    when: "into 3.8 or later from before, with a log4j.properties but no logback.xml, where not all of it can be carried over",
    todo: "Bring a logback.xml of your own for what is not carried over.",
    source: "ZOOKEEPER-4427",
    check: ({ release, changing }) => {
      const past = changing.filter(
        ({ serving, facts }) =>
          serving !== null &&
          facts !== null &&
          !isAtLeast(serving.release, "3.8.0") &&
          isAtLeast(release, "3.8.0") &&
          facts.logging.includes("log4j.properties") &&
          !facts.logging.includes("logback.xml"),
      );
      const carried = (subject: Subject): Logback | null => logbackFor(subject, release);
      const kinds = new Map<string, Subject[]>();
      for (const subject of past.filter((one) => carried(one) !== null)) {
        const left = carried(subject)?.left.join(", ") ?? "";
        if (left !== "") kinds.set(left, [...(kinds.get(left) ?? []), subject]);
      }
      return [
        ...onServers(
          past.filter((subject) => carried(subject) === null),
          `its log4j.properties is no longer read by ${release}, and it logs with the release's default.`,
          { todo: "Bring a logback.xml of your own." },
        ),
        ...[...kinds].flatMap(([left, subjects]) =>
          onServers(subjects, `not carried over from its log4j.properties: ${left}.`),
        ),
      ];
    },
  },
];
