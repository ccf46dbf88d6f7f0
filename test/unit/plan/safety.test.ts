import { describe, expect, test } from "vitest";
import { serverId } from "../../../src/model/ids.ts";
import type { Plan, Step } from "../../../src/model/plan.ts";
import { release } from "../../../src/model/release.ts";
import { checkPlan, marginOf, mayStop } from "../../../src/plan/safety.ts";
import { planUpgrade } from "../../../src/plan/upgrade.ts";
import {
  OPTIONS,
  sampleGoal,
  sampleObservation,
  sampleSpec,
  sampleStandalone,
  sampleWith,
} from "../../support/sample-ensemble.ts";

const id = serverId;
const down = { status: "not-serving", reason: "refused" } as const;
const silent = { status: "unreachable", error: "connect ETIMEDOUT" } as const;
const two = sampleObservation([{ id: 1 }, { id: 2, mode: "leader", monitor: { syncedFollowers: 1 } }]);
const withObserver = (observer: object, leader: object = {}) =>
  sampleObservation([
    { id: 1 },
    { id: 2 },
    { id: 3, mode: "leader", monitor: { syncedFollowers: 2 }, ...leader },
    { id: 4, mode: "observer", ...observer },
  ]);

describe("a server may be stopped", () => {
  test("when all others serve and are synced, follower or leader", () => {
    for (const server of [1, 2, 3]) expect(mayStop(sampleObservation(), id(server))).toEqual({ ok: true });
  });

  test("when it is down itself: nothing more is lost, and nobody waits for it to be synced", () => {
    const seen = sampleObservation([
      { id: 1, seen: down },
      { id: 2 },
      { id: 3, mode: "leader", monitor: { syncedFollowers: 1 } },
    ]);
    expect(mayStop(seen, id(1))).toEqual({ ok: true });
  });

  test("when it is an observer, whatever the number of voters", () => {
    const seen = sampleObservation([
      { id: 1, mode: "leader", monitor: { syncedFollowers: 0 } },
      { id: 2, mode: "observer" },
    ]);
    expect(mayStop(seen, id(2))).toEqual({ ok: true });
  });

  test("against the margin only where the plan says so", () => {
    expect(mayStop(two, id(1), ["no-quorum-margin"])).toEqual({ ok: true });
    expect(mayStop(sampleStandalone(), id(1), ["standalone-stops"])).toEqual({ ok: true });
  });
});

describe("a server may not be stopped", () => {
  const why = (...given: Parameters<typeof mayStop>) => {
    const answer = mayStop(...given);
    return answer.ok ? "it may" : answer.why;
  };

  test("that is not there", () =>
    expect(why(sampleObservation(), id(9))).toMatch(/server\.9 is not in the configuration/));
  test("while another is down", () =>
    expect(why(sampleWith({ id: 1, seen: down }), id(2))).toMatch(/server\.1 does not serve; only one/));
  test("while an observer is down", () =>
    expect(why(withObserver({ seen: down }), id(1))).toMatch(/server\.4 does not serve/));
  test("while another gives no answer", () =>
    expect(why(sampleWith({ id: 1, seen: silent }), id(2))).toMatch(/server\.1 did not answer, so it may be down/));
  test("while nobody leads", () =>
    expect(why(sampleWith({ id: 3, mode: "follower" }), id(1))).toMatch(/No server says it is the leader/));
  test("while two lead", () =>
    expect(why(sampleWith({ id: 1, mode: "leader" }), id(2))).toMatch(/server\.1 and server\.3 both say/));
  test("while the leader misses a follower", () =>
    expect(why(sampleWith({ id: 3, mode: "leader", monitor: { syncedFollowers: 1 } }), id(1))).toMatch(
      /counts 1 of 2/,
    ));
  test("while an observer is an epoch behind and nobody counts", () =>
    expect(why(withObserver({ zxid: 0x1n }, { monitor: null }), id(1))).toMatch(/server\.4 is at zxid 0x1, an epoch/));
  test("when no quorum would stay", () => expect(why(two, id(1))).toMatch(/Without server\.1 1 of 2 voters stay/));
  test("when it stands alone", () => expect(why(sampleStandalone(), id(1))).toMatch(/standalone: nobody serves/));
});

