// A server that runs beside the ensemble without being a member: whether it has all data, and how one is (re)started.
import { formatMembers } from "../model/dynamic-config.ts";
import type { Member, MemberSeen } from "../model/ensemble.ts";
import { epochOf, type ServerId } from "../model/ids.ts";
import { leaderOf } from "./seeing.ts";
import { stepFailed } from "./step-failed.ts";
import type { World } from "./world.ts";

/** What it still lacks before it may become a member; null when it has all data of the leader's epoch and serves. */
export const notYetJoined = async (world: World, id: ServerId): Promise<string | null> => {
  const seen = await seeServer(world, id);
  if (seen.status === "unreachable") return `server.${id} to answer (${seen.error})`;
  if (seen.status === "not-serving") {
    return seen.reason === "looking" ? `server.${id} to get the leader's data` : `server.${id} to open its client port`;
  }
  const leader = leaderOf(await world.observe({ withHosts: false }));
  if (leader === null) return "a leader";
  // A learner opens its client port only when it has all that was committed when it came.
  return epochOf(seen.zxid) < epochOf(leader.seen.zxid) ? `server.${id} to reach the leader's epoch` : null;
};

export const seeServer = (world: World, id: ServerId): Promise<MemberSeen> => {
  const handle = world.server(id);
  return world.zookeeper.see(handle.client, handle.admin);
};

/**
 * Starts a server that is no member as an observer beside the members of now. Its own list must hold itself, and ZooKeeper
 * rewrites it without as soon as it has joined: so it is written anew before each start.
 */
export const startJoiner = async (world: World, member: Member): Promise<{ readonly pid: number }> => {
  const { control } = world.server(member.id);
  const now = await world.membership();
  if (now !== null && now.source === "dynamic" && member.client !== null && !(await control.isRunning())) {
    const others = now.members.filter(({ id }) => id !== member.id);
    await control.writeMembers(formatMembers([...others, { ...member, role: "observer" }]), world.fence());
  }
  return control.start(world.fence());
};

/** Ends a server that is no member: nobody's quorum counts it. Throws `step-failed` while it still is one. */
export const endJoiner = async (world: World, id: ServerId): Promise<void> => {
  const server = world.server(id);
  const { membership } = await world.observe({ withHosts: false });
  if (membership.source === "dynamic" && membership.members.some((member) => member.id === id)) {
    throw await stepFailed(world, server, `server.${id} is still a member, so it is not stopped.`);
  }
  await world.canary?.avoid(server.client);
  await server.control.stop("TERM", world.fence());
};

/** Waits until it has joined, within the ensemble's time to sync; throws `step-failed` with the end of its log. */
export const waitUntilJoined = async (world: World, id: ServerId): Promise<void> => {
  const handle = world.server(id);
  const until = world.clock.now() + world.ensemble.syncTimeoutMs;
  for (;;) {
    const missing = await notYetJoined(world, id);
    if (missing === null) return;
    if (!(await handle.control.isRunning())) {
      throw await stepFailed(world, handle, `server.${id} ended by itself after its start.`);
    }
    if (world.clock.now() > until) {
      const seconds = Math.round(world.ensemble.syncTimeoutMs / 1000);
      throw await stepFailed(
        world,
        handle,
        `server.${id} did not join within ${seconds} s: still waiting for ${missing}.`,
      );
    }
    world.waiting(missing);
    await world.clock.sleep(100, world.signal);
  }
};

/** The member that a plan's new server becomes; null for a server that the plan does not bring. */
export const joinerIn = (world: World, id: ServerId): Member | null => {
  const found = world.plan.steps.find((step) => step.kind === "prepare-server" && step.server === id);
  return found?.kind === "prepare-server" ? found.member : null;
};
