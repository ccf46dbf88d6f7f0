// node-zookeeper-client's connection with its known faults closed from outside, on the one instance that is handed out.
// Nothing of the library is forked; each remedy names its fault. It carries bytes and does not know what they ask.
import zookeeper from "node-zookeeper-client";
import type { Address } from "../model/ensemble.ts";
import { takeFrames } from "./frames.ts";
import { int } from "./jute.ts";
import { keeperName } from "./keeper-exception.ts";

/** States of the library's connection manager that matter here. */
const CONNECTED = 2;
const SESSION_EXPIRED = -3;
const AUTHENTICATION_FAILED = -4;

const CONNECTION_LOSS_CODE = -4;
const SESSION_EXPIRED_CODE = -112;

/** Pause after a round through all servers, one more each round: short, because clients wait while a leader is elected. */
const ROUND_PAUSE_MS = 50;
const LONGEST_PAUSE_MS = 250;

/** What the session's user may learn of the connection. */
export type ConnectionEvent = "connected" | "disconnected" | "expired" | "auth-failed";

export type Connection = {
  sessionId(): bigint;
  /**
   * Sends one request; only while connected. `answered` gets 0 and the reply behind its header, or a KeeperException's
   * code: also when the connection goes.
   */
  send(operation: number, fields: readonly Buffer[], answered: (code: number, reply: Buffer) => void): void;
  /** Cuts the present connection; another follows by itself. What waits for an answer gets CONNECTION_LOSS. */
  drop(): void;
  /** Closes the session on the server if it does so within `withinMs`, then ends for good: no timer or socket is left. */
  end(withinMs: number): Promise<void>;
};

/** An operation of the library's whose reply has no body: it then hands out the reply without reading it. */
const REPLY_WITHOUT_BODY = 2;
/** Length, xid, zxid, error code. */
const REPLY_HEADER_BYTES = 4 + 4 + 8 + 4;
const NOTHING = Buffer.alloc(0);

