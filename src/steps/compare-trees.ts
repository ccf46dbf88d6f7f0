// Compares what several servers hold, znode by znode and side by side, while clients go on writing: what changes on the
// way is told apart from what differs. Reads only.
import { createHash } from "node:crypto";
import { codeOf } from "../errors.ts";
import { formatZxid, type ServerId, zxid } from "../model/ids.ts";
import type { Session, Stat } from "../ports.ts";

/** One server to compare, over a session to it alone. */
export type Replica = { readonly id: ServerId; readonly session: Session };

type Different = { readonly kind: "different"; readonly path: string; readonly why: string };

export type Compared =
  | {
      readonly kind: "same";
      /** SHA-256 sums over what was seen, added up, so that the order of the walk does not matter. */
      readonly digest: string;
      readonly znodes: number;
    }
  | Different;

/** The system's own: `config` and the bookkeeping of quotas are not data. */
const SYSTEM = "/zookeeper";
/** Znodes in hand at once. */
const CONCURRENCY = 100;
/** Rounds over all servers for a znode that changes all the time; after so many in good order it counts as the same. */
const MOST_ROUNDS = 10;

/** A znode as one server showed it; null when it was not there. Texts, so that equal is equal. */
type Znode = {
  readonly czxid: bigint;
  readonly mzxid: bigint;
  readonly aversion: number;
  readonly content: string;
  readonly acl: string;
  /** Of this moment, and nothing that servers are compared by: children are compared one by one. */
  readonly isLeaf: boolean;
} | null;

/**
 * Walks the whole tree of all replicas at once. `ignore`: paths to leave out, with all below them. A znode that not every
 * server shows alike is looked at again, one server after the other, each after a `sync`: then none may show an older
 * state than one seen before, bring back a znode that was seen gone, or show one state in two ways. Only that counts as
 * different. Throws what a session throws.
 */
export const compareTrees = async (
  replicas: readonly Replica[],
  options: { readonly ignore: (path: string) => boolean; readonly signal: AbortSignal },
): Promise<Compared> => {
  let sum = 0n;
  let znodes = 0;
  const open = ["/"];

  /** Null when nothing is wrong with the znode. */
  const visit = async (path: string): Promise<Different | null> => {
    const shown = await Promise.all(replicas.map(({ session }) => look(session, path)));
    const first = shown[0] ?? null;
    const settled = shown.every((one) => sameZnode(one, first)) ? first : await settle(path, replicas, options.signal);
    if (settled === null) return null;
    if ("why" in settled) return { kind: "different", path, why: settled.why };
    znodes++;
    sum = BigInt.asUintN(256, sum + hashOf(path, settled));
    // Most znodes are leaves, on every server: that spares a third of all requests.
    if (shown.every((one) => one?.isLeaf === true)) return null;
    const lists = await Promise.all(replicas.map(({ session }) => childrenOf(session, path)));
    for (const child of new Set(lists.flat())) {
      const below = path === "/" ? `/${child}` : `${path}/${child}`;
      if (below !== SYSTEM && !options.ignore(below)) open.push(below);
    }
    return null;
  };

  await Promise.all(replicas.map(({ session }) => session.sync("/")));
  // Depth first keeps the list short. A whole batch at a time: the slowest of a hundred reads costs little.
  while (open.length > 0) {
    options.signal.throwIfAborted();
    const found = await Promise.all(open.splice(-CONCURRENCY).map(visit));
    const different = found.find((one) => one !== null);
    if (different !== undefined && different !== null) return different;
  }
  return { kind: "same", digest: sum.toString(16).padStart(64, "0"), znodes };
};

const sameZnode = (a: Znode, b: Znode): boolean =>
  a === b ||
  (a !== null &&
    b !== null &&
    a.czxid === b.czxid &&
    a.mzxid === b.mzxid &&
    a.aversion === b.aversion &&
    a.content === b.content &&
    a.acl === b.acl);

const hashOf = (path: string, znode: NonNullable<Znode>): bigint => {
  const { czxid, mzxid, aversion, content, acl } = znode;
  const text = JSON.stringify([path, String(czxid), String(mzxid), aversion, content, acl]);
  return BigInt(`0x${createHash("sha256").update(text).digest("hex")}`);
};

