// What a run shows while a step is under way. For display only: it expires by itself, and nothing is decided from it.
import { z } from "zod";
import { hostName, type RunId } from "../model/ids.ts";
import type { Live, LiveBoard } from "../ports.ts";
import { liveKey } from "./keys.ts";
import type { RedisConnection } from "./redis.ts";
import { overRedis } from "./redis-error.ts";

/** A worker shows something every second or so; what is older than this is no longer under way. */
const LIVE_TTL_MS = 15_000;

const LiveText = z.object({
  step: z.number(),
  waitingFor: z.string().nullable(),
  writes: z.number(),
  failed: z.number(),
  longestPauseMs: z.number(),
  lastWriteMs: z.number().nullable(),
  lastWriteAt: z.number().nullable(),
  seenAt: z.number().optional(),
  servers: z.array(
    z.object({
      id: z.number(),
      host: z.string().transform(hostName),
      release: z.string().nullable(),
      mode: z.string(),
    }),
  ),
});

const parse = (text: string): Live | null => {
  try {
    return LiveText.parse(JSON.parse(text));
  } catch {
    // Shown by a worker of another release: showing nothing is as good.
    return null;
  }
};

/** Live boards in the Redis behind `redis`. */
export const makeLiveBoard = (
  redis: RedisConnection,
  { ttlMs = LIVE_TTL_MS }: { readonly ttlMs?: number } = {},
): LiveBoard => ({
  show: (run: RunId, live: Live) =>
    overRedis(`the progress of ${run} could not be shown`, async () => {
      await redis.set(liveKey(run), JSON.stringify(live), "PX", ttlMs);
    }),
  read: (run: RunId) =>
    overRedis(`the progress of ${run} could not be read`, async () => {
      const text = await redis.get(liveKey(run));
      return text === null ? null : parse(text);
    }),
});
