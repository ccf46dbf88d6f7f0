// What the inside (steps, app) asks of the outside (zookeeper, hosts, store). Types only: the implementations live in
// src/zookeeper, src/hosts and src/store, hand-written fakes in test/support, and both pass the same contract suites.
// Every call throws OpsError and nothing else; times are milliseconds.
import type { BackupFile, BackupListed, BackupManifest } from "./model/backup.ts";
import type { ClientConnection } from "./model/clients.ts";
import type { Address, Claim, HostFacts, MemberSeen, Membership, RoomFacts } from "./model/ensemble.ts";
import type { EnsembleName, HostName, RunId, ServerId, Zxid } from "./model/ids.ts";
import type { HostSpec, Placement } from "./model/inventory.ts";
import type { Release } from "./model/release.ts";
import type { Actor, Head, RecordedEvent, RunEvent } from "./model/run-event.ts";

// ---------------------------------------------------------------- time

export type Clock = {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Resolves after `ms`; rejects with the signal's reason when aborted. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
};

// ---------------------------------------------------------------- ZooKeeper

/** Data version −1 means "any", as upstream. */
export type Stat = {
  readonly czxid: bigint;
  readonly mzxid: bigint;
  readonly version: number;
  readonly cversion: number;
  readonly aversion: number;
  readonly ephemeralOwner: bigint;
  readonly dataLength: number;
  readonly numChildren: number;
  readonly pzxid: bigint;
};

/** One entry of an ACL as it is stored; `perms` are ZooDefs.Perms: READ 1, WRITE 2, CREATE 4, DELETE 8, ADMIN 16. */
export type AclEntry = { readonly perms: number; readonly scheme: string; readonly id: string };

export type SessionState = "connecting" | "connected" | "disconnected" | "expired" | "closed";

/**
 * One client session. Every request has a deadline; past it the connection is dropped and the request throws
 * `unknown-outcome` (a write) or `transient` (a read). KeeperExceptions carry upstream's name in `code` (`NO_NODE`,
 * `BAD_VERSION`, `NO_AUTH`, `RECONFIG_IN_PROGRESS`, `NEW_CONFIG_NO_QUORUM` …).
 */
export type Session = {
  /** Hex session id; "0x0" before the first connect. */
  id(): string;
  state(): SessionState;
  onState(listener: (state: SessionState) => void): void;
  create(path: string, data: Uint8Array, options?: { ephemeral?: boolean }): Promise<string>;
  getData(path: string): Promise<{ readonly data: Buffer; readonly stat: Stat }>;
  setData(path: string, data: Uint8Array, version?: number): Promise<Stat>;
  remove(path: string, version?: number): Promise<void>;
  exists(path: string): Promise<Stat | null>;
  getChildren(path: string): Promise<readonly string[]>;
  /** ACL as `perms:scheme:id` texts, sorted. */
  getAcl(path: string): Promise<readonly string[]>;
  /** The ACL exactly as stored, in its order, with the Stat: what `setAcl` needs to put it back. Ids are masked for who may not administer. */
  getAclEntries(path: string): Promise<{ readonly acl: readonly AclEntry[]; readonly stat: Stat }>;
  /** Replaces the ACL if its version (`Stat.aversion`) is `aversion`; −1, the default, for any. */
  setAcl(path: string, acl: readonly AclEntry[], aversion?: number): Promise<Stat>;
  /** Brings the connected server up to what the leader had committed when it was asked. */
  sync(path: string): Promise<void>;
  /** `/zookeeper/config`; null on releases without it (3.4). */
  getMembership(): Promise<Membership | null>;
  /** Incremental reconfig guarded by the config version (hex, as {@link Membership} has it). */
  reconfig(change: {
    readonly joining?: readonly string[];
    readonly leaving?: readonly number[];
    readonly fromVersion: string;
  }): Promise<Membership>;
  close(): Promise<void>;
};

/** Where a server's AdminServer should be, and whose answers count: the port may be held by another server of the machine. */
export type AdminAddress = Address & { readonly of?: { readonly id: ServerId; readonly clientPort: number } };

