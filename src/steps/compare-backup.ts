// Compares what a backup holds with what a server holds now, znode by znode, while clients go on writing: every znode is the
// same, or the server's was written after the backup's last transaction. Reads only; ephemeral znodes are left out.
import { codeOf } from "../errors.ts";
import type { BackupCompared } from "../model/backup.ts";
import { isEphemeral } from "../model/ephemeral.ts";
import { formatZxid, type Zxid, zxid } from "../model/ids.ts";
import type { Session, Stat } from "../ports.ts";
import { GONE, unlessForbidden } from "./compare-trees.ts";

export type BackupComparison =
  | ({ readonly kind: "same" } & BackupCompared)
  | { readonly kind: "different"; readonly path: string; readonly why: string };

const SYSTEM = "/zookeeper";
/** Znodes in hand at once, each on both sides. */
const CONCURRENCY = 100;

type Held = { readonly stat: Stat; readonly data: Buffer | null; readonly acl: string | null };

/**
 * Walks the tree of `backup` (a session that may read all of it) beside that of `live`. `last`: the last transaction that the
 * backup holds. Throws what a session throws.
 */
export const compareBackup = async (
  backup: Session,
  live: Session,
  last: Zxid,
  signal: AbortSignal,
): Promise<BackupComparison> => {
  let same = 0;
  let since = 0;
  let unreadable = 0;
  const open = ["/"];

  /** Null when nothing is wrong with the znode. */
  const visit = async (path: string): Promise<string | null> => {
    const [was, is] = await Promise.all([hold(backup, path), hold(live, path)]);
    if (was === null || isEphemeral(was.stat)) return null;
    if (is === null || is.stat.czxid > last) {
      since++;
      return null;
    }
    const wrong = wrongWith(was, is, last);
    if (wrong !== null) return wrong;
    if (is.data === null || is.acl === null) unreadable++;
    else if (is.stat.mzxid > last || is.stat.aversion > was.stat.aversion) since++;
    else same++;
    // Most znodes are leaves on both sides: that spares a third of all requests.
    if (was.stat.numChildren === 0 && is.stat.numChildren === 0) return null;
    const [before, now] = await Promise.all([childrenOf(backup, path), childrenOf(live, path)]);
    const known = new Set(before);
    const there = new Set(now);
    // A child that went after the backup leaves its mark on the parent, which is looked at after the list.
    if (before.some((child) => !there.has(child) && under(path, child) !== SYSTEM)) {
      const parent = await live.exists(path);
      const lost = await firstLasting(
        backup,
        path,
        before.filter((child) => !there.has(child)),
      );
      if (parent !== null && parent.pzxid <= last && lost !== null) {
        return `its child ${lost} is missing from the server, though none was deleted there since`;
      }
    }
    for (const child of now) {
      if (known.has(child)) continue;
      const below = under(path, child);
      const stat = below === SYSTEM ? null : await live.exists(below);
      if (stat !== null && !isEphemeral(stat) && stat.czxid <= last) {
        return `its child ${child} is missing from the backup, though it was created at ${formatZxid(zxid(stat.czxid))}`;
      }
    }
    for (const child of before) if (under(path, child) !== SYSTEM) open.push(under(path, child));
    return null;
  };

  while (open.length > 0) {
    signal.throwIfAborted();
    const batch = open.splice(-CONCURRENCY);
    const found = await Promise.all(batch.map(visit));
    const at = found.findIndex((wrong) => wrong !== null);
    if (at >= 0) return { kind: "different", path: batch[at] ?? "", why: found[at] ?? "" };
  }
  return { kind: "same", same, since, unreadable };
};

/** The first of these children that belongs to no session; null when all do. */
const firstLasting = async (session: Session, path: string, children: readonly string[]): Promise<string | null> => {
  for (const child of children) {
    const stat = under(path, child) === SYSTEM ? null : await session.exists(under(path, child));
    if (stat !== null && !isEphemeral(stat)) return child;
  }
  return null;
};

const under = (path: string, child: string): string => (path === "/" ? `/${child}` : `${path}/${child}`);

/** What must not be of a znode that the server has had since before the backup ended; null when all is in order. */
const wrongWith = (was: Held, is: Held, last: Zxid): string | null => {
  const at = (value: bigint): string => formatZxid(zxid(value));
  if (was.stat.czxid !== is.stat.czxid) {
    return `the backup has it as created at ${at(was.stat.czxid)}, the server at ${at(is.stat.czxid)}`;
  }
  if (is.stat.mzxid <= last) {
    if (was.stat.mzxid !== is.stat.mzxid) {
      return `the backup has it as of ${at(was.stat.mzxid)}, the server as of ${at(is.stat.mzxid)}`;
    }
    if (was.data !== null && is.data !== null && !was.data.equals(is.data)) return "the data are not the same";
  }
  if (is.stat.aversion < was.stat.aversion) return "the backup has a newer ACL of it than the server";
  if (is.stat.aversion === was.stat.aversion && was.acl !== null && is.acl !== null && was.acl !== is.acl) {
    return "the ACLs are not the same";
  }
  return null;
};

/** Null when the znode is not there; of what may not be read, the Stat. */
const hold = async (session: Session, path: string): Promise<Held | null> => {
  const [read, acl] = await Promise.all([
    unlessForbidden(session.getData(path)),
    unlessForbidden(session.getAcl(path)),
  ]);
  if (read === GONE || acl === GONE) return null;
  const stat = read === null ? await session.exists(path) : read.stat;
  if (stat === null) return null;
  return { stat, data: read === null ? null : read.data, acl: acl === null ? null : acl.join(" ") };
};

const childrenOf = async (session: Session, path: string): Promise<readonly string[]> => {
  try {
    return await session.getChildren(path);
  } catch (error) {
    if (codeOf(error) === "NO_NODE" || codeOf(error) === "NO_AUTH") return [];
    throw error;
  }
};
