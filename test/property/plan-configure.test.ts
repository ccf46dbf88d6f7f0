// Changes of configuration on ensembles that fast-check makes up: some servers differ, some do not, some wait for a restart.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Gates } from "../../src/model/inventory.ts";
import type { Step } from "../../src/model/plan.ts";
import { turnOf } from "../../src/model/plan.ts";
import { getKey, parseZooCfg } from "../../src/model/zoo-cfg.ts";
import { checkConfigure } from "../../src/plan/check-configure.ts";
import { planConfigure } from "../../src/plan/configure.ts";
import { notInEffect } from "../../src/plan/in-effect.ts";
import { OPTIONS, sampleConfigureGoal, sampleSpec } from "../support/sample-ensemble.ts";
import { type SimulatedEnsemble, simulateEnsemble } from "../support/simulated-ensemble.ts";
import { observe } from "../support/simulated-sight.ts";
import { lastOf as last, play, playPlan } from "../support/simulated-steps.ts";
import { away, writesWork } from "../support/simulated-votes.ts";

const FLAGS = ["-Xmx2g", "-XX:+UseG1GC"];

const wish = fc
  .record({
    voters: fc.integer({ min: 3, max: 7 }),
    observers: fc.integer({ min: 0, max: 2 }),
    leader: fc.nat(6),
    release: fc.constantFrom("3.4.13", "3.8.0", "3.9.6"),
    has: fc.array(fc.record({ line: fc.boolean(), flags: fc.constantFrom("none", "file", "both") }), {
      minLength: 9,
      maxLength: 9,
    }),
    isDynamic: fc.boolean(),
    tellsSynced: fc.boolean(),
    superKnown: fc.boolean(),
    everyServer: fc.boolean(),
    gates: fc.constantFrom<Gates>("once", "leader", "each"),
    soakMs: fc.constantFrom(0, 5_000),
    hook: fc.constantFrom(null, ["ansible-playbook", "-l", "{host}"]),
    pause: fc.boolean(),
  })
  .map((given) => {
    const is34 = given.release.startsWith("3.4");
    const roles = [
      ...Array<"participant">(given.voters).fill("participant"),
      ...Array<"observer">(given.observers).fill("observer"),
    ];
    const made = simulateEnsemble({
      servers: roles.map((role, i) => ({
        role,
        release: given.release,
        snapshots: 2,
        lines: given.has[i]?.line === true ? ["maxClientCnxns=100"] : [],
        flags: given.has[i]?.flags === "none" ? [] : FLAGS,
      })),
      leader: given.leader,
      isDynamic: given.isDynamic && !is34,
      reconfigEnabled: !is34,
      tellsSynced: given.tellsSynced,
    });
    const ensemble = {
      ...made,
      servers: made.servers.map((server, i) =>
        given.has[i]?.flags === "file" ? { ...server, flags: { ...server.flags, running: [] } } : server,
      ),
    };
    return {
      ensemble,
      goal: sampleConfigureGoal({
        gates: given.gates,
        ...(given.everyServer ? { everyServer: true } : {}),
        ...(given.pause && given.superKnown ? { pause: "acl" } : {}),
      }),
      spec: sampleSpec({
        settings: { maxClientCnxns: "100" },
        jvm: FLAGS,
        soakMs: given.soakMs,
        hooks: { configure: given.hook },
      }),
      options: { ...OPTIONS, superKnown: given.superKnown },
    };
  });

const wishWithPlan = wish
  .map((given) => {
    const seen = observe(given.ensemble);
    return { ...given, seen, planned: planConfigure(given.goal, seen, given.spec, given.options) };
  })
  .filter(({ planned }) => planned.kind !== "nothing-to-do")
  .map(({ planned, ...given }) => {
    if (planned.kind !== "plan") throw new Error(`an ensemble that is whole was refused: ${JSON.stringify(planned)}`);
    return { ...given, plan: planned.plan };
  });

const isStop = (step: Step) => step.kind === "stop-server" || step.kind === "hand-over-leadership";

describe("every plan that changes configuration", () => {
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

  test("stops the leader last, if at all, and moves leadership at most once", () => {
    fc.assert(
      fc.property(wishWithPlan, ({ ensemble, plan }) => {
        const stops = plan.steps.filter(isStop).map(turnOf);
        expect([-1, stops.length - 1]).toContain(stops.indexOf(ensemble.leader));
        expect(last(playPlan(ensemble, plan)).epoch - ensemble.epoch).toBeLessThanOrEqual(1);
      }),
    );
  });

  test("ends with all that was wanted, in files and in what runs, and with the release there was", () => {
    fc.assert(
      fc.property(wishWithPlan, ({ ensemble, plan, spec, goal, options }) => {
        const end = last(playPlan(ensemble, plan));
        for (const [i, server] of end.servers.entries()) {
          const before = ensemble.servers[i];
          expect(server).toMatchObject({ release: before?.release, state: "serving", member: before?.member });
          expect(server.flags).toEqual({ file: FLAGS, running: FLAGS });
          expect(getKey(parseZooCfg(server.configText), "maxClientCnxns")).toBe("100");
        }
        expect(notInEffect(plan, observe(end))).toEqual([]);
        const { everyServer: _, ...again } = goal;
        expect(planConfigure(again, observe(end), spec, options).kind).toBe("nothing-to-do");
      }),
    );
  });

  test("restarts exactly the servers that differ, or all", () => {
    fc.assert(
      fc.property(wishWithPlan, ({ ensemble, plan, goal }) => {
        const differ = ensemble.servers.filter(
          ({ configText, flags }) =>
            goal.everyServer === true || !configText.includes("maxClientCnxns=100") || flags.running.length === 0,
        );
        const stops = plan.steps.filter(isStop).map((step) => Number(turnOf(step)));
        expect(stops.toSorted((a, b) => a - b)).toEqual(differ.map(({ id }) => Number(id)));
      }),
    );
  });

  test("is what the independent checker would allow; without any of its turns it is not", () => {
    fc.assert(
      fc.property(wishWithPlan, fc.nat(), ({ plan, seen, spec }, pick) => {
        expect(checkConfigure(plan, seen, spec)).toEqual([]);
        const stops = plan.steps.filter(isStop).map(turnOf);
        const out = stops[pick % stops.length];
        const spoilt = { ...plan, steps: plan.steps.filter((step) => turnOf(step) !== out) };
        expect(checkConfigure(spoilt, seen, spec)).not.toEqual([]);
      }),
    );
  });

  test("can be given up between any two turns: a new plan does the turns that are left", () => {
    fc.assert(
      fc.property(wishWithPlan, ({ ensemble, plan, goal, spec, options }) => {
        fc.pre(goal.everyServer !== true);
        const stops = plan.steps.filter(isStop).map(turnOf);
        let now: SimulatedEnsemble = ensemble;
        let done = 0;
        for (const [i, step] of plan.steps.entries()) {
          now = last(play(now, step));
          const next = plan.steps[i + 1];
          if (turnOf(step) === null || (next !== undefined && turnOf(next) === turnOf(step))) continue;
          done++;
          const again = planConfigure(goal, observe(now), spec, options);
          if (done === stops.length) expect(again.kind).toBe("nothing-to-do");
          else expect(again.kind === "plan" && again.plan.steps.filter(isStop).map(turnOf)).toEqual(stops.slice(done));
        }
      }),
    );
  });
});