export type ZooKeeper = {
  /** Mode, release, zxid … of one server by `srvr`, and `mntr` or the AdminServer where they may be asked. Never throws: see the status. */
  see(server: Address, admin: AdminAddress | null): Promise<MemberSeen>;
  /** Raw answer of a four-letter word; throws `refused` with code `NOT_WHITELISTED` where the server does not allow it. */
  fourLetterWord(server: Address, word: string): Promise<string>;
  /** Tree digests a server remembers (3.6+; `hash` or AdminServer): zxid → digest. Null where not to be had. */
  digests(server: Address, admin: AdminAddress | null): Promise<ReadonlyMap<bigint, string> | null>;
  /** Who is connected, by `cons` and the AdminServer, connections without a session left out. Null where neither tells. */
  connections(server: Address, admin: AdminAddress | null): Promise<readonly ClientConnection[] | null>;
  /**
   * Has the AdminServer of a server of 3.9 or later take a snapshot and send it, into a new file in `directory` on the worker.
   * Throws `refused` where it will not: `RATE_LIMITED`, `NO_AUTH`, `NO_COMMAND`; `transient` where it does not answer.
   */
  streamSnapshot(
    admin: AdminAddress,
    auth: string,
    directory: string,
    signal?: AbortSignal,
  ): Promise<{ readonly name: string; readonly zxid: Zxid; readonly bytes: number }>;
  /** A session over the given servers; resolves when connected, throws `transient` when none answers in `timeoutMs`. */
  connect(options: {
    readonly servers: readonly Address[];
    readonly sessionTimeoutMs?: number;
    readonly requestTimeoutMs?: number;
    readonly timeoutMs?: number;
    /** `super:password` for digest auth. */
    readonly auth?: string | null;
  }): Promise<Session>;
  /**
   * Walks the whole tree of one server (except `/zookeeper`) and digests path, data, ACL and the Stat fields that
   * replicas share; paths for which `ignore` says true are left out with everything below them, with `lasting` also
   * ephemeral znodes.
   */
  treeDigest(
    session: Session,
    options?: {
      readonly ignore?: (path: string) => boolean;
      readonly lasting?: boolean;
      readonly signal?: AbortSignal;
    },
    /**
     * `largestBytes`: of the data of one znode. `unreadable`: znodes whose data, ACL or children the session may not read; they
     * count with the rest of them.
     */
  ): Promise<{
    readonly digest: string;
    readonly znodes: number;
    readonly largestBytes: number;
    readonly unreadable: number;
  }>;
};

// ---------------------------------------------------------------- hosts

export type ExecResult = { readonly code: number; readonly stdout: string; readonly stderr: string };

/** A lease's fencing token. The host refuses one older than the newest it has seen (`refused`, code `FENCED`). */
export type FenceToken = bigint;

/** A file of a server's configuration folder. Its text may hold secrets: it is never shown, logged or recorded. */
export type ServerFile = {
  readonly name: "java.env" | "zookeeper-env.sh" | "log4j.properties" | "logback.xml";
  readonly text: string;
};

/** What a new server takes over from one that runs. May hold secrets, as {@link ServerFile}. */
export type ServerTemplate = {
  readonly configText: string;
  readonly files: readonly ServerFile[];
  /** JVM flags of the running process that none of the files gives. */
  readonly flags: readonly string[];
};

