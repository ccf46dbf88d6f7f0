// A rolling restart of a real ensemble that brings a setting and a heap: taken back from the leader's gate, then brought whole.
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { Redis } from "ioredis";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { serverProcesses } from "../../sandbox/ensemble/server.ts";
import { type SandboxEnsemble, startEnsemble } from "../../sandbox/ensemble.ts";
import { type PrivateRedis, startRedis } from "../../sandbox/redis.ts";
import { ensureReleases } from "../../sandbox/releases.ts";
import { startWriter, type Writer } from "../../sandbox/writer.ts";
import { reportDrift } from "../../src/app/report-drift.ts";
import type { ConfigureGoal } from "../../src/model/goal.ts";
import { ensembleName, runId } from "../../src/model/ids.ts";
import { connectRedis } from "../../src/store/redis.ts";
import { makeZooKeeper } from "../../src/zookeeper/zookeeper.ts";
import { makeTestWorker, type TestWorker } from "../support/worker.ts";

const goal: ConfigureGoal = {
  kind: "configure",
  ensemble: ensembleName("orders"),
  release: null,
  gates: "leader",
  overrides: [],
};

let dir: string;
let ensemble: SandboxEnsemble;
let privateRedis: PrivateRedis;
let redis: Redis;
let writer: Writer;
let worker: TestWorker;

const workerWith = (settings: Readonly<Record<string, string | number>>): TestWorker =>
  makeTestWorker({
    redis,
    dir,
    inventoryYaml: ensemble.inventoryYaml({ extra: { settings, jvm: { heap: "170m" } } }),
    releasesUrl: "file:///nowhere",
    environment: ensemble.environment,
  });

const zookeeper = makeZooKeeper();
/** By server: what zoo.cfg says, what the process was given, and what it says itself. */
const seen = () =>
  Promise.all(
    ensemble.servers.map(async (server) => {
      const [pid] = await serverProcesses(server);
      const conf = await zookeeper.fourLetterWord({ host: server.address, port: server.clientPort }, "conf");
      return {
        file: /^maxClientCnxns=(\d+)$/m.exec(await readFile(server.configFile, "utf8"))?.[1] ?? null,
        running: /^maxClientCnxns=(\d+)$/m.exec(conf)?.[1] ?? null,
        heap: (await readFile(`/proc/${pid}/cmdline`, "utf8")).split("\0").findLast((flag) => flag.startsWith("-Xmx")),
      };
    }),
  );

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "zkshift-configure-"));
  await ensureReleases(["3.9.6"], () => undefined);
  [ensemble, privateRedis] = await Promise.all([
    startEnsemble({ name: "orders", dir: join(dir, "hosts"), release: "3.9.6", size: 3 }),
    startRedis({ dir: join(dir, "redis") }),
  ]);
  redis = connectRedis(privateRedis.url, "worker");
  writer = await startWriter({ connectString: ensemble.connectString, path: "/client", everyMs: 10 });
  worker = workerWith({ maxClientCnxns: 70 });
});

afterAll(async () => {
  await writer?.close();
  redis?.disconnect();
  await Promise.all([ensemble?.stop(), privateRedis?.stop()]);
  await rm(dir, { recursive: true, force: true });
});

describe("a change of configuration", () => {
  it("is refused where servers of before and after could not work together", async () => {
    const refused = await workerWith({ sslQuorum: "true" }).propose(goal, runId("orders-aaaaa"));
    expect(refused).toMatchObject({ kind: "blocked", findings: [{ rule: "quorum-tls-step" }] });
  });

  it.runIf(process.env.CAMPAIGN !== undefined)("rolls back from the gate before the leader's turn", async () => {
    const before = await seen();
    const run = runId("orders-bbbbb");
    expect(await worker.propose(goal, run)).toEqual({ kind: "proposed", run });
    await worker.approve(run, "plan");
    await worker.advance(run);
    const state = await worker.state(run);
    expect([state.hold, state.phase]).toEqual([null, "waiting"]);
    const leader = await ensemble.leader();
    const half = await seen();
    for (const [i, { id }] of ensemble.servers.entries()) {
      expect(half[i]).toEqual(id === leader ? before[i] : { file: "70", running: "70", heap: "-Xmx170m" });
    }
    await worker.click(run, { type: "rollback-asked" });
    await worker.advance(run);
    expect((await worker.state(run)).outcome).toBe("rolled-back");
    expect(await seen()).toEqual(before);
  });

  it("brings the setting and the heap to every process, hands leadership over last, and proves it", async () => {
    const run = runId("orders-ccccc");
    expect(await worker.propose(goal, run)).toEqual({ kind: "proposed", run });
    await worker.approve(run, "plan");
    await worker.advance(run);
    const { gate } = await worker.state(run);
    await worker.approve(run, gate?.gate ?? "plan");
    await worker.advance(run);
    const state = await worker.state(run);
    expect([state.hold, state.outcome]).toEqual([null, "succeeded"]);
    expect(state.steps.at(-1)?.evidence?.step).toMatchObject({
      kind: "verify-ensemble",
      method: "digest",
      release: "3.9.6",
      inEffect: expect.arrayContaining([1, 2, 3]),
    });
    const all = { file: "70", running: "70", heap: "-Xmx170m" };
    expect(await seen()).toEqual([all, all, all]);
  });

  it("is behind its files once a person has edited them, which drift tells", async () => {
    const [first] = ensemble.servers;
    if (first === undefined) throw new Error("no server");
    const text = await readFile(first.configFile, "utf8");
    await writeFile(first.configFile, text.replace("maxClientCnxns=70", "maxClientCnxns=90"));
    const javaEnv = join(dirname(first.configFile), "java.env");
    const flags = await readFile(javaEnv, "utf8");
    await writeFile(javaEnv, `${flags}SERVER_JVMFLAGS="$SERVER_JVMFLAGS -Dzkshift.late=1"\n`);
    const report = await reportDrift(goal.ensemble, worker.deps);
    expect(report.kind === "seen" && report.drifts.filter(({ about }) => about === "running")).toEqual([
      { about: "running", name: "maxClientCnxns", wanted: "90", found: [{ value: "70", servers: [1] }] },
      { about: "running", name: "JVM flags", wanted: "-Dzkshift.late=1", found: [{ value: null, servers: [1] }] },
    ]);
    await writeFile(first.configFile, text);
    await writeFile(javaEnv, flags);
  });

  it("has nothing to do the second time", async () => {
    expect(await worker.propose(goal, runId("orders-ddddd"))).toMatchObject({ kind: "nothing-to-do" });
  });

  it("lost no acknowledged write and no session", async () => {
    await writer.stop();
    expect(writer.stats().acknowledged).toBeGreaterThan(100);
    expect(await writer.sessionAlive()).toBe(true);
    for (const { address, clientPort } of ensemble.servers) {
      const found = await writer.verifyOn(`${address}:${clientPort}`);
      expect([found.missing, found.different, found.ephemeralIsThere]).toEqual([[], [], true]);
    }
  });
});
