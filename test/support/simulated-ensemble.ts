// An ensemble in memory that steps of a plan can be played on: it elects, loses quorum and refuses nonsense the way real
// servers do, at once and without data. It shares no code with the planner or its checker, so that it can judge both.
import type { Member, Observation } from "../../src/model/ensemble.ts";
import type { ServerId } from "../../src/model/ids.ts";
import { ensembleName, hostName, serverId, zxid } from "../../src/model/ids.ts";
import type { Plan, Step } from "../../src/model/plan.ts";
import { type Release, release } from "../../src/model/release.ts";
import { applyChanges } from "../../src/model/zoo-cfg.ts";
import { sampleFacts, sampleMember } from "./sample-ensemble.ts";

type SimulatedServer = {
  readonly id: ServerId;
  readonly member: Member;
  /** `joining`: it runs, but is not known to have the leader's data yet. */
  readonly state: "stopped" | "joining" | "serving";
  readonly release: Release;
  /** What `current` points at. */
  readonly current: Release;
  readonly installed: readonly Release[];
  readonly configText: string;
  readonly snapshots: number;
};

export type SimulatedEnsemble = {
  readonly name: string;
  readonly isDynamic: boolean;
  readonly configVersion: number;
  /** Null while there is none. */
  readonly leader: ServerId | null;
  readonly epoch: number;
  readonly servers: readonly SimulatedServer[];
  /** Whether the leader tells how many followers are synced. */
  readonly tellsSynced: boolean;
};

export type SimulatedSpec = {
  readonly servers: readonly { readonly role: Member["role"]; readonly release: string; readonly snapshots: number }[];
  /** Index into the voters. */
  readonly leader: number;
  readonly isDynamic: boolean;
  readonly reconfigEnabled: boolean;
  readonly tellsSynced: boolean;
};

export const simulateEnsemble = (spec: SimulatedSpec): SimulatedEnsemble => {
  const members = spec.servers.map(({ role }, index) =>
    sampleMember(index + 1, { role, client: spec.isDynamic ? { address: null, port: 2181 } : null }),
  );
  const voters = members.filter(({ role }) => role === "participant");
  const lines = members.map(
    ({ id, role, address }) => `server.${id}=${address}:2888:3888${role === "observer" ? ":observer" : ""}`,
  );
  return {
    name: "orders",
    isDynamic: spec.isDynamic,
    configVersion: 0x100000000,
    leader: voters[spec.leader % voters.length]?.id ?? null,
    epoch: 1,
    tellsSynced: spec.tellsSynced,
    servers: spec.servers.map((given, index) => ({
      id: serverId(index + 1),
      member: members[index] ?? sampleMember(index + 1),
      state: "serving",
      release: release(given.release),
      current: release(given.release),
      installed: [release(given.release)],
      snapshots: given.snapshots,
      configText: [
        "dataDir=/var/lib/zookeeper",
        ...(spec.reconfigEnabled ? ["reconfigEnabled=true"] : []),
        ...(spec.isDynamic ? ["dynamicConfigFile=/opt/zookeeper/conf/zoo.cfg.dynamic"] : lines),
        "",
      ].join("\n"),
    })),
  };
};

// ---------------------------------------------------------------- what holds now

const votersOf = ({ servers }: SimulatedEnsemble) => servers.filter(({ member }) => member.role === "participant");
const quorumOf = (ensemble: SimulatedEnsemble): number => Math.floor(votersOf(ensemble).length / 2) + 1;

/** True when a leader serves and a quorum of voters has the data. */
export const writesWork = (ensemble: SimulatedEnsemble): boolean =>
  ensemble.leader !== null &&
  votersOf(ensemble).filter(({ state }) => state === "serving").length >= quorumOf(ensemble);

/** Servers that do not serve with all the data. */
export const away = ({ servers }: SimulatedEnsemble): readonly ServerId[] =>
  servers.filter(({ state }) => state !== "serving").map(({ id }) => id);

export const observe = (ensemble: SimulatedEnsemble): Observation => {
  const mode = (server: SimulatedServer) => {
    if (server.id === ensemble.leader) return "leader" as const;
    return server.member.role === "observer" ? ("observer" as const) : ("follower" as const);
  };
  return {
    ensemble: ensembleName(ensemble.name),
    seenAt: 1_764_000_000_000 + ensemble.epoch,
    membership: {
      source: ensemble.isDynamic ? "dynamic" : "static",
      version: ensemble.isDynamic ? ensemble.configVersion.toString(16) : null,
      members: ensemble.servers.map(({ member }) => member),
    },
    servers: ensemble.servers.map((server) => ({
      id: server.id,
      host: hostName(`zk${server.id}`),
      client: { host: server.member.address, port: 2181 },
      member: server.member,
      seen:
        server.state === "stopped" || ensemble.leader === null
          ? { status: "not-serving", reason: server.state === "stopped" ? "refused" : "looking" }
          : {
              status: "serving",
              mode: mode(server),
              release: server.release,
              zxid: zxid((BigInt(ensemble.epoch) << 32n) + (server.state === "joining" ? 0n : 7n)),
              connections: 1,
              outstanding: 0,
              latencyMs: { min: 0, avg: 1, max: 5 },
              monitor:
                server.id === ensemble.leader && ensemble.tellsSynced
                  ? {
                      syncedFollowers: votersOf(ensemble).filter(
                        ({ id, state }) => id !== ensemble.leader && state === "serving",
                      ).length,
                      learners: null,
                      znodes: null,
                      ephemerals: null,
                      sessions: null,
                      digestMismatches: null,
                      maxBuffer: null,
                    }
                  : null,
            },
      onHost: sampleFacts(server.id, {
        configText: server.configText,
        installed: server.installed,
        snapshots: server.snapshots,
        process:
          server.state === "stopped"
            ? null
            : {
                pid: 4000 + server.id,
                home: `/opt/zookeeper/releases/apache-zookeeper-${server.release}-bin`,
                configFile: "/opt/zookeeper/conf/zoo.cfg",
                jvmFlags: [],
              },
      }),
    })),
  };
};

