import { networkInterfaces } from "node:os";
import type { Redis } from "ioredis";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import {
  connectRedis,
  type RedisLog,
  redisAddress,
  redisProblem,
  redisWarnings,
  untilReady,
} from "../../../src/store/redis.ts";
import { makeRunLog } from "../../../src/store/run-log.ts";
import { startTestRedis, type TestRedis } from "../../support/private-redis.ts";
import { newRunId } from "../../support/sample-run.ts";
import { startTcpProxy } from "../../support/tcp-proxy.ts";

describe("connections to Redis", () => {
  let server: TestRedis;
  const open: Redis[] = [];
  const connect = (url: string, role: "worker" | "bot", log?: RedisLog): Redis => {
    const redis = connectRedis(url, role, log);
    open.push(redis);
    return redis;
  };
  beforeAll(async () => {
    server = await startTestRedis();
  });
  afterEach(() => {
    for (const redis of open.splice(0)) redis.disconnect();
  });
  afterAll(async () => {
    await server.close();
  });

  test("a private Redis with append-only file and noeviction gives no warning", async () => {
    expect(await redisWarnings(connect(server.url, "worker"))).toEqual([]);
  });

  test("a Redis that may throw keys away or keeps no file is warned of in words", async () => {
    const redis = connect(server.url, "worker");
    await redis.config("SET", "maxmemory-policy", "allkeys-lru");
    await redis.config("SET", "appendonly", "no");
    try {
      expect(await redisWarnings(redis)).toEqual([
        "Redis may throw away run logs when its memory is full (maxmemory-policy allkeys-lru): set maxmemory-policy noeviction.",
        "Redis keeps no append-only file, so a crash of Redis can lose the last minutes of a run log: set appendonly yes.",
      ]);
    } finally {
      await redis.config("SET", "maxmemory-policy", "noeviction");
      await redis.config("SET", "appendonly", "yes");
    }
  });

  test("a bot's call fails at once while Redis is down, and works again once it is back", async () => {
    const bot = connect(server.url, "bot");
    await untilReady(bot, 5_000);
    await server.kill();
    const before = performance.now();
    await expect(makeRunLog(bot).read(newRunId())).rejects.toMatchObject({
      kind: "transient",
      message: expect.stringMatching(/^Redis does not answer, so the log of .* could not be read \(.+\)\.$/),
    });
    expect(performance.now() - before).toBeLessThan(2_500);
    await server.restart();
    await untilReady(bot, 5_000);
    expect(await makeRunLog(bot).read(newRunId())).toEqual([]);
  });

  test("a bot's call to a frozen Redis fails after two seconds", async () => {
    const bot = connect(server.url, "bot");
    await untilReady(bot, 5_000);
    const pid = server.pid();
    if (pid === null) throw new Error("Redis is down");
    process.kill(pid, "SIGSTOP");
    try {
      const before = performance.now();
      await expect(makeRunLog(bot).read(newRunId())).rejects.toMatchObject({ kind: "transient" });
      expect(performance.now() - before).toBeLessThan(3_000);
    } finally {
      process.kill(pid, "SIGCONT");
    }
  });

  test("a health check knows at once whether Redis answers", async () => {
    const redis = connect(server.url, "worker");
    await untilReady(redis, 5_000);
    expect(await redisProblem(redis)).toBeNull();
    await server.kill();
    while (redis.status === "ready") await new Promise((resolve) => setTimeout(resolve, 5));
    expect(await redisProblem(redis)).toBe("Redis does not answer");
    await server.restart();
    await untilReady(redis, 5_000);
    expect(await redisProblem(redis)).toBeNull();
  });

  test("an outage is logged once, and once when it is over", async () => {
    const said: string[] = [];
    const log = {
      info: (_: object, text: string) => said.push(text),
      warn: (_: object, text: string) => said.push(text),
    };
    const redis = connect(server.url, "worker", log);
    await redis.ping();
    await server.kill();
    await new Promise((resolve) => setTimeout(resolve, 700));
    await server.restart();
    await redis.ping();
    expect(said).toEqual(["Redis does not answer", "Redis answers again"]);
  });

  test("waiting for a Redis that is not there ends with words", async () => {
    const redis = connect("redis://127.0.0.1:1", "worker");
    await expect(untilReady(redis, 300)).rejects.toMatchObject({
      kind: "transient",
      message: "Redis does not answer, so zkshift cannot start (ECONNREFUSED).",
    });
  });

  describe("with a password", () => {
    let admin: Redis;
    const password = "p4ss/with:odd@signs";
    beforeEach(async () => {
      admin = connect(server.url, "worker");
      await admin.config("SET", "requirepass", password);
    });
    afterEach(async () => {
      const redis = connectRedis(`redis://:${encodeURIComponent(password)}@127.0.0.1:${server.port}`, "worker");
      await redis.config("SET", "requirepass", "");
      redis.disconnect();
    });

    test("the password of the address is used", async () => {
      const redis = connect(`redis://:${encodeURIComponent(password)}@127.0.0.1:${server.port}`, "bot");
      await untilReady(redis, 5_000);
      expect(await redis.ping()).toBe("PONG");
    });

    test.each([
      ["none", ""],
      ["a wrong one", ":wrong@"],
    ])("%s is refused in words, without the password", async (_, credentials) => {
      const redis = connect(`redis://${credentials}127.0.0.1:${server.port}`, "bot");
      const failure = await untilReady(redis, 1_000).then(
        () => null,
        (error: unknown) => error,
      );
      expect(failure).toMatchObject({ kind: "refused" });
      expect(String(failure)).not.toContain("wrong@");
    });
  });

  test("a Redis in protected mode is named at once, with what to do", async () => {
    // Redis knows its own machine by the address that a connection comes from.
    const others = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []);
    const from = others.find(({ family, internal }) => family === "IPv4" && !internal)?.address ?? "127.0.0.5";
    const proxy = await startTcpProxy({ host: "127.0.0.1", port: server.port }, from);
    try {
      for (const role of ["worker", "bot"] as const) {
        for (const login of ["", ":secret@"]) {
          const said: string[] = [];
          const redis = connect(`redis://${login}127.0.0.1:${proxy.address.port}`, role, {
            info: () => {},
            warn: (_, text) => said.push(text),
          });
          await expect(untilReady(redis, 20_000)).rejects.toMatchObject({
            kind: "refused",
            code: "DENIED",
            failure: {
              what: expect.stringMatching(/^Redis refuses zkshift, so zkshift cannot start: .* protected mode/),
              next: expect.stringContaining("requirepass"),
            },
          });
          expect(said).toEqual(["Redis refuses zkshift"]);
        }
      }
    } finally {
      await proxy.stop();
    }
  });

  test("rediss:// connects with TLS", () => {
    const redis = connect("rediss://127.0.0.1:1", "worker");
    expect(redis.options.tls).toBeDefined();
  });

  test.each(["", "127.0.0.1:6379", "http://127.0.0.1", "redis://"])("%j is no Redis address", (url) => {
    expect(() => redisAddress(url)).toThrow("REDIS_URL is not a Redis address.");
  });

  test("an address is named without user and password", () => {
    expect(redisAddress("rediss://user:secret@redis.internal")).toBe("redis.internal:6379");
  });
});
