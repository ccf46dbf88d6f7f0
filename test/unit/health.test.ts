import { afterEach, describe, expect, test } from "vitest";
import { type HealthServer, type ReadyCheck, startHealthServer } from "../../src/health.ts";

const METRICS = { text: async () => "up 1\n", contentType: "text/plain; version=0.0.4" };

describe("the health server", () => {
  const open: HealthServer[] = [];
  const start = async (checks: readonly ReadyCheck[], port = 0, metrics = METRICS): Promise<HealthServer> => {
    const server = await startHealthServer({ host: "127.0.0.1", port, checks, metrics });
    open.push(server);
    return server;
  };
  afterEach(async () => {
    for (const server of open.splice(0)) await server.close();
  });
  const get = async (server: HealthServer, path: string, method = "GET") => {
    const response = await fetch(server.url + path, { method });
    const text = await response.text();
    return { status: response.status, text, type: response.headers.get("content-type") };
  };

  test("says that the process is alive, also when it is not ready", async () => {
    const server = await start([{ name: "redis", problem: () => "Redis does not answer" }]);
    const answer = await get(server, "/healthz");
    expect(answer.status).toBe(200);
    expect(JSON.parse(answer.text)).toMatchObject({ alive: true });
  });

  test("is ready when every check is well", async () => {
    const server = await start([
      { name: "redis", problem: async () => null },
      { name: "slack", problem: () => null },
    ]);
    const answer = await get(server, "/readyz?verbose");
    expect(answer.status).toBe(200);
    expect(JSON.parse(answer.text)).toEqual({ ready: true, checks: { redis: "ok", slack: "ok" } });
  });

  test("is not ready when one check is not, whether it says so, throws or hangs", async () => {
    const server = await start([
      { name: "well", problem: () => null },
      { name: "says", problem: async () => "no socket is open" },
      { name: "throws", problem: () => Promise.reject(new Error("broken")) },
      {
        name: "throws at once",
        problem: () => {
          throw new Error("broken too");
        },
      },
      { name: "hangs", problem: () => new Promise(() => {}) },
    ]);
    const answer = await get(server, "/readyz");
    expect(answer.status).toBe(503);
    expect(JSON.parse(answer.text)).toEqual({
      ready: false,
      checks: {
        well: "ok",
        says: "no socket is open",
        throws: "broken",
        "throws at once": "broken too",
        hangs: "gave no answer within 900 ms",
      },
    });
  });

  test("is not ready before there is anything to check, and hears of checks that come later", async () => {
    const checks: ReadyCheck[] = [];
    const server = await start(checks);
    expect((await get(server, "/readyz")).status).toBe(503);
    checks.push({ name: "redis", problem: () => null });
    expect((await get(server, "/readyz")).status).toBe(200);
  });

  test.each([
    [null, "is gone"],
    ["is gone", null],
  ])("of two checks of one name the problem shows", async (first, second) => {
    const server = await start([
      { name: "redis", problem: () => first },
      { name: "redis", problem: () => second },
    ]);
    const answer = await get(server, "/readyz");
    expect(answer.status).toBe(503);
    expect(JSON.parse(answer.text)).toEqual({ ready: false, checks: { redis: "is gone" } });
  });

  test("gives the metrics as Prometheus reads them", async () => {
    expect(await get(await start([]), "/metrics")).toEqual({ status: 200, text: "up 1\n", type: METRICS.contentType });
  });

  test("metrics that cannot be gathered are an error, not a hang", async () => {
    const broken = { ...METRICS, text: () => Promise.reject(new Error("no")) };
    expect((await get(await start([], 0, broken), "/metrics")).status).toBe(500);
  });

  test("anything else is not found, and nothing can be changed", async () => {
    const server = await start([]);
    expect((await get(server, "/")).status).toBe(404);
    expect((await get(server, "/healthz", "POST")).status).toBe(405);
    expect(await get(server, "/healthz", "HEAD")).toMatchObject({ status: 200, text: "" });
  });

  test("a port that is taken is said in words", async () => {
    const first = await start([]);
    const port = Number(new URL(first.url).port);
    await expect(start([], port)).rejects.toMatchObject({
      kind: "input",
      code: "EADDRINUSE",
      message: `Health and metrics cannot be served on 127.0.0.1:${port} (EADDRINUSE).`,
    });
  });

  test("closes at once although a probe keeps its connection", async () => {
    const server = await startHealthServer({ host: "127.0.0.1", port: 0, checks: [], metrics: METRICS });
    await get(server, "/healthz");
    const before = performance.now();
    await server.close();
    expect(performance.now() - before).toBeLessThan(1_000);
  });
});
