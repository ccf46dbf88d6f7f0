import { describe, expect, test } from "vitest";
import type { Observation } from "../../../src/model/ensemble.ts";
import { serverId } from "../../../src/model/ids.ts";
import type { Plan, Planned, Step } from "../../../src/model/plan.ts";
import { release } from "../../../src/model/release.ts";
import { checkPlan } from "../../../src/plan/safety.ts";
import type { PlanOptions } from "../../../src/plan/situation.ts";
import { planUpgrade } from "../../../src/plan/upgrade.ts";
import {
  OPTIONS,
  sampleGoal,
  sampleMember,
  sampleObservation,
  sampleSpec,
  sampleStandalone,
  sampleWith,
  zooCfg,
} from "../../support/sample-ensemble.ts";

const plan = (
  seen: Observation = sampleObservation(),
  goal = sampleGoal(),
  spec = sampleSpec(),
  options: PlanOptions = OPTIONS,
): Planned => planUpgrade(goal, seen, spec, options);

const planned = (...given: Parameters<typeof plan>): Plan => {
  const outcome = plan(...given);
  if (outcome.kind !== "plan") throw new Error(`no plan: ${JSON.stringify(outcome)}`);
  expect(checkPlan(outcome.plan, given[0] ?? sampleObservation())).toEqual([]);
  return outcome.plan;
};

/** `stop-server 1` for each step that belongs to a server, the kind alone for the others. */
const brief = (step: Step): string => {
  if ("server" in step) return `${step.kind} ${step.server}`;
  return step.kind === "reconfigure" ? `${step.kind} ${step.member.id}` : step.kind;
};

describe("an upgrade of three servers with dynamic membership", () => {
  test("goes follower by follower and hands leadership over last, after asking", () => {
    expect(planned().steps.map(brief)).toEqual([
      "preflight",
      "back-up 1",
      "install-release",
      "stop-server 1",
      "write-config 1",
      "start-server 1",
      "wait-until-synced 1",
      "stop-server 2",
      "write-config 2",
      "start-server 2",
      "wait-until-synced 2",
      "ask-approval 3",
      "hand-over-leadership 3",
      "write-config 3",
      "start-server 3",
      "wait-until-synced 3",
      "reconfigure 3",
      "verify-ensemble",
    ]);
  });

  test("makes the leader an observer before it ends it, and gives it back the role it had", () => {
    const { steps } = planned();
    expect(steps).toContainEqual({ kind: "hand-over-leadership", server: 3, method: "observer-then-kill" });
    expect(steps).toContainEqual({ kind: "reconfigure", member: sampleMember(3) });
  });

  test("keeps what it rests on, by id", () => {
    const shuffled = { ...sampleObservation(), servers: [...sampleObservation().servers].reverse() };
    expect(planned(shuffled).basis).toEqual({
      seenAt: 1_764_000_000_000,
      configSource: "dynamic",
      configVersion: "100000000",
      servers: [
        { id: 1, host: "zk1", role: "participant", mode: "follower", release: "3.8.0", client: "10.0.0.1:2181" },
        { id: 2, host: "zk2", role: "participant", mode: "follower", release: "3.8.0", client: "10.0.0.2:2181" },
        { id: 3, host: "zk3", role: "participant", mode: "leader", release: "3.8.0", client: "10.0.0.3:2181" },
      ],
    });
  });

  test("knows the distribution to go back to", () => {
    expect(planned().steps.find((step) => step.kind === "write-config")).toMatchObject({
      release: "3.9.6",
      from: "3.8.0",
      fromHome: "/opt/zookeeper/releases/apache-zookeeper-3.8.0-bin",
      changes: [],
    });
  });

  test("needs the approvals of the policy and has nothing to remark", () => {
    const { approvals, findings, rulesChecked } = planned();
    expect({ approvals, findings }).toEqual({ approvals: 1, findings: [] });
    expect(rulesChecked).toBeGreaterThan(30);
  });
});

