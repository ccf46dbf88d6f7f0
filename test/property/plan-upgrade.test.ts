import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Step } from "../../src/model/plan.ts";
import { turnOf } from "../../src/model/plan.ts";
import { getKey, parseZooCfg } from "../../src/model/zoo-cfg.ts";
import { checkPlan, mayStop } from "../../src/plan/safety.ts";
import { type Progress, staleness } from "../../src/plan/staleness.ts";
import { observe } from "../support/simulated-sight.ts";
import { lastOf as last, play, playPlan } from "../support/simulated-steps.ts";
import { away, writesWork } from "../support/simulated-votes.ts";
import { planFor, wish, wishWithPlan } from "./plan-arbitrary.ts";

const isStop = (step: Step) => step.kind === "stop-server" || step.kind === "hand-over-leadership";

describe("every upgrade plan", () => {
  test("keeps a quorum serving at every instant, with never more than one server away", () => {
    fc.assert(
      fc.property(wishWithPlan, ({ ensemble, plan }) => {
        for (const instant of playPlan(ensemble, plan)) {
          expect(writesWork(instant)).toBe(true);
          expect(away(instant).length).toBeLessThanOrEqual(1);
        }
      }),
    );
  });

  test("stops the leader last, if it stops it at all, and never as a follower", () => {
    fc.assert(
      fc.property(wishWithPlan, ({ ensemble, plan }) => {
        const stops = plan.steps.filter(isStop);
        const leads = stops.findIndex((step) => turnOf(step) === ensemble.leader);
        expect([-1, stops.length - 1]).toContain(leads);
        let now = ensemble;
        for (const step of plan.steps) {
          if (isStop(step)) expect(step.kind === "hand-over-leadership").toBe(turnOf(step) === now.leader);
          now = last(play(now, step));
        }
      }),
    );
  });

  test("moves leadership at most once, and to a server that runs the new release", () => {
    fc.assert(
      fc.property(wishWithPlan, ({ ensemble, plan, goal }) => {
        const end = last(playPlan(ensemble, plan));
        expect(end.epoch - ensemble.epoch).toBeLessThanOrEqual(1);
        expect(end.servers.find(({ id }) => id === end.leader)?.release).toBe(goal.release);
      }),
    );
  });

  test("reaches the goal: release, roles and settings, with no trust in missing snapshots left behind", () => {
    fc.assert(
      fc.property(wishWithPlan, ({ ensemble, plan, goal, spec }) => {
        const end = last(playPlan(ensemble, plan));
        for (const [index, server] of end.servers.entries()) {
          expect(server).toMatchObject({ release: goal.release, state: "serving" });
          expect(server.member).toEqual(ensemble.servers[index]?.member);
          const zooCfg = parseZooCfg(server.configText);
          expect(getKey(zooCfg, "snapshot.trust.empty")).toBeNull();
          if (ensemble.servers[index]?.release === goal.release) continue;
          for (const [key, value] of Object.entries(spec.settings)) expect(getKey(zooCfg, key)).toBe(value);
        }
      }),
    );
  });

  test("planned again at the end: nothing to do", () => {
    fc.assert(
      fc.property(wishWithPlan, (given) => {
        const end = last(playPlan(given.ensemble, given.plan));
        expect(planFor(given, observe(end)).kind).toBe("nothing-to-do");
      }),
    );
  });

  test("is what the independent checker would allow", () => {
    fc.assert(
      fc.property(wishWithPlan, ({ plan, seen }) => {
        expect(checkPlan(plan, seen)).toEqual([]);
      }),
    );
  });

  test("can be given up between any two turns: a new plan does exactly the turns that are left", () => {
    fc.assert(
      fc.property(wishWithPlan, (given) => {
        const stops = given.plan.steps.filter(isStop).map(turnOf);
        let now = given.ensemble;
        let done = 0;
        for (const [index, step] of given.plan.steps.entries()) {
          now = last(play(now, step));
          const next = given.plan.steps[index + 1];
          const turnEnds = turnOf(step) !== null && (next === undefined || turnOf(next) !== turnOf(step));
          if (!turnEnds) continue;
          done++;
          const again = planFor(given, observe(now));
          if (done === stops.length) expect(again.kind).toBe("nothing-to-do");
          else expect(again.kind === "plan" && again.plan.steps.filter(isStop).map(turnOf)).toEqual(stops.slice(done));
        }
      }),
    );
  });

  test("may do each stop when it comes to it, and is not stale by its own doing", () => {
    fc.assert(
      fc.property(wishWithPlan, ({ ensemble, plan }) => {
        let now = ensemble;
        let progress: Progress = { finishedServers: [], currentServer: null, reconfigured: false };
        for (const step of plan.steps) {
          const server = turnOf(step);
          if (server !== progress.currentServer && progress.currentServer !== null) {
            progress = { ...progress, finishedServers: [...progress.finishedServers, progress.currentServer] };
          }
          progress = { ...progress, currentServer: server };
          if (isStop(step) && server !== null) {
            expect(mayStop(observe(now), server)).toEqual({ ok: true });
            expect(staleness(plan, observe(now), progress)).toEqual([]);
          }
          const instants = play(now, step);
          now = last(instants);
          if (step.kind === "hand-over-leadership" && step.method === "observer-then-kill") {
            progress = { ...progress, reconfigured: true };
          }
        }
        expect(staleness(plan, observe(now), progress)).toEqual([]);
      }),
    );
  });

  test("may not stop a server while another is away", () => {
    fc.assert(
      fc.property(wishWithPlan, ({ ensemble, plan }) => {
        for (const instant of playPlan(ensemble, plan)) {
          const [gone] = away(instant);
          if (gone === undefined) continue;
          for (const { id } of instant.servers) {
            // A server still joining serves already: that it is behind only shows where the leader counts it, and it is a voter.
            const joining = instant.servers.find((server) => server.id === gone);
            const shows =
              joining?.state === "stopped" || (instant.tellsSynced && joining?.member.role === "participant");
            if (id !== gone && shows) expect(mayStop(observe(instant), id).ok).toBe(false);
          }
        }
      }),
    );
  });
});

describe("an ensemble that is not whole", () => {
  test("is never planned for: one server away, whichever it is", () => {
    fc.assert(
      fc.property(wish, fc.nat(), (given, pick) => {
        const server = given.ensemble.servers[pick % given.ensemble.servers.length];
        if (server === undefined) return;
        const [broken] = play(given.ensemble, { kind: "stop-server", server: server.id });
        expect(broken !== undefined && planFor(given, observe(broken)).kind).toBe("blocked");
      }),
    );
  });
});
