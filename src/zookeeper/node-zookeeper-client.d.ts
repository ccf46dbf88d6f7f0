// Types of what is used of node-zookeeper-client 1.1.3, which brings none. The second half is its inside: the remedies of
// library-remedies.ts reach into it, so another version of the library must be compared with these lines first.

declare module "node-zookeeper-client" {
  import type { EventEmitter } from "node:events";
  import type { Socket } from "node:net";

  /** Longs are 8 bytes, big-endian. */
  type Long = Buffer;

  type RawStat = {
    readonly czxid: Long;
    readonly mzxid: Long;
    readonly version: number;
    readonly cversion: number;
    readonly aversion: number;
    readonly ephemeralOwner: Long;
    readonly dataLength: number;
    readonly numChildren: number;
    readonly pzxid: Long;
  };

  type RawAcl = { readonly perms: number; readonly id: { readonly scheme?: string; readonly id?: string } };

  /** A KeeperException, `code` as on the wire. */
  type Exception = Error & { readonly code: number; readonly name: string; getCode(): number };

  type Callback<T extends readonly unknown[]> = (error: Exception | null | undefined, ...result: Partial<T>) => void;

  type Client = EventEmitter & {
    readonly connectionManager: ConnectionManager;
    connect(): void;
    close(): void;
    addAuthInfo(scheme: string, auth: Buffer): void;
    getSessionId(): Long;
    create(path: string, data: Buffer, mode: number, callback: Callback<[path: string]>): void;
    getData(path: string, callback: Callback<[data: Buffer | undefined, stat: RawStat]>): void;
    setData(path: string, data: Buffer, version: number, callback: Callback<[stat: RawStat]>): void;
    remove(path: string, version: number, callback: Callback<[]>): void;
    exists(path: string, callback: Callback<[stat: RawStat | null]>): void;
    getChildren(path: string, callback: Callback<[children: string[] | undefined, stat: RawStat]>): void;
  };

  /** What the connection manager needs of a request: it sets `xid`, and decodes the reply as that of operation `type`. */
  type Request = {
    readonly header: { xid: number; readonly type: number };
    readonly payload: null;
    toBuffer(): Buffer;
  };

  type ConnectionManager = {
    servers: { readonly host: string; readonly port: number }[];
    xid: number;
    state: number;
    readonly sessionTimeout: number;
    readonly sessionId: Long;
    socket?: Socket;
    connectTimeoutHandler: NodeJS.Timeout | null;
    readonly packetQueue: { queue: QueuedPacket[] };
    queue(request: Request, callback: Callback<[reply: { readonly payload: unknown }]>): void;
    connect(): void;
    findNextServer(callback: (server: { readonly host: string; readonly port: number }) => void): void;
    onSocketConnected(): void;
    onSocketData(chunk: Buffer): void;
    onSocketClosed(hadError: boolean): void;
  };

  type QueuedPacket = { readonly callback?: (error: Exception) => void };

  const zookeeper: {
    createClient(
      connectionString: string,
      options: { readonly sessionTimeout: number; readonly spinDelay: number; readonly retries: number },
    ): Client;
    readonly CreateMode: { readonly PERSISTENT: 0; readonly EPHEMERAL: 1 };
    readonly Exception: { create(code: number, path?: string): Exception };
  };
  export default zookeeper;
  export type { Callback, Client, ConnectionManager, Exception, RawAcl, RawStat, Request };
}
