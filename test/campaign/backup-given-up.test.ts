// A worker that is told to stop while it takes a backup gives it up at once and leaves nothing behind; the next one takes it.
import { randomFillSync } from "node:crypto";
import { readdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Worker } from "bullmq";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { makeAdvancer } from "../../jobs/advance.ts";
import { makeProducers, QUEUE_PREFIX, type Reply, SLACK_QUEUE, type SlackJob } from "../../jobs/queues.ts";
import { startEnsembleWorker } from "../../jobs/worker.ts";
import { channelId, userId } from "../../src/model/ids.ts";
import { connectRedis } from "../../src/store/redis.ts";
import { type MoveSite, openMoveSite } from "../support/move-site.ts";
import { ORDERS } from "../support/restore-site.ts";

const PATIENT = { timeout: 60_000, interval: 20 } as const;

describe("a backup that takes long", () => {
  let site: MoveSite;
  let large: string;
  let own: string;

  const server = () => {
    const [one] = site.ensemble.servers;
    if (one === undefined) throw new Error("there is one");
    return one;
  };
  const onHost = async (): Promise<readonly string[]> =>
    (await readdir(own).catch(() => [])).filter((name) => name.startsWith("backup."));
  const untilItPacks = () =>
    expect.poll(async () => (await onHost()).filter((name) => name.endsWith(".tar.gz")), PATIENT).toHaveLength(1);
  beforeAll(async () => {
    site = await openMoveSite({ ensemble: { release: "3.9.6", size: 1 } });
    own = join(server().root, ".zkshift", "server.1");
    // Random bytes, which take packing its time: seconds.
    large = join(server().data, "version-2", "log.fffffffff");
    await writeFile(large, randomFillSync(Buffer.alloc(300_000_000)));
  });
  const closers: (() => unknown)[] = [];
  const connect = (role: "blocking" | "worker") => {
    const redis = connectRedis(site.redisUrl, role);
    closers.push(() => redis.disconnect());
    return redis;
  };
  afterEach(async () => {
    for (let next = closers.pop(); next !== undefined; next = closers.pop()) await next();
  });
  afterAll(() => site?.close());

  it("is left to the next worker, which answers who asked", async () => {
    const { deps } = site.worker;
    const producers = makeProducers(connect("worker"));
    closers.push(() => producers.close());
    const replies: Reply[] = [];
    const bot = new Worker<SlackJob>(
      SLACK_QUEUE,
      async ({ data }) => {
        if (data.kind === "reply") replies.push(data.reply);
      },
      { connection: connect("blocking"), prefix: QUEUE_PREFIX },
    );
    closers.push(() => bot.close());
    const begin = () => {
      const worker = startEnsembleWorker(connect("blocking"), deps, makeAdvancer(deps), producers);
      closers.push(() => worker.close());
      return worker;
    };
    const first = begin();
    const replyTo = { channel: channelId("C1"), user: userId("UOPERATOR"), responseUrl: null };
    await producers.backUp({ ensemble: ORDERS, replyTo });
    await untilItPacks();
    const folder = deps.backups.folder({ ensemble: ORDERS, directory: null });
    expect((await readdir(folder)).filter((name) => name.startsWith(".unfinished-"))).toHaveLength(1);
    await first.letGo();
    await expect.poll(() => readdir(folder), PATIENT).toEqual([]);
    await expect.poll(onHost, PATIENT).toEqual([]);
    await first.close();
    expect(replies).toEqual([]);

    await rm(large);
    begin();
    await expect
      .poll(() => replies, PATIENT)
      .toMatchObject([{ kind: "backed-up", report: { manifest: { ensemble: ORDERS } } }]);
    expect(await readdir(folder)).toHaveLength(1);
  });
});
