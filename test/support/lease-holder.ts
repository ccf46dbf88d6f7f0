// A worker's stand-in for tests that freeze a process: holds a lease and says all the time whether it may act. Run as
// `lease-holder.ts <redis url> <ensemble> <ttl in ms>`; prints `held <time of the check>` and at last `lost <code> <time>`.
import { writeSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { codeOf } from "../../src/errors.ts";
import { ensembleName } from "../../src/model/ids.ts";
import { makeLeases } from "../../src/store/lease.ts";
import { connectRedis } from "../../src/store/redis.ts";

const [url = "", ensemble = "", ttlMs = ""] = process.argv.slice(2);
const redis = connectRedis(url, "worker");
const lease = await makeLeases(redis, { ttlMs: Number(ttlMs) }).acquire(
  ensembleName(ensemble),
  `holder/${process.pid}`,
);
if (lease === null) throw new Error(`${ensemble} is held by another`);

for (;;) {
  const checkedAt = Date.now();
  try {
    lease.assertHeld();
  } catch (error) {
    writeSync(1, `lost ${codeOf(error)} ${checkedAt}\n`);
    break;
  }
  writeSync(1, `held ${checkedAt}\n`);
  await sleep(2);
}
redis.disconnect();