/** How the process of a server is started, looked at and ended, and its files changed. Effects take the fence. */
export type ServerControl = {
  /** One round trip; what cannot be read becomes a problem text or null, only an unreachable host throws `transient`. */
  facts(options?: { readonly peers?: readonly string[] }): Promise<HostFacts>;
  /** True while the server's process lives (a zombie is dead). Cheap. */
  isRunning(): Promise<boolean>;
  /** Pid of the server's process while it lives, else null. As cheap as {@link isRunning}. */
  pid(): Promise<number | null>;
  /**
   * Unpacks the archive as `<releases>/apache-zookeeper-<release>-bin`; verifies what is already there. Safe to repeat and to enter
   * half-done. `onSent` hears how many bytes of how many are on their way to the host, where they have to go there.
   */
  installRelease(
    archive: ReleaseArchive,
    fence: FenceToken,
    onSent?: (sent: number, of: number) => void,
  ): Promise<"installed" | "already there">;
  /**
   * Only there for servers in containers: sees that the engine has the image for the release, or pulls it. `digest`: the image's id.
   * Throws `refused`: `NO_IMAGE`, `WRONG_IMAGE`.
   */
  installImage?(
    release: Release,
    fence: FenceToken,
  ): Promise<{ readonly how: "installed" | "already there"; readonly image: string; readonly digest: string }>;
  /** Only there for servers in containers: removes the container that was kept for the way back. The server is not touched. */
  forgetBefore?(fence: FenceToken): Promise<void>;
  /** Ends the process and waits until it is dead; removes the pid file. Null when there was none. TERM becomes KILL after 10 s. */
  stop(signal: "TERM" | "KILL", fence: FenceToken): Promise<{ readonly pid: number } | null>;
  /**
   * Starts the distribution that `current` points at with this server's configuration; does nothing when its process
   * already lives. JVM flags that the stopped process had and no file holds are carried over. Returns the pid.
   */
  start(fence: FenceToken): Promise<{ readonly pid: number }>;
  /** Points `current` at an installed release (atomically), and brings the default logging configuration if it lacks one. */
  switchRelease(release: Release, fence: FenceToken): Promise<void>;
  /** Points `current` at a distribution's folder: the way back for installs that zkshift did not lay out. */
  switchHome(home: string, fence: FenceToken): Promise<void>;
  readConfig(): Promise<string>;
  /** Replaces zoo.cfg atomically, mode and owner kept; the old text stays beside it as `zoo.cfg.before-zkshift`, once. */
  writeConfig(text: string, fence: FenceToken): Promise<void>;
  /** The java.env beside zoo.cfg; null where there is none. May hold secrets: never shown, logged or recorded. */
  readJavaEnv(): Promise<string | null>;
  /** Replaces it atomically, mode and owner kept, or removes it (null); the first original stays as `java.env.before-zkshift`. */
  writeJavaEnv(text: string | null, fence: FenceToken): Promise<void>;
  /** Writes logback.xml beside zoo.cfg where there is none; one that is there is the team's and stays. */
  bringLogback(text: string, fence: FenceToken): Promise<void>;
  /** Removes the logback.xml beside zoo.cfg if it still is exactly this text. */
  takeLogback(text: string, fence: FenceToken): Promise<void>;
  /** What a host has for this server before it is there. One round trip; only an unreachable host throws `transient`. */
  room(options?: { readonly peers?: readonly string[] }): Promise<RoomFacts>;
  /** Throws `refused` (`NO_CONFIG`) where there is nothing to take over. */
  template(): Promise<ServerTemplate>;
  /**
   * Lays the server out: folders, `myid`, zoo.cfg, dynamic file (null: none), the template's files and flags, `current` on an
   * installed release. Safe to repeat in the same run while the server has not run. Throws `refused`: `DATA_NOT_EMPTY` when the
   * data folder holds anything that this run did not put there (with `setAside`, a retired server's data are moved to a
   * folder beside it first), `RUNS` when a server runs there.
   */
  prepare(
    server: ServerTemplate & {
      readonly run: RunId;
      readonly release: Release;
      readonly dynamicText: string | null;
      readonly setAside: boolean;
    },
    fence: FenceToken,
  ): Promise<{ readonly setAside: string | null }>;
  /** Takes away what `prepare` of this run made, its data included, and puts back what was set aside. Refuses (`RUNS`) while it runs. */
  unprepare(run: RunId, fence: FenceToken): Promise<void>;
  /** Replaces the members a stopped server starts with (dynamic configuration); refuses (`RUNS`) while it runs. */
  writeMembers(dynamicText: string, fence: FenceToken): Promise<void>;
  /** Notes on the host that this server was retired, or (null) that it is in service again. */
  markRetired(run: RunId | null, fence: FenceToken): Promise<void>;
  /** Last lines of the server's own log. */
  logTail(lines: number): Promise<string>;
  readonly portGate: PortGate;
  /** Who holds a port now: `pid 4211 (java, user tomcat)`; null when free. */
  portHolder(port: number): Promise<string | null>;
  /**
   * Copies the server's logs and configuration, with its newest complete snapshot, into the archive `file` on the worker. With
   * `from`, a snapshot of that zxid is there already: only the logs that go with it are copied. Aborted it throws the signal's
   * reason, and leaves nothing on the host.
   */
  backUp(
    file: string,
    options?: { readonly from?: Zxid; readonly signal?: AbortSignal },
  ): Promise<{
    readonly bytes: number;
    readonly sha256: string;
    /** Zxid of the snapshot in the archive, `0x…`; `none` where only logs exist. */
    readonly snapshot: string;
    readonly contents: readonly { readonly name: string; readonly bytes: number }[];
  }>;
  restoring(run: RunId): Promise<RestoringSeen>;
  /**
   * Copies a backup's files (on the worker) to the host, checks them there, and lays what they hold beside the server's data, which
   * are not touched. Gives what lies there; again, when it lies there already. Throws `refused` (`NOT_SET_ASIDE`, `USER_DIFFERS`,
   * `BACKUP_UNUSABLE`).
   */
  stageBackup(
    backup: {
      readonly run: RunId;
      readonly files: readonly { readonly path: string; readonly name: string; readonly sha256: string }[];
    },
    fence: FenceToken,
  ): Promise<readonly BackupFile[]>;
  /** Notes, once a run, whether the server's process lives: before a restore stops it. */
  noteBeforeRestore(run: RunId, fence: FenceToken): Promise<void>;
  /**
   * Puts the stopped server's data aside and what was staged in their place, with `epoch` as the last one it accepted. Safe to
   * enter half-done. Throws `refused` (`RUNS`, `NOT_STAGED`, `NOT_SET_ASIDE`).
   */
  layBackup(run: RunId, epoch: number, fence: FenceToken): Promise<void>;
  /** Takes that back on a stopped server: its former data are in their place again, and no epoch is below `epoch`. */
  putBack(run: RunId, epoch: number, fence: FenceToken): Promise<void>;
  /** Removes what was staged and is not in its place. */
  dropStaged(run: RunId, fence: FenceToken): Promise<void>;
};

