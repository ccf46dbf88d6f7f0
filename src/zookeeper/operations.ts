// The requests that zkshift makes: number, fields and reply of each, as zookeeper.jute and ZooDefs.OpCode have them.
// node-zookeeper-client lacks some (sync, reconfig) and reads others wrongly or slowly, so all are written here.
import type { AclEntry, Stat } from "../ports.ts";
import {
  bool,
  bytes,
  type Cursor,
  int,
  long,
  readBytes,
  readInt,
  readLong,
  readText,
  readVector,
  text,
} from "./jute.ts";

export type Operation<T> = {
  /** As an error names it: `setData /a`. */
  readonly what: string;
  /** Whether a lost answer leaves open what happened. */
  readonly writes: boolean;
  readonly code: number;
  readonly fields: readonly Buffer[];
  readonly decode: (reply: Cursor) => T;
};

const NO_WATCH = bool(false);
/** `world:anyone` may do everything (ZooDefs.Ids.OPEN_ACL_UNSAFE). */
const OPEN_ACL = Buffer.concat([int(1), int(31), text("world"), text("anyone")]);
const EPHEMERAL = 1;

export const createOperation = (path: string, data: Uint8Array, ephemeral: boolean): Operation<string> => ({
  what: `create ${path}`,
  writes: true,
  code: 1,
  fields: [text(path), bytes(data), OPEN_ACL, int(ephemeral ? EPHEMERAL : 0)],
  decode: readText,
});

export const removeOperation = (path: string, version: number): Operation<void> => ({
  what: `delete ${path}`,
  writes: true,
  code: 2,
  fields: [text(path), int(version)],
  decode: () => undefined,
});

export const existsOperation = (path: string): Operation<Stat> => ({
  what: `exists ${path}`,
  writes: false,
  code: 3,
  fields: [text(path), NO_WATCH],
  decode: readStat,
});

export const getDataOperation = (path: string): Operation<{ readonly data: Buffer; readonly stat: Stat }> => ({
  what: `getData ${path}`,
  writes: false,
  code: 4,
  fields: [text(path), NO_WATCH],
  decode: (reply) => ({ data: readBytes(reply), stat: readStat(reply) }),
});

export const setDataOperation = (path: string, data: Uint8Array, version: number): Operation<Stat> => ({
  what: `setData ${path}`,
  writes: true,
  code: 5,
  fields: [text(path), bytes(data), int(version)],
  decode: readStat,
});

/** Entries as `cdrwa:world:anyone`, sorted. */
export const getAclOperation = (path: string): Operation<readonly string[]> => ({
  what: `getACL ${path}`,
  writes: false,
  code: 6,
  fields: [text(path)],
  decode: (reply) => readVector(reply, readAcl).sort(),
});

/** As stored: entries in their order. */
export const getAclEntriesOperation = (
  path: string,
): Operation<{ readonly acl: readonly AclEntry[]; readonly stat: Stat }> => ({
  ...getAclOperation(path),
  decode: (reply) => ({ acl: readVector(reply, readAclEntry), stat: readStat(reply) }),
});

export const setAclOperation = (path: string, acl: readonly AclEntry[], aversion: number): Operation<Stat> => ({
  what: `setACL ${path}`,
  writes: true,
  code: 7,
  fields: [
    text(path),
    int(acl.length),
    ...acl.flatMap(({ perms, scheme, id }) => [int(perms), text(scheme), text(id)]),
    int(aversion),
  ],
  decode: readStat,
});

export const getChildrenOperation = (path: string): Operation<readonly string[]> => ({
  what: `getChildren ${path}`,
  writes: false,
  code: 8,
  fields: [text(path), NO_WATCH],
  decode: (reply) => readVector(reply, readText),
});

export const syncOperation = (path: string): Operation<void> => ({
  what: `sync ${path}`,
  writes: false,
  code: 9,
  fields: [text(path)],
  decode: () => undefined,
});

/** Incremental; gives the new data of `/zookeeper/config`. */
export const reconfigOperation = (
  joining: readonly string[],
  leaving: readonly number[],
  fromVersion: bigint,
): Operation<string> => ({
  what: `reconfig ${[...joining, ...leaving.map((id) => `without server.${id}`)].join(", ")}`,
  writes: true,
  code: 16,
  fields: [listed(joining), listed(leaving), text(null), long(BigInt.asIntN(64, fromVersion))],
  decode: readText,
});

/** Null where nothing joins or leaves: an empty text would be read as one nameless server. */
const listed = (items: readonly (string | number)[]): Buffer => text(items.length === 0 ? null : items.join(","));

/** ZooDefs.Perms, in zkCli's order. */
const PERMISSIONS = [
  ["c", 4],
  ["d", 8],
  ["r", 1],
  ["w", 2],
  ["a", 16],
] as const;

const readAclEntry = (reply: Cursor): AclEntry => ({
  perms: readInt(reply),
  scheme: readText(reply),
  id: readText(reply),
});

const readAcl = (reply: Cursor): string => {
  const { perms, scheme, id } = readAclEntry(reply);
  const letters = PERMISSIONS.map(([letter, bit]) => ((perms & bit) === 0 ? "" : letter)).join("");
  return `${letters}:${scheme}:${id}`;
};

function readStat(reply: Cursor): Stat {
  const czxid = readLong(reply);
  const mzxid = readLong(reply);
  // ctime and mtime: clocks, of no use here.
  reply.at += 16;
  return {
    czxid,
    mzxid,
    version: readInt(reply),
    cversion: readInt(reply),
    aversion: readInt(reply),
    ephemeralOwner: readLong(reply),
    dataLength: readInt(reply),
    numChildren: readInt(reply),
    pzxid: readLong(reply),
  };
}
