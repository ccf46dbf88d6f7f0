// Whole migrations of real ensembles, driven as a worker drives them, with a client that writes all through.
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { launchServer, serverProcesses } from "../../sandbox/ensemble/server.ts";
import { ensembleProcesses } from "../../sandbox/ensemble.ts";
import { observeServer } from "../../sandbox/four-letter-words.ts";
import { reportDrift } from "../../src/app/report-drift.ts";
import { ensembleName, hostName, runId } from "../../src/model/ids.ts";
import { release } from "../../src/model/release.ts";
import { CAMPAIGN } from "../support/in-campaign.ts";
import { begin, goOn, type MoveSite, move, moveGoal, openMoveSite } from "../support/move-site.ts";
import { waitFor } from "../support/run-on-stage.ts";

const NEW = ["zk4", "zk5", "zk6"];

/** Every acknowledged write on each of the hosts, and the session's ephemeral. */
const expectAllOn = async ({ writer, at }: MoveSite, hosts: readonly string[]): Promise<void> => {
  for (const host of hosts) {
    const { address, clientPort } = at(host);
    const found = await writer.verifyOn(`${address}:${clientPort}`);
    expect([host, found.missing, found.different, found.ephemeralIsThere]).toEqual([host, [], [], true]);
  }
};

describe("three servers of 3.8.0 moved to three new hosts", () => {
  let site: MoveSite;
  /** The configuration tool leaves a file here for each host that it ran for. */
  let hooked: string;
  beforeAll(async () => {
    hooked = await mkdtemp(join(tmpdir(), "zkshift-hooked-"));
    site = await openMoveSite({
      ensemble: { release: "3.8.0", size: 3, spares: 3 },
      policy: {
        extra: {
          settings: { maxClientCnxns: 70 },
          jvm: { heap: "170m", flags: ["-Dzkshift.example=1"] },
          hooks: { configure: ["touch", join(hooked, "{host}")] },
        },
      },
    });
  });
  afterAll(async () => {
    await site?.close();
    await rm(hooked, { recursive: true, force: true });
  });

  const timeout = 300_000;
  it("waits for its clients before any old server is stopped, and goes on when a person says so", {
    timeout,
  }, async () => {
    const run = await begin(site, moveGoal(NEW, { gates: "leader" }), "aaaaa");
    await site.worker.advance(run);
    const asked = await site.worker.state(run);
    expect(asked.hold).toBeNull();
    const step = asked.plan.steps[Number(asked.gate?.gate)];
    expect(step).toMatchObject({ kind: "ask-approval", reason: "retire" });
    for (const host of ["zk1", "zk2", "zk3"]) {
      expect(await observeServer(site.at(host).address, site.at(host).clientPort)).not.toBeNull();
    }
    await site.worker.approve(run, Number(asked.gate?.gate));
    await site.worker.advance(run);
    const waiting = await site.worker.state(run);
    expect(waiting.plan.steps[Number(waiting.gate?.gate)]?.kind).toBe("wait-for-clients");
    const state = await goOn(site, run);
    expect(state.hold).toBeNull();
    expect(state.outcome).toBe("succeeded");
  });

  it("leaves new servers with every acknowledged write, and old ones stopped", async () => {
    const { writer, ensemble, look } = site;
    await writer.stop();
    expect(await writer.sessionAlive()).toBe(true);
    await expectAllOn(site, NEW);
    expect(await ensembleProcesses(ensemble)).toHaveLength(3);
    const seen = await look();
    expect(seen.membership.source).toBe("dynamic");
    expect(seen.servers.map(({ id, host }) => [id, host])).toEqual(NEW.map((host, i) => [i + 4, hostName(host)]));
  });

  it("gives new servers the settings and JVM flags of ensembles.yaml, and runs the configuration tool for each", async () => {
    expect((await readdir(hooked)).toSorted()).toEqual(NEW);
    for (const host of NEW) {
      expect(await readFile(site.at(host).configFile, "utf8")).toMatch(/^maxClientCnxns=70$/m);
      const [pid] = await serverProcesses(site.at(host));
      const flags = (await readFile(`/proc/${pid}/cmdline`, "utf8")).split("\0");
      expect(flags.findLast((flag) => flag.startsWith("-Xmx"))).toBe("-Xmx170m");
      expect(flags).toContain("-Dzkshift.example=1");
    }
    const report = await reportDrift(ensembleName("orders"), site.worker.deps);
    expect(report.kind === "seen" && report.drifts.filter(({ about }) => about !== "unlike")).toEqual([]);
  });
});

describe.runIf(CAMPAIGN)("three servers of 3.4.13 moved to three new hosts with 3.8.0", () => {
  let site: MoveSite;
  beforeAll(async () => {
    site = await openMoveSite({ ensemble: { release: "3.4.13", size: 3, spares: 3 }, releases: ["3.8.0"] });
  });
  afterAll(() => site?.close());

  it("says that there is no official path in one hop, and plans it only when that is overridden", async () => {
    const goal = moveGoal(NEW, { release: release("3.8.0") });
    const blocked = await site.worker.propose(goal, runId("orders-bbbbb"));
    expect(blocked.kind === "blocked" && blocked.findings.map(({ rule }) => rule)).toEqual(["path-hop"]);
  });

  it("a pair at a time, with every acknowledged write on every new server", { timeout: 300_000 }, async () => {
    const { writer, ensemble, look, at } = site;
    const state = await move(site, moveGoal(NEW, { release: release("3.8.0"), overrides: ["path-hop"] }), "ccccc");
    expect(state.hold).toBeNull();
    expect(state.outcome).toBe("succeeded");
    await writer.stop();
    expect(await writer.sessionAlive()).toBe(true);
    await expectAllOn(site, NEW);
    expect(await ensembleProcesses(ensemble)).toHaveLength(3);
    const seen = await look();
    expect(seen.servers.map(({ id, host }) => [id, host])).toEqual(NEW.map((host, i) => [i + 4, hostName(host)]));
    for (const host of NEW) {
      const text = await readFile(at(host).configFile, "utf8");
      expect(text).not.toMatch(/snapshot\.trust\.empty|peerType/);
      expect(text).toMatch(/^4lw\.commands\.whitelist=/m);
      expect(text).toMatch(/^admin\.serverPort=/m);
    }
  });

  it("no old server comes back by itself: its own configuration does not list it", async () => {
    for (const host of ["zk1", "zk2", "zk3"]) {
      const server = site.at(host);
      await launchServer(server, "zkServer.sh", null).catch(() => {});
      await waitFor(`${host} to end by itself`, async () => (await serverProcesses(server)).length === 0);
    }
  });
});
