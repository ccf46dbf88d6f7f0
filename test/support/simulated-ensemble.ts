// An ensemble in memory that steps of a plan can be played on (simulated-steps.ts): it elects, loses quorum, splits and
// refuses nonsense the way real servers do (simulated-votes.ts), at once and without data. It shares no code with the
// planner or its checkers, so that it can judge them all.
import type { Member, Role } from "../../src/model/ensemble.ts";
import type { ServerId } from "../../src/model/ids.ts";
import { serverId } from "../../src/model/ids.ts";
import { type Release, release } from "../../src/model/release.ts";
import { sampleMember } from "./sample-ensemble.ts";

export type SimulatedServer = {
  readonly id: ServerId;
  readonly host: string;
  /** Its own line, as it holds now: a server that is not added yet, and one that was removed, is nobody's member. */
  readonly member: Member;
  /** Dynamic: whether the configuration in force has it. */
  readonly isMember: boolean;
  /** `joining`: it runs, but is not known to have the leader's data yet. */
  readonly state: "stopped" | "joining" | "serving";
  /** The members that its process was started with; only a static configuration stays with them. */
  readonly list: readonly Member[];
  /** The members that its next start finds on disk. */
  readonly file: readonly Member[];
  readonly retired: boolean;
  /** It was there when the simulation began, so the inventory lists it. */
  readonly isListed: boolean;
  readonly release: Release;
  /** What `current` points at. */
  readonly current: Release;
  readonly installed: readonly Release[];
  readonly configText: string;
  /** JVM flags that its files give, and those that its process was started with. */
  readonly flags: { readonly file: readonly string[]; readonly running: readonly string[] };
  readonly snapshots: number;
  /** Its data folder has a transaction log. */
  readonly hasLog: boolean;
};

export type SimulatedEnsemble = {
  readonly name: string;
  readonly isDynamic: boolean;
  /** One server that was started without an ensemble, as far as `standaloneEnabled` lets it be one. */
  readonly isStandalone: boolean;
  readonly configVersion: number;
  /** Null while there is none. */
  readonly leader: ServerId | null;
  readonly epoch: number;
  /** Writes that were waited for: whoever had to acknowledge one has everything before it. */
  readonly writes: number;
  /** By id. Those of which no process was ever laid out are not there yet. */
  readonly servers: readonly SimulatedServer[];
  /** On which hosts of servers to come which release is installed. */
  readonly ready: readonly { readonly id: ServerId; readonly release: Release }[];
  /** Ids that were in use before the simulation began, and those it used. */
  readonly usedIds: readonly number[];
  /** Whether the leader tells how many followers are synced. */
  readonly tellsSynced: boolean;
};

export type SimulatedSpec = {
  readonly servers: readonly {
    readonly role: Role;
    readonly release: string;
    readonly snapshots: number;
    readonly flags?: readonly string[];
    /** Lines of its own zoo.cfg. */
    readonly lines?: readonly string[];
    /** Its place when it is not given. */
    readonly id?: number;
  }[];
  /** Index into the voters. */
  readonly leader: number;
  readonly isDynamic: boolean;
  readonly reconfigEnabled: boolean;
  readonly tellsSynced: boolean;
  readonly usedIds?: readonly number[];
  /** Written into every zoo.cfg. */
  readonly lines?: readonly string[];
};

/** `zk7` is at 10.0.0.7. */
export const addressOf = (host: string): string => `10.0.0.${host.slice(2)}`;

export const simulateEnsemble = (spec: SimulatedSpec): SimulatedEnsemble => {
  const members = spec.servers.map(({ role, id }, index) =>
    sampleMember(id ?? index + 1, {
      role,
      address: addressOf(`zk${index + 1}`),
      client: spec.isDynamic ? { address: null, port: 2181 } : null,
    }),
  );
  const voters = members.filter(({ role }) => role === "participant");
  const lines = members.map(
    ({ id, role, address }) => `server.${id}=${address}:2888:3888${role === "observer" ? ":observer" : ""}`,
  );
  const isStandalone = members.length === 1 && spec.lines?.includes("standaloneEnabled=false") !== true;
  return {
    name: "orders",
    isDynamic: spec.isDynamic,
    isStandalone,
    configVersion: 0x100000000,
    leader: voters[spec.leader % voters.length]?.id ?? null,
    epoch: 1,
    writes: 0,
    tellsSynced: spec.tellsSynced,
    ready: [],
    usedIds: [...new Set([...(spec.usedIds ?? []), ...members.map(({ id }) => Number(id))])],
    servers: spec.servers
      .map((given, index): SimulatedServer => {
        const member = members[index] ?? sampleMember(index + 1);
        return {
          id: serverId(member.id),
          host: `zk${index + 1}`,
          member,
          isMember: true,
          state: "serving",
          list: members,
          file: members,
          retired: false,
          isListed: true,
          release: release(given.release),
          current: release(given.release),
          installed: [release(given.release)],
          snapshots: given.snapshots,
          hasLog: true,
          flags: { file: given.flags ?? [], running: given.flags ?? [] },
          configText: [
            "dataDir=/var/lib/zookeeper",
            ...(spec.lines ?? []),
            ...(given.lines ?? []),
            ...(spec.reconfigEnabled ? ["reconfigEnabled=true"] : []),
            ...(spec.isDynamic ? ["dynamicConfigFile=/opt/zookeeper/conf/zoo.cfg.dynamic"] : lines),
            "",
          ].join("\n"),
        };
      })
      .sort((a, b) => a.id - b.id),
  };
};

/** Dynamic: the configuration in force. Static: what the leader, or else some server that runs, was started with. */
export const membersOf = ({ isDynamic, servers, leader }: SimulatedEnsemble): readonly Member[] => {
  if (isDynamic) return servers.filter(({ isMember }) => isMember).map(({ member }) => member);
  const asked = servers.find(({ id }) => id === leader) ?? servers.find(({ state }) => state !== "stopped");
  return asked?.list ?? [];
};

/** Servers that are members. */
export const serversOf = (ensemble: SimulatedEnsemble): readonly SimulatedServer[] => {
  const ids = membersOf(ensemble).map(({ id }) => id);
  return ensemble.servers.filter(({ id }) => ids.includes(id));
};
