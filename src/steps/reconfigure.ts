// Gives a server its role in the dynamic configuration, guarded by the config version. A lost answer is an unknown
// outcome: the configuration is read again, the request never repeated blindly.
import { codeOf, OpsError } from "../errors.ts";
import { formatMember } from "../model/dynamic-config.ts";
import { notYetSynced, proveServes, seenServer } from "./seeing.ts";
import type { StepHandler } from "./step-handler.ts";

export const reconfigure: StepHandler<"reconfigure"> = {
  timeLimitMs: 60_000,
  check: async (step, world) => {
    const seen = await world.observe({ withHosts: false });
    const server = seenServer(seen, step.member.id);
    const missing = notYetSynced(seen, step.member.id);
    if (missing !== null) return { kind: "wait", for: missing, againMs: 100 };
    if (server.member.role !== step.member.role) return { kind: "ready" };
    const actsAsObserver = server.seen.status === "serving" && server.seen.mode === "observer";
    return actsAsObserver === (step.member.role === "observer")
      ? { kind: "done" }
      : { kind: "wait", for: `server.${step.member.id} to act as ${step.member.role}`, againMs: 50 };
  },
  apply: async (step, world) => {
    const session = await world.session();
    const now = await session.getMembership();
    if (now?.version == null) {
      throw new OpsError("transient", { what: "The configuration could not be read.", next: "It is read again." });
    }
    world.fence();
    try {
      await session.reconfig({ joining: [formatMember(step.member)], fromVersion: now.version });
    } catch (error) {
      switch (codeOf(error)) {
        case "BAD_VERSION":
        case "RECONFIG_IN_PROGRESS":
          throw new OpsError("transient", {
            what: "Another reconfiguration came in between.",
            next: "It is read again.",
          });
        case "NO_AUTH":
          throw new OpsError("step-failed", {
            what: `The ensemble does not let zkshift reconfigure it, so server.${step.member.id} cannot become ${step.member.role}.`,
            left: `server.${step.member.id} serves, in the role it has now.`,
            next: "Correct `super` of the ensemble in ensembles.yaml (or the ACL of /zookeeper/config), then Retry.",
          });
        default:
          throw error;
      }
    }
  },
  verify: async (step, world) => {
    // Finished only after a committed write (zookeeperReconfig, "Conditional Reconfig").
    await proveServes(world, world.server(step.member.id));
    const membership = await world.membership();
    return {
      kind: "reconfigure",
      server: step.member.id,
      role: step.member.role,
      configVersion: membership?.version ?? "",
    };
  },
  // The hand-over before it took the role away, and its undo gives it back.
  undo: async () => "nothing-to-undo",
};
