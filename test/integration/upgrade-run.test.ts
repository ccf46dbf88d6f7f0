// One whole upgrade of a real ensemble, driven as a worker drives it, with a client that writes all through.
import { readFile, writeFile } from "node:fs/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { serverProcesses } from "../../sandbox/ensemble/server.ts";
import { observeServer } from "../../sandbox/four-letter-words.ts";
import { reportDrift } from "../../src/app/report-drift.ts";
import type { UpgradeGoal } from "../../src/model/goal.ts";
import { ensembleName, runId } from "../../src/model/ids.ts";
import { release } from "../../src/model/release.ts";
import { verifyChain } from "../../src/run/chain.ts";
import { type MoveSite, openMoveSite } from "../support/move-site.ts";

const goal: UpgradeGoal = {
  kind: "upgrade",
  ensemble: ensembleName("orders"),
  release: release("3.9.6"),
  gates: null,
  overrides: [],
};

describe("an upgrade from 3.8.0 to 3.9.6", () => {
  let site: MoveSite;
  let ensemble: MoveSite["ensemble"];
  let writer: MoveSite["writer"];
  let worker: MoveSite["worker"];

  beforeAll(async () => {
    site = await openMoveSite({
      ensemble: { release: "3.8.0", size: 3 },
      releases: ["3.9.6"],
      policy: {
        extra: {
          settings: { maxClientCnxns: 70 },
          jvm: { heap: "170m", flags: ["-Dzkshift.example=1"] },
        },
      },
    });
    ({ ensemble, writer, worker } = site);
  });
  afterAll(() => site?.close());

  const run = runId("orders-abcde");

  it("is proposed as a plan that waits for approval and reserves the ensemble", async () => {
    const proposed = await worker.propose(goal, run);
    expect(proposed).toEqual({ kind: "proposed", run });
    expect((await worker.state(run)).phase).toBe("waiting");
    expect(await worker.propose(goal, runId("orders-other"))).toEqual({ kind: "reserved", by: run });
    expect((await worker.advance(run)).kind).toBe("rest");
  });

  it("changes the followers, then asks before the leader's turn", async () => {
    await worker.approve(run, "plan");
    await worker.advance(run);
    const state = await worker.state(run);
    expect(state.hold).toBeNull();
    expect(state.phase).toBe("waiting");
    expect(state.gate?.gate).toBeTypeOf("number");
    const leader = await ensemble.leader();
    const seen = await Promise.all(ensemble.servers.map((s) => observeServer(s.address, s.clientPort)));
    expect(seen.map((one, i) => [ensemble.servers[i]?.id === leader, one?.release])).toEqual(
      ensemble.servers.map(({ id }) => (id === leader ? [true, "3.8.0"] : [false, "3.9.6"])),
    );
  });

  it("hands leadership over, changes the last server, and proves the whole", async () => {
    const { gate } = await worker.state(run);
    await worker.approve(run, gate?.gate ?? "plan");
    await worker.advance(run);
    const state = await worker.state(run);
    expect(state.hold).toBeNull();
    expect(state.outcome).toBe("succeeded");
    const proof = state.steps.at(-1)?.evidence?.step;
    expect(proof).toMatchObject({ kind: "verify-ensemble", method: "digest", release: "3.9.6" });
    const handOver = state.steps.find((step) => step.evidence?.step.kind === "hand-over-leadership")?.evidence;
    expect(handOver?.step).toMatchObject({ how: "observer-then-kill" });
    expect(handOver?.canary?.sessionsLost).toBe(0);
    const seen = await Promise.all(ensemble.servers.map((s) => observeServer(s.address, s.clientPort)));
    expect(seen.map((one) => one?.release)).toEqual(["3.9.6", "3.9.6", "3.9.6"]);
    expect(verifyChain(await worker.deps.runLog.read(run)).ok).toBe(true);
    expect(await worker.deps.runLog.reservedBy(goal.ensemble)).toBeNull();
  });

  it("lost no acknowledged write, no session and no ephemeral of the client", async () => {
    await writer.stop();
    expect(writer.stats().acknowledged).toBeGreaterThan(100);
    expect(await writer.sessionAlive()).toBe(true);
    for (const { address, clientPort } of ensemble.servers) {
      const found = await writer.verifyOn(`${address}:${clientPort}`);
      expect([found.missing, found.different, found.ephemeralIsThere]).toEqual([[], [], true]);
    }
  });

  it("runs with the settings and JVM flags of ensembles.yaml, beside those that were there", async () => {
    for (const server of ensemble.servers) {
      expect(await readFile(server.configFile, "utf8")).toMatch(/^maxClientCnxns=70$/m);
      const [pid] = await serverProcesses(server);
      const flags = (await readFile(`/proc/${pid}/cmdline`, "utf8")).split("\0");
      expect(flags.findLast((flag) => flag.startsWith("-Xmx"))).toBe("-Xmx170m");
      expect(flags.filter((flag) => flag === "-Dzkshift.example=1" || flag === "-XX:+UseSerialGC")).toHaveLength(2);
    }
  });

  it("shows no drift, and tells one that is made", async () => {
    expect(await reportDrift(goal.ensemble, worker.deps)).toMatchObject({ servers: 3, drifts: [], unread: [] });
    const [server] = ensemble.servers;
    if (server === undefined) throw new Error("no server");
    const before = await readFile(server.configFile, "utf8");
    await writeFile(server.configFile, `${before.replace(/\n?$/, "\n")}maxClientCnxns=7\n`);
    const drifted = await reportDrift(goal.ensemble, worker.deps);
    await writeFile(server.configFile, before);
    expect(drifted).toMatchObject({
      drifts: [
        {
          about: "setting",
          name: "maxClientCnxns",
          wanted: "70",
          found: [{ value: "7", servers: [1] }],
        },
        // The server read its file before that, and would take the line with its next start.
        { about: "running", name: "maxClientCnxns", wanted: "7", found: [{ value: "70", servers: [1] }] },
      ],
    });
  });

  it("has nothing left to do", async () => {
    expect((await worker.propose(goal, runId("orders-again"))).kind).toBe("nothing-to-do");
  });
});
