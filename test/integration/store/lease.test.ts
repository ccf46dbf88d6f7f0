import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import type { Redis } from "ioredis";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { codeOf } from "../../../src/errors.ts";
import { ensembleName } from "../../../src/model/ids.ts";
import { leaseKey, tokenKey } from "../../../src/store/keys.ts";
import { makeLeases } from "../../../src/store/lease.ts";
import { connectRedis } from "../../../src/store/redis.ts";
import { startCuttingProxy } from "../../support/cutting-proxy.ts";
import { startTestRedis, type TestRedis } from "../../support/private-redis.ts";

const TTL_MS = 600;

const codeThrown = (call: () => void): string | null => {
  try {
    call();
  } catch (error) {
    return codeOf(error);
  }
  return null;
};

describe("leases over time", () => {
  let server: TestRedis;
  let redis: Redis;
  beforeAll(async () => {
    server = await startTestRedis();
    redis = connectRedis(server.url, "worker");
  });
  afterAll(async () => {
    redis.disconnect();
    await server.close();
  });

  test("a lease renews itself far beyond its time", async () => {
    const ensemble = ensembleName("renewed");
    const lease = await makeLeases(redis, { ttlMs: TTL_MS }).acquire(ensemble, "w1/1");
    const others = makeLeases(redis, { ttlMs: TTL_MS });
    for (let i = 0; i < 10; i++) {
      await sleep(TTL_MS / 3);
      expect(codeThrown(() => lease?.assertHeld())).toBeNull();
      expect(await others.acquire(ensemble, "w2/1")).toBeNull();
    }
    expect(lease?.signal.aborted).toBe(false);
    await lease?.release();
    expect(await redis.exists(leaseKey(ensemble))).toBe(0);
  });

  test("a lease taken away in Redis is lost at the next renewal, and the signal says so", async () => {
    const ensemble = ensembleName("taken");
    const leases = makeLeases(redis, { ttlMs: TTL_MS });
    const lease = await leases.acquire(ensemble, "w1/1");
    if (lease === null) throw new Error("not acquired");
    await redis.del(leaseKey(ensemble));
    const stolen = await leases.acquire(ensemble, "w2/1");
    expect(stolen?.token).toBeGreaterThan(lease.token);
    if (!lease.signal.aborted) await once(lease.signal, "abort");
    expect(codeThrown(() => lease.assertHeld())).toBe("LEASE_LOST");
    expect(codeOf(lease.signal.reason)).toBe("LEASE_LOST");
    // The old holder's renewals have not kept or shortened the new one's lease.
    await sleep(TTL_MS);
    expect(codeThrown(() => stolen?.assertHeld())).toBeNull();
    await stolen?.release();
  });

  test("a holder gives up before another can have the lease when Redis stops answering", async () => {
    const ensemble = ensembleName("silent");
    const lease = await makeLeases(redis, { ttlMs: TTL_MS }).acquire(ensemble, "w1/1");
    if (lease === null) throw new Error("not acquired");
    const pid = server.pid();
    if (pid === null) throw new Error("Redis is down");
    process.kill(pid, "SIGSTOP");
    const stoppedAt = performance.now();
    try {
      await once(lease.signal, "abort");
      expect(performance.now() - stoppedAt).toBeLessThanOrEqual(TTL_MS + 50);
      expect(codeThrown(() => lease.assertHeld())).toBe("LEASE_LOST");
    } finally {
      process.kill(pid, "SIGCONT");
    }
    // A renewal that arrives late may keep the key for a while, never for ever.
    let next = null;
    const deadline = performance.now() + 3 * TTL_MS;
    while (next === null && performance.now() < deadline) {
      next = await makeLeases(redis, { ttlMs: TTL_MS }).acquire(ensemble, "w2/1");
      await sleep(20);
    }
    expect(next?.token).toBeGreaterThan(lease.token);
    await next?.release();
  });

  test("releasing does not wait for a Redis that does not answer", async () => {
    const lease = await makeLeases(redis, { ttlMs: 5_000 }).acquire(ensembleName("leaving"), "w1/1");
    const pid = server.pid();
    if (pid === null) throw new Error("Redis is down");
    process.kill(pid, "SIGSTOP");
    try {
      const before = performance.now();
      await lease?.release();
      expect(performance.now() - before).toBeLessThan(3_000);
    } finally {
      process.kill(pid, "SIGCONT");
    }
  });

  test("the token goes on from a counter that is ahead of the clock", async () => {
    const ensemble = ensembleName("ahead");
    await redis.set(tokenKey(ensemble), "9000000000000000");
    const lease = await makeLeases(redis).acquire(ensemble, "w1/1");
    expect(lease?.token).toBe(9_000_000_000_000_001n);
    await lease?.release();
  });

  test("the token goes on from the time when the counter was lost", async () => {
    const ensemble = ensembleName("failed-over");
    const leases = makeLeases(redis);
    const first = await leases.acquire(ensemble, "w1/1");
    await first?.release();
    await redis.del(tokenKey(ensemble));
    await sleep(2);
    const second = await leases.acquire(ensemble, "w1/1");
    expect(second?.token).toBeGreaterThan(first?.token ?? 0n);
    await second?.release();
  });

  test("an acquire whose answer was lost finds its own lease", async () => {
    const proxy = await startCuttingProxy(server.port);
    const throughProxy = connectRedis(`redis://127.0.0.1:${proxy.port}`, "worker");
    try {
      await throughProxy.ping();
      proxy.loseAnswerTo("zkshift:{answerless}:lease");
      const lease = await makeLeases(throughProxy).acquire(ensembleName("answerless"), "w1/1");
      expect(proxy.lost()).toBe(1);
      expect(lease).not.toBeNull();
      expect(await redis.hget(leaseKey(ensembleName("answerless")), "token")).toBe(String(lease?.token));
      await lease?.release();
    } finally {
      throughProxy.disconnect();
      await proxy.close();
    }
  });

  test("a lease whose time passed while no timer could fire is lost at the first question", async () => {
    const lease = await makeLeases(redis, { ttlMs: TTL_MS }).acquire(ensembleName("blocked"), "w1/1");
    expect(codeThrown(() => lease?.assertHeld())).toBeNull();
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, TTL_MS);
    expect(codeThrown(() => lease?.assertHeld())).toBe("LEASE_LOST");
    expect(lease?.signal.aborted).toBe(true);
  });

  test("a frozen holder never says held after another took the lease", { timeout: 30_000 }, async () => {
    const ensemble = ensembleName("frozen");
    const holder = fileURLToPath(new URL("../../support/lease-holder.ts", import.meta.url));
    const child = spawn(process.execPath, ["--import", "tsx", holder, server.url, ensemble, String(TTL_MS)], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    const lines: string[] = [];
    const output = createInterface({ input: child.stdout });
    output.on("line", (line) => lines.push(line));
    const ended = once(output, "close");
    while (lines.length === 0) await sleep(20);
    // Two more lifetimes, to see that it renews.
    await sleep(2 * TTL_MS);
    expect(lines.at(-1)).toMatch(/^held /);

    child.kill("SIGSTOP");
    const leases = makeLeases(redis, { ttlMs: TTL_MS });
    let stolen = null;
    while (stolen === null) {
      await sleep(20);
      stolen = await leases.acquire(ensemble, "thief/1");
    }
    const stolenAt = Date.now();
    await sleep(200);
    const saidBefore = lines.length;
    child.kill("SIGCONT");
    await ended;

    const checks = lines.filter((line) => line.startsWith("held ")).map((line) => Number(line.slice(5)));
    expect(Math.max(...checks)).toBeLessThan(stolenAt);
    // Its first words after the freeze: no timer of its own had to fire first.
    expect(lines.slice(saidBefore).filter((line) => !line.startsWith("held "))[0]).toMatch(/^lost LEASE_LOST \d+$/);
    expect(codeThrown(() => stolen.assertHeld())).toBeNull();
    await stolen.release();
  });
});
