// Every migration plan, played on a simulated ensemble that shares no code with the planner.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { ServerId } from "../../src/model/ids.ts";
import type { Step } from "../../src/model/plan.ts";
import { checkMigration } from "../../src/plan/check-migration.ts";
import { membersOf, type SimulatedEnsemble } from "../support/simulated-ensemble.ts";
import { observe } from "../support/simulated-sight.ts";
import { Impossible, lastOf, play, playPlan, start, stop, sync } from "../support/simulated-steps.ts";
import { undoPlan } from "../support/simulated-undo.ts";
import { away, losesWrites, splitBrain, votersServing, writesWork } from "../support/simulated-votes.ts";
import { type MoveWithPlan, move, moveWithPlan, planMove, seeMove, staticMoveWithPlan } from "./plan-arbitrary.ts";

const votersIn = (ensemble: SimulatedEnsemble): number =>
  membersOf(ensemble).filter(({ role }) => role === "participant").length;

/**
 * True where writes may pause while a follower restarts: a leader of 3.5 or later counts only acknowledgements of its own
 * list, and of three or four voters one is retired already and another one new.
 */
const mayPause = (ensemble: SimulatedEnsemble): boolean =>
  !ensemble.isDynamic &&
  votersIn(ensemble) < 5 &&
  ensemble.servers.some((server) => !server.release.startsWith("3.4."));

/** What clients must not notice, at any instant. */
const expectServing = (instants: readonly SimulatedEnsemble[], fewestVoters: number): void => {
  for (const instant of instants) {
    if (!mayPause(instant)) expect(writesWork(instant)).toBe(true);
    if (instant.leader !== null) expect(away(instant).length).toBeLessThanOrEqual(1);
    expect(splitBrain(instant)).toBeNull();
    expect(votersServing(instant)).toBeGreaterThanOrEqual(instant.isDynamic ? fewestVoters : fewestVoters - 1);
  }
  const [first] = instants;
  if (first?.isDynamic === false) expect(losesWrites(instants)).toBe(false);
  expect(writesWork(lastOf(instants))).toBe(true);
};

const fewest = ({ ensemble, plan }: Pick<MoveWithPlan, "ensemble" | "plan">): number =>
  Math.min(votersIn(ensemble), votersIn(lastOf(playPlan(ensemble, plan))));

const roleCounts = (ensemble: SimulatedEnsemble) => ({
  participants: votersIn(ensemble),
  observers: membersOf(ensemble).length - votersIn(ensemble),
});

const leaving = ({ ensemble, goal }: Pick<MoveWithPlan, "ensemble" | "goal">): readonly ServerId[] =>
  ensemble.servers.filter(({ host }) => !goal.to.some((one) => one === host)).map(({ id }) => id);

const stopsForGood = (step: Step): ServerId | null =>
  step.kind === "retire-server" || step.kind === "hand-over-leadership" ? step.server : null;

test("whatever is asked for, there is a plan, or a reason why not", () => {
  fc.assert(
    fc.property(move, (given) => {
      const outcome = planMove(given, seeMove(given));
      if (outcome.kind === "blocked") expect(outcome.findings.length).toBeGreaterThan(0);
      if (outcome.kind === "nothing-to-do") expect(outcome.why).toMatch(/\.$/);
      if (outcome.kind === "plan") expect(outcome.plan.steps.length).toBeGreaterThan(2);
    }),
  );
});