describe("the margin", () => {
  test("of three voters is one", () => expect(marginOf(sampleObservation())).toBe(1));
  test("counts no observer", () => expect(marginOf(withObserver({}))).toBe(1));
  test("is gone when one of three is down", () => expect(marginOf(sampleWith({ id: 1, seen: down }))).toBe(0));
  test("is negative when writes have stopped", () =>
    expect(marginOf(sampleObservation([{ id: 1, seen: down }, { id: 2, seen: silent }, { id: 3 }]))).toBe(-1));
  test("of a standalone server is nothing, and less when it is down", () => {
    expect(marginOf(sampleStandalone())).toBe(0);
    expect(marginOf(sampleStandalone({ seen: down }))).toBe(-1);
  });
});

describe("the checker of plans says of a plan", () => {
  const planned = (seen = sampleObservation(), gates: "once" | "leader" | "each" = "leader"): Plan => {
    const outcome = planUpgrade(sampleGoal({ gates }), seen, sampleSpec(), OPTIONS);
    if (outcome.kind !== "plan") throw new Error("no plan");
    return outcome.plan;
  };
  const wrong = (change: (steps: readonly Step[]) => readonly Step[], seen = sampleObservation()) => {
    const plan = planned(seen);
    return checkPlan({ ...plan, steps: change(plan.steps) }, seen).join("\n");
  };

  test("that is good: nothing", () => expect(wrong((steps) => steps)).toBe(""));

  test("that goes on while the old leader has no vote", () => {
    const text = wrong((steps) => {
      const turn = steps.filter((step) => "server" in step && step.server === id(2));
      const others = steps.filter((step) => !turn.includes(step) && step.kind !== "reconfigure");
      const give = steps.filter((step) => step.kind === "reconfigure");
      return [...others.slice(0, -1), ...turn, ...give, ...others.slice(-1)];
    });
    expect(text).toMatch(/stop-server of server\.2: server\.3 has not got its vote back/);
  });

  test("that stops a server which needs nothing", () => {
    const seen = sampleWith({ id: 1, release: "3.9.6" });
    const turn: readonly Step[] = [
      { kind: "stop-server", server: id(1) },
      {
        kind: "write-config",
        server: id(1),
        release: release("3.9.6"),
        from: release("3.9.6"),
        fromHome: null,
        changes: [],
      },
      { kind: "start-server", server: id(1), release: release("3.9.6"), from: release("3.9.6") },
      { kind: "wait-until-synced", server: id(1), release: release("3.9.6"), timeoutMs: 1 },
    ];
    expect(wrong((steps) => [...steps.slice(0, 3), ...turn, ...steps.slice(3)], seen)).toMatch(
      /it runs 3\.9\.6 already/,
    );
  });

  test("whose way back leads elsewhere", () => {
    const text = wrong((steps) =>
      steps.map((step) => (step.kind === "write-config" ? { ...step, from: release("3.7.2") } : step)),
    );
    expect(text).toMatch(/it would go back to 3\.7\.2, but the server ran 3\.8\.0/);
  });

  test("that changes who is a member", () => {
    const text = wrong((steps) =>
      steps.map((step) =>
        step.kind === "write-config" ? { ...step, changes: [{ key: "server.4", from: null, to: "x:1:2" }] } : step,
      ),
    );
    expect(text).toMatch(/it changes who is a member/);
  });

  test("that asks where policy does not, or not where it does", () => {
    const each = planned(sampleObservation(), "each");
    expect(checkPlan({ ...each, gates: "leader" }, sampleObservation()).join()).toMatch(/asked for without need/);
    expect(checkPlan({ ...planned(), gates: "each" }, sampleObservation()).join()).toMatch(/nobody is asked before it/);
  });

  test("that takes a server for another than it is", () => {
    const plan = planned();
    expect(checkPlan(plan, sampleWith({ id: 1, release: "3.8.6" })).join("\n")).toMatch(
      /takes server\.1 for a follower of 3\.8\.0/,
    );
  });

  test("that names a server nobody knows, or one that did not serve", () => {
    expect(wrong((steps) => [...steps.slice(0, 2), { kind: "back-up", server: id(7) }, ...steps.slice(2)])).toMatch(
      /there is no server\.7/,
    );
    expect(checkPlan(planned(), sampleWith({ id: 1, seen: down })).join("\n")).toMatch(/server\.1 did not serve when/);
  });

  test("that would stop a voter nobody can spare, unless that was overridden", () => {
    const outcome = planUpgrade(sampleGoal({ overrides: ["no-quorum-margin"] }), two, sampleSpec(), OPTIONS);
    if (outcome.kind !== "plan") throw new Error("no plan");
    expect(checkPlan(outcome.plan, two)).toEqual([]);
    const plain = { ...outcome.plan, goal: sampleGoal() };
    expect(checkPlan(plain, two).join("\n")).toMatch(/1 of 2 voters would stay, which is no quorum/);
  });
});
