import { describe, expect, test } from "vitest";
import type { Member, Observation } from "../../../src/model/ensemble.ts";
import { hostName, serverId } from "../../../src/model/ids.ts";
import type { Gates } from "../../../src/model/inventory.ts";
import type { Plan, Step } from "../../../src/model/plan.ts";
import { release } from "../../../src/model/release.ts";
import { checkMigration } from "../../../src/plan/check-migration.ts";
import { planMigrate } from "../../../src/plan/migrate.ts";
import { OPTIONS, sampleMember, sampleMigrateGoal, sampleSpec } from "../../support/sample-ensemble.ts";
import { membersOf, type SimulatedEnsemble, simulateEnsemble } from "../../support/simulated-ensemble.ts";
import { observe } from "../../support/simulated-sight.ts";
import { Impossible, lastOf, play, playPlan, stop } from "../../support/simulated-steps.ts";
import { losesWrites, splitBrain, votersServing, writesWork } from "../../support/simulated-votes.ts";

const id = serverId;
const TO = ["zk4", "zk5", "zk6"];

const ensembleOf = (isDynamic: boolean): SimulatedEnsemble =>
  simulateEnsemble({
    servers: [1, 2, 3].map(() => ({ role: "participant", release: isDynamic ? "3.8.0" : "3.4.13", snapshots: 2 })),
    leader: 2,
    isDynamic,
    reconfigEnabled: isDynamic,
    tellsSynced: true,
  });

const planned = (ensemble: SimulatedEnsemble, gates: Gates = "leader", to = TO): { plan: Plan; seen: Observation } => {
  const seen = observe(ensemble, to);
  const outcome = planMigrate(sampleMigrateGoal(to, { gates }), seen, sampleSpec(), {
    ...OPTIONS,
    releases: ["3.9.6", "3.8.0", "3.4.13"].map(release),
  });
  if (outcome.kind !== "plan") throw new Error(JSON.stringify(outcome));
  return { plan: outcome.plan, seen };
};

const dynamic = ensembleOf(true);
const lists = ensembleOf(false);

/** What the checker says of a plan after a change. */
const wrong = (
  ensemble: SimulatedEnsemble,
  change: (steps: readonly Step[]) => readonly Step[],
  gates: Gates = "leader",
): string => {
  const { plan, seen } = planned(ensemble, gates);
  return checkMigration({ ...plan, steps: change(plan.steps) }, seen).join("\n");
};

/** Steps without those of a kind, one of them only where it is named. */
const without =
  (kind: Step["kind"], server?: number) =>
  (steps: readonly Step[]): readonly Step[] =>
    steps.filter((step) => step.kind !== kind || (server !== undefined && serverOf(step) !== server));

const serverOf = (step: Step): number | null =>
  "server" in step ? step.server : "member" in step ? step.member.id : null;

const at = (steps: readonly Step[], kind: Step["kind"], server?: number): number =>
  steps.findIndex((step) => step.kind === kind && (server === undefined || serverOf(step) === server));

/** The first such step put before another one. */
const moved = (steps: readonly Step[], from: number, to: number): readonly Step[] => {
  const step = steps[from];
  return step === undefined ? steps : steps.toSpliced(from, 1).toSpliced(to, 0, step);
};

describe("the checker of migrations has nothing to say of a plan", () => {
  test.each<Gates>(["once", "leader", "each"])("that moves three servers, gates %s", (gates) => {
    for (const ensemble of [dynamic, lists]) {
      const { plan, seen } = planned(ensemble, gates);
      expect(checkMigration(plan, seen)).toEqual([]);
    }
  });

  test("that grows, shrinks, or moves one server only", () => {
    for (const to of [
      ["zk1", "zk2", "zk3", "zk4", "zk5"],
      ["zk3", "zk2"],
      ["zk1", "zk7", "zk3"],
      ["zk1", "zk2", "zk4"],
    ]) {
      const { plan, seen } = planned(dynamic, "leader", to);
      expect(checkMigration(plan, seen)).toEqual([]);
    }
  });
});

