// A pause of writes of its own, on a real ensemble: it lasts until somebody asks for the writes, or until its time is over, and a
// worker that takes over counts on.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type SandboxEnsemble, startEnsemble } from "../../sandbox/ensemble.ts";
import { type PrivateRedis, startRedis } from "../../sandbox/redis.ts";
import { ensureReleases } from "../../sandbox/releases.ts";
import { startWriter, type Writer } from "../../sandbox/writer.ts";
import type { PauseGoal } from "../../src/model/goal.ts";
import { ensembleName, runId } from "../../src/model/ids.ts";
import { connectRedis } from "../../src/store/redis.ts";
import { waitFor } from "../support/run-on-stage.ts";
import { makeTestWorker, type TestWorker } from "../support/worker.ts";

const goal = (forMs: number): PauseGoal => ({
  kind: "pause-writes",
  ensemble: ensembleName("orders"),
  release: null,
  pause: "acl",
  forMs,
  gates: null,
  overrides: [],
});

describe("a pause of writes by itself", () => {
  let dir: string;
  let ensemble: SandboxEnsemble;
  let privateRedis: PrivateRedis;
  let redis: ReturnType<typeof connectRedis>;
  let writer: Writer;
  let worker: TestWorker;

  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), "zkshift-pause-command-"));
    [ensemble, privateRedis] = await Promise.all([
      startEnsemble({ name: "orders", dir: join(dir, "hosts"), release: "3.9.6", size: 1 }),
      startRedis({ dir: join(dir, "redis") }),
    ]);
    redis = connectRedis(privateRedis.url, "worker");
    writer = await startWriter({ connectString: ensemble.connectString, path: "/client", everyMs: 20 });
    worker = makeTestWorker({
      redis,
      dir,
      inventoryYaml: ensemble.inventoryYaml(),
      releasesUrl: (await ensureReleases(["3.9.6"], () => undefined)).url,
      environment: ensemble.environment,
    });
  });
  afterAll(async () => {
    await writer?.close();
    redis?.disconnect();
    await Promise.all([ensemble?.stop(), privateRedis?.stop()]);
    await rm(dir, { recursive: true, force: true });
  });

  const step = async (run: ReturnType<typeof runId>, kind: string) => {
    const state = await worker.state(run);
    return state.steps[state.plan.steps.findIndex((one) => one.kind === kind)];
  };

  it("lasts until writes are asked for, over the death of a worker, with the proof that nobody wrote", async () => {
    const run = runId("orders-aaaaa");
    expect((await worker.propose(goal(3_600_000), run)).kind).toBe("proposed");
    await worker.approve(run, "plan");
    const death = new AbortController();
    const dying = worker.advance(run, death.signal);
    await waitFor("the pause", async () => (await step(run, "keep-paused"))?.state === "running", 30_000);
    death.abort();
    await dying;
    const { acknowledged, refused } = writer.stats();
    const going = worker.advance(run);
    await waitFor("writes to be refused", async () => writer.stats().refused > refused + 10, 10_000);
    expect(writer.stats().acknowledged).toBe(acknowledged);
    await worker.click(run, { type: "resume-writes-asked" });
    await going;
    const state = await worker.state(run);
    expect(state.outcome, state.hold?.failure.what).toBe("succeeded");
    expect((await step(run, "keep-paused"))?.evidence?.step).toMatchObject({ ended: "asked" });
    expect((await step(run, "resume-writes"))?.evidence?.step).toMatchObject({
      proof: { written: 0, deleted: 0, opened: 0 },
    });
    await waitFor("writes to go on", async () => writer.stats().acknowledged > acknowledged, 10_000);
  });

  it("ends by itself when its time is over", async () => {
    const run = runId("orders-bbbbb");
    expect((await worker.propose(goal(2_000), run)).kind).toBe("proposed");
    await worker.approve(run, "plan");
    await worker.advance(run);
    expect((await worker.state(run)).outcome).toBe("succeeded");
    expect((await step(run, "keep-paused"))?.evidence?.step).toEqual({ kind: "keep-paused", ms: 2_000, ended: "time" });
    await writer.stop();
    const [server] = ensemble.servers;
    const found = await writer.verifyOn(`${server?.address}:${server?.clientPort}`);
    expect([found.missing, found.different]).toEqual([[], []]);
  });
});
