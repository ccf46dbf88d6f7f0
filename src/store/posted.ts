// What of a run stands in Slack, and the lock under which one bot posts at a time. Decides nothing about what to post.
import { randomUUID } from "node:crypto";
import { z } from "zod";
import type { RunId } from "../model/ids.ts";
import type { Posted, PostedRecord } from "../ports.ts";
import { postedKey, postingKey } from "./keys.ts";
import type { RedisConnection } from "./redis.ts";
import { overRedis } from "./redis-error.ts";
import { defineScript } from "./script.ts";
import { endPosting, extendPosting, savePosted } from "./scripts/posted.ts";

const flag = z.enum(["0", "1"]).transform((text) => text === "1");
const PostedHash = z.object({
  channel: z.string(),
  ts: z.string(),
  hash: z.string(),
  reaction: z.string(),
  seq: z.coerce.number(),
  promptSeq: z.coerce.number(),
  promptTs: z.string(),
  promptHash: z.string(),
  planFile: flag,
  endFiles: flag,
  told: flag,
  intent: z.enum(["", "parent", "thread", "plan-file", "end-files"]),
});

const flat = (record: PostedRecord): readonly string[] =>
  Object.entries(record).flatMap(([name, value]) => [
    name,
    typeof value === "boolean" ? (value ? "1" : "0") : String(value),
  ]);

/** Records in the Redis behind `redis`. They are kept as long as the run logs they belong to. */
export const makePosted = (redis: RedisConnection): Posted => {
  const save = defineScript(redis, savePosted);
  const extend = defineScript(redis, extendPosting);
  const end = defineScript(redis, endPosting);
  return {
    read: (run: RunId) =>
      overRedis(`what was posted of ${run} could not be read`, async () => {
        const hash = await redis.hgetall(postedKey(run));
        return Object.keys(hash).length === 0 ? null : PostedHash.parse(hash);
      }),
    save: (run: RunId, record: PostedRecord, token: string) =>
      overRedis(`what was posted of ${run} could not be kept`, async () => {
        return (await save([postingKey(run), postedKey(run)], [token, ...flat(record)])) === 1;
      }),
    lock: (run: RunId, ttlMs: number) =>
      overRedis(`${run} could not be locked for posting`, async () => {
        const token = randomUUID();
        return (await redis.set(postingKey(run), token, "PX", ttlMs, "NX")) === "OK" ? token : null;
      }),
    extend: (run: RunId, token: string, ttlMs: number) =>
      overRedis(
        `the posting lock of ${run} could not be kept`,
        async () => (await extend([postingKey(run)], [token, ttlMs])) === 1,
      ),
    unlock: (run: RunId, token: string) =>
      overRedis(`the posting lock of ${run} could not be given back`, async () => {
        await end([postingKey(run)], [token]);
      }),
  };
};
