import { afterAll, beforeAll, describe } from "vitest";
import { leaseKey } from "../../../src/store/keys.ts";
import { makeLeases } from "../../../src/store/lease.ts";
import { makeLiveBoard } from "../../../src/store/live-board.ts";
import { connectRedis } from "../../../src/store/redis.ts";
import { makeRunLog } from "../../../src/store/run-log.ts";
import { startTestRedis, type TestRedis } from "../../support/private-redis.ts";
import { storeContract } from "../../support/store-contract.ts";

describe("over Redis", () => {
  let server: TestRedis;
  beforeAll(async () => {
    server = await startTestRedis();
  });
  afterAll(async () => {
    await server.close();
  });

  storeContract("the store", async () => {
    const redis = connectRedis(server.url, "worker");
    return {
      runLog: makeRunLog(redis),
      leases: makeLeases(redis),
      liveBoard: makeLiveBoard(redis),
      expireLease: async (ensemble) => {
        await redis.pexpire(leaseKey(ensemble), 1);
        while ((await redis.exists(leaseKey(ensemble))) === 1);
      },
      close: async () => redis.disconnect(),
    };
  });
});
