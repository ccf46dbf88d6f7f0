// A small ZooKeeper client for the sandbox's own use, over node-zookeeper-client and with that library's traps closed.
// It shares no code with the app on purpose: what the app did is judged through it.
import { createRequire } from "node:module";
import { setTimeout as sleep } from "node:timers/promises";

const require = createRequire(import.meta.url);

type Callback<T> = (error: ZooKeeperError | null, result: T) => void;

type RawStat = { readonly version: number; readonly ephemeralOwner: Buffer };

/** What is used of node-zookeeper-client, which brings no types. */
type RawClient = {
  readonly connectionManager: RawConnection;
  connect(): void;
  close(): void;
  addAuthInfo(scheme: string, auth: Buffer): void;
  getSessionId(): Buffer;
  on(event: "connected" | "disconnected" | "expired", listener: () => void): void;
  create(path: string, data: Buffer, mode: number, callback: Callback<string>): void;
  setData(path: string, data: Buffer, version: number, callback: Callback<RawStat>): void;
  remove(path: string, version: number, callback: Callback<void>): void;
  getData(
    path: string,
    callback: (error: ZooKeeperError | null, data: Buffer | undefined, stat: RawStat) => void,
  ): void;
  getChildren(path: string, callback: Callback<readonly string[]>): void;
};

type RawConnection = {
  xid: number;
  pendingBuffer: Buffer | null;
  readonly socket?: { destroy(): void; ref(): void; unref(): void };
  on(event: "state", listener: (state: number) => void): void;
  queue(request: RawRequest, callback: Callback<unknown>): void;
};

const connectionStates = { disconnected: 0, connecting: 1 } as const;

type RawRequest = {
  readonly header: { readonly type: number; xid: number };
  readonly payload: null;
  toBuffer(): Buffer;
};

type Exceptions = { create(code: number, path?: string): Error };

const library = require("node-zookeeper-client") as {
  createClient(
    connectString: string,
    options: { readonly sessionTimeout: number; readonly spinDelay: number },
  ): RawClient;
};
const exceptions = require("node-zookeeper-client/lib/Exception.js") as Exceptions;

// The library throws inside the socket's handler, and so ends the process, for an error code younger than itself.
const createKnown = exceptions.create;
exceptions.create = (code, path) => {
  try {
    return createKnown(code, path);
  } catch {
    return Object.assign(new Error(`ZooKeeper error ${code}`), { code });
  }
};

/** An error as the library reports it; `code` is that of KeeperException. */
export type ZooKeeperError = Error & { readonly code?: number };

/** KeeperException codes that matter here. */
export const errorCodes = { connectionLoss: -4, noNode: -101, nodeExists: -110, sessionExpired: -112 } as const;

const createModes = { persistent: 0, ephemeral: 1, "persistent-sequential": 2 } as const;

export type ClientOptions = {
  readonly sessionTimeoutMs?: number;
  /** A request without answer for this long fails with connection loss, and the connection is dropped. */
  readonly requestTimeoutMs?: number;
  /** `user:password` for the digest scheme. */
  readonly auth?: string;
};

export type ZooKeeperClient = {
  /** Creates a znode and returns its path, which for a sequential one is longer than asked for. */
  create(path: string, data: string, mode: keyof typeof createModes): Promise<string>;
  setData(path: string, data: string): Promise<void>;
  remove(path: string): Promise<void>;
  /** A znode's data and its ephemeral owner (hexadecimal session id, all zeros for none); null when there is no such znode. */
  read(path: string): Promise<{ readonly data: string; readonly ephemeralOwner: string } | null>;
  children(path: string): Promise<readonly string[]>;
  /** Brings the server that this client is connected to up to date with the leader. */
  sync(path: string): Promise<void>;
  sessionId(): string;
  isExpired(): boolean;
  /** Lets the program end although the session is open. */
  unref(): void;
  /** Ends the session. */
  close(): Promise<void>;
};

/** Opens a session; rejects when no server gives one within the request time-out. */
export const connectClient = async (connectString: string, options: ClientOptions = {}): Promise<ZooKeeperClient> => {
  const { sessionTimeoutMs = 10_000, requestTimeoutMs = 10_000 } = options;
  // The default spin delay of a second would be the greater part of every reconnection.
  const raw = library.createClient(connectString, { sessionTimeout: sessionTimeoutMs, spinDelay: 50 });
  const connection = raw.connectionManager;
  // The library takes a reply to request 0 for none at all.
  connection.xid = 1;
  // Half a reply from a broken connection would be read as the beginning of the next one's.
  connection.on("state", (state) => {
    if (state === connectionStates.disconnected || state === connectionStates.connecting)
      connection.pendingBuffer = null;
  });
  let isConnected = false;
  let isExpired = false;
  raw.on("connected", () => {
    isConnected = true;
  });
  raw.on("disconnected", () => {
    isConnected = false;
  });
  raw.on("expired", () => {
    isExpired = true;
  });

  // The library has no read time-out: a frozen server would hold a request for ever.
  const request = <T>(send: (callback: Callback<T>) => void): Promise<T> =>
    new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        connection.socket?.destroy();
        reject(Object.assign(new Error("no answer in time"), { code: errorCodes.connectionLoss }));
      }, requestTimeoutMs);
      send((error, result) => {
        clearTimeout(timer);
        if (error) reject(error);
        else resolve(result);
      });
    });

  const client: ZooKeeperClient = {
    create: (path, data, mode) => request((done) => raw.create(path, Buffer.from(data), createModes[mode], done)),
    setData: async (path, data) => {
      await request<RawStat>((done) => raw.setData(path, Buffer.from(data), -1, done));
    },
    remove: (path) => request((done) => raw.remove(path, -1, done)),
    read: (path) =>
      request<{ readonly data: string; readonly ephemeralOwner: string }>((done) =>
        raw.getData(path, (error, data, stat) =>
          done(error, { data: data?.toString() ?? "", ephemeralOwner: stat?.ephemeralOwner.toString("hex") ?? "" }),
        ),
      ).catch((error: ZooKeeperError) => {
        if (error.code === errorCodes.noNode) return null;
        throw error;
      }),
    children: (path) => request((done) => raw.getChildren(path, done)),
    sync: async (path) => {
      await request((done) => connection.queue(syncRequest(path), done));
    },
    sessionId: () => raw.getSessionId().toString("hex"),
    isExpired: () => isExpired,
    unref: () => connection.socket?.unref(),
    close: async () => {
      raw.close();
      for (let waited = 0; isConnected && waited < 1_000; waited += 10) await sleep(10);
      connection.socket?.destroy();
    },
  };

  if (options.auth !== undefined) raw.addAuthInfo("digest", Buffer.from(options.auth));
  raw.connect();
  try {
    await client.sync("/");
  } catch (error) {
    await client.close();
    throw new Error(`no server of ${connectString} answers`, { cause: error });
  }
  return client;
};

// The library knows no sync. To it this is a delete, whose reply has no body either; on the wire it is operation 9.
const syncRequest = (path: string): RawRequest => {
  const header = { type: 2, xid: 0 };
  return {
    header,
    payload: null,
    toBuffer: () => {
      const name = Buffer.from(path);
      const head = Buffer.alloc(16);
      head.writeInt32BE(12 + name.length, 0);
      head.writeInt32BE(header.xid, 4);
      head.writeInt32BE(9, 8);
      head.writeInt32BE(name.length, 12);
      return Buffer.concat([head, name]);
    },
  };
};
