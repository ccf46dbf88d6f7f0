// A Redis for one test file, with its data in a temporary folder that goes when the test file ends.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type PrivateRedis, startRedis } from "../../sandbox/redis.ts";

export type TestRedis = PrivateRedis & {
  /** Ends it and removes its data. */
  close(): Promise<void>;
};

export const startTestRedis = async (): Promise<TestRedis> => {
  const dir = await mkdtemp(join(tmpdir(), "zkshift-redis-"));
  const redis = await startRedis({ dir });
  return {
    ...redis,
    close: async () => {
      await redis.stop();
      await rm(dir, { recursive: true, force: true });
    },
  };
};
