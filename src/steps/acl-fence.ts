// Raises and lowers the ACL fence over a whole tree, as super. Both can be entered at any point, by any worker, as often as
// need be: each znode says by its own ACL how far it is.
import { codeOf, OpsError } from "../errors.ts";
import { aclBeforeFence, fencedAcl } from "../model/acl-fence.ts";
import { isEphemeral } from "../model/ephemeral.ts";
import type { AclEntry, Session, Stat } from "../ports.ts";
import { walkZnodes } from "./walk-znodes.ts";

type Options = {
  readonly ignore: (path: string) => boolean;
  readonly signal: AbortSignal;
  /** Hears how many znodes were looked at so far in this pass. */
  readonly progress: (znodes: number) => void;
};

/** Each pass finds what was created behind the one before; where super creates all the time there is no end to it. */
const MOST_PASSES = 10;

/** Of the last pass: all znodes, those that belong to no session, those that are fenced. `changed`: ACLs set in all passes. */
type Walked = {
  readonly znodes: number;
  readonly persistent: number;
  readonly fenced: number;
  readonly changed: number;
};

/**
 * Fences every znode, parents before children, and looks again until nothing is found that is not fenced: from then on
 * nobody but super creates, changes or deletes anything. The session must be super's.
 */
export const raiseFence = (session: Session, options: Options): Promise<Walked> =>
  untilNothingChanges(session, options, fencedAcl);

/** Gives every fenced znode the ACL it had before, and looks again until none is left; others are not touched. */
export const lowerFence = (session: Session, options: Options): Promise<Walked> =>
  untilNothingChanges(session, options, aclBeforeFence);

const untilNothingChanges = async (
  session: Session,
  options: Options,
  wanted: (acl: readonly AclEntry[]) => readonly AclEntry[] | null,
): Promise<Walked> => {
  let changed = 0;
  for (let passes = 1; passes <= MOST_PASSES; passes++) {
    await session.sync("/");
    const pass = { znodes: 0, persistent: 0, fenced: 0, changed: 0 };
    await walkZnodes(session, options, async (path) => {
      const found = await changeAcl(session, path, wanted);
      if (found === null) return false;
      pass.znodes++;
      if (!isEphemeral(found.stat)) pass.persistent++;
      if (found.fenced) pass.fenced++;
      if (found.changed) pass.changed++;
      options.progress(pass.znodes);
      return true;
    });
    changed += pass.changed;
    if (pass.changed === 0) return { ...pass, changed };
  }
  throw new OpsError("step-failed", {
    what: `After ${MOST_PASSES} rounds through all znodes there were still new ones: somebody creates them as super.`,
    left: "The ACLs that were changed so far are as the last round left them.",
    next: "Find and stop whoever writes as super, then Retry.",
  });
};

/** Null when the znode is gone. The ACL's version guards against one that somebody sets in between: then it is read again. */
const changeAcl = async (
  session: Session,
  path: string,
  wanted: (acl: readonly AclEntry[]) => readonly AclEntry[] | null,
): Promise<{ readonly stat: Stat; readonly fenced: boolean; readonly changed: boolean } | null> => {
  for (;;) {
    try {
      const { acl, stat } = await session.getAclEntries(path);
      const next = wanted(acl);
      if (next === null) return { stat, fenced: aclBeforeFence(acl) !== null, changed: false };
      await session.setAcl(path, next, stat.aversion);
      return { stat, fenced: aclBeforeFence(next) !== null, changed: true };
    } catch (error) {
      if (codeOf(error) === "NO_NODE") return null;
      if (codeOf(error) !== "BAD_VERSION") throw error;
      // The server that answered may be behind the one that refused.
      await session.sync("/");
    }
  }
};

/** What was done although writes were paused; at most {@link MOST_NAMED} of the paths. */
export type PauseProof = {
  readonly znodes: number;
  /** Znodes created or changed since. */
  readonly written: number;
  readonly deleted: number;
  /** Znodes whose ACL lets somebody write again: super set it. It is left as it is. */
  readonly opened: number;
  readonly paths: readonly string[];
};

const MOST_NAMED = 5;

/**
 * Compares every znode with the end of the pause's beginning: zxids only grow, so what has a later one was written since.
 * Sessions that end delete their ephemeral znodes without leave, so of those only creating and changing count.
 */
export const proveNothingWritten = async (
  session: Session,
  since: { readonly zxid: bigint; readonly persistent: number; readonly fenced: boolean },
  options: Options,
): Promise<PauseProof> => {
  await session.sync("/");
  const paths: string[] = [];
  const counts = { znodes: 0, written: 0, opened: 0, persistent: 0, created: 0 };
  await walkZnodes(session, options, async (path) => {
    const found = await aclOrNull(session, path);
    if (found === null) return false;
    const { stat, acl } = found;
    counts.znodes++;
    const isCreated = stat.czxid > since.zxid;
    const isWritten = isCreated || stat.mzxid > since.zxid;
    const isOpen = since.fenced && !isCreated && acl !== null && fencedAcl(acl) !== null;
    if (isWritten) counts.written++;
    if (isOpen) counts.opened++;
    if ((isWritten || isOpen) && paths.length < MOST_NAMED) paths.push(path);
    if (!isEphemeral(stat)) {
      counts.persistent++;
      if (isCreated) counts.created++;
    }
    options.progress(counts.znodes);
    return true;
  });
  const { znodes, written, opened, persistent, created } = counts;
  return { znodes, written, opened, deleted: Math.max(0, since.persistent - (persistent - created)), paths };
};

const aclOrNull = async (
  session: Session,
  path: string,
): Promise<{ readonly stat: Stat; readonly acl: readonly AclEntry[] | null } | null> => {
  try {
    return await session.getAclEntries(path);
  } catch (error) {
    if (codeOf(error) === "NO_NODE") return null;
    if (codeOf(error) !== "NO_AUTH") throw error;
    // Its Stat may be seen by everybody.
    const stat = await session.exists(path);
    return stat === null ? null : { stat, acl: null };
  }
};
