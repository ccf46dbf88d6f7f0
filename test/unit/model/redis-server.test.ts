import { describe, expect, test } from "vitest";
import { parseRedisUrl, redisPlaceName } from "../../../src/model/redis-server.ts";

const plain = { tls: false, username: null, password: null, db: 0, group: null };

describe("REDIS_URL", () => {
  test("one server, with and without TLS, user and database", () => {
    expect(parseRedisUrl("redis://redis.internal")).toEqual({
      ...plain,
      kind: "single",
      nodes: [{ host: "redis.internal", port: 6379 }],
    });
    expect(parseRedisUrl("rediss://zk:p%40ss%3Aword@[::1]:6380/2")).toEqual({
      kind: "single",
      nodes: [{ host: "::1", port: 6380 }],
      tls: true,
      username: "zk",
      password: "p@ss:word",
      db: 2,
      group: null,
    });
  });

  test("a group watched by Sentinels", () => {
    expect(parseRedisUrl("rediss+sentinel://:pw@s1:26380,s2,s3/zk/1")).toEqual({
      kind: "sentinel",
      nodes: [
        { host: "s1", port: 26380 },
        { host: "s2", port: 26379 },
        { host: "s3", port: 26379 },
      ],
      tls: true,
      username: null,
      password: "pw",
      db: 1,
      group: "zk",
    });
  });

  test("a Redis Cluster", () => {
    expect(parseRedisUrl("redis+cluster://n1,n2:7000")).toEqual({
      ...plain,
      kind: "cluster",
      nodes: [
        { host: "n1", port: 6379 },
        { host: "n2", port: 7000 },
      ],
    });
  });

  test.each([
    ["redis://a,b", "two servers are neither a group nor a Cluster"],
    ["redis+sentinel://s1,s2", "no group is named"],
    ["redis+cluster://n1/3", "a Cluster has no databases"],
    ["redis+cluster://n1:0", "no such port"],
    ["redis+cluster://n1:70000", "no such port"],
    ["redis://h/x", "a database is a number"],
    ["redis://u:%zz@h", "a password that is not percent-encoded"],
    ["redis+cluster://", "no host"],
    ["http://h", "not Redis"],
  ])("%s is refused: %s", (url) => {
    expect(parseRedisUrl(url)).toBeNull();
  });

  test("a place is named without user and password", () => {
    const named = (url: string) => {
      const place = parseRedisUrl(url);
      return place === null ? null : redisPlaceName(place);
    };
    expect(named("redis://u:secret@[::1]")).toBe("[::1]:6379");
    expect(named("redis+sentinel://u:secret@s1,s2/zk")).toBe("zk at s1:26379,s2:26379");
  });
});
