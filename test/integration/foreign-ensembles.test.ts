// Ensembles that others laid out: upgraded, and taken back, while a client writes; afterwards they are as they were, but
// for the release.
import { createHash } from "node:crypto";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Redis } from "ioredis";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { observeServer } from "../../sandbox/four-letter-words.ts";
import { type PrivateRedis, startRedis } from "../../sandbox/redis.ts";
import { ensureReleases } from "../../sandbox/releases.ts";
import { startWriter, type Writer } from "../../sandbox/writer.ts";
import { connectClient } from "../../sandbox/zookeeper-client.ts";
import type { MigrateGoal, UpgradeGoal } from "../../src/model/goal.ts";
import { ensembleName, hostName, runId } from "../../src/model/ids.ts";
import { release } from "../../src/model/release.ts";
import type { RunState } from "../../src/run/state.ts";
import { connectRedis } from "../../src/store/redis.ts";
import {
  type ForeignEnsemble,
  type ForeignServer,
  type ForeignServerPlan,
  startForeignEnsemble,
} from "../support/foreign-ensemble.ts";
import { pidOn } from "../support/foreign-hosts.ts";
import { CAMPAIGN, inCampaign } from "../support/in-campaign.ts";
import { waitFor } from "../support/run-on-stage.ts";
import { makeTestWorker, type TestWorker } from "../support/worker.ts";

type Site = {
  readonly ensemble: ForeignEnsemble;
  readonly worker: TestWorker;
  readonly writer: Writer;
  readonly before: readonly ServerBefore[];
  close(): Promise<void>;
};

type ServerBefore = { readonly config: string; readonly flags: readonly string[] };

const PASSWORD = "super:a-secret";
const SUPER = `-Dzookeeper.DigestAuthenticationProvider.superDigest=super:${createHash("sha1").update(PASSWORD).digest("base64")}`;

const flagsOf = async (ensemble: ForeignEnsemble, server: ForeignServer): Promise<readonly string[]> =>
  flagsOfProcess(await ensemble.pidOf(server));

const flagsOfProcess = async (pid: number | null): Promise<readonly string[]> => {
  const argv = (await readFile(`/proc/${pid}/cmdline`, "utf8")).split("\0");
  const kept = argv.filter((word) => /^-(XX:\+Use|XX:Tiered|Dmine|Dzookeeper\.Digest)/.test(word)).toSorted();
  // The start script sets a heap before the server's own flags; the last one counts.
  return [...kept, argv.findLast((word) => word.startsWith("-Xmx")) ?? "no heap"];
};

const prepare = async (options: {
  readonly dynamic: boolean;
  readonly servers: readonly ForeignServerPlan[];
  readonly bareHosts?: number;
}): Promise<Site> => {
  const dir = await mkdtemp(join(tmpdir(), "zkshift-foreign-"));
  const { url } = await ensureReleases(["3.8.0", "3.9.6"], () => undefined);
  const privateRedis: PrivateRedis = await startRedis({ dir: join(dir, "redis") });
  const redis: Redis = connectRedis(privateRedis.url, "worker");
  const ensemble = await startForeignEnsemble({ dir: join(dir, "site"), release: "3.8.0", ...options });
  const bare = ensemble.bareHosts.map(({ address, ports }) => `${address}:${ports.client}`);
  const connectString = [ensemble.connectString, ...bare].join(",");
  const writer = await startWriter({ connectString, path: "/client", everyMs: 20 });
  const before = await Promise.all(
    ensemble.servers.map(async (server) => ({
      config: await readFile(server.configFile, "utf8"),
      flags: await flagsOf(ensemble, server),
    })),
  );
  const worker = makeTestWorker({
    redis,
    dir,
    inventoryYaml: ensemble.inventoryYaml("pay", options.dynamic ? { super: "env:ZK_PAY_SUPER" } : {}),
    releasesUrl: url,
    environment: { ZK_PAY_SUPER: PASSWORD },
  });
  const close = async (): Promise<void> => {
    await writer.close();
    redis.disconnect();
    await Promise.all([ensemble.stop(), privateRedis.stop()]);
    await rm(dir, { recursive: true, force: true });
  };
  return { ensemble, worker, writer, before, close };
};

