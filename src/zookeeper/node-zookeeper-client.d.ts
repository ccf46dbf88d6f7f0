// Types of what is used of node-zookeeper-client 1.1.3, which brings none. Most of it is the library's inside, which the
// remedies of connection.ts reach into: another version of the library must be compared with these lines first.

declare module "node-zookeeper-client" {
  import type { EventEmitter } from "node:events";
  import type { Socket } from "node:net";

  type Server = { readonly host: string; readonly port: number };

  /** A KeeperException, `code` as on the wire. */
  type Exception = Error & { readonly code: number };

  /** Emits `connected`, `disconnected`, `expired`, `authenticationFailed`. */
  type Client = EventEmitter & {
    readonly connectionManager: ConnectionManager;
    connect(): void;
    close(): void;
    addAuthInfo(scheme: string, auth: Buffer): void;
  };

  /** What the connection manager needs of a request: it sets `xid`, and decodes the reply as that of operation `type`. */
  type Request = {
    readonly header: { xid: number; readonly type: number };
    readonly payload: null;
    toBuffer(): Buffer;
  };

  type ConnectionManager = {
    servers: Server[];
    xid: number;
    readonly state: number;
    readonly sessionTimeout: number;
    /** 8 bytes, big-endian. */
    readonly sessionId: Buffer;
    readonly socket?: Socket;
    readonly connectTimeoutHandler: NodeJS.Timeout | null;
    readonly packetQueue: { readonly queue: { readonly callback?: (error: Exception) => void }[] };
    queue(request: Request, callback: (error: Exception | null) => void): void;
    connect(): void;
    findNextServer(callback: (server: Server) => void): void;
    onSocketConnected(): void;
    onSocketData(chunk: Buffer): void;
    onSocketClosed(hadError: boolean): void;
  };

  const zookeeper: {
    createClient(
      connectionString: string,
      options: { readonly sessionTimeout: number; readonly spinDelay: number; readonly retries: number },
    ): Client;
    readonly Exception: { create(code: number, path?: string): Exception };
  };
  export default zookeeper;
}
