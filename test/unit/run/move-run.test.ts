// A migration's run from its log alone: who should be a member, the wait for clients, and where it may be stopped.
import { describe, expect, it } from "vitest";
import type { ServerClients } from "../../../src/model/clients.ts";
import type { Evidence } from "../../../src/model/evidence.ts";
import { channelId, planHash, runId, serverId, userId } from "../../../src/model/ids.ts";
import type { Actor, RunEvent } from "../../../src/model/run-event.ts";
import { GENESIS } from "../../../src/model/run-event.ts";
import { planMigrate } from "../../../src/plan/migrate.ts";
import { linkAll } from "../../../src/run/chain.ts";
import { decide, everyServerIsWhole } from "../../../src/run/decide.ts";
import { membersNow } from "../../../src/run/members-now.ts";
import { reduceRun } from "../../../src/run/reduce.ts";
import { staleReasons } from "../../../src/run/stale.ts";
import type { RunState } from "../../../src/run/state.ts";
import {
  OPTIONS,
  sampleDestination,
  sampleMigrateGoal,
  sampleObservation,
  sampleSpec,
} from "../../support/sample-ensemble.ts";

const seen = {
  ...sampleObservation(),
  destinations: ["zk4", "zk5", "zk6"].map((host) => sampleDestination(host)),
  usedIds: [1, 2, 3],
};
const answer = planMigrate(sampleMigrateGoal(["zk4", "zk5", "zk6"], { gates: "once" }), seen, sampleSpec(), OPTIONS);
if (answer.kind !== "plan") throw new Error("the sample is blocked");
const { plan } = answer;
const hash = planHash("ab".repeat(32));
const person: Actor = { kind: "user", id: userId("U1") };
const evidence: Evidence = { step: { kind: "ask-approval" }, tookMs: 1, canary: null };
const EXPIRES = 10_000;

const stateAfter = (events: readonly RunEvent[]): RunState => {
  const begin: readonly RunEvent[] = [
    {
      type: "proposed",
      goal: plan.goal,
      plan,
      planHash: hash,
      requester: userId("U0"),
      channel: channelId("C0"),
      policy: { users: ["U1"], groups: [], quorum: 1, selfApproval: false, expiresMs: EXPIRES },
    },
    { type: "approval-asked", gate: "plan", needs: 1, expiresAt: EXPIRES },
    { type: "approval-granted", gate: "plan", planHash: hash },
  ];
  const entries = [...begin, ...events].map((event, at) => ({ actor: person, at, event }));
  const state = reduceRun(linkAll(runId("orders-aaaaa"), GENESIS, entries));
  if (state === null) throw new Error("no state");
  return state;
};

const indexOf = (kind: string, nth = 0): number =>
  plan.steps.flatMap((step, i) => (step.kind === kind ? [i] : []))[nth] ?? -1;
const doneUpTo = (index: number): readonly RunEvent[] =>
  Array.from({ length: index }, (_, step) => step).flatMap((step): readonly RunEvent[] => [
    { type: "step-started", step, direction: "forward", attempt: 1 },
    { type: "step-done", step, evidence },
  ]);
const started = (step: number): RunEvent => ({ type: "step-started", step, direction: "forward", attempt: 1 });
const idsIn = (state: RunState): readonly string[] =>
  membersNow(state).map((members) => [...members.keys()].sort().join());