describe("every migration plan", () => {
  test("keeps a quorum serving at every instant, of no fewer voters than before or after, and never two ensembles", () => {
    fc.assert(
      fc.property(moveWithPlan, (given) => {
        expectServing(playPlan(given.ensemble, given.plan), fewest(given));
      }),
    );
  });

  test("before 3.5 keeps every acknowledged write, however acknowledgements are counted", () => {
    fc.assert(
      fc.property(staticMoveWithPlan, (given) => {
        expectServing(playPlan(given.ensemble, given.plan), fewest(given));
      }),
    );
  });

  test("ends with members on exactly the goal's hosts, of the release asked for, roles kept", () => {
    fc.assert(
      fc.property(moveWithPlan, ({ ensemble, plan, goal }) => {
        const end = lastOf(playPlan(ensemble, plan));
        const members = membersOf(end);
        const servers = end.servers.filter(({ id }) => members.some((member) => member.id === id));
        expect(servers.map(({ host }) => host).sort()).toEqual([...goal.to].sort());
        for (const server of servers) {
          expect(server).toMatchObject({ state: "serving", release: plan.release, retired: false });
          expect(server.configText).not.toMatch(/snapshot\.trust\.empty/);
          const before = ensemble.servers.find(({ id }) => id === server.id);
          if (before !== undefined) expect(server.member).toEqual(before.member);
        }
        if (goal.release !== null) expect(plan.release).toBe(goal.release);
        if (goal.to.length === ensemble.servers.length) expect(roleCounts(end)).toEqual(roleCounts(ensemble));
        for (const server of end.servers) {
          if (!servers.includes(server)) expect(server).toMatchObject({ state: "stopped", retired: true });
        }
      }),
    );
  });

  test("takes the leader last, when all others are there, and moves leadership once where it can", () => {
    fc.assert(
      fc.property(moveWithPlan, ({ ensemble, plan, goal }) => {
        const leaves = leaving({ ensemble, goal });
        const steps = plan.steps.map((step) => (step.kind === "remove-member" ? step.member.id : stopsForGood(step)));
        const ofLeader = steps.indexOf(ensemble.leader);
        if (ensemble.leader === null || !leaves.includes(ensemble.leader)) {
          expect(ofLeader).toBe(-1);
          return;
        }
        const others = leaves.filter((id) => id !== ensemble.leader);
        expect(others.every((id) => steps.indexOf(id) < ofLeader)).toBe(true);
        const kinds = plan.steps.slice(ofLeader).map(({ kind }) => kind);
        expect(kinds).not.toContain("add-member");
        if (!ensemble.isDynamic) return;
        expect(kinds[0]).toBe("hand-over-leadership");
        const end = lastOf(playPlan(ensemble, plan));
        expect(end.epoch - ensemble.epoch).toBe(1);
      }),
    );
  });

  test("stops nothing old before a person was asked, where gates are asked for, and its clients were waited for", () => {
    fc.assert(
      fc.property(moveWithPlan, ({ ensemble, plan, goal }) => {
        const leaves = leaving({ ensemble, goal });
        let now = ensemble;
        let asked = plan.gates === "once";
        const waitedFor = new Set<ServerId>();
        for (const step of plan.steps) {
          if (step.kind === "ask-approval" && step.reason === "retire") asked = true;
          if (step.kind === "wait-for-clients") {
            expect(asked).toBe(true);
            for (const id of step.servers) waitedFor.add(id);
            const clients = lastOf(playPlan(ensemble, plan));
            const ports = membersOf(clients).map(({ address }) => `${address}:2181`);
            expect(step.connectString.split(",").sort()).toEqual(ports.sort());
          }
          const instants = play(now, step);
          for (const id of leaves) {
            const stops = instants.some((instant) =>
              instant.servers.some((one) => one.id === id && one.state === "stopped"),
            );
            if (stops) expect(asked && waitedFor.has(id)).toBe(true);
          }
          now = lastOf(instants);
        }
        expect(plan.gates === "once" && plan.steps.some(({ kind }) => kind === "ask-approval")).toBe(false);
      }),
    );
  });

  test("gives ids that nobody ever had, also when the ensemble moves on and back", () => {
    fc.assert(
      fc.property(moveWithPlan, (given) => {
        let now = given.ensemble;
        const used = new Set(now.usedIds.map(Number));
        const there = given.goal.to.map((host, index) => (host.startsWith("zk2") ? `zk3${index}` : host));
        const back = given.ensemble.servers.map(({ host }) => host).slice(0, given.goal.to.length);
        for (const to of [given.goal.to, there, back]) {
          const goal = { ...given.goal, to: to as typeof given.goal.to, release: null };
          const outcome = planMove({ ...given, ensemble: now, goal }, observe(now, to));
          if (outcome.kind !== "plan") break;
          for (const step of outcome.plan.steps) {
            if (step.kind !== "prepare-server") continue;
            expect(used.has(step.server)).toBe(false);
            expect(step.server).toBeGreaterThanOrEqual(1);
            expect(step.server).toBeLessThanOrEqual(254);
            used.add(step.server);
          }
          expect(checkMigration(outcome.plan, observe(now, to))).toEqual([]);
          now = lastOf(playPlan(now, outcome.plan));
        }
      }),
    );
  });

  test("planned again at the end: nothing to do", () => {
    fc.assert(
      fc.property(moveWithPlan, (given) => {
        const ensemble = lastOf(playPlan(given.ensemble, given.plan));
        expect(planMove(given, seeMove({ ...given, ensemble })).kind).toBe("nothing-to-do");
      }),
    );
  });

  test("is what the independent checker would allow", () => {
    fc.assert(
      fc.property(moveWithPlan, ({ plan, seen }) => {
        expect(checkMigration(plan, seen)).toEqual([]);
      }),
      { numRuns: 300 },
    );
  });
});