const goalOf = (to: string): UpgradeGoal => ({
  kind: "upgrade",
  ensemble: ensembleName("pay"),
  release: release(to),
  gates: "once",
  overrides: [],
});

const upgrade = async ({ worker }: Site, to: string, id: string): Promise<RunState> => {
  const run = runId(`pay-${id}`);
  expect(await worker.propose(goalOf(to), run)).toEqual({ kind: "proposed", run });
  await worker.approve(run, "plan");
  await worker.advance(run);
  const state = await worker.state(run);
  expect(state.hold).toBeNull();
  expect(state.outcome).toBe("succeeded");
  return state;
};

const seenOn = ({ ensemble }: Site) =>
  Promise.all(ensemble.servers.map(({ address, ports }) => observeServer(address, ports.client)));

/** Flags and configuration as before, but for the dynamic file's name, which the server itself changes with every reconfig. */
const expectAsBefore = async ({ ensemble, before }: Site): Promise<void> => {
  for (const [i, server] of ensemble.servers.entries()) {
    expect(await flagsOf(ensemble, server), `flags of server.${server.id}`).toEqual(before[i]?.flags);
    const settings = (text: string): readonly string[] =>
      text
        .split("\n")
        .filter((line) => !line.startsWith("dynamicConfigFile=") && !line.startsWith("#") && line !== "")
        .toSorted();
    expect(settings(await readFile(server.configFile, "utf8"))).toEqual(settings(before[i]?.config ?? ""));
  }
};

const expectNothingLost = async ({ ensemble, writer }: Site): Promise<void> => {
  await writer.stop();
  expect(await writer.sessionAlive()).toBe(true);
  for (const { address, ports } of ensemble.servers) {
    const found = await writer.verifyOn(`${address}:${ports.client}`);
    expect([found.missing, found.different, found.ephemeralIsThere]).toEqual([[], [], true]);
  }
  const client = await connectClient(ensemble.connectString);
  expect(await client.children("/")).toEqual(expect.not.arrayContaining([expect.stringContaining("zkshift")]));
  await client.close();
};

describe("three servers on one address, static members, only srvr answered, AdminServers that fight for one port", () => {
  let site: Site;
  beforeAll(async () => {
    site = await prepare({
      dynamic: false,
      servers: [
        {
          id: 1,
          launch: "zkServer.sh",
          configName: "one.cfg",
          lines: ["admin.enableServer=false"],
          flags: ["-Dmine=1"],
        },
        { id: 2, launch: "java", lines: [], flags: ["-Dmine=2"] },
        { id: 3, launch: "java with a relative path", lines: [], flags: ["-Dmine=3"] },
      ],
    });
  });
  afterAll(() => site?.close());

  it("get a new plan, and are left alone, when leadership moves between plan and start", async () => {
    const { ensemble, worker } = site;
    const run = runId("pay-zzzzz");
    await worker.propose(goalOf("3.9.6"), run);
    const leader = ensemble.servers[(await seenOn(site)).findIndex((seen) => seen?.mode === "leader")];
    if (leader === undefined) throw new Error("nobody leads");
    await ensemble.signal(leader, "SIGKILL");
    await ensemble.start(leader);
    await waitFor("all to serve", async () => !(await seenOn(site)).includes(null));
    await worker.approve(run, "plan");
    await worker.advance(run);
    const state = await worker.state(run);
    expect(state.outcome).toBe("superseded");
    expect(state.outcomeWhy).toMatch(/server\.\d is the leader now, but the plan stops it as a follower/);
    expect(worker.proposedAgain).toEqual([goalOf("3.9.6")]);
    expect((await seenOn(site)).map((seen) => seen?.release)).toEqual(["3.8.0", "3.8.0", "3.8.0"]);
  });

  it("are upgraded, and proved to hold the same data although a client writes all the time", async () => {
    const state = await upgrade(site, "3.9.6", "aaaaa");
    expect(state.steps.at(-1)?.evidence?.step).toMatchObject({ kind: "verify-ensemble", method: "walk" });
    expect((await seenOn(site)).map((seen) => seen?.release)).toEqual(["3.9.6", "3.9.6", "3.9.6"]);
    await expectAsBefore(site);
    if (!CAMPAIGN) await expectNothingLost(site);
  });

  inCampaign("go back to the release they came from", async () => {
    await upgrade(site, "3.8.0", "bbbbb");
    expect((await seenOn(site)).map((seen) => seen?.release)).toEqual(["3.8.0", "3.8.0", "3.8.0"]);
    await expectAsBefore(site);
    await expectNothingLost(site);
  });
});

