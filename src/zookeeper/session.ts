// The Session port: requests with a deadline over one connection after another. How the connection is kept stands in
// connection.ts, what the requests say in operations.ts, what an error code means in keeper-exception.ts.
import { codeOf, OpsError } from "../errors.ts";
import { dynamicMembership } from "../model/dynamic-config.ts";
import type { Address, Membership } from "../model/ensemble.ts";
import type { Session, SessionState } from "../ports.ts";
import { type ConnectionEvent, makeConnection } from "./connection.ts";
import { keeperError, keeperName, notSent } from "./keeper-exception.ts";
import { addressText } from "./network-error.ts";
import {
  createOperation,
  existsOperation,
  getAclEntriesOperation,
  getAclOperation,
  getChildrenOperation,
  getDataOperation,
  type Operation,
  reconfigOperation,
  removeOperation,
  setAclOperation,
  setDataOperation,
  syncOperation,
} from "./operations.ts";

const CONFIG_PATH = "/zookeeper/config";
/** How long a server gets to confirm the end of a session before the connection is cut. */
const CLOSE_MS = 2000;
/** Servers cut the connection on a request above jute.maxbuffer, 1 MB unless told otherwise: better refused here. */
const DATA_LIMIT = 1024 * 1024 - 4096;

export type SessionOptions = {
  readonly servers: readonly Address[];
  readonly sessionTimeoutMs: number;
  readonly requestTimeoutMs: number;
  readonly timeoutMs: number;
  readonly auth: string | null;
};

/** See `ZooKeeper.connect`. */
export const openSession = async (options: SessionOptions): Promise<Session> => {
  if (options.servers.length === 0) throw badArgument("A session needs at least one server.");
  const { requestTimeoutMs } = options;
  const listeners: ((state: SessionState) => void)[] = [];
  /** Requests that were asked for while there was no connection. */
  const waiting = new Set<() => void>();
  let state: SessionState = "connecting";
  /** Why no request can be sent any more. */
  let over: { readonly code: string; readonly why: string } | null = null;

  const setState = (next: SessionState): void => {
    if (state === next || state === "closed" || (state === "expired" && next !== "closed")) return;
    state = next;
    if (state === "connected" || over !== null) {
      const resumed = [...waiting];
      waiting.clear();
      for (const resume of resumed) resume();
    }
    for (const listener of listeners) listener(state);
  };
  const endAs = (next: "expired" | "closed", code: string, why: string): void => {
    over ??= { code, why };
    setState(next);
    void connection.end(0);
  };
  const onEvent = (event: ConnectionEvent): void => {
    if (event === "expired") endAs("expired", "SESSION_EXPIRED", "the session has expired");
    else if (event === "auth-failed") endAs("closed", "AUTH_FAILED", "the server refused the authentication");
    else setState(event);
  };
  const connection = makeConnection({ ...options, onEvent });

  const perform = <T>(operation: Operation<T>): Promise<T> =>
    new Promise((resolve, reject) => {
      let sent = false;
      let settled = false;
      const settle = (): void => {
        settled = true;
        clearTimeout(deadline);
      };
      const expire = (): void => {
        if (settled) return;
        waiting.delete(begin);
        if (!sent) {
          reject(notSent(operation, "CONNECTION_LOSS", `there was no connection for ${requestTimeoutMs} ms`));
          return;
        }
        reject(keeperError(operation, "OPERATION_TIMEOUT"));
        // The server is frozen, or the network is: no later answer of this connection can be trusted to come.
        setState("disconnected");
        connection.drop();
      };
      // When this process itself stood still, the answer may lie there unread: it gets one turn to be read.
      const deadline = setTimeout(() => setImmediate(expire), requestTimeoutMs);
      const begin = (): void => {
        if (over !== null) {
          settle();
          reject(notSent(operation, over.code, over.why));
          return;
        }
        sent = true;
        connection.send(operation.code, operation.fields, (code, reply) => {
          settle();
          if (code !== 0) {
            reject(keeperError(operation, keeperName(code)));
            return;
          }
          try {
            resolve(operation.decode({ bytes: reply, at: 0 }));
          } catch {
            reject(keeperError(operation, "MARSHALLING_ERROR"));
          }
        });
      };
      if (state === "connected" || over !== null) begin();
      else waiting.add(begin);
    });

  /** For operations on a path that may not be there. */
  const performOrNull = async <T>(operation: Operation<T>): Promise<T | null> => {
    try {
      return await perform(operation);
    } catch (error) {
      if (codeOf(error) === "NO_NODE") return null;
      throw error;
    }
  };

  const session: Session = {
    id: () => `0x${connection.sessionId().toString(16)}`,
    state: () => state,
    onState: (listener) => {
      listeners.push(listener);
    },
    create: async (path, data, { ephemeral = false } = {}) =>
      perform(createOperation(checkedPath(path), checkedData(data), ephemeral)),
    getData: async (path) => perform(getDataOperation(checkedPath(path))),
    setData: async (path, data, version = -1) =>
      perform(setDataOperation(checkedPath(path), checkedData(data), version)),
    remove: async (path, version = -1) => perform(removeOperation(checkedPath(path), version)),
    exists: async (path) => performOrNull(existsOperation(checkedPath(path))),
    getChildren: async (path) => perform(getChildrenOperation(checkedPath(path))),
    getAcl: async (path) => perform(getAclOperation(checkedPath(path))),
    getAclEntries: async (path) => perform(getAclEntriesOperation(checkedPath(path))),
    setAcl: async (path, acl, aversion = -1) => perform(setAclOperation(checkedPath(path), acl, aversion)),
    sync: async (path) => perform(syncOperation(checkedPath(path))),
    getMembership: async () => {
      const config = await performOrNull(getDataOperation(CONFIG_PATH));
      return config === null ? null : dynamicMembership(config.data.toString("utf8"));
    },
    reconfig: async ({ joining = [], leaving = [], fromVersion }) => {
      if (!/^[0-9a-fA-F]{1,16}$/.test(fromVersion)) throw badArgument(`"${fromVersion}" is no config version in hex.`);
      const operation = reconfigOperation(joining, leaving, BigInt(`0x${fromVersion}`));
      return newMembership(operation.what, await perform(operation));
    },
    close: async () => {
      over ??= { code: "SESSION_CLOSED", why: "the session was closed" };
      setState("closed");
      await connection.end(Math.min(CLOSE_MS, requestTimeoutMs));
    },
  };

  if (await isConnected(session, options.timeoutMs)) return session;
  const why = over;
  await session.close();
  throw noSession(options, why);
};