describe("the checker of migrations says of a plan", () => {
  test("that adds a member which may be down, what a real ensemble would not", () => {
    expect(wrong(dynamic, without("wait-until-joined", 4))).toMatch(
      /add-member of server\.4: it was not waited for; it may be down/,
    );
    const steps = planned(dynamic).plan.steps;
    const never = steps.filter((step) => serverOf(step) !== 4 || step.kind !== "start-server");
    const added = playPlan(dynamic, { steps: never.slice(0, at(never, "wait-until-joined", 4)) });
    const add = never[at(never, "add-member", 4)];
    if (add === undefined) throw new Error("nothing is added");
    const after = lastOf(play(lastOf(added), add));
    // It was taken in, and now one of three that serve may no longer be missed.
    expect(membersOf(after)).toHaveLength(4);
    expect(writesWork(after)).toBe(true);
    expect(writesWork(stop(after, id(1)))).toBe(false);
  });

  test("that shrinks before it grows", () => {
    const text = wrong(dynamic, (steps) => moved(steps, at(steps, "remove-member", 1), at(steps, "prepare-server", 4)));
    expect(text).toMatch(/remove-member of server\.1: only 2 voters serve, where there must be 3/);
    expect(text).toMatch(/who replaces it is no member yet/);
  });

  test("that takes the leader out like another, or first", () => {
    expect(wrong(dynamic, without("hand-over-leadership"))).toMatch(/server\.3: it is the leader, which hands over/);
    const first = wrong(dynamic, (steps) =>
      moved(steps, at(steps, "hand-over-leadership"), at(steps, "remove-member", 1)),
    );
    expect(first).toMatch(/hand-over-leadership of server\.3: server\.1, server\.2 should have left before the leader/);
  });

  test("that stops an old server which people, or its clients, do not know of", () => {
    expect(wrong(dynamic, without("ask-approval"))).toMatch(/nobody was asked before it is stopped for good/);
    expect(wrong(dynamic, without("ask-approval"), "once")).toBe("");
    expect(wrong(dynamic, without("wait-for-clients"))).toMatch(
      /retire-server of server\.1: its clients were not waited/,
    );
    expect(wrong(dynamic, (steps) => moved(steps, at(steps, "retire-server", 1), at(steps, "ask-approval")))).toMatch(
      /retire-server of server\.1: nobody was asked/,
    );
  });

  test("that asks where policy does not, or not where it does", () => {
    const { plan, seen } = planned(dynamic, "each");
    expect(checkMigration({ ...plan, gates: "leader" }, seen).join("\n")).toMatch(/asked for without need/);
    expect(checkMigration({ ...planned(dynamic).plan, gates: "each" }, seen).join("\n")).toMatch(/nobody is asked/);
    expect(checkMigration({ ...planned(lists).plan, gates: "each" }, observe(lists, TO)).join("\n")).toMatch(
      /retire-server of server\.2: nobody is asked before it/,
    );
  });

  test("that retires a member, or leaves an old server running", () => {
    expect(wrong(dynamic, without("remove-member", 1))).toMatch(/retire-server of server\.1: it is a member still/);
    expect(wrong(dynamic, without("retire-server", 2))).toMatch(/server\.2 is not retired/);
  });

  test("that sends clients to servers which are not there", () => {
    expect(wrong(dynamic, (steps) => moved(steps, at(steps, "wait-for-clients"), at(steps, "add-member", 6)))).toMatch(
      /clients are sent to server\.6, which do not serve as members yet/,
    );
    const short = (steps: readonly Step[]) =>
      steps.map((step) => (step.kind === "wait-for-clients" ? { ...step, connectString: "10.0.0.4:2181" } : step));
    expect(wrong(dynamic, short)).toMatch(/the connect string does not name exactly the servers that stay/);
  });

  test("that gives an id again", () => {
    const { plan, seen } = planned(dynamic);
    expect(checkMigration(plan, { ...seen, usedIds: [4] }).join("\n")).toMatch(
      /prepare-server of server\.4: the id was another server's/,
    );
  });

  test("that goes where somebody's data are, or does not set a retired server's aside", () => {
    const { plan, seen } = planned(dynamic);
    const holding = (retired: boolean): Observation => ({
      ...seen,
      destinations: (seen.destinations ?? []).map((one) => ({
        ...one,
        room: {
          ...one.room,
          holds: { myid: "9\n", retired: retired ? { ensemble: "orders", id: 9, retired: true } : null },
        },
      })),
    });
    expect(checkMigration(plan, holding(false)).join("\n")).toMatch(/its data folder holds somebody's data/);
    expect(checkMigration(plan, holding(true)).join("\n")).toMatch(/a retired server's data are not set aside/);
  });

  test("that names a host nobody asked for, or takes another's role", () => {
    const { plan, seen } = planned(dynamic);
    const goal = sampleMigrateGoal(["zk4", "zk5", "zk1"]);
    expect(checkMigration({ ...plan, goal }, seen).join("\n")).toMatch(/nobody asked for zk6/);
    const observer = (steps: readonly Step[]) =>
      steps.map(
        (step): Step =>
          step.kind === "prepare-server" && step.server === 4
            ? { ...step, member: { ...step.member, role: "observer" } }
            : step,
      );
    expect(wrong(dynamic, observer)).toMatch(/server\.4: it is observer, but replaces one that is participant/);
  });

  test("that would leave strays, which were members once, alone", () => {
    const { plan, seen } = planned(dynamic);
    const stray = { id: id(9), host: hostName("zk9"), client: { host: "10.0.0.9", port: 2181 } };
    expect(checkMigration(plan, { ...seen, strays: [stray] }).join("\n")).toMatch(/server\.9 is not retired/);
  });
});

describe("with lists before 3.5 it says of a plan", () => {
  const round = (steps: readonly Step[]) => at(steps, "retire-server", 1);

  test("in which a new server votes before the old one is stopped", () => {
    const text = wrong(lists, (steps) => moved(steps, round(steps), round(steps) + 1));
    expect(text).toMatch(/restart-with-members: server\.1 is not being replaced/);
    expect(text).toMatch(/4 voters run, enough for two ensembles/);
    expect(text).toMatch(/could each elect a leader: two ensembles/);
  });

  test("in which the others get the list before the new one votes", () => {
    expect(wrong(lists, (steps) => moved(steps, round(steps) + 2, round(steps) + 1))).toMatch(
      /restart-with-members: server\.4 is first, and alone/,
    );
  });

  test("in which two are replaced at once", () => {
    const text = wrong(lists, (steps) => moved(steps, at(steps, "retire-server", 2), round(steps) + 1));
    expect(text).toMatch(/retire-server of server\.2: the replacement of server\.1 is not over/);
  });

  test("in which the leader goes before others", () => {
    const text = wrong(lists, (steps) => moved(steps, at(steps, "retire-server", 3), round(steps)));
    expect(text).toMatch(/retire-server of server\.3: the leader goes before server\.1, server\.2/);
  });

  test("in which a new server has a lower id than one that must call it", () => {
    const { plan, seen } = planned(lists);
    const members = seen.membership.members.map((member) => (member.id === 3 ? { ...member, id: id(9) } : member));
    expect(checkMigration(plan, { ...seen, membership: { ...seen.membership, members } }).join("\n")).toMatch(
      /prepare-server of server\.4: server\.9 would not call server\.4, which has a lower id/,
    );
  });
});

test("all new servers at once and then shrinking: two ensembles in the simulation, lost writes, and the checker says so", () => {
  const { plan, seen } = planned(lists, "once");
  const old = seen.membership.members;
  const comes = [4, 5, 6].map((number) => sampleMember(number, { client: null }));
  const all = [...old, ...comes];
  const restart = (servers: readonly number[], members: readonly Member[], before: readonly Member[]): Step => ({
    kind: "restart-with-members",
    replacing: id(1),
    servers: servers.map(id),
    members,
    before,
    timeoutMs: 1,
  });
  const steps: readonly Step[] = [
    ...plan.steps.slice(0, at(plan.steps, "retire-server")),
    ...comes.map((member) => restart([member.id], all, [...old, { ...member, role: "observer" }])),
    restart([1, 2, 3], all, old),
    ...[1, 2, 3].map(
      (server): Step => ({
        kind: "retire-server",
        server: id(server),
        host: hostName(`zk${server}`),
        members: comes,
      }),
    ),
    restart([4, 5, 6], comes, all),
    { kind: "verify-ensemble", release: plan.release },
  ];
  const instants: SimulatedEnsemble[] = [lists];
  try {
    for (const step of steps) instants.push(...play(lastOf(instants), step));
  } catch (error) {
    if (!(error instanceof Impossible)) throw error;
  }
  expect(instants.some((instant) => splitBrain(instant) !== null)).toBe(true);
  expect(losesWrites(instants)).toBe(true);
  const text = checkMigration({ ...plan, steps }, seen).join("\n");
  expect(text).toMatch(/servers 1, 2 and servers 3, 4, 5, 6 could each elect a leader: two ensembles/);

  // The right order, on the same ensemble, does neither.
  const right = playPlan(lists, plan);
  expect(right.every((instant) => splitBrain(instant) === null && votersServing(instant) >= 2)).toBe(true);
  expect(losesWrites(right)).toBe(false);
});
