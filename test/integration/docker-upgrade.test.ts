// A whole upgrade of three servers in containers of a real engine, while a client writes: what the containers had they keep, and
// nothing acknowledged is lost. Asked for like the driver's own test (docs/docker.md).
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { observeServer } from "../../sandbox/four-letter-words.ts";
import { startRedis } from "../../sandbox/redis.ts";
import { ensureReleases } from "../../sandbox/releases.ts";
import { startWriter } from "../../sandbox/writer.ts";
import type { UpgradeGoal } from "../../src/model/goal.ts";
import { ensembleName } from "../../src/model/ids.ts";
import { release } from "../../src/model/release.ts";
import { connectRedis } from "../../src/store/redis.ts";
import { onEngine, testEngine } from "../support/docker-engine.ts";
import { startDockerEnsemble } from "../support/docker-ensemble.ts";
import { begin, goOn } from "../support/move-site.ts";
import { makeTestWorker } from "../support/worker.ts";

const goal: UpgradeGoal = {
  kind: "upgrade",
  ensemble: ensembleName("orders"),
  release: release("3.9.6"),
  gates: "leader",
  overrides: [],
};

describe.runIf(testEngine !== null)(onEngine("an ensemble in containers"), () => {
  const closers: (() => unknown)[] = [];
  afterEach(async () => {
    for (let next = closers.pop(); next !== undefined; next = closers.pop()) await next();
  });

  const open = async () => {
    const dir = await mkdtemp(join(tmpdir(), "zkshift-docker-"));
    closers.push(() => rm(dir, { recursive: true, force: true }));
    const ensemble = await startDockerEnsemble("3.8.0");
    closers.push(() => ensemble.close());
    const privateRedis = await startRedis({ dir: join(dir, "redis") });
    closers.push(() => privateRedis.stop());
    const redis = connectRedis(privateRedis.url, "worker");
    closers.push(() => redis.disconnect());
    const writer = await startWriter({ connectString: ensemble.connectString, path: "/client", everyMs: 20 });
    closers.push(() => writer.close());
    const worker = makeTestWorker({
      redis,
      dir,
      inventoryYaml: ensemble.inventoryYaml,
      releasesUrl: (await ensureReleases(["3.8.0", "3.9.6"], () => undefined)).url,
      environment: { ZK_SUPER: "super:sesame" },
    });
    const kept = async (): Promise<readonly unknown[]> =>
      Promise.all(ensemble.servers.map(({ container }) => ensemble.kept(container)));
    const imagesOf = async (): Promise<readonly string[]> =>
      Promise.all(ensemble.servers.map(async ({ container }) => (await ensemble.inspect(container)).Image));
    const idOf = (of: string) =>
      ensemble.docker("image", "inspect", "--format", "{{.Id}}", `zkshift-test/zookeeper:${of}`);
    return { ensemble, worker, writer, kept, imagesOf, idOf };
  };

  it("is upgraded to its end, with volumes, networks and limits as before", { timeout: 600_000 }, async () => {
    const { ensemble, worker, writer, kept, imagesOf, idOf } = await open();
    const before = await kept();
    const run = await begin({ worker }, goal, "d0001");
    await worker.advance(run);
    const asked = await worker.state(run);
    expect(asked.phase, asked.hold?.failure.what).toBe("waiting");
    const state = await goOn({ worker }, run);
    expect(state.outcome, state.hold?.failure.what).toBe("succeeded");
    for (const { address } of ensemble.servers) expect((await observeServer(address, 2181))?.release).toBe("3.9.6");
    expect(await kept()).toEqual(before);
    expect(new Set(await imagesOf())).toEqual(new Set([await idOf("3.9.6")]));
    // Nothing lies aside any more.
    expect(await ensemble.containers()).toEqual(ensemble.servers.map(({ container }) => container).sort());
    await writer.stop();
    console.log(JSON.stringify(writer.stats()));
    expect(await writer.sessionAlive()).toBe(true);
    for (const { address } of ensemble.servers) {
      const found = await writer.verifyOn(`${address}:2181`);
      expect([found.missing, found.different, found.ephemeralIsThere]).toEqual([[], [], true]);
    }
    expect((await worker.propose(goal, run)).kind).toBe("nothing-to-do");
  });

  it("goes back from the leader's gate to the old image", { timeout: 600_000 }, async () => {
    const { ensemble, worker, writer, kept, imagesOf, idOf } = await open();
    const before = await kept();
    const run = await begin({ worker }, goal, "d0002");
    await worker.advance(run);
    expect((await worker.state(run)).phase).toBe("waiting");
    await worker.click(run, { type: "rollback-asked" });
    const state = await goOn({ worker }, run);
    expect(state.outcome, state.hold?.failure.what).toBe("rolled-back");
    expect(await kept()).toEqual(before);
    expect(new Set(await imagesOf())).toEqual(new Set([await idOf("3.8.0")]));
    await writer.stop();
    for (const { address } of ensemble.servers) {
      const found = await writer.verifyOn(`${address}:2181`);
      expect([found.missing, found.different]).toEqual([[], []]);
    }
  });
});