describe("the order of turns", () => {
  test("puts observers first and the leader last, whatever their ids", () => {
    const seen = sampleObservation([
      { id: 1, mode: "leader", monitor: { syncedFollowers: 2 } },
      { id: 2 },
      { id: 5, mode: "observer" },
      { id: 3 },
      { id: 4, mode: "observer" },
    ]);
    const stops = planned(seen).steps.filter((s) => s.kind === "stop-server" || s.kind === "hand-over-leadership");
    expect(stops.map(brief)).toEqual([
      "stop-server 4",
      "stop-server 5",
      "stop-server 2",
      "stop-server 3",
      "hand-over-leadership 1",
    ]);
  });

  test("leaves out servers that run the release already, and installs only where it is needed", () => {
    const { steps } = planned(sampleWith({ id: 1, release: "3.9.6" }));
    expect(steps.filter((step) => step.kind === "stop-server").map(brief)).toEqual(["stop-server 2"]);
    expect(steps).toContainEqual({ kind: "install-release", release: "3.9.6", servers: [2, 3] });
  });

  test("needs no hand-over when the leader runs the release already", () => {
    const { steps } = planned(sampleWith({ id: 3, release: "3.9.6" }));
    expect(steps.some((step) => step.kind === "hand-over-leadership" || step.kind === "ask-approval")).toBe(false);
  });
});

describe("gates", () => {
  const asked = (gates: "once" | "leader" | "each", seen = sampleObservation()) =>
    planned(seen, sampleGoal({ gates })).steps.filter((step) => step.kind === "ask-approval");

  test("once: nobody is asked again", () => expect(asked("once")).toEqual([]));
  test("leader: asked before the leader's turn", () =>
    expect(asked("leader")).toEqual([{ kind: "ask-approval", server: 3, reason: "leader" }]));
  test("each: asked before every turn but the first, which the plan's approval covers", () =>
    expect(asked("each")).toEqual([
      { kind: "ask-approval", server: 2, reason: "each" },
      { kind: "ask-approval", server: 3, reason: "leader" },
    ]));
  test("leader: not asked when the leader's turn is the first", () => {
    const onlyLeader = sampleObservation([
      { id: 1, release: "3.9.6" },
      { id: 2, release: "3.9.6" },
      { id: 3, mode: "leader", monitor: { syncedFollowers: 2 } },
    ]);
    expect(asked("leader", onlyLeader)).toEqual([]);
  });
  test("the goal's gates go before the inventory's", () => {
    expect(planned(sampleObservation(), sampleGoal({ gates: "once" })).gates).toBe("once");
    expect(planned(sampleObservation(), sampleGoal(), sampleSpec({ gates: "each" })).gates).toBe("each");
  });
});

describe("how leadership is handed over", () => {
  const method = (...given: Parameters<typeof plan>) => {
    const step = planned(...given).steps.find((s) => s.kind === "hand-over-leadership");
    return step?.kind === "hand-over-leadership" ? step.method : null;
  };
  const allWith = (lines: readonly string[], text = zooCfg(lines)) =>
    sampleObservation([
      { id: 1, facts: { configText: text } },
      { id: 2, facts: { configText: text } },
      { id: 3, mode: "leader", monitor: { syncedFollowers: 2 }, facts: { configText: text } },
    ]);

  test("by reconfig and kill where all allows it", () => expect(method()).toBe("observer-then-kill"));
  test("by kill when super is not known", () =>
    expect(method(undefined, undefined, undefined, { ...OPTIONS, superKnown: false })).toBe("kill"));
  test("by kill when reconfig is switched off", () => expect(method(allWith(["reconfigEnabled=false"]))).toBe("kill"));
  test("by kill when the membership is static", () => {
    const members = [1, 2, 3].map((id) => `server.${id}=10.0.0.${id}:2888:3888`);
    const seen = allWith(members);
    expect(method({ ...seen, membership: { ...seen.membership, source: "static", version: null } })).toBe("kill");
  });
  test("by kill with two voters, since one alone could not elect", () => {
    const seen = sampleObservation([{ id: 1 }, { id: 2, mode: "leader", monitor: { syncedFollowers: 1 } }]);
    expect(method(seen, sampleGoal({ overrides: ["no-quorum-margin"] }))).toBe("kill");
  });
  test("by kill on releases before 3.5.3", () => {
    const seen = sampleObservation([
      { id: 1, release: "3.5.2" },
      { id: 2, release: "3.5.2" },
      { id: 3, release: "3.5.2", mode: "leader", monitor: { syncedFollowers: 2 } },
    ]);
    expect(method(seen, sampleGoal({ overrides: ["path-hop"] }))).toBe("kill");
  });
  test("a standalone server is simply stopped, with an override and one more approval", () => {
    const plan = planned(sampleStandalone(), sampleGoal({ overrides: ["standalone-stops"] }));
    expect(plan.steps.map(brief)).toContain("stop-server 1");
    expect(plan.approvals).toBe(2);
    expect(plan.findings).toMatchObject([{ rule: "standalone-stops", severity: "override", server: 1 }]);
  });
});

