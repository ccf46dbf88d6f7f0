// The Session port: requests with a deadline over one connection after another. What is wrong with the library is dealt
// with in library-remedies.ts, what its numbers mean in keeper-exception.ts; here a request begins and ends.
import type { Callback, RawAcl, RawStat, Request } from "node-zookeeper-client";
import zookeeper from "node-zookeeper-client";
import { OpsError } from "../errors.ts";
import { dynamicMembership } from "../model/dynamic-config.ts";
import type { Address, Membership } from "../model/ensemble.ts";
import type { Session, SessionState, Stat } from "../ports.ts";
import { aclText } from "./acl-text.ts";
import { aclRequest, reconfigRequest, syncRequest } from "./extra-requests.ts";
import { type Asked, keeperError, notSent, unknownOutcome } from "./keeper-exception.ts";
import { makeConnection } from "./library-remedies.ts";
import { addressText } from "./network-error.ts";

const CONFIG_PATH = "/zookeeper/config";
/** How long a server gets to confirm the end of a session before the connection is cut. */
const CLOSE_MS = 2000;

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
  const connection = makeConnection(options);
  const { client } = connection;
  const { connectionManager } = client;
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

  client.on("connected", () => setState("connected"));
  client.on("disconnected", () => setState("disconnected"));
  client.on("expired", () => endAs("expired", "SESSION_EXPIRED", "the session has expired"));
  client.on("authenticationFailed", () => endAs("closed", "AUTH_FAILED", "the server refused the authentication"));

  const request = <T extends readonly unknown[]>(
    asked: Asked,
    send: (callback: Callback<T>) => void,
  ): Promise<Partial<T>> =>
    new Promise((resolve, reject) => {
      let sent = false;
      const deadline = setTimeout(() => {
        waiting.delete(begin);
        if (!sent) return reject(notSent(asked, "CONNECTION_LOSS", `no connection for ${options.requestTimeoutMs} ms`));
        const late = `OPERATION_TIMEOUT after ${options.requestTimeoutMs} ms`;
        reject(
          asked.writes
            ? unknownOutcome(asked, "OPERATION_TIMEOUT")
            : new OpsError("transient", { what: `${asked.what}: ${late}.` }, { code: "OPERATION_TIMEOUT" }),
        );
        // The server is frozen, or the network is: no later answer of this connection can be trusted to come.
        setState("disconnected");
        connection.drop();
      }, options.requestTimeoutMs);
      const begin = (): void => {
        if (over !== null) {
          clearTimeout(deadline);
          reject(notSent(asked, over.code, over.why));
          return;
        }
        sent = true;
        try {
          send((error, ...result) => {
            clearTimeout(deadline);
            if (error === null || error === undefined) resolve(result);
            else reject(keeperError(asked, error.code));
          });
        } catch (cause) {
          // The library checks arguments before it sends.
          clearTimeout(deadline);
          reject(badArgument(`${asked.what}: ${cause instanceof Error ? cause.message : String(cause)}`, cause));
        }
      };
      if (state === "connected" || over !== null) begin();
      else waiting.add(begin);
    });

  const requestRaw = async <Payload>(asked: Asked, raw: Request): Promise<Payload> => {
    const [reply] = await request<[{ readonly payload: unknown }]>(asked, (callback) =>
      connectionManager.queue(raw, callback),
    );
    return reply?.payload as Payload;
  };

  const getData: Session["getData"] = async (path) => {
    const [data, stat] = await request<[Buffer | undefined, RawStat]>(reads("getData", path), (callback) =>
      client.getData(path, callback),
    );
    // Null data and none are one to every reader.
    return { data: data ?? Buffer.alloc(0), stat: readStat(stat) };
  };

  const session: Session = {
    id: () => `0x${connectionManager.sessionId.readBigUInt64BE().toString(16)}`,
    state: () => state,
    onState: (listener) => {
      listeners.push(listener);
    },
    create: async (path, data, { ephemeral = false } = {}) => {
      const mode = ephemeral ? zookeeper.CreateMode.EPHEMERAL : zookeeper.CreateMode.PERSISTENT;
      const [created] = await request<[string]>(writes("create", path), (callback) =>
        client.create(path, asBuffer(data), mode, callback),
      );
      return created ?? path;
    },
    getData,
    setData: async (path, data, version = -1) => {
      const [stat] = await request<[RawStat]>(writes("setData", path), (callback) =>
        client.setData(path, asBuffer(data), version, callback),
      );
      return readStat(stat);
    },
    remove: async (path, version = -1) => {
      await request<[]>(writes("delete", path), (callback) => client.remove(path, version, callback));
    },
    exists: async (path) => {
      const [stat] = await request<[RawStat | null]>(reads("exists", path), (callback) =>
        client.exists(path, callback),
      );
      return stat === null || stat === undefined ? null : readStat(stat);
    },
    getChildren: async (path) => {
      const [children] = await request<[string[] | undefined]>(reads("getChildren", path), (callback) =>
        client.getChildren(path, callback),
      );
      return children ?? [];
    },
    getAcl: async (path) => {
      const { acl } = await requestRaw<{ readonly acl?: readonly RawAcl[] }>(reads("getACL", path), aclRequest(path));
      return (acl ?? []).map(aclText).sort();
    },
    sync: async (path) => {
      await requestRaw(reads("sync", path), syncRequest(path));
    },
    getMembership: async () => {
      try {
        const { data } = await getData(CONFIG_PATH);
        return dynamicMembership(data.toString("utf8"));
      } catch (error) {
        if (error instanceof OpsError && error.code === "NO_NODE") return null;
        throw error;
      }
    },
    reconfig: async ({ joining = [], leaving = [], fromVersion }) => {
      if (!/^[0-9a-fA-F]{1,16}$/.test(fromVersion)) throw badArgument(`"${fromVersion}" is no config version in hex.`);
      const change = [...joining, ...leaving.map((id) => `−server.${id}`)].join(", ");
      const reply = await requestRaw<{ readonly data?: Buffer }>(
        { what: `reconfig ${change} from version ${fromVersion}`, writes: true },
        reconfigRequest(listed(joining), listed(leaving), BigInt.asIntN(64, BigInt(`0x${fromVersion}`))),
      );
      return newMembership(reply.data, change);
    },
    close: async () => {
      over ??= { code: "SESSION_CLOSED", why: "the session was closed" };
      setState("closed");
      await connection.end(Math.min(CLOSE_MS, options.requestTimeoutMs));
    },
  };

  await firstConnection(session, options, () => over);
  return session;
};

