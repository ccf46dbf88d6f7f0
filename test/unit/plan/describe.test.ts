import { describe, expect, test } from "vitest";
import type { Plan } from "../../../src/model/plan.ts";
import { release } from "../../../src/model/release.ts";
import { aboutTime, describeChange, describePlan, doing } from "../../../src/plan/describe.ts";
import { expectedMs } from "../../../src/plan/expect.ts";
import { planUpgrade } from "../../../src/plan/upgrade.ts";
import {
  OPTIONS,
  sampleGoal,
  sampleObservation,
  sampleSpec,
  sampleStandalone,
  sampleWith,
} from "../../support/sample-ensemble.ts";

const planned = (seen = sampleObservation(), goal = sampleGoal(), spec = sampleSpec(), options = OPTIONS): Plan => {
  const outcome = planUpgrade(goal, seen, spec, options);
  if (outcome.kind !== "plan") throw new Error(`no plan: ${JSON.stringify(outcome)}`);
  return outcome.plan;
};

describe("a plan in words", () => {
  test("tells of three servers", () => {
    expect(describePlan(planned())).toEqual({
      title: "Upgrade orders: 3.8.0 → 3.9.6",
      from: ["3.8.0"],
      before: ["back up server.1", "install 3.9.6 on 3 hosts beside the present release (nothing restarts)"],
      turns: [
        {
          turn: 1,
          server: 1,
          host: "zk1",
          mode: "follower",
          release: "3.8.0",
          gate: null,
          steps: [3, 4, 5, 6],
          words: ["stop", "write configuration (no line changes)", "start 3.9.6", "wait until synced"],
        },
        {
          turn: 2,
          server: 2,
          host: "zk2",
          mode: "follower",
          release: "3.8.0",
          gate: null,
          steps: [7, 8, 9, 10],
          words: ["stop", "write configuration (no line changes)", "start 3.9.6", "wait until synced"],
        },
        {
          turn: 3,
          server: 3,
          host: "zk3",
          mode: "leader",
          release: "3.8.0",
          gate: "leader",
          steps: [12, 13, 14, 15, 16],
          words: [
            "hand leadership over (make it observer, end it at once)",
            "write configuration (no line changes)",
            "start 3.9.6",
            "wait until synced",
            "make it participant again",
          ],
        },
      ],
      after: ["compare data on every server, check that all run 3.9.6"],
      skipped: [],
      order: [
        "One server at a time, and the next only when the one before is synced: so a quorum serves all through.",
        "The leader last: leadership moves once, and to a server that already runs the new release.",
      ],
      clients: [
        "Clients of the server that restarts move to another one within about 0.4 s and keep their sessions.",
        "Expect one pause of writes of about 0.3 s, when leadership moves.",
      ],
      pauseMs: 300,
      time: "about 25 s",
      rollback: "Can be rolled back at every step: the old release stays installed.",
      overridden: null,
    });
  });

  test("expects a longer pause where the leader is simply killed", () => {
    const words = describePlan(planned(undefined, undefined, undefined, { ...OPTIONS, superKnown: false }));
    expect(words.pauseMs).toBe(500);
    expect(words.clients[1]).toMatch(/about 0\.5 s/);
  });

  test("expects no pause where the leader needs no turn, and names the servers left out", () => {
    const words = describePlan(planned(sampleWith({ id: 3, release: "3.9.6" })));
    expect(words.pauseMs).toBe(0);
    expect(words.clients[1]).toMatch(/no pause of writes/);
    expect(words.skipped).toEqual([3]);
  });

  test("says that service stops where it does, and what was overridden", () => {
    const words = describePlan(planned(sampleStandalone(), sampleGoal({ overrides: ["standalone-stops"] })));
    expect(words.pauseMs).toBeNull();
    expect(words.clients[0]).toMatch(/^Service stops for some seconds/);
    expect(words.overridden).toMatch(/standalone-stops\. This needs one approval more, 2 in all\./);
    expect(words.order).toEqual([]);
  });

  test("names all releases of a mixed ensemble, oldest first, and a way back as such", () => {
    expect(describePlan(planned(sampleWith({ id: 1, release: "3.8.6" }))).title).toBe(
      "Upgrade orders: 3.8.0, 3.8.6 → 3.9.6",
    );
    const back = sampleObservation([
      { id: 1, release: "3.9.6" },
      { id: 2, release: "3.9.6" },
      { id: 3, mode: "leader", release: "3.9.6", monitor: { syncedFollowers: 2 } },
    ]);
    expect(describePlan(planned(back, sampleGoal({ release: release("3.8.0") }))).title).toBe(
      "Take back orders: 3.9.6 → 3.8.0",
    );
  });

  test("says why observers come first", () => {
    const seen = sampleObservation([
      { id: 1 },
      { id: 2 },
      { id: 3, mode: "leader", monitor: { syncedFollowers: 2 } },
      { id: 4, mode: "observer" },
    ]);
    expect(describePlan(planned(seen)).order[1]).toMatch(/^Observers first/);
  });
});

test("what goes on is said with the server it goes on at", () => {
  const spec = sampleSpec({ soakMs: 30_000, hooks: { configure: ["ansible-playbook", "zk.yml"] } });
  const words = planned(sampleObservation(), sampleGoal(), spec).steps.map(doing);
  expect(words.slice(0, 9)).toEqual([
    "looking at everything once more",
    "backing up server.1",
    "installing 3.9.6 on 3 hosts",
    "server.1 · stopping",
    "server.1 · writing configuration",
    "server.1 · running ansible-playbook",
    "server.1 · starting 3.9.6",
    "server.1 · waiting until synced",
    "server.1 · watched for about 30 s",
  ]);
  expect(words.slice(-9)).toEqual([
    "server.3 · waiting for approval",
    "server.3 · handing leadership over",
    "server.3 · writing configuration",
    "server.3 · running ansible-playbook",
    "server.3 · starting 3.9.6",
    "server.3 · waiting until synced",
    "server.3 · becoming participant again",
    "server.3 · watched for about 30 s",
    "comparing data on every server",
  ]);
});

test("a change of configuration is told as what comes, goes or is replaced", () => {
  expect(describeChange({ key: "a", from: null, to: "1" })).toBe("+ a=1");
  expect(describeChange({ key: "a", from: "1", to: null })).toBe("− a=1");
  expect(describeChange({ key: "a", from: "1", to: "2" })).toBe("a: 1 → 2");
});

test.each([
  [400, "under 1 s"],
  [1_000, "about 1 s"],
  [4_300, "about 5 s"],
  [21_000, "about 25 s"],
  [50_000, "about 50 s"],
  [51_000, "about 1 min"],
  [60_000, "about 1 min"],
  [61_000, "about 2 min"],
  [5_400_000, "about 90 min"],
  [5_400_001, "about 2 h"],
])("%i ms is %s", (ms, words) => expect(aboutTime(ms)).toBe(words));

test("the time expected counts neither approval nor soak", () => {
  const plain = planned();
  const soaked = planned(sampleObservation(), sampleGoal({ gates: "each" }), sampleSpec({ soakMs: 600_000 }));
  expect(soaked.expectedMs).toBe(plain.expectedMs);
  expect(expectedMs(plain.steps)).toBe(plain.expectedMs);
});