describe("three voters and an observer with ids of their own, dynamic members, a super user", () => {
  let site: Site;
  beforeAll(async () => {
    const flags = (id: number): readonly string[] => [`-Dmine=${id}`, SUPER];
    site = await prepare({
      dynamic: true,
      bareHosts: 4,
      servers: [
        { id: 20, role: "observer", launch: "java", lines: ["admin.serverPort=PORT"], flags: flags(20) },
        {
          id: 30,
          launch: "zkServer.sh",
          configName: "peer.conf",
          lines: ["admin.enableServer=false"],
          flags: flags(30),
        },
        { id: 40, launch: "java with a relative path", lines: ["admin.serverPort=PORT"], flags: flags(40) },
        { id: 50, launch: "java", lines: ["admin.enableServer=false"], flags: flags(50) },
      ],
    });
  });
  afterAll(() => site?.close());

  it("are upgraded with a short hand-over; roles, flags and configuration stay", async () => {
    const state = await upgrade(site, "3.9.6", "ccccc");
    const how = state.steps.flatMap(({ evidence }) =>
      evidence?.step.kind === "hand-over-leadership" ? [evidence.step.how] : [],
    );
    expect(how).toEqual(["observer-then-kill"]);
    const seen = await seenOn(site);
    expect(seen.map((one) => one?.release)).toEqual(["3.9.6", "3.9.6", "3.9.6", "3.9.6"]);
    expect(seen[0]?.mode).toBe("observer");
    expect(seen.filter((one) => one?.mode === "leader")).toHaveLength(1);
    expect(seen.filter((one) => one?.mode === "follower")).toHaveLength(2);
    await expectAsBefore(site);
  });

  inCampaign("are moved to bare hosts with roles, flags and settings, and nothing is lost", async () => {
    const { ensemble, worker, writer, before } = site;
    const to = ensemble.bareHosts.map(({ name }) => hostName(name));
    const run = runId("pay-ddddd");
    const goal: MigrateGoal = { ...goalOf("3.9.6"), kind: "migrate", to, release: null };
    expect(await worker.propose(goal, run)).toEqual({ kind: "proposed", run });
    await worker.approve(run, "plan");
    for (;;) {
      await worker.advance(run);
      const { phase, gate, hold } = await worker.state(run);
      expect(hold).toBeNull();
      if (phase === "finished") break;
      if (gate !== null) await worker.approve(run, gate.gate);
    }
    expect((await worker.state(run)).outcome).toBe("succeeded");
    await writer.stop();
    expect(await writer.sessionAlive()).toBe(true);
    for (const [i, host] of ensemble.bareHosts.entries()) {
      const where = `${host.address}:${host.ports.client}`;
      const seen = await observeServer(host.address, host.ports.client);
      expect([host.name, seen?.release, seen?.mode === "observer"]).toEqual([host.name, "3.9.6", i === 0]);
      const found = await writer.verifyOn(where);
      expect([host.name, found.missing, found.different, found.ephemeralIsThere]).toEqual([host.name, [], [], true]);
      expect(await flagsOfProcess(await pidOn(host))).toEqual(before[i]?.flags);
      const config = await readFile(host.configFile, "utf8");
      expect(config).toContain(`dataDir=${host.dataDir}`);
      expect(config).toContain(`dataLogDir=${host.dataLogDir}`);
    }
    for (const server of ensemble.servers) expect(await ensemble.pidOf(server)).toBeNull();
  });
});