/** What a run's restore has come to on a server's host, by what lies there. */
export type RestoringSeen = {
  /** The backup's data lie beside the server's, or in their place. */
  readonly staged: boolean;
  /** They are in their place, and the former ones aside. */
  readonly laid: boolean;
  /** Whether the server's process lived when the restore began; null before that. */
  readonly ran: boolean | null;
  readonly pid: number | null;
  /** The highest epoch that anything there tells of: the server's data, those put aside, its configuration, the backup. */
  readonly epoch: number;
  /** False where the server's own data do not tell the last epoch it accepted: they are lost or damaged. */
  readonly epochKnown: boolean;
  /** Folders with the server's former data. */
  readonly kept: readonly string[];
};

/** Where a port is closed; `address` null: at every address of the host. */
export type PortPlace = { readonly address: string | null; readonly port: number };

/**
 * The client ports of one server, closed on its host to everybody but zkshift by a table of nftables that is the run's own. What is
 * closed opens by itself `lifeMs` after it was closed or renewed last, whoever has died or is cut off by then.
 */
export type PortGate = {
  /**
   * What would be closed, and zkshift's own addresses, seen from there. Changes nothing. Throws `refused`: `NFT_MISSING`,
   * `NFT_NOT_ALLOWED`, `NFT_UNABLE`. `problem`: why zkshift would shut itself out, null when it would not.
   */
  look(asked: { readonly ports: readonly number[]; readonly client: Address }): Promise<{
    readonly places: readonly PortPlace[];
    readonly through: readonly string[];
    /** Clients on that machine cannot be told from zkshift. */
    readonly isOwnMachine: boolean;
    readonly problem: string | null;
  }>;
  /** Drops new connections and those that are open, in one go. Safe to repeat: the table is replaced. */
  close(
    asked: {
      readonly run: RunId;
      readonly places: readonly PortPlace[];
      /** Source addresses that are let through. */
      readonly through: readonly string[];
      readonly lifeMs: number;
    },
    fence: FenceToken,
  ): Promise<void>;
  /** False when the ports are open already: then they stay open. Lets these sources through as well. */
  renew(
    asked: { readonly run: RunId; readonly through: readonly string[]; readonly lifeMs: number },
    fence: FenceToken,
  ): Promise<boolean>;
  /** True when they were closed until now. */
  open(run: RunId, fence: FenceToken): Promise<boolean>;
  /** Tries to connect from this host, as a client there would. */
  tryFrom(targets: readonly Address[]): Promise<readonly ("refused" | "connected" | "unknown")[]>;
};

