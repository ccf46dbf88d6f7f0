// The requests that node-zookeeper-client lacks, made from outside: real operation and payload are written here, and the
// library is told of an operation it knows whose reply has the same layout. Bytes only; no decision is made here.
import type { Request } from "node-zookeeper-client";

/** Operations of zookeeper.jute and ZooDefs.OpCode. */
const OPERATION = { create: 1, getData: 4, getAcl: 6, sync: 9, reconfig: 16 } as const;

/** `sync` (9): SyncRequest { path }; the reply is a path, like that of create. */
export const syncRequest = (path: string): Request => rawRequest(OPERATION.sync, OPERATION.create, [ustring(path)]);

/** `getACL` (6): GetACLRequest { path }. The library has it, but throws on an ACL that gives no permission. */
export const aclRequest = (path: string): Request => rawRequest(OPERATION.getAcl, OPERATION.getAcl, [ustring(path)]);

/**
 * `reconfig` (16), incremental: ReconfigRequest { joiningServers, leavingServers, newMembers, curConfigId }; the reply is
 * data and Stat of `/zookeeper/config`, like that of getData.
 */
export const reconfigRequest = (joining: string | null, leaving: string | null, fromVersion: bigint): Request =>
  rawRequest(OPERATION.reconfig, OPERATION.getData, [
    ustring(joining),
    ustring(leaving),
    ustring(null),
    long(fromVersion),
  ]);

const rawRequest = (operation: number, repliesLike: number, fields: readonly Buffer[]): Request => {
  const header = { xid: 0, type: repliesLike };
  return {
    header,
    payload: null,
    toBuffer: () => {
      const body = Buffer.concat([int(header.xid), int(operation), ...fields]);
      return Buffer.concat([int(body.length), body]);
    },
  };
};

const int = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
};

const long = (value: bigint): Buffer => {
  const bytes = Buffer.alloc(8);
  bytes.writeBigInt64BE(value);
  return bytes;
};

/** Length −1 is Java's null. */
const ustring = (text: string | null): Buffer => {
  if (text === null) return int(-1);
  const bytes = Buffer.from(text, "utf8");
  return Buffer.concat([int(bytes.length), bytes]);
};