describe("who should be a member", () => {
  it("is known exactly between changes, and is either of two while one is under way", () => {
    const add = indexOf("add-member");
    expect(idsIn(stateAfter(doneUpTo(add)))).toEqual(["1,2,3"]);
    expect(idsIn(stateAfter([...doneUpTo(add), started(add)]))).toEqual(["1,2,3", "1,2,3,4"]);
    expect(idsIn(stateAfter(doneUpTo(add + 1)))).toEqual(["1,2,3,4"]);
    expect(idsIn(stateAfter(doneUpTo(indexOf("wait-for-clients"))))).toEqual(["3,4,5,6"]);
    expect(idsIn(stateAfter(doneUpTo(indexOf("verify-ensemble"))))).toEqual(["4,5,6"]);
  });

  it("knows whether the leader went as an observer or, because it led no longer, as it was", () => {
    const at = indexOf("hand-over-leadership");
    const rolesAfter = (how: "observer-then-kill" | "was not the leader"): readonly string[] =>
      membersNow(
        stateAfter([
          ...doneUpTo(at),
          started(at),
          {
            type: "step-done",
            step: at,
            evidence: { ...evidence, step: { kind: "hand-over-leadership", server: 3, how, newLeader: 4 } },
          },
        ]),
      ).map((members) => String(members.get(serverId(3))));
    expect(rolesAfter("observer-then-kill")).toEqual(["observer"]);
    expect(rolesAfter("was not the leader")).toEqual(["participant"]);
  });

  it("makes the plan stale when somebody else has changed it, and says what was expected", () => {
    const before = stateAfter(doneUpTo(indexOf("add-member")));
    expect(staleReasons(before, sampleObservation())).toEqual([]);
    const foreign = sampleObservation([{ id: 1 }, { id: 2 }, { id: 3, mode: "leader" }, { id: 9 }]);
    expect(staleReasons(before, foreign)).toEqual([
      "The configuration was changed by someone else: its members are server.1, server.2, server.3 and server.9; expected were server.1, server.2 and server.3.",
    ]);
  });

  it("makes the plan stale when leadership has moved to a server that is to go as a follower", () => {
    const moved = sampleObservation([{ id: 1, mode: "leader" }, { id: 2 }, { id: 3 }]);
    expect(staleReasons(stateAfter(doneUpTo(indexOf("add-member"))), moved)).toEqual([
      "server.1 is the leader now, but the plan takes it out as a follower.",
    ]);
  });
});

describe("the wait for clients", () => {
  const at = indexOf("wait-for-clients");
  const clients: readonly ServerClients[] = [
    { server: 1, host: "zk1", connections: [{ address: "10.0.0.9:5", session: "0x1", since: null }], count: 1 },
  ];
  const asked: RunEvent = { type: "approval-asked", gate: at, needs: 1, expiresAt: EXPIRES, clients };

  it("looks, and goes on looking while people are asked, but reminds and expires like every question", () => {
    expect(decide(stateAfter(doneUpTo(at)), 0)).toEqual({ kind: "watch-clients", step: at, asked: false });
    const waiting = stateAfter([...doneUpTo(at), asked]);
    expect(waiting.gate?.clients).toEqual(clients);
    const { askedAt } = waiting.gate ?? { askedAt: 0 };
    expect(decide(waiting, askedAt)).toEqual({ kind: "watch-clients", step: at, asked: true });
    expect(decide(waiting, askedAt + EXPIRES / 2)).toEqual({ kind: "remind", gate: at });
    expect(decide(waiting, EXPIRES)).toEqual({ kind: "expire", gate: at });
  });

  it("is over when somebody says go on, and remembers who was still there", () => {
    const passed = stateAfter([...doneUpTo(at), asked, { type: "approval-granted", gate: at, planHash: hash }]);
    expect(passed.steps[at]?.evidence?.step).toMatchObject({ kind: "wait-for-clients", left: 1, servers: clients });
    expect(decide(passed, 0)).toEqual({ kind: "run-step", step: at + 1 });
  });

  it("is over when the clients have gone by themselves, and nobody is asked any more", () => {
    const gone = stateAfter([...doneUpTo(at), asked, { type: "step-done", step: at, evidence }]);
    expect([gone.gate, gone.phase]).toEqual([null, "running"]);
    expect(decide(gone, 0)).toEqual({ kind: "run-step", step: at + 1 });
  });
});

describe("stopping a migration", () => {
  it("waits until a server that is coming is a member, but not for one that has gone to be retired", () => {
    expect(everyServerIsWhole(stateAfter(doneUpTo(indexOf("start-server"))))).toBe(false);
    expect(everyServerIsWhole(stateAfter(doneUpTo(indexOf("add-member") + 1)))).toBe(true);
    expect(everyServerIsWhole(stateAfter(doneUpTo(indexOf("remove-member") + 1)))).toBe(true);
    expect(everyServerIsWhole(stateAfter(doneUpTo(indexOf("hand-over-leadership") + 1)))).toBe(false);
    expect(plan.steps[indexOf("retire-server")]).toMatchObject({ server: serverId(1) });
  });
});
