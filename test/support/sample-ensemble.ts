// An ensemble on paper for tests of pure code: three servers of 3.8.0 with dynamic membership, all well. Each part can
// be replaced; nothing here runs.
import type {
  DestinationSeen,
  HostFacts,
  Member,
  MemberSeen,
  Mode,
  MonitorSeen,
  Observation,
  RoomFacts,
  ServerSeen,
} from "../../src/model/ensemble.ts";
import type { ConfigureGoal, MigrateGoal, UpgradeGoal } from "../../src/model/goal.ts";
import { ensembleName, hostName, serverId, zxid } from "../../src/model/ids.ts";
import type { EnsembleSpec } from "../../src/model/inventory.ts";
import { type Release, release } from "../../src/model/release.ts";
import type { PlanOptions } from "../../src/plan/situation.ts";

const OFFERED: readonly Release[] = ["3.9.6", "3.9.3", "3.8.0"].map(release);
export const OPTIONS: PlanOptions = { releases: OFFERED, superKnown: true };

export const sampleGoal = (change: Partial<UpgradeGoal> = {}): UpgradeGoal => ({
  kind: "upgrade",
  ensemble: ensembleName("orders"),
  release: release("3.9.6"),
  gates: null,
  overrides: [],
  ...change,
});

export const sampleMigrateGoal = (to: readonly string[], change: Partial<MigrateGoal> = {}): MigrateGoal => ({
  kind: "migrate",
  ensemble: ensembleName("orders"),
  to: to.map(hostName),
  release: null,
  gates: null,
  overrides: [],
  ...change,
});

export const sampleConfigureGoal = (change: Partial<ConfigureGoal> = {}): ConfigureGoal => ({
  kind: "configure",
  ensemble: ensembleName("orders"),
  release: null,
  gates: null,
  overrides: [],
  ...change,
});

export const sampleSpec = (change: Partial<EnsembleSpec> = {}): EnsembleSpec => ({
  name: ensembleName("orders"),
  servers: new Map([1, 2, 3].map((id) => [serverId(id), hostName(`zk${id}`)])),
  ports: {},
  channel: "#zookeeper",
  approvers: { users: ["U024BE7LH"], groups: [], quorum: 1, selfApproval: false, expiresMs: 4 * 3600_000 },
  gates: "leader",
  settings: {},
  jvm: [],
  hooks: { configure: null },
  super: { from: "env", name: "ZK_ORDERS_SUPER" },
  soakMs: 0,
  syncTimeoutMs: 120_000,
  canaryPath: "/zkshift",
  backups: { directory: null, keep: 14, days: null, prove: "asked" },
  ...change,
});

export const sampleMember = (id: number, change: Partial<Member> = {}): Member => ({
  id: serverId(id),
  role: "participant",
  address: `10.0.0.${id}`,
  quorumPort: 2888,
  electionPort: 3888,
  client: { address: null, port: 2181 },
  ...change,
});

const MONITOR: MonitorSeen = {
  syncedFollowers: null,
  learners: null,
  znodes: 201,
  ephemerals: 1,
  sessions: 2,
  digestMismatches: 0,
  maxBuffer: null,
};

/** zoo.cfg of a server of the sample with dynamic membership. */
export const zooCfg = (lines: readonly string[] = []): string =>
  ["tickTime=2000", "dataDir=/var/lib/zookeeper", "reconfigEnabled=true", "admin.serverPort=8080", ...lines, ""].join(
    "\n",
  );

export const sampleFacts = (id: number, change: Partial<HostFacts> = {}): HostFacts => ({
  process: {
    pid: 4000 + id,
    home: "/opt/zookeeper/releases/apache-zookeeper-3.8.0-bin",
    configFile: "/opt/zookeeper/conf/zoo.cfg",
    jvmFlags: [],
    awaitingStart: [],
  },
  configFile: "/opt/zookeeper/conf/zoo.cfg",
  configText: zooCfg(),
  dynamicText: null,
  javaEnvText: null,
  nextFlags: [],
  myid: `${id}\n`,
  dataBytes: 48_000,
  snapshots: 1,
  freeBytes: 10_000_000_000,
  javaMajor: 17,
  clockOffsetMs: 3,
  installed: [release("3.8.0")],
  current: "/opt/zookeeper/releases/apache-zookeeper-3.8.0-bin",
  logging: ["logback.xml"],
  problems: [],
  ...change,
});

