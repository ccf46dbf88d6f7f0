// Makes a joined server a member. Never one that does not serve: ZooKeeper would accept it, and the quorum would grow by
// somebody who cannot vote.
import type { Member } from "../model/ensemble.ts";
import type { StepOf } from "../model/plan.ts";
import { changedEvidence, readMembers, reconfigureOnce } from "./guarded-reconfig.ts";
import { notYetJoined } from "./joiner.ts";
import { notYetSynced, proveServes } from "./seeing.ts";
import type { Check, StepHandler } from "./step-handler.ts";
import type { World } from "./world.ts";

/** It has all data; what is waited for is the moment, not the copying. */
const MEMBER_MS = 60_000;

export const addMember: StepHandler<"add-member"> = {
  timeLimitMs: MEMBER_MS,
  check: async (step, world) => checkMember(world, step.member),
  apply: async (step, world) => {
    await reconfigureOnce(world, { joining: step.member });
  },
  verify: async (step, world) => {
    await proveServes(world, world.server(step.member.id));
    return changedEvidence("add-member", step.member, world);
  },
  undo: async (step, world) => takeOut(step, world),
};

/** Is it the member that it shall be? `ready` when it may become one now. */
export const checkMember = async (world: World, member: Member): Promise<Check> => {
  const seen = await world.observe({ withHosts: false });
  const now = seen.servers.find(({ id }) => id === member.id);
  if (now === undefined || now.member.role !== member.role) {
    const missing = await notYetJoined(world, member.id);
    return missing === null ? { kind: "ready" } : { kind: "wait", for: missing, againMs: 100 };
  }
  const missing = notYetSynced(seen, member.id);
  if (missing !== null) return { kind: "wait", for: missing, againMs: 100 };
  const actsAsObserver = now.seen.status === "serving" && now.seen.mode === "observer";
  return actsAsObserver === (member.role === "observer")
    ? { kind: "done" }
    : { kind: "wait", for: `server.${member.id} to act as ${member.role}`, againMs: 50 };
};

const takeOut = async (step: StepOf<"add-member">, world: World): Promise<"undone"> => {
  const now = await readMembers(world);
  if (now.members.some(({ id }) => id === step.member.id)) {
    await reconfigureOnce(world, { leaving: step.member.id });
  }
  await changedEvidence("add-member", step.member, world);
  return "undone";
};
