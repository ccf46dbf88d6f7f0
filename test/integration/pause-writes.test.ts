// Writes paused by ACLs for a whole upgrade of a real ensemble, while a client writes all through, or tries to. The worker
// dies in the middle of pausing them and again of resuming them, and another one, on another machine, goes on.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Redis } from "ioredis";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type SandboxEnsemble, startEnsemble } from "../../sandbox/ensemble.ts";
import { type PrivateRedis, startRedis } from "../../sandbox/redis.ts";
import { ensureReleases } from "../../sandbox/releases.ts";
import { startWriter, type Writer } from "../../sandbox/writer.ts";
import type { AppDeps } from "../../src/app/app-deps.ts";
import type { UpgradeGoal } from "../../src/model/goal.ts";
import { ensembleName, runId } from "../../src/model/ids.ts";
import { release } from "../../src/model/release.ts";
import type { Session } from "../../src/ports.ts";
import type { RunState } from "../../src/run/state.ts";
import { connectRedis } from "../../src/store/redis.ts";
import { makeZooKeeper } from "../../src/zookeeper/zookeeper.ts";
import { createAclTree, readAcls, TEAM_AUTH } from "../support/acl-tree.ts";
import { dyingAfter } from "../support/dying-worker.ts";
import { makeTestWorker, type TestWorker } from "../support/worker.ts";

const ZNODES = 1_200;
/** Of these the ACL has to be changed; a quarter lets nobody write anyway. */
const WRITABLE = (ZNODES * 3) / 4;

const goal: UpgradeGoal = {
  kind: "upgrade",
  ensemble: ensembleName("orders"),
  release: release("3.9.6"),
  pause: "acl",
  gates: "once",
  overrides: [],
};

