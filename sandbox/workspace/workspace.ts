// A whole Slack workspace in one process, on loopback: Bolt's unmodified clients work against it when only their API address is
// changed. It stands in for Slack in the demo and in all tests, and is as strict as Slack where Slack is strict.

import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { Context } from "./context.ts";
import type { Deliver } from "./delivery.ts";
import { createFaults } from "./faults.ts";
import { sendJson } from "./http.ts";
import { deliverOverHttp } from "./http-delivery.ts";
import { createIds } from "./ids.ts";
import { createRateLimits } from "./rate-limits.ts";
import { createResponseUrls } from "./response-urls.ts";
import { handleRequest, isCutOff } from "./server.ts";
import { settingsFrom, type WorkspaceOptions } from "./settings.ts";
import { createSocketMode } from "./socket-mode.ts";
import { createState } from "./state.ts";
import { createTriggers } from "./triggers.ts";

export type { WorkspaceOptions } from "./settings.ts";

export type Workspace = {
  /** The web page, and the root of the sandbox API. */
  readonly url: string;
  /** What Bolt takes as `slackApiUrl`. */
  readonly apiUrl: string;
  readonly botToken: string;
  readonly appToken: string;
  readonly signingSecret: string;
  /** From now on sends signed requests to this address; with `undefined`, goes back to Socket Mode. */
  useHttpApp(address: string | undefined): void;
  close(): Promise<void>;
};

/** Starts a workspace; rejects when the port is taken. */
export async function startWorkspace(options: WorkspaceOptions = {}): Promise<Workspace> {
  const settings = settingsFrom(options);
  const server = createServer();
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(settings.port, "127.0.0.1", () => resolve());
  });
  const { port } = server.address() as AddressInfo;

  const state = createState(settings.botChannels);
  const faults = createFaults();
  const sockets = createSocketMode(state.appId);
  const timers = new Set<NodeJS.Timeout>();
  let httpApp = options.httpApp;
  const deliver: Deliver = (envelope) => {
    if (faults.downForMs() > 0) return Promise.resolve({ kind: "undelivered", ackMs: 0, why: "the workspace is down" });
    return httpApp === undefined
      ? sockets.send(envelope, settings.ackMs)
      : deliverOverHttp(httpApp, settings.signingSecret, envelope, settings.ackMs);
  };
  const context: Context = {
    settings,
    url: `http://127.0.0.1:${port}`,
    state,
    ids: createIds(),
    triggers: createTriggers(settings.triggerMs),
    responseUrls: createResponseUrls(settings.responseUrlMs),
    limits: createRateLimits(settings.rateLimits),
    faults,
    sockets,
    deliver,
    later(ms, run) {
      const timer = setTimeout(() => {
        timers.delete(timer);
        run();
      }, ms);
      timers.add(timer);
    },
    calls: [],
  };

  server.on("request", (request, response) => {
    handleRequest(context, request, response).catch((error: unknown) => {
      if (response.headersSent) return response.destroy();
      const why = error instanceof Error ? error.message : String(error);
      sendJson(response, 500, { ok: false, error: `The workspace failed on this request: ${why}` });
    });
  });
  server.on("upgrade", (request, socket, head) => {
    if (isCutOff(context)) socket.destroy();
    else sockets.upgrade(request, socket, head);
  });

  return {
    url: context.url,
    apiUrl: `${context.url}/api/`,
    botToken: settings.botToken,
    appToken: settings.appToken,
    signingSecret: settings.signingSecret,
    useHttpApp(address) {
      httpApp = address;
    },
    async close() {
      for (const timer of timers) clearTimeout(timer);
      sockets.close();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
