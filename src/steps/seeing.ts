// What several steps read from an observation: who leads, who is synced, how a server is named to people.
import { OpsError } from "../errors.ts";
import type { MemberSeen, Observation, ServerSeen } from "../model/ensemble.ts";
import { epochOf, type ServerId } from "../model/ids.ts";
import type { Release } from "../model/release.ts";
import type { Session } from "../ports.ts";
import type { ServerHandle, World } from "./world.ts";

type Serving = Extract<MemberSeen, { status: "serving" }>;

export const seenServer = (seen: Observation, id: ServerId): ServerSeen => {
  const server = seen.servers.find((s) => s.id === id);
  if (server === undefined) {
    throw new OpsError("stale", {
      what: `server.${id} is no longer a member of ${seen.ensemble}.`,
      next: "Look at the configuration: somebody else changed the membership.",
    });
  }
  return server;
};

/** The leader with its id; null when none was seen. A standalone server leads itself. */
export const leaderOf = (seen: Observation): { readonly id: ServerId; readonly seen: Serving } | null => {
  for (const server of seen.servers) {
    if (server.seen.status === "serving" && (server.seen.mode === "leader" || server.seen.mode === "standalone")) {
      return { id: server.id, seen: server.seen };
    }
  }
  return null;
};

/**
 * Why a server is not yet part of the serving ensemble; null when it is: it serves, in the leader's epoch, and the
 * leader counts every voter as synced where it tells.
 */
export const notYetSynced = (seen: Observation, id: ServerId): string | null => {
  const server = seenServer(seen, id).seen;
  if (server.status === "unreachable") return `server.${id} to answer (${server.error})`;
  if (server.status === "not-serving") {
    return server.reason === "looking" ? `server.${id} to find the leader` : `server.${id} to open its client port`;
  }
  const leader = leaderOf(seen);
  if (leader === null) return "a leader";
  if (leader.id === id) return null;
  if (epochOf(server.zxid) !== epochOf(leader.seen.zxid)) return `server.${id} to reach the leader's epoch`;
  const synced = leader.seen.monitor?.syncedFollowers ?? null;
  const voters = seen.servers.filter((s) => s.member.role === "participant").length;
  const down = seen.servers.filter((s) => s.member.role === "participant" && s.seen.status !== "serving").length;
  if (synced !== null && synced < voters - 1 - down) {
    return `the leader to count server.${id} as synced (${synced} of ${voters - 1} followers are)`;
  }
  return null;
};

/** A session to this one server alone; the caller closes it. */
export const sessionTo = (world: World, server: ServerHandle): Promise<Session> =>
  world.zookeeper.connect({
    servers: [server.client],
    timeoutMs: 10_000,
    sessionTimeoutMs: 8_000,
    auth: world.auth,
  });

/** Runs `work` over a session to this one server alone, so that what it proves is proved of this server. */
const throughServer = async <T>(
  world: World,
  server: ServerHandle,
  work: (session: Session) => Promise<T>,
): Promise<T> => {
  const session = await sessionTo(world, server);
  try {
    return await work(session);
  } finally {
    await session.close();
  }
};

/** What a client of this one server gets: synced with the leader, and a write acknowledged. */
export const proveServes = async (world: World, server: ServerHandle): Promise<{ readonly writeMs: number }> =>
  throughServer(world, server, async (session) => {
    await session.sync("/");
    const sentAt = world.clock.now();
    await world.writeTest(session);
    return { writeMs: world.clock.now() - sentAt };
  });

/** Serving the wanted release? A sentence when not. */
export const wrongRelease = (seen: MemberSeen, wanted: Release): string | null =>
  seen.status === "serving" && seen.release !== wanted ? `it runs ${seen.release}, not ${wanted}` : null;