describe("when things go wrong on the way", () => {
  /** Server and step, so that the server is up before the step. */
  const crash = (ensemble: SimulatedEnsemble, pick: number): readonly SimulatedEnsemble[] => {
    const up = ensemble.servers.filter(({ state, retired }) => state === "serving" && !retired);
    const server = up[pick % Math.max(1, up.length)];
    if (server === undefined) return [ensemble];
    const stopped = stop(ensemble, server.id);
    const started = start(stopped, server.id);
    return [ensemble, stopped, started, sync(started, server.id)];
  };

  test("a server may crash and come back anywhere, and the run arrives all the same", () => {
    const seen = { arrived: 0, held: 0 };
    fc.assert(
      fc.property(moveWithPlan, fc.nat(), fc.nat(), (given, where, who) => {
        const instants = [given.ensemble];
        const at = where % given.plan.steps.length;
        try {
          for (const [index, step] of given.plan.steps.entries()) {
            if (index === at) instants.push(...crash(lastOf(instants), who));
            instants.push(...play(lastOf(instants), step));
          }
        } catch (error) {
          // Not able to go on is allowed where a real run would hold as well: nothing was lost, and it can be planned anew.
          if (!(error instanceof Impossible)) throw error;
          seen.held++;
        }
        for (const instant of instants) expect(splitBrain(instant)).toBeNull();
        if (!given.ensemble.isDynamic) expect(losesWrites(instants)).toBe(false);
        const members = membersOf(lastOf(instants));
        const arrived = lastOf(instants).servers.filter(({ id }) => members.some((member) => member.id === id));
        if (
          arrived
            .map(({ host }) => host)
            .sort()
            .join() === [...given.goal.to].sort().join()
        )
          seen.arrived++;
      }),
      { numRuns: 300 },
    );
    expect(seen.arrived).toBeGreaterThan(200);
  });

  /**
   * By lists the way back is not free: while the others get the old list neither the old server nor the new one votes, so of
   * three or four voters none may be missing. Writes may pause; nothing may be lost.
   */
  const expectWayBack = (
    forth: readonly SimulatedEnsemble[],
    back: readonly SimulatedEnsemble[],
    least: number,
  ): void => {
    const [first] = forth;
    if (first === undefined || first.isDynamic) {
      expectServing([...forth, ...back], least);
      return;
    }
    expectServing(forth, least);
    for (const instant of back) {
      if (votersIn(instant) >= 5) expect(writesWork(instant)).toBe(true);
      expect(splitBrain(instant)).toBeNull();
      expect(votersServing(instant)).toBeGreaterThanOrEqual(least - 2);
    }
    expect(losesWrites([...forth, ...back])).toBe(false);
    expect(writesWork(lastOf([...forth, ...back]))).toBe(true);
  };

  test("undone from anywhere, the old members serve as before, and nothing is lost on the way", () => {
    fc.assert(
      fc.property(moveWithPlan, fc.nat(), (given, where) => {
        const { ensemble, plan } = given;
        const done = where % (plan.steps.length + 1);
        const forth = playPlan(ensemble, { steps: plan.steps.slice(0, done) });
        const back = undoPlan(lastOf(forth), plan, done);
        expectWayBack(forth, back.slice(1), fewest(given));
        const end = lastOf(back);
        const lines = (one: SimulatedEnsemble) => [...membersOf(one)].sort((a, b) => a.id - b.id);
        expect(lines(end)).toEqual(lines(ensemble));
        expect(end.servers.map(({ id, state, release, member }) => ({ id, state, release, member }))).toEqual(
          ensemble.servers.map(({ id, release, member }) => ({ id, state: "serving", release, member })),
        );
      }),
      { numRuns: 200 },
    );
  });

  test("given up anywhere and planned anew: the goal is reached, or people are told why not", () => {
    const seen = { plans: 0 };
    fc.assert(
      fc.property(moveWithPlan, fc.nat(), (given, where) => {
        const done = where % (given.plan.steps.length + 1);
        const ensemble = lastOf(playPlan(given.ensemble, { steps: given.plan.steps.slice(0, done) }));
        const again = seeMove({ ...given, ensemble });
        const outcome = planMove(given, again);
        if (outcome.kind === "blocked") expect(outcome.findings.length).toBeGreaterThan(0);
        if (outcome.kind !== "plan") return;
        seen.plans++;
        expect(checkMigration(outcome.plan, again)).toEqual([]);
        expectServing(playPlan(ensemble, outcome.plan), 1);
        const members = membersOf(lastOf(playPlan(ensemble, outcome.plan)));
        const hosts = (end: SimulatedEnsemble) =>
          end.servers.filter(({ id }) => members.some((member) => member.id === id)).map(({ host }) => host);
        expect(hosts(lastOf(playPlan(ensemble, outcome.plan))).sort()).toEqual([...given.goal.to].sort());
      }),
      { numRuns: 200 },
    );
    expect(seen.plans).toBeGreaterThan(0);
  });

  test("an ensemble that is not whole is never planned for", () => {
    fc.assert(
      fc.property(moveWithPlan, fc.nat(), (given, pick) => {
        const server = given.ensemble.servers[pick % given.ensemble.servers.length];
        if (server === undefined) return;
        const broken = stop(given.ensemble, server.id);
        expect(planMove(given, seeMove({ ...given, ensemble: broken })).kind).toBe("blocked");
      }),
    );
  });
});
