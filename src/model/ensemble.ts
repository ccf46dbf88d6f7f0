// What an ensemble's configuration says and what was seen of its servers. Data only.
import type { BackupSeen } from "./backup.ts";
import type { EnsembleName, HostName, ServerId, Zxid } from "./ids.ts";
import type { Ports } from "./inventory.ts";
import type { Log4j } from "./logback.ts";
import type { Release } from "./release.ts";

/** What the configuration makes of a member. */
export type Role = "participant" | "observer";
/** What a serving server says it is. */
export type Mode = "leader" | "follower" | "observer" | "standalone";

/** Where clients or peers reach a server. */
export type Address = { readonly host: string; readonly port: number };

/** One `server.N=` line. */
export type Member = {
  readonly id: ServerId;
  readonly role: Role;
  readonly address: string;
  readonly quorumPort: number;
  readonly electionPort: number;
  /** From the dynamic form `…;[client address:]client port`; null in a static configuration. */
  readonly client: { readonly address: string | null; readonly port: number } | null;
};

/**
 * The membership as the ensemble itself states it. `dynamic`: read from `/zookeeper/config`, `version` is the config
 * version in hex without `0x`, as upstream writes it. `static`: read from the servers' zoo.cfg, `version` is null.
 */
export type Membership = {
  readonly source: "dynamic" | "static";
  readonly version: string | null;
  readonly members: readonly Member[];
};

/** What a server answers to `mntr` (or its AdminServer's monitor), as far as zkshift uses it. Null: not told. */
export type MonitorSeen = {
  /** Followers that vote; those that follow without being members are left out. */
  readonly syncedFollowers: number | null;
  readonly learners: number | null;
  readonly znodes: number | null;
  readonly ephemerals: number | null;
  readonly sessions: number | null;
  readonly digestMismatches: number | null;
  readonly maxBuffer: number | null;
};

/** One server as its client port shows it. "unreachable" means we do not know, never "down". */
export type MemberSeen =
  | {
      readonly status: "serving";
      readonly mode: Mode;
      readonly release: Release;
      readonly zxid: Zxid;
      readonly connections: number;
      readonly outstanding: number;
      readonly latencyMs: { readonly min: number; readonly avg: number; readonly max: number };
      /** Null where neither `mntr` nor the AdminServer may be asked. */
      readonly monitor: MonitorSeen | null;
    }
  | { readonly status: "not-serving"; readonly reason: "looking" | "refused" }
  | { readonly status: "unreachable"; readonly error: string };

/** A server's process as its host shows it. */
export type ProcessSeen = {
  readonly pid: number;
  /** Folder of the distribution it runs from, resolved. */
  readonly home: string | null;
  /** Configuration file it was started with. */
  readonly configFile: string;
  /** JVM flags of the running process that neither a file gives nor the start script would set by itself. */
  readonly jvmFlags: readonly string[];
  /** JVM flags that its files give and the running process has not: they count from its next start. */
  readonly awaitingStart: readonly string[];
};

/** What a server's host shows. Sizes in bytes. */
export type HostFacts = {
  readonly process: ProcessSeen | null;
  readonly configFile: string;
  /** zoo.cfg as it stands; null when there is none. */
  readonly configText: string | null;
  /** Dynamic configuration file named by zoo.cfg, as it stands. */
  readonly dynamicText: string | null;
  readonly javaEnvText: string | null;
  /** JVM flags of the next start that zkshift would make: those carried over and those its files give, in their order. */
  readonly nextFlags: readonly string[];
  readonly myid: string | null;
  readonly dataBytes: number;
  readonly snapshots: number;
  /** Where the data are. */
  readonly freeBytes: number;
  /** Where releases are unpacked; absent where it was not asked. */
  readonly freeForRelease?: number;
  readonly javaMajor: number | null;
  /** Host clock minus worker clock. */
  readonly clockOffsetMs: number;
  readonly installed: readonly Release[];
  /** What `<root>/current` resolves to. */
  readonly current: string | null;
  readonly logging: readonly ("log4j.properties" | "logback.xml")[];
  /** Only there where the server runs by log4j.properties and has no logback.xml. */
  readonly log4j?: Log4j;
  /** Listening ports of interest that another process holds, and names that do not resolve. Empty is good. */
  readonly problems: readonly string[];
};

/** One server of an observation: its place, what the network shows and what its host shows. */
export type ServerSeen = {
  readonly id: ServerId;
  readonly host: HostName;
  readonly client: Address;
  /** Its line in the configuration. */
  readonly member: Member;
  readonly seen: MemberSeen;
  /** Null when only the network was asked; an error text when the host could not be read. */
  readonly onHost: HostFacts | { readonly unreadable: string } | null;
};

/** A server that zkshift laid out, or worked on, as its host remembers it. */
export type Claim = { readonly ensemble: string; readonly id: number; readonly retired: boolean };

/** What a host has for a server that is not there yet. Sizes in bytes. */
export type RoomFacts = {
  readonly freeBytes: number;
  readonly javaMajor: number | null;
  readonly clockOffsetMs: number;
  readonly installed: readonly Release[];
  /** What its data folder holds already; null when it is empty or not there. `retired`: of a server that zkshift retired. */
  readonly holds: { readonly myid: string | null; readonly retired: Claim | null } | null;
  /** Every server that zkshift knows to have been under this root. */
  readonly claims: readonly Claim[];
  /** A port taken, a running server, a folder that cannot be written, a name that does not resolve, a missing tool. */
  readonly problems: readonly string[];
};

/** A host that an ensemble is to have a server on and has none yet. */
export type DestinationSeen = {
  readonly host: HostName;
  readonly address: string;
  readonly ports: Ports;
  readonly dataDir: string;
  readonly dataLogDir: string | null;
  readonly logs: string;
  /** The ensemble that the inventory lists a server of on this host; null when there is none. */
  readonly usedBy: EnsembleName | null;
  readonly room: RoomFacts | { readonly unreadable: string };
};

/** A server that serves without being a member. */
export type StraySeen = { readonly id: ServerId; readonly host: HostName; readonly client: Address };

/** What it would mean to close the client ports of an ensemble's servers, and of those that are to come. */
export type ClosingSeen = {
  /** Whole sentences; `server` null: a host without one. Empty is good. */
  readonly problems: readonly { readonly server: ServerId | null; readonly what: string; readonly todo: string }[];
  /** Addresses that are let through: zkshift's own. */
  readonly through: readonly string[];
  /** Servers on the worker's own machine. */
  readonly ownMachine: readonly ServerId[];
  /** Client connections, zkshift's left out, and their session time-outs, shortest first; null where no server tells. */
  readonly timeoutsMs: readonly number[] | null;
};

/** An ensemble at one moment. `seenAt` is milliseconds since the epoch. */
export type Observation = {
  readonly ensemble: EnsembleName;
  readonly seenAt: number;
  readonly membership: Membership;
  readonly servers: readonly ServerSeen[];
  /** Listed servers that serve although they are no members: an earlier migration took them out and did not retire them. */
  readonly strays?: readonly StraySeen[];
  /** Where a migration would go; only there when it was asked for. */
  readonly destinations?: readonly DestinationSeen[];
  /** Only there when client ports are to be closed. */
  readonly closing?: ClosingSeen;
  /** Ids that no new server may get: of members now and before, as far as inventory and hosts know; with `destinations`. */
  readonly usedIds?: readonly number[];
  /** What a restore would restore; only there where it was asked for. */
  readonly backup?: BackupSeen;
};
