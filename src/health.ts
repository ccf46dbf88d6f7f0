// One small HTTP server for whoever watches the process: /healthz (it is alive), /readyz (it can do its work), /metrics.
// Changes nothing and shows no secret.
import { once } from "node:events";
import { createServer, type ServerResponse } from "node:http";
import { OpsError } from "./errors.ts";

/** Something that must be so for the process to do its work. */
export type ReadyCheck = {
  readonly name: string;
  /** Null when all is well, else a sentence. */
  problem(): Promise<string | null> | string | null;
};

export type HealthServer = {
  /** `http://host:port` */
  readonly url: string;
  close(): Promise<void>;
};

/** Below the usual time-out of a probe (Kubernetes: 1 s, most others 3 s or more), so that the reason still gets out. */
const CHECK_TIMEOUT_MS = 900;

const problemOf = async (check: ReadyCheck): Promise<string | null> => {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<string>((resolve) => {
    timer = setTimeout(() => resolve(`gave no answer within ${CHECK_TIMEOUT_MS} ms`), CHECK_TIMEOUT_MS);
  });
  try {
    return await Promise.race([check.problem(), late]);
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  } finally {
    clearTimeout(timer);
  }
};

const send = (response: ServerResponse, status: number, body: unknown): void => {
  response.writeHead(status, { "content-type": "application/json", "cache-control": "no-store" });
  response.end(`${JSON.stringify(body)}\n`);
};

/** Starts it; a port of 0 takes any free one, and checks may be added to the list later. Throws `input` when the address is taken or not ours. */
export const startHealthServer = async (options: {
  readonly host: string;
  readonly port: number;
  readonly checks: readonly ReadyCheck[];
  readonly metrics: { text(): Promise<string>; readonly contentType: string };
}): Promise<HealthServer> => {
  const { host, port, checks, metrics } = options;

  const ready = async (response: ServerResponse): Promise<void> => {
    const found = await Promise.all(checks.map(async (check) => [check.name, await problemOf(check)] as const));
    // Checks are added as the parts of the process start: without any it is still starting.
    const isReady = found.length > 0 && found.every(([, problem]) => problem === null);
    const states: Record<string, string> = {};
    // Both roles in one process check their own Redis connection: of two checks of one name the problem shows.
    for (const [name, problem] of found) if (problem !== null || !(name in states)) states[name] = problem ?? "ok";
    send(response, isReady ? 200 : 503, { ready: isReady, checks: states });
  };
  const answer = async (path: string, response: ServerResponse): Promise<void> => {
    switch (path) {
      case "/healthz":
        return send(response, 200, { alive: true, uptimeSeconds: Math.round(process.uptime()) });
      case "/readyz":
        return ready(response);
      case "/metrics": {
        const text = await metrics.text();
        response.writeHead(200, { "content-type": metrics.contentType });
        response.end(text);
        return;
      }
      default:
        return send(response, 404, { error: "Ask /healthz, /readyz or /metrics." });
    }
  };

  const server = createServer((request, response) => {
    if (request.method !== "GET" && request.method !== "HEAD") {
      response.setHeader("allow", "GET, HEAD");
      return send(response, 405, { error: "Only GET and HEAD." });
    }
    const path = (request.url ?? "/").split("?", 1)[0] ?? "/";
    answer(path, response).catch((error: unknown) => {
      if (response.headersSent) response.destroy();
      else send(response, 500, { error: error instanceof Error ? error.message : String(error) });
    });
  });
  server.listen(port, host);
  try {
    await once(server, "listening");
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? String(error);
    throw new OpsError(
      "input",
      {
        what: `Health and metrics cannot be served on ${host}:${port} (${code}).`,
        next: "Set HTTP_PORT to a free port and HTTP_HOST to an address of this machine.",
      },
      { cause: error, code },
    );
  }
  const address = server.address();
  const actual = address !== null && typeof address === "object" ? address.port : port;
  return {
    url: `http://${host.includes(":") ? `[${host}]` : host}:${actual}`,
    close: async () => {
      const closed = once(server, "close");
      server.close();
      // Probes keep their connections open.
      server.closeAllConnections();
      await closed;
    },
  };
};
