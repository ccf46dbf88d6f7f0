// A real Bolt app against a local workspace, over sockets or signed requests. Tests add listeners before they start it.

import { App, HTTPReceiver, type Logger, LogLevel, type Receiver, SocketModeReceiver } from "@slack/bolt";
import type { Workspace } from "../../sandbox/workspace/workspace.ts";

// Bolt reports on its own connections; tests cut those on purpose.
export const silentLogger: Logger = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  setLevel: () => undefined,
  getLevel: () => LogLevel.ERROR,
  setName: () => undefined,
};

export type BoltApp = { readonly app: App; stop(): Promise<void> };
export type Listeners = (app: App) => void;

// Bolt waits for a pong, and before it connects again, for the same time. Five seconds is its default: shorter makes a test of
// reconnecting faster, and a busy machine look like a lost connection.
const PING_MS = 5_000;

const socketReceiver = (workspace: Workspace, clientPingTimeout: number): SocketModeReceiver =>
  new SocketModeReceiver({
    appToken: workspace.appToken,
    logger: silentLogger,
    clientPingTimeout,
    installerOptions: {
      clientOptions: { slackApiUrl: workspace.apiUrl, retryConfig: { forever: true, minTimeout: 50, maxTimeout: 100 } },
    },
  });

const appWith = (workspace: Workspace, receiver: Receiver): App =>
  new App({
    token: workspace.botToken,
    receiver,
    logger: silentLogger,
    clientOptions: { slackApiUrl: workspace.apiUrl, retryConfig: { retries: 0 } },
  });

/** Connects over Socket Mode. */
export async function startSocketApp(
  workspace: Workspace,
  listeners: Listeners,
  { reconnectMs = PING_MS }: { readonly reconnectMs?: number } = {},
): Promise<BoltApp> {
  const app = appWith(workspace, socketReceiver(workspace, reconnectMs));
  listeners(app);
  await app.start();
  return { app, stop: async () => void (await app.stop()) };
}

/** Listens for signed requests on a free port; `signingSecret` is what the app believes the secret to be. */
export async function startHttpApp(
  workspace: Workspace,
  listeners: Listeners,
  signingSecret = workspace.signingSecret,
): Promise<BoltApp> {
  const receiver = new HTTPReceiver({ signingSecret, logger: silentLogger, logLevel: LogLevel.ERROR });
  const app = appWith(workspace, receiver);
  listeners(app);
  const server = await receiver.start(0);
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the app has no port");
  workspace.useHttpApp(`http://127.0.0.1:${address.port}/slack/events`);
  return {
    app,
    stop: async () => {
      server.closeAllConnections();
      await app.stop();
    },
  };
}
