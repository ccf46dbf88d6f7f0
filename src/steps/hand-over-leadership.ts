// Takes the leader down with the shortest pause of writes: make it an observer, so that the others elect at once, and
// kill it in the same breath. A kill loses nothing: ZooKeeper syncs its log before it acknowledges.
import { codeOf, OpsError } from "../errors.ts";
import { formatMember } from "../model/dynamic-config.ts";
import type { Member, Observation } from "../model/ensemble.ts";
import type { StepEvidence } from "../model/evidence.ts";
import { assertNever } from "../model/ids.ts";
import type { StepOf } from "../model/plan.ts";
import { reconfigure } from "./reconfigure.ts";
import { leaderOf } from "./seeing.ts";
import type { StepHandler } from "./step-handler.ts";
import { bringBack, checkStop } from "./stop-server.ts";
import type { World } from "./world.ts";

type HandOverStep = StepOf<"hand-over-leadership">;
type How = Extract<StepEvidence, { kind: "hand-over-leadership" }>["how"];

export const handOverLeadership: StepHandler<"hand-over-leadership"> = {
  timeLimitMs: 60_000,
  check: async (step, world) => checkStop(world, step.server),
  apply: async (step, world) => {
    const server = world.server(step.server);
    const seen = await world.observe({ withHosts: false });
    await world.canary?.avoid(server.client);
    if (leaderOf(seen)?.id !== step.server) {
      // Leadership has moved by itself: an ordinary stop will do.
      await server.control.stop("TERM", world.fence());
      return "was not the leader" satisfies How;
    }
    if (step.method === "observer-then-kill") await makeObserver(step, world, seen);
    await server.control.stop("KILL", world.fence());
    return null;
  },
  verify: async (step, world, applied) => {
    const until = world.clock.now() + 30_000;
    for (;;) {
      const leader = leaderOf(await world.observe({ withHosts: false }));
      if (leader !== null && leader.id !== step.server) {
        return {
          kind: "hand-over-leadership",
          server: step.server,
          how: applied === "was not the leader" ? applied : await howOf(step, world),
          newLeader: leader.id,
        };
      }
      if (world.clock.now() > until) {
        throw new OpsError("step-failed", {
          what: `No new leader was seen within 30 s after server.${step.server} was taken down.`,
          left: "The other servers were not touched.",
          next: "Look at the other servers' logs; Roll back starts it again.",
        });
      }
      world.waiting("a new leader");
      await world.clock.sleep(50, world.signal);
    }
  },
  undo: async (step, world) => {
    await bringBack(world, step.server);
    const member = asItWas(step, world);
    if (member !== null) await becomeAsBefore({ kind: "reconfigure", member }, world);
    return "undone";
  },
};

/** The member that it was: an upgrade gives it its role back at the end of its turn, a migration takes it out. */
const asItWas = (step: HandOverStep, world: World): Member | null => {
  for (const one of world.plan.steps) {
    if ((one.kind === "reconfigure" || one.kind === "remove-member") && one.member.id === step.server)
      return one.member;
  }
  return null;
};

/** The configuration tells whether the leader went as an observer, whoever did it and whatever answer was lost. */
const howOf = async (step: HandOverStep, world: World): Promise<How> => {
  const session = await world.session();
  // The session's server may not have heard yet of the configuration that the old leader went with.
  await session.sync("/");
  const member = (await session.getMembership())?.members.find(({ id }) => id === step.server);
  return member?.role === "observer" ? "observer-then-kill" : "kill";
};

const makeObserver = async (step: HandOverStep, world: World, seen: Observation): Promise<void> => {
  const others = seen.servers.filter((server) => server.id !== step.server).map((server) => server.client);
  const session = await world.zookeeper.connect({ servers: others, auth: world.auth, timeoutMs: 5_000 });
  try {
    const now = await session.getMembership();
    const member = now?.members.find((m) => m.id === step.server);
    if (now?.version == null || member === undefined || member.role === "observer") return;
    world.fence();
    await session.reconfig({ joining: [formatMember({ ...member, role: "observer" })], fromVersion: now.version });
  } catch (error) {
    const code = codeOf(error);
    if (code === "BAD_VERSION") {
      throw new OpsError("stale", {
        what: "Somebody else changed the configuration at the moment of the hand-over.",
        left: `server.${step.server} still leads.`,
        next: "Look at who reconfigures the ensemble, then plan again.",
      });
    }
    // Any other answer, a lost connection above all, leaves it open whether the leader has become an observer. Both ways
    // the next thing is the kill: of a leader it costs the others one more election round, of an observer nothing.
  } finally {
    // Not waited for: the session's server may be electing just now, and the kill must not wait.
    void session.close().catch(() => {});
  }
};

const becomeAsBefore = async (step: StepOf<"reconfigure">, world: World): Promise<void> => {
  const until = world.clock.now() + 60_000;
  for (;;) {
    const check = await reconfigure.check(step, world);
    switch (check.kind) {
      case "done":
        return;
      case "ready":
        await reconfigure.apply(step, world).catch((error: unknown) => {
          if (!(error instanceof OpsError) || (error.kind !== "transient" && error.kind !== "unknown-outcome"))
            throw error;
        });
        break;
      case "refuse":
        throw new OpsError("step-failed", check.failure);
      case "wait":
        world.waiting(check.for);
        break;
      default:
        assertNever(check);
    }
    if (world.clock.now() > until) {
      throw new OpsError("step-failed", {
        what: `server.${step.member.id} did not become ${step.member.role} again within 60 s.`,
        left: "It serves as an observer.",
        next: "Retry; or give it its role back by hand with reconfig.",
      });
    }
    await world.clock.sleep(100, world.signal);
  }
};
