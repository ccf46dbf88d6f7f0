// One change of the dynamic membership, guarded by the config version: done only while the members are those that this run
// has left. A lost answer is an unknown outcome: the configuration is read again, the request never repeated blindly.
import { codeOf, OpsError } from "../errors.ts";
import { formatMember } from "../model/dynamic-config.ts";
import type { Member, Membership } from "../model/ensemble.ts";
import type { ServerId } from "../model/ids.ts";
import { membersNow } from "../run/members-now.ts";
import type { World } from "./world.ts";

type Change = { readonly joining: Member } | { readonly leaving: ServerId };

/**
 * Asks for the change once. Throws `stale` when somebody else has changed the members, `transient` when another change came
 * in between, `step-failed` when the ensemble does not let zkshift, else what the session throws.
 */
export const reconfigureOnce = async (world: World, change: Change): Promise<void> => {
  const now = await readMembers(world);
  refuseForeign(world, now);
  const session = await world.session();
  world.fence();
  try {
    await session.reconfig({
      ...("joining" in change ? { joining: [formatMember(change.joining)] } : { leaving: [change.leaving] }),
      fromVersion: now.version,
    });
  } catch (error) {
    throw translated(error, change);
  }
};

/** The dynamic membership after a sync. Throws `transient` when it cannot be read. */
export const readMembers = async (world: World): Promise<Membership & { readonly version: string }> => {
  const now = await world.membership();
  if (now?.version == null) {
    throw new OpsError("transient", { what: "The configuration could not be read.", next: "It is read again." });
  }
  return { ...now, version: now.version };
};

const refuseForeign = (world: World, now: Membership): void => {
  const seen = new Map(now.members.map(({ id, role }) => [id, role]));
  const isExpected = membersNow(world.state).some(
    (members) => members.size === seen.size && [...members].every(([id, role]) => seen.get(id) === role),
  );
  // On the way back a person has decided, and has been told what was found.
  if (isExpected || world.state.direction === "back") return;
  throw new OpsError("stale", {
    what: `The configuration was changed by someone else: its members are ${[...seen.keys()].sort((a, b) => a - b).join(", ")} now.`,
    left: "zkshift did not touch the configuration in this step.",
    next: "Look at who reconfigures the ensemble; then Retry, or Roll back.",
  });
};

const whatOf = (change: Change): string =>
  "joining" in change
    ? `server.${change.joining.id} cannot become ${change.joining.role}`
    : `server.${change.leaving} cannot be taken out`;

const translated = (error: unknown, change: Change): unknown => {
  switch (codeOf(error)) {
    case "BAD_VERSION":
    case "RECONFIG_IN_PROGRESS":
      return new OpsError(
        "transient",
        { what: "Another reconfiguration came in between.", next: "It is read again." },
        { cause: error },
      );
    case "NEW_CONFIG_NO_QUORUM":
      return new OpsError(
        "transient",
        {
          what: `Not enough servers of the new configuration are synced, so ${whatOf(change)} yet.`,
          next: "It is tried again.",
        },
        { cause: error },
      );
    case "NO_AUTH":
      return new OpsError(
        "step-failed",
        {
          what: `The ensemble does not let zkshift reconfigure it, so ${whatOf(change)}.`,
          left: "The configuration is as it was.",
          next: "Correct `super` of the ensemble in ensembles.yaml (or the ACL of /zookeeper/config), then Retry.",
        },
        { cause: error },
      );
    default:
      return error;
  }
};

/** What a change of membership shows when it is over: the configuration, and a write that was acknowledged under it. */
export const changedEvidence = async <K extends "add-member" | "remove-member">(
  kind: K,
  member: Member,
  world: World,
): Promise<{
  readonly kind: K;
  readonly server: number;
  readonly role: string;
  readonly configVersion: string;
  readonly members: readonly number[];
  readonly writeMs: number;
}> => {
  const sentAt = world.clock.now();
  // Finished only after a committed write (zookeeperReconfig, "Conditional Reconfig").
  await world.writeTest(await world.session());
  const writeMs = world.clock.now() - sentAt;
  const now = await readMembers(world);
  return {
    kind,
    server: member.id,
    role: member.role,
    configVersion: now.version,
    members: now.members.map(({ id }) => id).sort((a, b) => a - b),
    writeMs,
  };
};