export type Hosts = {
  /** The control of one server. */
  server(placement: Placement): ServerControl;
  /** The worker's own addresses on the way to a server. */
  sourcesTo(server: Address): Promise<readonly string[]>;
  /** Servers that the host remembers under its root. Throws `transient` when it cannot be reached. */
  claims(host: HostSpec): Promise<readonly Claim[]>;
  /** Runs a team's own command on the worker (configuration management). `argv` is never joined into a shell. */
  runHook(
    argv: readonly string[],
    options: { readonly timeoutMs: number; readonly signal?: AbortSignal },
  ): Promise<{ readonly code: number; readonly output: string }>;
};

// ---------------------------------------------------------------- releases

export type ReleaseArchive = {
  readonly release: Release;
  /** Verified file on the worker. */
  readonly file: string;
  readonly sha512: string;
  readonly bytes: number;
};

export type ReleaseRepository = {
  /** Releases on offer, newest first. */
  list(): Promise<readonly Release[]>;
  /** Downloads and verifies once, then answers from the worker's cache. Throws `input` when the repository lacks it, `refused` on a wrong sum. */
  fetch(release: Release): Promise<ReleaseArchive>;
};

// ---------------------------------------------------------------- backups

/** Whose backups, and where they are kept; `directory` null: where the worker keeps its state. */
export type BackupPlace = { readonly ensemble: string; readonly directory: string | null };

/** A server that runs on a copy of a backup's data, on the worker, for as long as it is looked at. */
export type ThrowAway = {
  readonly address: Address;
  /** `super:<password>`, for a session that may read everything. */
  readonly auth: string;
  /** False once its process has ended. */
  alive(): boolean;
  /** The end of what it logged. */
  log(): Promise<string>;
};

export type Backups = {
  /** Folder of an ensemble's backups. */
  folder(where: BackupPlace): string;
  /** Newest first; those that cannot be read with what is wrong with them. */
  list(where: BackupPlace): Promise<readonly BackupListed[]>;
  /** Throws `input` (`NO_BACKUP`), `refused` (`DAMAGED`). */
  read(where: BackupPlace, name: string): Promise<BackupManifest>;
  /** The same, with the size and SHA-256 of every file compared. */
  check(where: BackupPlace, name: string): Promise<BackupManifest>;
  /** Makes a backup of what `fill` puts into a folder; it has its name only when it is whole. */
  keep(
    where: BackupPlace,
    at: number,
    fill: (directory: string) => Promise<Omit<BackupManifest, "format" | "name" | "files">>,
  ): Promise<BackupManifest>;
  remove(where: BackupPlace, names: readonly string[]): Promise<void>;
  /**
   * Throws `refused`: `NO_JAVA` where the worker has none, `CANNOT_UNPACK`. `backup`: folder with `files`. `extendedTypes` false: a
   * server that loses znodes with a time to live when it starts; else it keeps them.
   */
  throwAwayServer<T>(
    asked: {
      readonly backup: string;
      readonly files: readonly string[];
      readonly release: ReleaseArchive;
      readonly extendedTypes?: boolean;
      readonly signal?: AbortSignal;
    },
    work: (server: ThrowAway) => Promise<T>,
  ): Promise<T>;
};

// ---------------------------------------------------------------- store