/** Begins to connect. Servers are tried in random order, round and round. */
export const makeConnection = (options: {
  readonly servers: readonly Address[];
  readonly sessionTimeoutMs: number;
  readonly auth: string | null;
  readonly onEvent: (event: ConnectionEvent) => void;
}): Connection => {
  nameUnknownCodes();
  const client = zookeeper.createClient("replaced-below", {
    sessionTimeout: options.sessionTimeoutMs,
    spinDelay: ROUND_PAUSE_MS,
    retries: 0,
  });
  const manager = client.connectionManager;
  // The library's parser splits at every colon, so IPv6 addresses cannot go through the connection string.
  manager.servers = shuffled(options.servers);
  // Upstream's client counts from 1 (ClientCnxn, xid); the library's 0 is what a reply without a request would carry.
  manager.xid = 1;
  // Before anything else is sent: what is queued earlier would reach the server unauthenticated.
  if (options.auth !== null) client.addAuthInfo("digest", Buffer.from(options.auth, "utf8"));

  const { connect, onSocketConnected, onSocketData, onSocketClosed } = manager;
  const attemptMs = Math.min(5000, Math.max(500, options.sessionTimeoutMs / options.servers.length));
  let ended = false;
  let attempts = 0;
  let nextAttempt: NodeJS.Timeout | undefined;
  let attemptDeadline: NodeJS.Timeout | undefined;
  let unread: readonly Buffer[] = [];
  let heardAt = performance.now();
  let frame: Buffer = NOTHING;
  let corked = false;

  const drop = (): void => {
    manager.socket?.destroy();
  };

  // Fault: after the end, the library's own attempts go on.
  manager.connect = () => {
    if (!ended) connect.call(manager);
  };

  // Fault: a server that accepts and then says nothing (frozen) is waited for without end.
  manager.findNextServer = (callback) => {
    const rounds = Math.floor(attempts / manager.servers.length);
    const roundStarts = attempts % manager.servers.length === 0;
    nextAttempt = setTimeout(
      () => {
        const server = manager.servers[attempts % manager.servers.length];
        if (ended || server === undefined) return;
        attempts++;
        callback(server);
        attemptDeadline = setTimeout(drop, attemptMs);
      },
      roundStarts ? Math.min(rounds * ROUND_PAUSE_MS, LONGEST_PAUSE_MS) : 0,
    );
  };
  client.on("disconnected", () => options.onEvent("disconnected"));
  client.on("expired", () => options.onEvent("expired"));
  client.on("authenticationFailed", () => options.onEvent("auth-failed"));
  client.on("connected", () => {
    clearTimeout(attemptDeadline);
    // The next attempt, whenever it comes, begins a new count with the server after this one.
    manager.servers = rotated(manager.servers, attempts % manager.servers.length);
    attempts = 0;
    options.onEvent("connected");
  });

  manager.onSocketConnected = () => {
    unread = [];
    heardAt = performance.now();
    onSocketConnected.call(manager);
  };

  // Faults: bytes left over from a cut connection are put before the next one's and read as "session expired"; each frame
  // copies all that follow it; an answer that cannot be decoded throws out of the socket's handler and ends the process.
  manager.onSocketData = (chunk) => {
    heardAt = performance.now();
    const taken = takeFrames(unread, chunk);
    if (taken === null) return drop();
    unread = taken.rest;
    for (const next of taken.frames) {
      if (manager.socket?.destroyed !== false) return;
      frame = next;
      try {
        onSocketData.call(manager, next);
      } catch {
        return drop();
      }
    }
    if (manager.state === SESSION_EXPIRED || manager.state === AUTHENTICATION_FAILED) drop();
    // An int on the wire: the library would fail at the 2 147 483 648th request.
    if (manager.xid > 0x7fff0000) manager.xid = 1;
  };

  // Faults: the time limit of a cut attempt stays and later cuts its successor; requests that were queued and not sent
  // are neither answered nor forgotten, but sent long after their caller has given up.
  manager.onSocketClosed = (hadError) => {
    clearTimeout(attemptDeadline);
    if (manager.connectTimeoutHandler !== null) clearTimeout(manager.connectTimeoutHandler);
    unread = [];
    const code = manager.state === SESSION_EXPIRED ? SESSION_EXPIRED_CODE : CONNECTION_LOSS_CODE;
    const unsent = manager.packetQueue.queue.splice(0);
    onSocketClosed.call(manager, hadError);
    for (const packet of unsent) packet.callback?.(zookeeper.Exception.create(code));
  };

  // Fault: no read time-out. The server answers pings, which the library sends after a third of the session time-out, so
  // two thirds of silence mean that the connection is dead (ClientCnxn, readTimeout).
  let tickedAt = performance.now();
  const tickMs = Math.max(100, Math.min(1000, options.sessionTimeoutMs / 12));
  const watch = setInterval(() => {
    const now = performance.now();
    // A tick that is late itself means that this process stood still, not the server.
    if (now - tickedAt > 2 * tickMs) heardAt = now;
    tickedAt = now;
    if (manager.state === CONNECTED && now - heardAt > (manager.sessionTimeout * 2) / 3) drop();
  }, tickMs);

  const send: Connection["send"] = (operation, fields, answered) => {
    const { socket } = manager;
    // Requests of one turn go out together: a system call for each would cost more than all the rest.
    if (socket !== undefined && !corked) {
      corked = true;
      socket.cork();
      process.nextTick(() => {
        corked = false;
        socket.uncork();
      });
    }
    const header = { xid: 0, type: REPLY_WITHOUT_BODY };
    const toBuffer = (): Buffer => {
      const length = fields.reduce((sum, field) => sum + field.length, 8);
      return Buffer.concat([int(length), int(header.xid), int(operation), ...fields]);
    };
    manager.queue({ header, payload: null, toBuffer }, (error) => {
      if (error === null) answered(0, frame.subarray(REPLY_HEADER_BYTES));
      else answered(error.code, NOTHING);
    });
  };

  const end = async (withinMs: number): Promise<void> => {
    if (ended) return;
    ended = true;
    clearInterval(watch);
    clearTimeout(nextAttempt);
    clearTimeout(attemptDeadline);
    if (manager.connectTimeoutHandler !== null) clearTimeout(manager.connectTimeoutHandler);
    const { socket } = manager;
    if (socket === undefined || socket.destroyed) return;
    await new Promise<void>((resolve) => {
      const deadline = setTimeout(drop, manager.state === CONNECTED ? withinMs : 0);
      socket.once("close", () => {
        clearTimeout(deadline);
        resolve();
      });
      // Fault: without a connection the library's close throws, or leaves the client connecting for ever.
      if (manager.state === CONNECTED) client.close();
    });
  };

  client.connect();
  return { sessionId: () => manager.sessionId.readBigUInt64BE(), send, drop, end };
};

let codesAreNamed = false;

/** Fault: an error code that the library's table lacks throws out of the socket's handler and ends the process. */
const nameUnknownCodes = (): void => {
  if (codesAreNamed) return;
  codesAreNamed = true;
  const { create } = zookeeper.Exception;
  zookeeper.Exception.create = (code, path) => {
    try {
      return create(code, path);
    } catch {
      const name = keeperName(code);
      return Object.assign(new Error(`Exception: ${name}[${code}]`), { code, name });
    }
  };
};

const shuffled = (servers: readonly Address[]): Address[] => {
  const order = [...servers];
  for (let at = order.length - 1; at > 0; at--) {
    const other = Math.floor(Math.random() * (at + 1));
    const [a, b] = [order[at], order[other]];
    if (a !== undefined && b !== undefined) [order[at], order[other]] = [b, a];
  }
  return order;
};

const rotated = <T>(items: readonly T[], by: number): T[] => [...items.slice(by), ...items.slice(0, by)];
