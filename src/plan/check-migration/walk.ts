// What the checker of migrations knows at one point of a plan: every server as the steps so far have left it. Like
// safety.ts it counts for itself and imports nothing of the planner or its rules.
import { canonicalJson } from "../../model/canonical-json.ts";
import type { Member, Observation } from "../../model/ensemble.ts";
import type { HostName, ServerId } from "../../model/ids.ts";
import type { Plan } from "../../model/plan.ts";
import type { Release } from "../../model/release.ts";
import { isVoter, servingOf } from "../safety.ts";

/** One server as the plan has left it so far. */
export type Server = {
  readonly id: ServerId;
  readonly host: HostName;
  /** `host:port` of its client port. */
  readonly client: string;
  readonly release: Release | null;
  /** It is there now, and its host is none of the goal's. */
  readonly leaves: boolean;
  /** It leads when the plan is made. */
  readonly leads: boolean;
  /** Its line when the plan is made; null: it is no member then. */
  readonly was: Member | null;
  /** The line that the plan laid it out for; for others what `was` says. */
  readonly line: Member;
  readonly replaces: ServerId | null;
  /** `synced`: it serves with all data, whether it is a member or not. */
  state: "laid out" | "started" | "synced" | "stopped" | "retired";
  /** Dynamic: its line in the configuration in force; null when it is no member. */
  member: Member | null;
  /** Static: the list its process was started with, itself as observer included. */
  list: readonly Member[];
};

export type Walk = {
  readonly plan: Plan;
  readonly seen: Observation;
  readonly isDynamic: boolean;
  readonly servers: Map<ServerId, Server>;
  readonly installed: Set<ServerId>;
  /** Never fewer voters may serve: the smaller one of the numbers before and after. */
  readonly fewestVoters: number;
  /** A person was asked before old servers are stopped. */
  mayRetire: boolean;
  /** Servers whose clients were waited for. */
  readonly waitedFor: Set<ServerId>;
  /** Static: the replacement under way. */
  replacement: { readonly goes: ServerId; readonly members: readonly Member[]; readonly waiting: Set<ServerId> } | null;
  /** Static: the list that all members hold, or held before the replacement under way. */
  list: readonly Member[];
  readonly wrong: string[];
};

export const begin = (plan: Plan, seen: Observation): Walk => {
  const to = plan.goal.kind === "migrate" ? plan.goal.to : [];
  const list = seen.membership.members;
  const servers = seen.servers.map((server): Server => {
    const serving = servingOf(server);
    return {
      id: server.id,
      host: server.host,
      client: addressText(server.client),
      release: serving?.release ?? null,
      leaves: !to.includes(server.host),
      leads: serving?.mode === "leader",
      was: server.member,
      line: server.member,
      replaces: null,
      state: serving === null ? "stopped" : "synced",
      member: server.member,
      list,
    };
  });
  const after =
    seen.servers.filter((server) => isVoter(server) && to.includes(server.host)).length +
    plan.steps.filter((step) => step.kind === "prepare-server" && step.member.role === "participant").length;
  return {
    plan,
    seen,
    isDynamic: seen.membership.source === "dynamic",
    servers: new Map(servers.map((server) => [server.id, server])),
    installed: new Set(),
    fewestVoters: Math.min(seen.servers.filter(isVoter).length, after),
    mayRetire: plan.gates === "once",
    waitedFor: new Set(),
    replacement: null,
    list,
    wrong: seen.servers.flatMap((server) =>
      servingOf(server) === null ? [`server.${server.id} did not serve when the plan was made.`] : [],
    ),
  };
};

export const allOf = ({ servers }: Walk): readonly Server[] => [...servers.values()];

/** Members of the dynamic configuration in force. */
export const membersOf = (walk: Walk): readonly Server[] => allOf(walk).filter(({ member }) => member !== null);

/** Who is left when the plan is done. */
export const finalServers = (walk: Walk): readonly Server[] =>
  allOf(walk).filter(({ leaves, state }) => !leaves && state !== "retired");

/** True for the same lines, whatever their order. */
export const sameLines = (a: readonly Member[], b: readonly Member[]): boolean => linesText(a) === linesText(b);
const linesText = (lines: readonly Member[]): string => canonicalJson([...lines].sort((a, b) => a.id - b.id));

export const addressText = ({ host, port }: { readonly host: string; readonly port: number }): string =>
  `${host.includes(":") ? `[${host}]` : host}:${port}`;

/** `server.1, server.2` */
export const named = (servers: readonly { readonly id: ServerId }[]): string =>
  servers.map(({ id }) => `server.${id}`).join(", ");

/** Keys of zoo.cfg that say who is a member, or where a server is. */
export const isAboutMembers = (key: string): boolean =>
  /^((server|group|weight)\.|(dynamicConfigFile|peerType|clientPort|clientPortAddress|dataDir|dataLogDir)$)/.test(key);