export type Appended =
  | { readonly kind: "appended"; readonly recorded: RecordedEvent }
  | { readonly kind: "conflict" }
  | { readonly kind: "lease-lost" };

export type RunLog = {
  /**
   * Begins a run: reserves the ensemble and records its first events (proposed, approval-asked) in one go.
   * `reserved`: another run holds the ensemble.
   */
  begin(
    run: RunId,
    entries: readonly { readonly actor: Actor; readonly at: number; readonly event: RunEvent }[],
  ): Promise<{ readonly kind: "begun" } | { readonly kind: "reserved"; readonly by: RunId }>;
  /**
   * Appends if the head is still `head` and, when `fence` is given, it is the ensemble's newest token and its lease is held.
   * `finished` also frees the ensemble. A repeat of an append whose answer was lost is recognised and answers `appended`.
   */
  append(
    run: RunId,
    head: Head,
    entry: { readonly actor: Actor; readonly at: number; readonly event: RunEvent },
    fence?: FenceToken,
  ): Promise<Appended>;
  /** Events after `afterSeq` (default 0: all), in order. Empty for an unknown run. */
  read(run: RunId, afterSeq?: number): Promise<readonly RecordedEvent[]>;
  /** The run that holds an ensemble now. */
  reservedBy(ensemble: EnsembleName): Promise<RunId | null>;
  /** Newest first. */
  list(ensemble: EnsembleName, limit: number): Promise<readonly RunId[]>;
};

/** A held lease. */
export type Lease = {
  readonly ensemble: EnsembleName;
  readonly token: FenceToken;
  /** Throws `transient` (code `LEASE_LOST`) when the deadline has passed or renewal failed; synchronous, called right before every effect. */
  assertHeld(): void;
  /** Aborted when the lease is lost. */
  readonly signal: AbortSignal;
  release(): Promise<void>;
};

export type Leases = {
  /** Null when another worker holds it. Renews itself until released or lost. */
  acquire(ensemble: EnsembleName, holder: string): Promise<Lease | null>;
};

/** What a run shows while a step is under way. Only for display: never read to decide anything. Expires by itself. */
export type Live = {
  readonly step: number;
  readonly waitingFor: string | null;
  readonly writes: number;
  readonly failed: number;
  readonly longestPauseMs: number;
  readonly lastWriteMs: number | null;
  readonly lastWriteAt: number | null;
  /** When the servers were seen so, by the worker's clock. */
  readonly seenAt?: number | undefined;
  readonly servers: readonly {
    readonly id: number;
    readonly host: HostName;
    readonly release: string | null;
    readonly mode: string;
  }[];
};

export type LiveBoard = {
  show(run: RunId, live: Live): Promise<void>;
  read(run: RunId): Promise<Live | null>;
};

// ---------------------------------------------------------------- what was posted

/**
 * What of a run stands in Slack. Empty text and 0 mean "not yet". `seq`: the thread tells all events up to it.
 * `prompt…`: the thread's message that has buttons now. `intent`: a post that was begun and whose end is not known.
 */
export type PostedRecord = {
  readonly channel: string;
  readonly ts: string;
  readonly hash: string;
  readonly reaction: string;
  readonly seq: number;
  readonly promptSeq: number;
  readonly promptTs: string;
  readonly promptHash: string;
  readonly planFile: boolean;
  readonly endFiles: boolean;
  /** The requester was told that the channel cannot be posted to. */
  readonly told: boolean;
  readonly intent: "" | "parent" | "thread" | "plan-file" | "end-files";
};

/** Kept apart from the run log: losing it doubles messages at worst, never an effect. */
export type Posted = {
  read(run: RunId): Promise<PostedRecord | null>;
  /** False when the lock is no longer this token's; nothing is saved then. */
  save(run: RunId, record: PostedRecord, token: string): Promise<boolean>;
  /** A token while this caller alone may post for the run; null when another may. */
  lock(run: RunId, ttlMs: number): Promise<string | null>;
  extend(run: RunId, token: string, ttlMs: number): Promise<boolean>;
  unlock(run: RunId, token: string): Promise<void>;
};