/** Whether the first connection comes within the time. */
const isConnected = (session: Session, timeoutMs: number): Promise<boolean> =>
  new Promise((resolve) => {
    const deadline = setTimeout(() => resolve(false), timeoutMs);
    session.onState((state) => {
      if (state === "disconnected") return;
      clearTimeout(deadline);
      resolve(state === "connected");
    });
  });

const noSession = (
  { servers, timeoutMs }: SessionOptions,
  why: { readonly code: string; readonly why: string } | null,
): OpsError => {
  const names = servers.map(addressText).join(", ");
  return why === null
    ? new OpsError(
        "transient",
        {
          what: `No session with ${names} within ${timeoutMs} ms.`,
          next: "See whether the servers serve and their client ports can be reached from the worker.",
        },
        { code: "CONNECTION_LOSS" },
      )
    : new OpsError("refused", { what: `No session with ${names}: ${why.why}.` }, { code: why.code });
};

const badArgument = (what: string): OpsError =>
  new OpsError("input", { what, next: "Correct the argument." }, { code: "BAD_ARGUMENTS" });

/** Servers judge paths themselves, but not all releases refuse these before they look for them. */
const checkedPath = (path: string): string => {
  if (path === "/" || /^(?:\/[^/]+)+$/.test(path)) return path;
  throw badArgument(`"${path}" is no path of a znode.`);
};

const checkedData = (data: Uint8Array): Uint8Array => {
  if (data.length <= DATA_LIMIT) return data;
  throw badArgument(`${data.length} bytes are more than a znode takes (${DATA_LIMIT}).`);
};

const newMembership = (what: string, data: string): Membership => {
  const membership = dynamicMembership(data);
  if (membership !== null) return membership;
  throw new OpsError("unknown-outcome", {
    what: `${what} was answered without the new configuration.`,
    left: "It has probably been done.",
    next: "Read /zookeeper/config, then decide.",
  });
};
