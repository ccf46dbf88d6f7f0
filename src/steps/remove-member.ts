// Takes a server out of the configuration. Its process goes on, follows the ensemble without a vote and serves its clients;
// so taking it back in needs no restart.
import { OpsError } from "../errors.ts";
import { formatMember } from "../model/dynamic-config.ts";
import type { Member } from "../model/ensemble.ts";
import { assertNever } from "../model/ids.ts";
import { mayLeave } from "../plan/safety.ts";
import { checkMember } from "./add-member.ts";
import { changedEvidence, reconfigureOnce } from "./guarded-reconfig.ts";
import { startJoiner, waitUntilJoined } from "./joiner.ts";
import { leaderOf } from "./seeing.ts";
import type { StepHandler } from "./step-handler.ts";
import type { World } from "./world.ts";

const LEAVE_MS = 60_000;

export const removeMember: StepHandler<"remove-member"> = {
  timeLimitMs: LEAVE_MS,
  check: async (step, world) => {
    const seen = await world.observe({ withHosts: false });
    const { id } = step.member;
    if (!seen.membership.members.some((member) => member.id === id)) return { kind: "done" };
    if (leaderOf(seen)?.id === id) {
      const failure = new OpsError("stale", {
        what: `server.${id} is the leader now, but the plan takes it out as a follower.`,
        left: "It was left in the configuration, and it leads.",
        next: "Retry makes a new plan for a new approval; or Roll back.",
      }).failure;
      return { kind: "refuse", failure };
    }
    const allowed = mayLeave(seen, id);
    return allowed.ok ? { kind: "ready" } : { kind: "wait", for: allowed.why, againMs: 250 };
  },
  apply: async (step, world) => {
    await reconfigureOnce(world, { leaving: step.member.id });
  },
  verify: async (step, world) => changedEvidence("remove-member", step.member, world),
  undo: async (step, world) => {
    await rejoin(world, step.member);
    return "undone";
  },
};

/** Makes a server the member that it was: where it runs no more it is started from its kept data first. */
const rejoin = async (world: World, member: Member): Promise<void> => {
  const { control } = world.server(member.id);
  const isMember = await isIn(world, member);
  if (!isMember) {
    if (!(await control.isRunning())) await startJoiner(world, member);
    await control.markRetired(null, world.fence());
    await waitUntilJoined(world, member.id);
  } else if (!(await control.isRunning())) {
    await control.start(world.fence());
  }
  const until = world.clock.now() + world.ensemble.syncTimeoutMs;
  for (;;) {
    const check = await checkMember(world, member);
    switch (check.kind) {
      case "done":
        return;
      case "ready":
        await reconfigureOnce(world, { joining: member }).catch((error: unknown) => {
          if (!(error instanceof OpsError) || (error.kind !== "transient" && error.kind !== "unknown-outcome"))
            throw error;
        });
        break;
      case "refuse":
        throw new OpsError(check.failure.kind, check.failure);
      case "wait":
        world.waiting(check.for);
        break;
      default:
        assertNever(check);
    }
    if (world.clock.now() > until) {
      throw new OpsError("step-failed", {
        what: `server.${member.id} did not become a member again (${formatMember(member)}).`,
        left: "It runs beside the ensemble.",
        next: "Retry; or add it by hand with reconfig.",
      });
    }
    await world.clock.sleep(100, world.signal);
  }
};

const isIn = async (world: World, member: Member): Promise<boolean> =>
  (await world.membership())?.members.some(({ id }) => id === member.id) ?? false;
