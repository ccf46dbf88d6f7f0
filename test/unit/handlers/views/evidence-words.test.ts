import { expect, it } from "vitest";
import { pausedWords, stepDone } from "../../../../handlers/views/evidence-words.ts";
import type { StepEvidence } from "../../../../src/model/evidence.ts";

const stopped = { step: { kind: "stop-server", server: 1, signal: "TERM" }, tookMs: 33_000, canary: null } as const;

it("tells why a server's stop had to wait, apart from how long the stop took", () => {
  const waited = { for: "server.2 does not serve; only one server may be down at a time.", ms: 32_400 };
  expect(stepDone({ ...stopped, waited })).toBe(
    "server.1 stopped (SIGTERM) in 0.60 s · *waited 32 s before it*: server.2 does not serve; only one server may be down at a time",
  );
});

it("says nothing of waiting where there was none", () => {
  expect(stepDone(stopped)).toBe("server.1 stopped (SIGTERM) in 33 s");
});

const told = (step: StepEvidence): string => stepDone({ step, tookMs: 65_000, canary: null });

it("tells who is in the ensemble after a change of membership, and that a write went through", () => {
  const step = { server: 1, role: "participant", configVersion: "10000000a", members: [2, 3, 4], writeMs: 4 };
  expect(told({ kind: "remove-member", ...step })).toBe(
    "server.1 is out of the ensemble · members: server.2, server.3 and server.4 · configuration version `0x10000000a` · a write right after it: 4 ms",
  );
});

it("tells whose clients were still there when a run went on, or that nobody was", () => {
  const servers = [
    { server: 1, host: "zk1", connections: [], count: 2 },
    { server: 2, host: "zk2", connections: [], count: 0 },
  ];
  const step = { kind: "wait-for-clients", connectString: "zk4:2181" } as const;
  expect(told({ ...step, servers, left: 2 })).toBe("Went on with 2 clients still connected to server.1");
  expect(told({ ...step, servers: servers.map((one) => ({ ...one, count: 0 })), left: 0 })).toBe(
    "No client is connected to server.1 and server.2 any more · 1 min 5 s",
  );
});

it("tells where a retired server's data are, and where they were moved for a new one", () => {
  expect(told({ kind: "retire-server", server: 1, host: "zk1", pid: null, data: "/data/1" })).toBe(
    "server.1 on zk1 retired · its process had ended before · its data are kept in `/data/1`",
  );
  expect(
    told({ kind: "prepare-server", server: 4, host: "zk1", release: "3.9.6", diff: [], setAside: "/data/1.retired" }),
  ).toBe(
    "server.4 laid out on zk1 for 3.9.6 · configuration unchanged · a retired server's data moved aside to `/data/1.retired`",
  );
});

it("says of a pause whom it cost what, and what was not kept out", () => {
  const clean = { znodes: 201, written: 0, deleted: 0, opened: 0, paths: [] };
  const step = { kind: "resume-writes", method: "acl", restored: 3, pausedMs: 14_000, proof: clean } as const;
  expect(pausedWords(step)).toEqual(["clients' writes were refused for 14 s, as planned"]);
  const shutOut = "clients were shut out for 14 s, as planned: sessions with a shorter time-out may have expired";
  expect(pausedWords({ ...step, method: "ports" })).toEqual([shutOut]);
  expect(pausedWords({ ...step, method: "ports", proof: { ...clean, written: 2, paths: ["/a", "/b"] } })).toEqual([
    shutOut,
    "⚠️ *not everything was kept out*: 2 znodes written, such as `/a`, `/b`",
  ]);
  expect(pausedWords({ ...step, proof: null })[1]).toContain("could not be looked for");
});

it("calls what zkshift wrote while writes were paused its own", () => {
  const canary = { writes: 40, failed: 0, longestPauseMs: 20, sessionsLost: 0, slots: [] };
  const evidence = { step: stopped.step, tookMs: 1_200, canary } as unknown as Parameters<typeof stepDone>[0];
  expect(stepDone(evidence)).toContain("longest write pause 0.02 s");
  expect(stepDone(evidence, true)).toContain("zkshift's own writes: longest gap 0.02 s");
});