export type SampleServer = {
  readonly id: number;
  readonly mode?: Mode;
  readonly release?: string;
  readonly member?: Partial<Member>;
  readonly zxid?: bigint;
  readonly monitor?: Partial<MonitorSeen> | null;
  /** Replaces what the network shows. */
  readonly seen?: MemberSeen;
  readonly facts?: Partial<HostFacts>;
  /** Replaces what the host shows. */
  readonly onHost?: ServerSeen["onHost"];
  readonly host?: string;
  readonly client?: ServerSeen["client"];
};

const sampleServer = (given: SampleServer): ServerSeen => {
  const mode = given.mode ?? "follower";
  return {
    id: serverId(given.id),
    host: hostName(given.host ?? `zk${given.id}`),
    client: given.client ?? { host: `10.0.0.${given.id}`, port: 2181 },
    member: sampleMember(given.id, { role: mode === "observer" ? "observer" : "participant", ...given.member }),
    seen: given.seen ?? {
      status: "serving",
      mode,
      release: release(given.release ?? "3.8.0"),
      zxid: zxid(given.zxid ?? 0x1000004afn),
      connections: 3,
      outstanding: 0,
      latencyMs: { min: 0, avg: 1, max: 9 },
      monitor: given.monitor === null ? null : { ...MONITOR, ...given.monitor },
    },
    onHost: given.onHost === undefined ? sampleFacts(given.id, given.facts) : given.onHost,
  };
};

/** Servers 1 and 2 follow, 3 leads and counts two synced followers; `servers` replaces them all. */
export const sampleObservation = (
  servers: readonly SampleServer[] = [{ id: 1 }, { id: 2 }, { id: 3, mode: "leader", monitor: { syncedFollowers: 2 } }],
  membership: Partial<Observation["membership"]> = {},
): Observation => {
  const seen = servers.map(sampleServer);
  return {
    ensemble: ensembleName("orders"),
    seenAt: 1_764_000_000_000,
    membership: {
      source: "dynamic",
      version: "100000000",
      members: seen.map((server) => server.member),
      ...membership,
    },
    servers: seen,
  };
};

/** The sample with one server changed; the others stay. */
export const sampleWith = (change: SampleServer): Observation =>
  sampleObservation(
    [{ id: 1 }, { id: 2 }, { id: 3, mode: "leader" as const, monitor: { syncedFollowers: 2 } }].map((server) =>
      server.id === change.id ? { ...server, ...change } : server,
    ),
  );

/** An empty host that is ready for a server. `room` replaces parts of what it has. */
export const sampleDestination = (
  host: string,
  change: Partial<Omit<DestinationSeen, "room">> & { readonly room?: Partial<RoomFacts> } = {},
): DestinationSeen => ({
  host: hostName(host),
  address: `10.0.0.${host.replace(/\D/g, "")}`,
  ports: { client: 2181, quorum: 2888, election: 3888, admin: 8080 },
  dataDir: "/var/lib/zookeeper",
  dataLogDir: null,
  logs: "/var/log/zookeeper",
  usedBy: null,
  ...change,
  room: {
    freeBytes: 10_000_000_000,
    javaMajor: 17,
    clockOffsetMs: 3,
    installed: [],
    holds: null,
    claims: [],
    problems: [],
    ...change.room,
  },
});

/** One server alone, as zookeeperStarted sets it up. */
export const sampleStandalone = (change: Partial<SampleServer> = {}): Observation =>
  sampleObservation([{ id: 1, mode: "standalone", facts: { myid: null }, ...change }], {
    source: "static",
    version: null,
  });
