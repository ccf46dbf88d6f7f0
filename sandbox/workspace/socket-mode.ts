// Socket Mode: the app opens WebSockets here, each envelope goes to exactly one of them, and the app acknowledges it by its id.

import { randomUUID } from "node:crypto";
import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { type WebSocket, WebSocketServer } from "ws";
import { type Envelope, msSince, type Outcome } from "./delivery.ts";
import { secretId } from "./ids.ts";
import { isObject, parseJson } from "./json.ts";

// Slack's limit for one app; the eleventh is turned away.
const MOST_SOCKETS = 10;
// The client notices a dead server only after it has seen a first ping, and then expects one at least every 30 s.
const PING_MS = 5_000;
// A client that was told to go and stays is cut off, as Slack does about ten seconds after its warning.
const DRAIN_MS = 10_000;

type Connection = { readonly socket: WebSocket; draining: boolean };
type Pending = { readonly connection: Connection; settle(outcome: Outcome): void; readonly startedAt: number };

export type SocketMode = {
  /** The path of a new one-time address, for `apps.connections.open`. */
  issuePath(): string;
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void;
  send(envelope: Envelope, withinMs: number): Promise<Outcome>;
  /** Sockets that can take an envelope now. */
  ready(): number;
  /** Tells every socket to go, one after another, each once the one before it has been replaced. */
  recycle(): Promise<void>;
  /** Cuts all connections without a word. */
  cut(): void;
  close(): void;
};

export function createSocketMode(appId: string): SocketMode {
  const server = new WebSocketServer({ noServer: true });
  const tickets = new Set<string>();
  const connections = new Set<Connection>();
  const pending = new Map<string, Pending>();
  let turn = 0;

  const ready = (): readonly Connection[] =>
    [...connections].filter(({ socket, draining }) => !draining && socket.readyState === socket.OPEN);

  const onMessage = (connection: Connection, text: string): void => {
    const parsed = parseJson(text);
    if (!parsed.ok || !isObject(parsed.value) || typeof parsed.value.envelope_id !== "string") return;
    const waiting = pending.get(parsed.value.envelope_id);
    if (waiting === undefined || waiting.connection !== connection) return;
    waiting.settle({ kind: "acknowledged", ackMs: msSince(waiting.startedAt), body: parsed.value.payload });
  };

  const onClose = (connection: Connection): void => {
    connections.delete(connection);
    for (const waiting of pending.values()) {
      if (waiting.connection !== connection) continue;
      waiting.settle({ kind: "undelivered", ackMs: msSince(waiting.startedAt), why: "the app's socket closed" });
    }
  };

  const welcome = (socket: WebSocket): void => {
    const connection: Connection = { socket, draining: false };
    if (connections.size >= MOST_SOCKETS) {
      socket.send(JSON.stringify({ type: "disconnect", reason: "too_many_websockets" }));
      socket.close(1000);
      return;
    }
    connections.add(connection);
    socket.on("message", (data) => onMessage(connection, data.toString()));
    socket.on("close", () => onClose(connection));
    socket.on("error", () => socket.terminate());
    socket.send(
      JSON.stringify({
        type: "hello",
        num_connections: connections.size,
        debug_info: { host: "applink-local", approximate_connection_time: 18_060 },
        connection_info: { app_id: appId },
      }),
    );
    socket.ping();
  };

  const pings = setInterval(() => {
    for (const { socket } of connections) socket.ping();
  }, PING_MS);
  pings.unref();

  const until = async (holds: () => boolean, withinMs: number): Promise<void> => {
    const deadline = Date.now() + withinMs;
    while (!holds() && Date.now() < deadline) await new Promise((resolve) => setTimeout(resolve, 20));
  };

  return {
    issuePath() {
      const ticket = secretId();
      tickets.add(ticket);
      return `/link/?ticket=${ticket}&app_id=${appId}`;
    },
    upgrade(request, socket, head) {
      const ticket = new URL(request.url ?? "/", "http://localhost").searchParams.get("ticket") ?? "";
      // Without a listener, a client that goes away now would end the process.
      socket.on("error", () => socket.destroy());
      if (!tickets.delete(ticket)) {
        socket.end("HTTP/1.1 403 Forbidden\r\nConnection: close\r\n\r\n");
        return;
      }
      server.handleUpgrade(request, socket, head, welcome);
    },
    send(envelope, withinMs) {
      const startedAt = performance.now();
      const candidates = ready();
      const connection = candidates[turn++ % Math.max(1, candidates.length)];
      if (connection === undefined) {
        return Promise.resolve({ kind: "undelivered", ackMs: 0, why: "no app is connected" });
      }
      const id = randomUUID();
      const { type, payload, retry } = envelope;
      return new Promise((resolve) => {
        const settle = (outcome: Outcome) => {
          clearTimeout(timer);
          pending.delete(id);
          resolve(outcome);
        };
        const timer = setTimeout(() => settle({ kind: "late", ackMs: msSince(startedAt) }), withinMs);
        pending.set(id, { connection, settle, startedAt });
        connection.socket.send(
          JSON.stringify({
            envelope_id: id,
            type,
            payload,
            accepts_response_payload: type !== "events_api",
            ...(retry === undefined ? {} : { retry_attempt: retry.attempt, retry_reason: retry.reason }),
          }),
        );
      });
    },
    ready: () => ready().length,
    async recycle() {
      for (const connection of [...connections]) {
        const before = ready().length;
        connection.draining = true;
        // What was sent over it is settled first; the client takes no more once it was told to go.
        await until(() => [...pending.values()].every((waiting) => waiting.connection !== connection), DRAIN_MS);
        connection.socket.send(
          JSON.stringify({ type: "disconnect", reason: "refresh_requested", debug_info: { host: "applink-local" } }),
        );
        const cutOff = setTimeout(() => connection.socket.terminate(), DRAIN_MS);
        cutOff.unref();
        connection.socket.on("close", () => clearTimeout(cutOff));
        await until(() => ready().length >= before, DRAIN_MS);
      }
    },
    cut() {
      for (const { socket } of connections) socket.terminate();
    },
    close() {
      clearInterval(pings);
      for (const { socket } of connections) socket.terminate();
      server.close();
    },
  };
}