/** Waits for the first connection, at most `timeoutMs`; ends the session when none comes. */
const firstConnection = async (
  session: Session,
  options: SessionOptions,
  over: () => { readonly why: string } | null,
): Promise<void> => {
  const reached = await new Promise<boolean>((resolve) => {
    const deadline = setTimeout(() => resolve(false), options.timeoutMs);
    session.onState((state) => {
      if (state === "disconnected") return;
      clearTimeout(deadline);
      resolve(state === "connected");
    });
  });
  if (reached) return;
  await session.close();
  throw new OpsError(
    "transient",
    {
      what: `No session with ${options.servers.map(addressText).join(", ")} within ${options.timeoutMs} ms.`,
      next: "See whether the servers serve and their client ports can be reached from the worker.",
      detail: over()?.why ?? null,
    },
    { code: "CONNECTION_LOSS" },
  );
};

const reads = (operation: string, path: string): Asked => ({ what: `${operation} ${path}`, writes: false });
const writes = (operation: string, path: string): Asked => ({ what: `${operation} ${path}`, writes: true });

const badArgument = (what: string, cause?: unknown): OpsError =>
  new OpsError("input", { what, next: "Correct the argument." }, { code: "BAD_ARGUMENTS", cause });

const asBuffer = (data: Uint8Array): Buffer => Buffer.from(data.buffer, data.byteOffset, data.byteLength);

/** A list as the wire has it; null where nothing joins or leaves. */
const listed = (items: readonly (string | number)[]): string | null => (items.length === 0 ? null : items.join(","));

const newMembership = (data: Buffer | undefined, change: string): Membership => {
  const membership = dynamicMembership(data?.toString("utf8") ?? "");
  if (membership !== null) return membership;
  throw new OpsError("unknown-outcome", {
    what: `reconfig ${change} was answered without the new configuration.`,
    left: "It has probably been done.",
    next: "Read /zookeeper/config, then decide.",
  });
};

const readStat = (stat: RawStat | null | undefined): Stat => {
  if (stat === null || stat === undefined)
    throw new OpsError("bug", { what: "An answer without the Stat it must have." });
  return {
    czxid: stat.czxid.readBigInt64BE(),
    mzxid: stat.mzxid.readBigInt64BE(),
    version: stat.version,
    cversion: stat.cversion,
    aversion: stat.aversion,
    ephemeralOwner: stat.ephemeralOwner.readBigInt64BE(),
    dataLength: stat.dataLength,
    numChildren: stat.numChildren,
    pzxid: stat.pzxid.readBigInt64BE(),
  };
};