/**
 * The znode as all replicas show it in a row; its last state when it changes all the time; null when it is gone; or why
 * they differ. Sound because a `sync` brings a server up to all that any server has shown before.
 */
const settle = async (
  path: string,
  replicas: readonly Replica[],
  signal: AbortSignal,
): Promise<Znode | { readonly why: string }> => {
  const gone = new Set<bigint>();
  let last: { readonly id: ServerId; readonly znode: Znode } | null = null;
  let newest: { readonly id: ServerId; readonly znode: NonNullable<Znode> } | null = null;
  let alike = 0;
  for (let round = 0; round < MOST_ROUNDS; round++) {
    for (const { id, session } of replicas) {
      signal.throwIfAborted();
      await session.sync("/");
      const znode = await look(session, path);
      if (znode === null) {
        if (newest !== null) gone.add(newest.znode.czxid);
      } else {
        if (gone.has(znode.czxid)) return { why: `server.${id} holds it, but ${missingOn(last)} does not` };
        if (newest !== null) {
          const why = wrongAfter(newest.znode, znode);
          if (why !== null) return { why: `server.${id} ${why(newest.id)}` };
        }
        newest = { id, znode };
      }
      alike = last !== null && sameZnode(last.znode, znode) ? alike + 1 : 1;
      last = { id, znode };
      if (alike === replicas.length) return znode;
    }
  }
  return last?.znode ?? null;
};

const missingOn = (last: { readonly id: ServerId } | null): string =>
  last === null ? "another server" : `server.${last.id}`;

/** What must not be when `later` was read after `earlier`, given the server that showed it; null when all is in order. */
const wrongAfter = (earlier: NonNullable<Znode>, later: NonNullable<Znode>): ((shownBy: ServerId) => string) | null => {
  const older = (has: bigint, had: bigint) => (id: ServerId) =>
    `holds it as of zxid ${formatZxid(zxid(has))}, server.${id} as of ${formatZxid(zxid(had))}`;
  if (later.czxid < earlier.czxid) return older(later.czxid, earlier.czxid);
  if (later.czxid > earlier.czxid) return null;
  if (later.mzxid < earlier.mzxid) return older(later.mzxid, earlier.mzxid);
  if (later.mzxid === earlier.mzxid && later.content !== earlier.content)
    return (id) => `holds other data than server.${id} at the same zxid ${formatZxid(zxid(later.mzxid))}`;
  if (later.aversion < earlier.aversion) return (id) => `holds an older ACL of it than server.${id}`;
  if (later.aversion === earlier.aversion && later.acl !== earlier.acl)
    return (id) => `holds another ACL of it than server.${id}`;
  return null;
};

/** What may not be read counts by its Stat, which asks for no permission. */
const look = async (session: Session, path: string): Promise<Znode> => {
  const [read, acl] = await Promise.all([
    unlessForbidden(session.getData(path)),
    unlessForbidden(session.getAcl(path)),
  ]);
  if (read === GONE || acl === GONE) return null;
  const stat: Stat | null = read === null ? await session.exists(path) : read.stat;
  if (stat === null) return null;
  const { czxid, mzxid, version, aversion, ephemeralOwner, dataLength, numChildren } = stat;
  const data = read === null ? "unreadable" : createHash("sha256").update(read.data).digest("hex");
  return {
    czxid,
    mzxid,
    aversion,
    content: [version, ephemeralOwner, dataLength, data].join(" "),
    acl: acl === null ? "unreadable" : acl.join(" "),
    isLeaf: numChildren === 0,
  };
};

const childrenOf = async (session: Session, path: string): Promise<readonly string[]> => {
  const children = await unlessForbidden(session.getChildren(path));
  return children === null || children === GONE ? [] : children;
};

export const GONE = Symbol("gone");

/** Null where the session may not read; {@link GONE} where there is no such znode. */
export const unlessForbidden = async <T>(answer: Promise<T>): Promise<T | null | typeof GONE> => {
  try {
    return await answer;
  } catch (error) {
    if (codeOf(error) === "NO_NODE") return GONE;
    if (codeOf(error) === "NO_AUTH") return null;
    throw error;
  }
};
