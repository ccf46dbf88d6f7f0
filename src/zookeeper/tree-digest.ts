// One number for all that a server holds, by reading every znode. For releases without digests of their own, for ACLs
// (which theirs leave out), and wherever two servers are to be compared without trusting what they say of themselves.
import { createHash } from "node:crypto";
import { codeOf } from "../errors.ts";
import { isEphemeral } from "../model/ephemeral.ts";
import type { Session, Stat } from "../ports.ts";

/** The system's own subtree (configuration, quotas): no client's data, and servers keep parts of it by themselves. */
const SYSTEM = "/zookeeper";
/** Znodes in flight at once. From 64 to 512 the measured time is the same, the server being the slower side; it stops reading at 1000 requests (globalOutstandingLimit). */
const CONCURRENCY = 256;

/**
 * See `ZooKeeper.treeDigest`. The digest is the sum of one SHA-256 a znode, so that the order of the walk does not
 * matter. Of the Stat it takes czxid, mzxid, version, aversion, ephemeralOwner and dataLength; not cversion, pzxid and
 * numChildren, which ignored children change and in which replicas of 3.4 can differ (the children themselves are in the
 * digest). A znode that vanishes on the way is left out; the caller ignores paths that are written meanwhile.
 * A znode that may not be read counts with what may be read of it, at least its Stat, and in `unreadable`.
 */
export const digestTree = async (
  session: Session,
  options: {
    readonly ignore?: (path: string) => boolean;
    readonly lasting?: boolean;
    readonly signal?: AbortSignal;
  } = {},
): Promise<{
  readonly digest: string;
  readonly znodes: number;
  readonly largestBytes: number;
  readonly unreadable: number;
}> => {
  const ignore = options.ignore ?? (() => false);
  let sum = 0n;
  let znodes = 0;
  let largestBytes = 0;
  let unreadable = 0;

  const visit = async (path: string): Promise<readonly string[]> => {
    const seen = await readZnode(session, path);
    if (seen === null || (options.lasting === true && isEphemeral({ ephemeralOwner: seen.owner }))) return [];
    sum = BigInt.asUintN(256, sum + seen.hash);
    znodes++;
    largestBytes = Math.max(largestBytes, seen.dataLength);
    if (!seen.readable) unreadable++;
    return seen.children
      .map((child) => (path === "/" ? `/${child}` : `${path}/${child}`))
      .filter((child) => child !== SYSTEM && !ignore(child));
  };

  await walk(ignore("/") ? [] : ["/"], visit, options.signal);
  return { digest: sum.toString(16).padStart(64, "0"), znodes, largestBytes, unreadable };
};

/** Visits paths and what each visit finds below, {@link CONCURRENCY} at once; the first failure ends it. */
const walk = (
  roots: readonly string[],
  visit: (path: string) => Promise<readonly string[]>,
  signal: AbortSignal | undefined,
): Promise<void> =>
  new Promise((resolve, reject) => {
    // A stack, not a queue: depth first keeps it short.
    const open = [...roots];
    let active = 0;
    let failed = false;
    const fail = (error: unknown): void => {
      failed = true;
      reject(error);
    };
    const next = (): void => {
      if (failed) return;
      if (signal?.aborted === true) {
        fail(signal.reason);
        return;
      }
      while (active < CONCURRENCY) {
        const path = open.pop();
        if (path === undefined) break;
        active++;
        visit(path).then((found) => {
          active--;
          for (const each of found) open.push(each);
          next();
        }, fail);
      }
      if (active === 0) resolve();
    };
    next();
  });

type ZnodeRead = {
  readonly hash: bigint;
  readonly owner: bigint;
  readonly dataLength: number;
  readonly children: readonly string[];
  readonly readable: boolean;
};

/** Null when the znode is not there (any more). */
const readZnode = async (session: Session, path: string): Promise<ZnodeRead | null> => {
  const [content, acl] = await Promise.all([readContent(session, path), unlessForbidden(session.getAcl(path))]);
  if (content === GONE || acl === GONE || content === null) return null;
  const children = content.stat.numChildren === 0 ? [] : await unlessForbidden(session.getChildren(path));
  if (children === GONE) return null;
  const { czxid, mzxid, version, aversion, ephemeralOwner, dataLength } = content.stat;
  const stat = [czxid, mzxid, version, aversion, ephemeralOwner, dataLength].join(" ");
  const hash = createHash("sha256").update(JSON.stringify([path, stat, acl]));
  if (content.data !== null) hash.update(content.data);
  return {
    hash: BigInt(`0x${hash.digest("hex")}`),
    owner: ephemeralOwner,
    dataLength,
    children: children ?? [],
    readable: content.data !== null && acl !== null && children !== null,
  };
};

/** Data and Stat; data null where only the Stat may be read, which asks for no permission. */
const readContent = async (
  session: Session,
  path: string,
): Promise<{ readonly data: Buffer | null; readonly stat: Stat } | null | typeof GONE> => {
  const read = await unlessForbidden(session.getData(path));
  if (read !== null) return read;
  const stat = await session.exists(path);
  return stat === null ? null : { data: null, stat };
};

const GONE = Symbol("gone");

/** Null where the session may not read (READ on the znode; also for its ACL since 3.4.14 and 3.5.5, ZOOKEEPER-1392). */
const unlessForbidden = async <T>(answer: Promise<T>): Promise<T | null | typeof GONE> => {
  try {
    return await answer;
  } catch (error) {
    if (codeOf(error) === "NO_NODE") return GONE;
    if (codeOf(error) === "NO_AUTH") return null;
    throw error;
  }
};
