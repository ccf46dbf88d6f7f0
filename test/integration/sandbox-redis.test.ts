import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Redis } from "ioredis";
import { afterAll, expect, it } from "vitest";
import { isAlive } from "../../sandbox/processes.ts";
import { startRedis } from "../../sandbox/redis.ts";

const dir = await mkdtemp(join(tmpdir(), "zkshift-redis-"));
afterAll(() => rm(dir, { recursive: true, force: true }));

it("keeps what it acknowledged through SIGKILL, on the same port", async () => {
  const redis = await startRedis({ dir });
  const client = new Redis(redis.url);
  client.on("error", () => undefined);
  try {
    expect(await client.config("GET", "appendfsync")).toEqual(["appendfsync", "always"]);
    expect(await client.config("GET", "maxmemory-policy")).toEqual(["maxmemory-policy", "noeviction"]);
    await client.set("kept", "yes");
    const { port } = redis;
    await redis.kill();
    expect(redis.pid()).toBeNull();
    await redis.restart();
    expect(redis.port).toBe(port);
    expect(await client.get("kept")).toBe("yes");
    const pid = redis.pid() ?? 0;
    await redis.stop();
    expect(await isAlive(pid)).toBe(false);
  } finally {
    client.disconnect();
    await redis.stop();
  }
});