// ---------------------------------------------------------------- steps

/** What a real server or host would not have done. */
export class Impossible extends Error {}

const change = (ensemble: SimulatedEnsemble, id: ServerId, change: (server: SimulatedServer) => SimulatedServer) => {
  if (!ensemble.servers.some((server) => server.id === id)) throw new Impossible(`no server.${id}`);
  return { ...ensemble, servers: ensemble.servers.map((server) => (server.id === id ? change(server) : server)) };
};

/** The leader stays while it serves, has a vote and a quorum; else the voter with the highest id among those with the data. */
const elect = (ensemble: SimulatedEnsemble): SimulatedEnsemble => {
  const able = votersOf(ensemble).filter(({ state }) => state === "serving");
  const present = votersOf(ensemble).filter(({ state }) => state !== "stopped");
  if (present.length < quorumOf(ensemble) || able.length === 0) return { ...ensemble, leader: null };
  if (able.some(({ id }) => id === ensemble.leader)) return ensemble;
  return { ...ensemble, leader: able.at(-1)?.id ?? null, epoch: ensemble.epoch + 1 };
};

const stop = (ensemble: SimulatedEnsemble, id: ServerId): SimulatedEnsemble =>
  elect(
    change(ensemble, id, (server) => {
      if (server.state === "stopped") throw new Impossible(`server.${id} is stopped already`);
      return { ...server, state: "stopped" };
    }),
  );

/** Plays one step; every instant that clients could notice, the last one being how the step leaves the ensemble. */
export const play = (ensemble: SimulatedEnsemble, step: Step): readonly SimulatedEnsemble[] => {
  switch (step.kind) {
    case "install-release":
      return [
        step.servers.reduce(
          (now, id) => change(now, id, (server) => ({ ...server, installed: [...server.installed, step.release] })),
          ensemble,
        ),
      ];
    case "stop-server":
      return [stop(ensemble, step.server)];
    case "hand-over-leadership": {
      if (step.method === "kill") return [stop(ensemble, step.server)];
      const demoted = reconfigure(ensemble, step.server, "observer");
      return [demoted, stop(demoted, step.server)];
    }
    case "write-config":
      return [
        change(ensemble, step.server, (server) => {
          if (!server.installed.includes(step.release)) throw new Impossible(`${step.release} is not installed`);
          return { ...server, current: step.release, configText: applyChanges(server.configText, step.changes) };
        }),
      ];
    case "start-server":
      return [
        elect(
          change(ensemble, step.server, (server) => {
            if (server.state !== "stopped") throw new Impossible(`server.${server.id} runs already`);
            // ZOOKEEPER-3056: from 3.5 on a server refuses logs without a snapshot.
            const trusts = /^snapshot\.trust\.empty=true$/m.test(server.configText);
            const is34 = server.current.startsWith("3.4.");
            if (!is34 && server.snapshots === 0 && !trusts) throw new Impossible("no snapshot found");
            return { ...server, state: "joining", release: server.current };
          }),
        ),
      ];
    case "wait-until-synced":
      return [
        elect(
          change(ensemble, step.server, (server) => {
            if (server.state === "stopped") throw new Impossible(`server.${server.id} never syncs: it is stopped`);
            if (ensemble.leader === null) throw new Impossible("nobody to sync with");
            const written = server.release.startsWith("3.4.") ? server.snapshots : Math.max(1, server.snapshots);
            return { ...server, state: "serving", snapshots: written };
          }),
        ),
      ];
    case "reconfigure":
      return [reconfigure(ensemble, step.member.id, step.member.role)];
    default:
      return [ensemble];
  }
};

const reconfigure = (ensemble: SimulatedEnsemble, id: ServerId, role: Member["role"]): SimulatedEnsemble => {
  if (!ensemble.isDynamic) throw new Impossible("reconfig is disabled");
  if (!writesWork(ensemble)) throw new Impossible("no quorum to commit a reconfig");
  const changed = change(ensemble, id, (server) => ({ ...server, member: { ...server.member, role } }));
  return elect({ ...changed, configVersion: changed.configVersion + 1 });
};

/** Every instant of a whole plan, beginning with the ensemble as it is. Throws {@link Impossible}. */
export const playPlan = (ensemble: SimulatedEnsemble, plan: Pick<Plan, "steps">): readonly SimulatedEnsemble[] => {
  const instants = [ensemble];
  for (const step of plan.steps) instants.push(...play(instants.at(-1) ?? ensemble, step));
  return instants;
};
