import { createHash } from "node:crypto";
import type { Redis } from "ioredis";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ensembleOf, type RunId } from "../../../src/model/ids.ts";
import type { RunLog } from "../../../src/ports.ts";
import { bodyOf, headOf, verifyAgainst, verifyChain } from "../../../src/run/chain.ts";
import { reservedKey, runKey } from "../../../src/store/keys.ts";
import { makeLeases } from "../../../src/store/lease.ts";
import { connectRedis } from "../../../src/store/redis.ts";
import { makeRunLog } from "../../../src/store/run-log.ts";
import { startCuttingProxy } from "../../support/cutting-proxy.ts";
import { startTestRedis, type TestRedis } from "../../support/private-redis.ts";
import { finished, firstEntries, newRunId, stepStarted } from "../../support/sample-run.ts";

describe("the run log in Redis", () => {
  let server: TestRedis;
  let redis: Redis;
  let runLog: RunLog;
  let ensembles = 0;
  beforeAll(async () => {
    server = await startTestRedis();
    redis = connectRedis(server.url, "worker");
    runLog = makeRunLog(redis);
  });
  afterAll(async () => {
    redis.disconnect();
    await server.close();
  });

  /** A run with its two first events and `steps` more. */
  const grownRun = async (steps: number): Promise<RunId> => {
    ensembles += 1;
    const run = newRunId(`grown${ensembles}`);
    await runLog.begin(run, firstEntries());
    let head = headOf(await runLog.read(run));
    for (let step = 0; step < steps; step++) {
      const answer = await runLog.append(run, head, stepStarted(step));
      if (answer.kind !== "appended") throw new Error(answer.kind);
      head = answer.recorded;
    }
    return run;
  };
  const rewrite = async (
    run: RunId,
    change: (entries: [string, string[]][]) => [string, string[]][],
  ): Promise<void> => {
    const entries = change(await redis.xrange(runKey(run), "-", "+"));
    await redis.del(runKey(run));
    for (const [id, fields] of entries) await redis.xadd(runKey(run), id, ...fields);
  };

  describe("tampering", () => {
    test("an entry can be checked with nothing but SHA-256", async () => {
      const run = await grownRun(1);
      const [, fields] = (await redis.xrange(runKey(run), "3-0", "3-0"))[0] ?? ["", []];
      expect(fields[0]).toBe("body");
      expect(
        createHash("sha256")
          .update(fields[1] ?? "")
          .digest("hex"),
      ).toBe(fields[3]);
      expect((await runLog.read(run, 2)).map(bodyOf)).toEqual([fields[1]]);
    });

    test("an edited entry breaks the chain where it is", async () => {
      const run = await grownRun(4);
      await rewrite(run, (entries) =>
        entries.map(([id, fields]) => [id, id === "4-0" ? fields.map((f) => f.replace("w1/1", "w2/2")) : fields]),
      );
      expect(verifyChain(await runLog.read(run))).toMatchObject({ ok: false, atSeq: 4 });
    });

    test("a deleted entry breaks the chain where it was", async () => {
      const run = await grownRun(4);
      await redis.xdel(runKey(run), "4-0");
      expect(verifyChain(await runLog.read(run))).toMatchObject({ ok: false, atSeq: 4 });
    });

    test("a log cut short by deleting is seen against a posted head, and takes no more entries", async () => {
      const run = await grownRun(4);
      const posted = headOf(await runLog.read(run));
      await redis.xdel(runKey(run), "6-0");
      const events = await runLog.read(run);
      expect(verifyChain(events).ok).toBe(true);
      expect(verifyAgainst(events, posted)).toMatchObject({ ok: false, atSeq: 6 });
      await expect(runLog.append(run, headOf(events), stepStarted(9))).rejects.toMatchObject({
        kind: "refused",
        code: "LOG_DAMAGED",
      });
      expect(await runLog.read(run)).toHaveLength(5);
    });

    test("a log rewritten shorter is seen only against a posted head", async () => {
      const run = await grownRun(4);
      const posted = headOf(await runLog.read(run));
      await rewrite(run, (entries) => entries.slice(0, 4));
      const events = await runLog.read(run);
      expect(verifyChain(events)).toEqual({ ok: true, head: headOf(events) });
      expect(verifyAgainst(events, posted)).toMatchObject({ ok: false, atSeq: 5 });
    });

    const damages: readonly [string, (fields: string[]) => string[]][] = [
      ["is no JSON", ([, , , hash = ""]) => ["body", "{", "hash", hash]],
      ["has no body", ([, , , hash = ""]) => ["hash", hash]],
      ["has no hash", ([, body = ""]) => ["body", body]],
      [
        "has another shape",
        ([, body = "", , hash = ""]) => ["body", body.replace('"seq":', '"number":'), "hash", hash],
      ],
      [
        "has one field more",
        ([, body = "", , hash = ""]) => ["body", body.replace('"seq":', '"x":1,"seq":'), "hash", hash],
      ],
      [
        "has an unknown type",
        ([, body = "", , hash = ""]) => ["body", body.replace("step-started", "dance"), "hash", hash],
      ],
      [
        "names another run",
        ([, body = "", , hash = ""]) => ["body", body.replace('"run":"', '"run":"x'), "hash", hash],
      ],
      [
        "names another place",
        ([, body = "", , hash = ""]) => ["body", body.replace('"seq":3', '"seq":33'), "hash", hash],
      ],
    ];
    test.each(damages)("an entry that %s is refused, and the error names it", async (_, damage) => {
      const run = await grownRun(2);
      await rewrite(run, (entries) => entries.map(([id, f]) => [id, id === "3-0" ? damage(f) : f]));
      await expect(runLog.read(run)).rejects.toMatchObject({
        kind: "refused",
        code: "LOG_DAMAGED",
        message: expect.stringContaining(`Entry 3 of the log of ${run}`),
      });
    });
  });

  describe("lost answers and lost servers", () => {
    test("a begin and an append whose answers are lost on the way are written once", async () => {
      const proxy = await startCuttingProxy(server.port);
      const throughProxy = connectRedis(`redis://127.0.0.1:${proxy.port}`, "worker");
      try {
        await throughProxy.ping();
        const log = makeRunLog(throughProxy);
        const run = newRunId("answerless");
        proxy.loseAnswerTo(reservedKey(ensembleOf(run)));
        expect(await log.begin(run, firstEntries())).toEqual({ kind: "begun" });
        const head = headOf(await log.read(run));
        proxy.loseAnswerTo(runKey(run));
        expect((await log.append(run, head, stepStarted(0))).kind).toBe("appended");
        expect(proxy.lost()).toBe(2);
        expect(await runLog.read(run)).toHaveLength(3);
      } finally {
        throughProxy.disconnect();
        await proxy.close();
      }
    });

    test("a bot's append whose answer is lost fails as transient, and repeating it answers appended", async () => {
      const proxy = await startCuttingProxy(server.port);
      const bot = connectRedis(`redis://127.0.0.1:${proxy.port}`, "bot");
      try {
        while (bot.status !== "ready") await new Promise((resolve) => bot.once("ready", resolve));
        const run = await grownRun(0);
        const head = headOf(await runLog.read(run));
        const log = makeRunLog(bot);
        proxy.loseAnswerTo(runKey(run));
        await expect(log.append(run, head, stepStarted(0))).rejects.toMatchObject({ kind: "transient" });
        expect(proxy.lost()).toBe(1);
        while (bot.status !== "ready") await new Promise((resolve) => bot.once("ready", resolve));
        expect((await log.append(run, head, stepStarted(0))).kind).toBe("appended");
        expect(await runLog.read(run)).toHaveLength(3);
      } finally {
        bot.disconnect();
        await proxy.close();
      }
    });

    test("Redis killed and started again has lost nothing, and a waiting append goes on", async () => {
      const run = await grownRun(20);
      const before = await runLog.read(run);
      const lease = await makeLeases(redis).acquire(ensembleOf(run), "w1/1");
      await server.kill();
      const waiting = runLog.append(run, headOf(before), stepStarted(20), lease?.token);
      await server.restart();
      expect((await waiting).kind).toBe("appended");
      const after = await runLog.read(run);
      expect(after.slice(0, -1)).toEqual(before);
      expect(verifyChain(after).ok).toBe(true);
      expect(await runLog.reservedBy(ensembleOf(run))).toBe(run);
      expect(() => lease?.assertHeld()).not.toThrow();
      await runLog.append(run, headOf(after), finished(), lease?.token);
      expect(await runLog.reservedBy(ensembleOf(run))).toBeNull();
      await lease?.release();
    });

    test("appenders that go on while Redis is killed again and again leave one whole chain with every acknowledged entry", async () => {
      const run = await grownRun(0);
      const acknowledged: string[] = [];
      let stop = false;
      const appender = async (name: string): Promise<void> => {
        for (let step = 0; !stop; step++) {
          const head = headOf(await runLog.read(run));
          const answer = await runLog.append(run, head, stepStarted(step, name));
          if (answer.kind === "appended") acknowledged.push(answer.recorded.hash);
        }
      };
      const appenders = ["w1/1", "w2/1", "w3/1"].map(appender);
      for (let round = 0; round < 3; round++) {
        await new Promise((resolve) => setTimeout(resolve, 150));
        await server.kill();
        await server.restart();
      }
      stop = true;
      await Promise.all(appenders);
      const events = await runLog.read(run);
      expect(verifyChain(events).ok).toBe(true);
      const written = new Set(events.map(({ hash }) => hash));
      expect(acknowledged.length).toBeGreaterThan(10);
      expect(acknowledged.filter((hash) => !written.has(hash))).toEqual([]);
      // Two for the beginning; a repeat of a lost answer is acknowledged, so nothing else is there.
      expect(events).toHaveLength(acknowledged.length + 2);
    });
  });
});
