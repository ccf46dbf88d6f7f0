// A small but complete run to put into logs: an upgrade proposed by one person.
import { channelId, ensembleName, planHash, type RunId, runId, serverId, userId } from "../../src/model/ids.ts";
import { release } from "../../src/model/release.ts";
import type { Actor, RunEvent } from "../../src/model/run-event.ts";
import type { Entry } from "../../src/run/chain.ts";

const requester: Actor = { kind: "user", id: userId("U0REQUEST") };
export const workerActor = (name: string): Actor => ({ kind: "worker", name });

const proposed: RunEvent = {
  type: "proposed",
  goal: {
    kind: "upgrade",
    ensemble: ensembleName("orders"),
    release: release("3.9.6"),
    gates: null,
    overrides: [],
  },
  plan: {
    goal: { kind: "upgrade", ensemble: ensembleName("orders"), release: release("3.9.6"), gates: null, overrides: [] },
    release: release("3.9.6"),
    gates: "leader",
    basis: { seenAt: 1_700_000_000_000, configSource: "dynamic", configVersion: "100000000", servers: [] },
    steps: [{ kind: "preflight" }, { kind: "soak", server: serverId(1), ms: 0 }],
    findings: [],
    rulesChecked: 31,
    approvals: 1,
    expectedMs: 60_000,
  },
  planHash: planHash("7c".repeat(32)),
  requester: userId("U0REQUEST"),
  channel: channelId("C0CHANNEL"),
  policy: { users: ["U0APPROVE"], groups: [], quorum: 1, selfApproval: false, expiresMs: 14_400_000 },
};

/** The two events every run begins with. */
export const firstEntries = (at = 1_700_000_000_000): readonly Entry[] => [
  { actor: requester, at, event: proposed },
  { actor: requester, at, event: { type: "approval-asked", gate: "plan", needs: 1, expiresAt: at + 14_400_000 } },
];

export const stepStarted = (step: number, worker = "w1/1", at = 1_700_000_001_000): Entry => ({
  actor: workerActor(worker),
  at,
  event: { type: "step-started", step, direction: "forward", attempt: 1 },
});

export const finished = (at = 1_700_000_002_000): Entry => ({
  actor: workerActor("w1/1"),
  at,
  event: { type: "finished", outcome: "succeeded", evidence: null },
});

/** A run id of `ensemble` that no other call has given. */
let runs = 0;
export const newRunId = (ensemble = "orders"): RunId => {
  runs += 1;
  return runId(`${ensemble}-r${String(runs).padStart(4, "0")}`);
};