describe("what a turn writes", () => {
  const changesOf = (plan: Plan, server: number) =>
    plan.steps.flatMap((step) =>
      step.kind === "write-config" && step.server === serverId(server) ? [step.changes] : [],
    );

  test("the inventory's settings where zoo.cfg differs, by key", () => {
    const spec = sampleSpec({
      settings: { tickTime: "2000", "autopurge.snapRetainCount": "5", "autopurge.purgeInterval": "1" },
    });
    expect(changesOf(planned(sampleObservation(), sampleGoal(), spec), 1)).toEqual([
      [
        { key: "autopurge.purgeInterval", from: null, to: "1" },
        { key: "autopurge.snapRetainCount", from: null, to: "5" },
      ],
    ]);
  });

  const CFG_34 = [1, 2, 3].reduce(
    (text, id) => `${text}server.${id}=10.0.0.${id}:2888:3888\n`,
    "dataDir=/var/lib/zookeeper\n",
  );
  const from34 = (snapshots: number, to = "3.9.6") => {
    const facts = { configText: CFG_34, snapshots };
    const seen = sampleObservation(
      [
        { id: 1, release: "3.4.13", facts },
        { id: 2, release: "3.4.13", facts: { configText: CFG_34 } },
        { id: 3, release: "3.4.13", mode: "leader", monitor: { syncedFollowers: 2 }, facts: { configText: CFG_34 } },
      ],
      { source: "static", version: null },
    );
    const options = { ...OPTIONS, releases: [release(to)] };
    return planned(seen, sampleGoal({ release: release(to), overrides: ["path-hop"] }), sampleSpec(), options);
  };

  test("into 3.5 and later from before: the words that were answered, and the AdminServer's port", () => {
    expect(changesOf(from34(1), 1)[0]?.map(({ key }) => key)).toEqual(["4lw.commands.whitelist", "admin.serverPort"]);
  });

  test("a missing snapshot is trusted for the restart and no longer once the server is synced", () => {
    const plan = from34(0);
    const [before, after] = changesOf(plan, 1);
    expect(before).toContainEqual({ key: "snapshot.trust.empty", from: null, to: "true" });
    expect(after).toEqual([{ key: "snapshot.trust.empty", from: "true", to: null }]);
    expect(plan.steps.map(brief).slice(3, 8)).toEqual([
      "stop-server 1",
      "write-config 1",
      "start-server 1",
      "wait-until-synced 1",
      "write-config 1",
    ]);
    expect(changesOf(plan, 2)).toHaveLength(1);
  });

  test("a release that does not write the missing snapshot at once keeps the line, and the plan says so", () => {
    const plan = from34(0, "3.5.9");
    expect(changesOf(plan, 1)).toHaveLength(1);
    expect(plan.findings.find(({ rule }) => rule === "snapshot-missing")?.todo).toMatch(/Take it out of zoo.cfg/);
  });

  test("runs the team's own command with the placeholders filled in, once", () => {
    const spec = sampleSpec({
      hooks: { configure: ["ansible-playbook", "-l", "{host}", "{server}/{release}", "{ensemble}", "{other}"] },
    });
    const hook = planned(sampleObservation(), sampleGoal(), spec).steps.find((step) => step.kind === "run-hook");
    expect(hook).toEqual({
      kind: "run-hook",
      server: 1,
      argv: ["ansible-playbook", "-l", "zk1", "1/3.9.6", "orders", "{other}"],
    });
  });

  test("soaks after each turn where the inventory says so, after the leader has its role back", () => {
    const { steps } = planned(sampleObservation(), sampleGoal(), sampleSpec({ soakMs: 5_000 }));
    expect(steps.filter((step) => step.kind === "soak")).toHaveLength(3);
    expect(steps.map(brief).slice(-3)).toEqual(["reconfigure 3", "soak 3", "verify-ensemble"]);
  });
});

