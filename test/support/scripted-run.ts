// A whole upgrade as its events would be recorded, for tests of what people see: a real plan, made-up evidence.
import { channelId, type RunId, runId, userId } from "../../src/model/ids.ts";
import type { ApprovalPolicy } from "../../src/model/inventory.ts";
import type { Plan } from "../../src/model/plan.ts";
import { type Actor, type Gate, GENESIS, type RecordedEvent, type RunEvent } from "../../src/model/run-event.ts";
import { plan as planFor } from "../../src/plan/planner.ts";
import { type Entry, linkAll } from "../../src/run/chain.ts";
import { reduceRun } from "../../src/run/reduce.ts";
import type { RunState } from "../../src/run/state.ts";
import { OPTIONS, type SampleServer, sampleGoal, sampleObservation, sampleSpec } from "./sample-ensemble.ts";
import { sampleEvidence } from "./step-evidence.ts";

export const OPERATOR = userId("U0OPERATOR");
export const APPROVER = userId("U0APPROVER");
export const WORKER: Actor = { kind: "worker", name: "w1/42" };
export const T0 = Date.UTC(2026, 10, 22, 20, 14, 7);

export const samplePolicy = (change: Partial<ApprovalPolicy> = {}): ApprovalPolicy => ({
  users: [],
  groups: ["zk-approvers"],
  quorum: 1,
  selfApproval: false,
  expiresMs: 4 * 3_600_000,
  ...change,
});

/** A plan for the sample's three servers, or for the given ones. */
export const samplePlan = (
  change: Parameters<typeof sampleGoal>[0] = {},
  servers?: readonly SampleServer[],
): { readonly plan: Plan; readonly hash: string } => {
  const planned = planFor(sampleGoal(change), sampleObservation(servers), sampleSpec(), OPTIONS);
  if (planned.kind !== "plan") throw new Error(`the sample cannot be planned: ${JSON.stringify(planned)}`);
  return planned;
};

/** Writes events one after another, a second apart. */
export type Script = {
  readonly plan: Plan;
  readonly hash: string;
  readonly run: RunId;
  readonly entries: Entry[];
  add(actor: Actor, event: RunEvent): Script;
  grant(gate: Gate): Script;
  /** Steps from `from` up to but without `to`, each started and done; gates among them are left out. */
  steps(from: number, to: number): Script;
  events(): readonly RecordedEvent[];
  state(): RunState;
};

export const byUser = (id: string): Actor => ({ kind: "user", id: userId(id) });

const SAMPLE_RUN = runId("orders-7k2mx");

/** Begins with the proposal and its open approval. */
export const scriptRun = (
  options: {
    readonly run?: RunId;
    readonly plan?: Plan;
    readonly hash?: string;
    readonly policy?: ApprovalPolicy;
    readonly channel?: string;
    readonly at?: number;
    readonly requester?: string;
  } = {},
): Script => {
  const made = samplePlan();
  const plan = options.plan ?? made.plan;
  const hash = (options.hash ?? made.hash) as RunState["planHash"];
  const policy = options.policy ?? samplePolicy();
  const run = options.run ?? SAMPLE_RUN;
  const requester = userId(options.requester ?? OPERATOR);
  const start = options.at ?? T0;
  const entries: Entry[] = [];
  const script: Script = {
    plan,
    hash,
    run,
    entries,
    add(actor, event) {
      entries.push({ actor, at: start + entries.length * 1000, event });
      return script;
    },
    grant: (gate) => script.add(byUser(APPROVER), { type: "approval-granted", gate, planHash: hash }),
    steps(from, to) {
      for (let step = from; step < to; step++) {
        const planned = plan.steps[step];
        if (planned === undefined || planned.kind === "ask-approval") continue;
        script.add(WORKER, { type: "step-started", step, direction: "forward", attempt: 1 });
        script.add(WORKER, { type: "step-done", step, evidence: sampleEvidence(planned, plan, T0) });
      }
      return script;
    },
    events: () => linkAll(run, GENESIS, entries),
    state: () => {
      const state = reduceRun(script.events());
      if (state === null) throw new Error("an empty script");
      return state;
    },
  };
  script.add(byUser(requester), {
    type: "proposed",
    goal: plan.goal,
    plan,
    planHash: hash,
    requester,
    channel: channelId(options.channel ?? "C0ZOOKEEPER"),
    policy,
  });
  return script.add(WORKER, {
    type: "approval-asked",
    gate: "plan",
    needs: plan.approvals,
    expiresAt: start + policy.expiresMs,
  });
};

/** Index of the gate before the leader's turn. */
export const leaderGate = (plan: Plan): number => plan.steps.findIndex((step) => step.kind === "ask-approval");

/** A run up to and with its leader's gate being asked; `gate`: the index of that step. */
export const scriptToGate = (
  options: Parameters<typeof scriptRun>[0] = {},
): { readonly script: Script; readonly gate: number } => {
  const script = scriptRun(options);
  const gate = leaderGate(script.plan);
  const expiresAt = (options.at ?? T0) + 9 * 3_600_000;
  script.grant("plan").steps(0, gate).add(WORKER, { type: "approval-asked", gate, needs: 1, expiresAt });
  return { script, gate };
};

/** A run from beginning to its good end. */
export const scriptWhole = (options: Parameters<typeof scriptRun>[0] = {}): Script => {
  const { script, gate } = scriptToGate(options);
  return script
    .grant(gate)
    .steps(gate, script.plan.steps.length)
    .add(WORKER, { type: "finished", outcome: "succeeded", evidence: null });
};

/** A run held because server.2 did not come back; `step`: the one that failed. */
export const scriptHeld = (
  options: Parameters<typeof scriptRun>[0] = {},
): { readonly script: Script; readonly step: number } => {
  const script = scriptRun(options);
  const step = script.plan.steps.findIndex((one) => one.kind === "wait-until-synced" && one.server === 2);
  script.grant("plan").steps(0, step).add(WORKER, { type: "step-started", step, direction: "forward", attempt: 1 });
  const failure = {
    kind: "step-failed",
    what: "server.2 did not rejoin within 120 s of its start.",
    left: "server.2 was stopped, switched to 3.9.6 and started. Nothing else changed.",
    next: "Free port 8080 on zk2, then Retry; or Roll back.",
    detail: "BindException: Address already in use (8080)\n<script>`",
  } as const;
  script.add(WORKER, { type: "step-failed", step, direction: "forward", failure }).add(WORKER, {
    type: "held",
    why: "failed",
    step,
    failure,
    service: { serving: [1, 3], notServing: [2], leader: 3, margin: 0 },
  });
  return { script, step };
};