describe("an upgrade with writes paused by ACLs", () => {
  const zookeeper = makeZooKeeper();
  const run = runId("orders-ppppp");
  let dir: string;
  let ensemble: SandboxEnsemble;
  let privateRedis: PrivateRedis;
  let redis: Redis;
  let releasesUrl: string;
  let writer: Writer;
  let client: Session;
  let before: ReadonlyMap<string, string>;

  const servers = () => ensemble.servers.map(({ address, clientPort }) => ({ host: address, port: clientPort }));
  const asSuper = async <T>(work: (session: Session) => Promise<T>): Promise<T> => {
    const session = await zookeeper.connect({ servers: servers(), auth: ensemble.superAuth });
    return work(session).finally(() => session.close());
  };
  /** Each with a state folder of its own, as on a machine of its own. */
  const workerOn = (machine: string, change?: (deps: AppDeps) => AppDeps): TestWorker =>
    makeTestWorker({
      redis,
      dir: join(dir, machine),
      inventoryYaml: ensemble.inventoryYaml(),
      releasesUrl,
      environment: ensemble.environment,
      ...(change === undefined ? {} : { change }),
    });
  /** Advances a run until its worker dies. */
  const untilDeath = async (worker: TestWorker): Promise<RunState> => {
    await expect(worker.advance(run)).rejects.toThrow("killed");
    const state = await worker.state(run);
    expect(state.hold).toBeNull();
    return state;
  };
  const stepOf = (state: RunState, kind: string) =>
    state.steps[state.plan.steps.findIndex((step) => step.kind === kind)];
  /** Paths whose ACL is not as it was before the run. */
  const differing = async (): Promise<readonly string[]> => {
    const now = await asSuper(readAcls);
    return [...before].flatMap(([path, acl]) => (now.get(path) === acl ? [] : [path]));
  };

  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), "zkshift-pause-"));
    releasesUrl = (await ensureReleases(["3.8.0", "3.9.6"], () => undefined)).url;
    [ensemble, privateRedis] = await Promise.all([
      startEnsemble({ name: "orders", dir: join(dir, "hosts"), release: "3.8.0", size: 3 }),
      startRedis({ dir: join(dir, "redis") }),
    ]);
    redis = connectRedis(privateRedis.url, "worker");
    await asSuper((session) => createAclTree(session, ZNODES));
    client = await zookeeper.connect({ servers: servers(), auth: TEAM_AUTH, sessionTimeoutMs: 15_000 });
    await client.create("/app/0/held", Buffer.from("mine"), { ephemeral: true });
    writer = await startWriter({ connectString: ensemble.connectString, path: "/client", everyMs: 40 });
    before = await asSuper(readAcls);
  });

  afterAll(async () => {
    await client?.close();
    await writer?.close();
    redis?.disconnect();
    await Promise.all([ensemble?.stop(), privateRedis?.stop()]);
    await rm(dir, { recursive: true, force: true });
  });

  it("leaves a half-raised fence behind when the worker dies in it", async () => {
    const dying = workerOn("one", dyingAfter(500, "fenced"));
    expect((await dying.propose(goal, run)).kind).toBe("proposed");
    await dying.approve(run, "plan");
    const state = await untilDeath(dying);
    expect(stepOf(state, "pause-writes")?.state).toBe("running");
    const fenced = (await differing()).length;
    expect(fenced).toBeGreaterThan(0);
    expect(fenced).toBeLessThan(WRITABLE);
  });

  it("raises the rest of it on another machine, upgrades every server, and dies while it lowers it", async () => {
    // Some hundred of them are the writer's own znodes.
    const state = await untilDeath(workerOn("two", dyingAfter(800, "given back")));
    const paused = stepOf(state, "pause-writes");
    expect(paused?.attempts).toBe(2);
    expect(paused?.evidence?.step).toMatchObject({ kind: "pause-writes", method: "acl", refusedBy: [1, 2, 3] });
    expect(stepOf(state, "resume-writes")?.state).toBe("running");
    const left = (await differing()).length;
    expect(left).toBeGreaterThan(0);
    expect(left).toBeLessThan(WRITABLE);
  });

  it("gives back the rest, with the proof that nobody wrote meanwhile", async () => {
    const worker = workerOn("two");
    await worker.advance(run);
    const state = await worker.state(run);
    expect(state.hold).toBeNull();
    expect(state.outcome).toBe("succeeded");
    const resumed = stepOf(state, "resume-writes")?.evidence?.step;
    if (resumed?.kind !== "resume-writes") return expect.unreachable();
    expect(resumed.proof).toMatchObject({ written: 0, deleted: 0, opened: 0, paths: [] });
    expect(resumed.proof?.znodes).toBeGreaterThan(ZNODES);
    // The writer was refused as long as the pause lasted.
    const { refused, longestGapMs, acknowledged } = writer.stats();
    expect(refused).toBeGreaterThan(20);
    // Told is the whole time, from the first ACL changed to the last one put back.
    expect(longestGapMs).toBeGreaterThan(resumed.pausedMs / 2);
    console.log(`paused for ${resumed.pausedMs} ms: ${refused} writes refused, ${acknowledged} acknowledged around it`);
  });

  it("put every ACL back exactly, and lost no acknowledged write, no session and no ephemeral", async () => {
    expect(await differing()).toEqual([]);
    expect((await asSuper(readAcls)).size).toBe(before.size);
    const { acknowledged } = writer.stats();
    await expect.poll(() => writer.stats().acknowledged, { timeout: 10_000 }).toBeGreaterThan(acknowledged);
    await writer.stop();
    expect(await writer.sessionAlive()).toBe(true);
    for (const { address, clientPort } of ensemble.servers) {
      const found = await writer.verifyOn(`${address}:${clientPort}`);
      expect([found.missing, found.different, found.ephemeralIsThere]).toEqual([[], [], true]);
    }
    expect((await client.getData("/app/0/held")).data.toString()).toBe("mine");
    await client.setData("/app/0/held", Buffer.from("still"));
  });
});