describe("no plan", () => {
  const onTarget = (configText = zooCfg()) =>
    sampleObservation([
      { id: 1, release: "3.9.6", facts: { configText } },
      { id: 2, release: "3.9.6" },
      { id: 3, release: "3.9.6", mode: "leader", monitor: { syncedFollowers: 2 } },
    ]);

  test("nothing to do when all run the release", () => {
    expect(plan(onTarget())).toEqual({ kind: "nothing-to-do", why: "All 3 servers run 3.9.6 already." });
  });

  test("nothing to do, and says which settings differ", () => {
    const outcome = plan(onTarget(), sampleGoal(), sampleSpec({ settings: { maxClientCnxns: "60" } }));
    expect(outcome.kind === "nothing-to-do" && outcome.why).toMatch(/differs .*maxClientCnxns on server.1; /);
  });

  test("nothing to do even when the release is one that would be refused", () => {
    const seen = sampleObservation(
      [1, 2, 3].map((id) => ({ id, release: "3.9.3", mode: id === 3 ? "leader" : "follower" })),
    );
    expect(plan(seen, sampleGoal({ release: release("3.9.3") })).kind).toBe("nothing-to-do");
  });

  test("says all reasons at once, those that cannot be overridden first", () => {
    const outcome = plan(
      sampleWith({ id: 2, facts: { freeBytes: 0, javaMajor: 7 } }),
      sampleGoal({ release: release("3.9.1") }),
    );
    expect(outcome.kind === "blocked" && outcome.findings.map(({ rule }) => rule)).toEqual([
      "not-in-repository",
      "java-too-old",
      "disk-space",
      "client-readonly-break",
    ]);
  });

  test("refuses the release that loses data, in the words of a person", () => {
    const outcome = plan(sampleObservation(), sampleGoal({ release: release("3.9.3") }));
    expect(outcome.kind === "blocked" && outcome.findings).toEqual([
      {
        rule: "rolling-restart-data-loss",
        severity: "blocks",
        what: "3.9.3 can lose data during rolling restarts (ZOOKEEPER-4785, ZOOKEEPER-4925), so I won't plan it.",
        todo: "Use 3.9.6, the newest 3.9 in your repository: `/zk upgrade orders 3.9.6`.",
        source: "ZOOKEEPER-4785, ZOOKEEPER-4925",
        server: null,
      },
    ]);
  });
});

describe("overrides", () => {
  const toReadonlyBreak = (overrides: readonly string[]) =>
    plan(sampleObservation(), sampleGoal({ release: release("3.9.2"), overrides }), sampleSpec(), {
      ...OPTIONS,
      releases: [release("3.9.2")],
    });

  test("a rule that may be overridden blocks until it is named", () => {
    expect(toReadonlyBreak([])).toMatchObject({ kind: "blocked", findings: [{ rule: "client-readonly-break" }] });
  });

  test("named, it stays in the plan and costs one more approval", () => {
    const outcome = toReadonlyBreak(["client-readonly-break"]);
    if (outcome.kind !== "plan") throw new Error("no plan");
    expect(outcome.plan.approvals).toBe(2);
    expect(outcome.plan.findings[0]).toMatchObject({ rule: "client-readonly-break", severity: "override" });
  });

  test("an unknown name is refused, with the names that would help", () => {
    expect(toReadonlyBreak(["readonly"])).toMatchObject({
      kind: "blocked",
      findings: [
        {
          rule: "unknown-override",
          what: "There is no rule named `readonly` to override.",
          todo: "What would help here: `client-readonly-break`.",
        },
        { rule: "client-readonly-break" },
      ],
    });
  });

  test("a rule that blocks cannot be overridden", () => {
    expect(plan(sampleObservation(), sampleGoal({ overrides: ["disk-space"] }))).toMatchObject({
      kind: "blocked",
      findings: [{ rule: "unknown-override", what: "The rule `disk-space` cannot be overridden." }],
    });
  });

  test("an override that is not needed costs nothing", () => {
    const { approvals } = planned(sampleObservation(), sampleGoal({ overrides: ["path-hop"] }));
    expect(approvals).toBe(1);
  });
});
