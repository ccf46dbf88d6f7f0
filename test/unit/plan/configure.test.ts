import { describe, expect, test } from "vitest";
import type { Observation } from "../../../src/model/ensemble.ts";
import { withWantedFlags } from "../../../src/model/java-env.ts";
import type { Plan, Step } from "../../../src/model/plan.ts";
import { turnOf } from "../../../src/model/plan.ts";
import { checkConfigure } from "../../../src/plan/check-configure.ts";
import { planConfigure } from "../../../src/plan/configure.ts";
import { notInEffect } from "../../../src/plan/in-effect.ts";
import { plan as planFor } from "../../../src/plan/planner.ts";
import {
  OPTIONS,
  sampleConfigureGoal,
  sampleGoal,
  sampleObservation,
  sampleSpec,
  sampleWith,
  zooCfg,
} from "../../support/sample-ensemble.ts";
import { notRestarted } from "./configure-rule-cases.ts";

const wanted = sampleSpec({ settings: { maxClientCnxns: "100" }, jvm: ["-Xmx2g"] });
const asked = (seen: Observation, spec = wanted, goal = sampleConfigureGoal()) =>
  planConfigure(goal, seen, spec, OPTIONS);
const planned = (seen: Observation, spec = wanted, goal = sampleConfigureGoal()): Plan => {
  const made = asked(seen, spec, goal);
  if (made.kind !== "plan") throw new Error(JSON.stringify(made));
  return made.plan;
};
const turns = (plan: Plan): readonly (number | null)[] =>
  [...new Set(plan.steps.map(turnOf))].filter((id) => id !== null);
const kinds = (steps: readonly Step[]): readonly string[] => steps.map(({ kind }) => kind);

/** Has what `wanted` wants. */
const asWanted = { configText: zooCfg(["maxClientCnxns=100"]), javaEnvText: withWantedFlags(null, ["-Xmx2g"]) };
const allAsWanted = sampleObservation([
  { id: 1, facts: asWanted },
  { id: 2, facts: asWanted },
  { id: 3, facts: asWanted, mode: "leader", monitor: { syncedFollowers: 2 } },
]);

describe("a change of configuration", () => {
  test("restarts all that differ, followers first, the leader last after its gate, and installs nothing", () => {
    const plan = planned(sampleObservation());
    expect(turns(plan)).toEqual([1, 2, 3]);
    expect(kinds(plan.steps)).toEqual([
      "preflight",
      ...["stop-server", "write-config", "start-server", "wait-until-synced"],
      ...["stop-server", "write-config", "start-server", "wait-until-synced"],
      "ask-approval",
      ...["hand-over-leadership", "write-config", "start-server", "wait-until-synced", "reconfigure"],
      "verify-ensemble",
    ]);
    expect(plan.release).toBe("3.8.0");
    expect(plan.steps.find(({ kind }) => kind === "write-config")).toEqual({
      kind: "write-config",
      server: 1,
      release: "3.8.0",
      from: "3.8.0",
      fromHome: null,
      changes: [{ key: "maxClientCnxns", from: null, to: "100" }],
      jvm: { from: [], to: ["-Xmx2g"] },
    });
  });

  test("leaves servers alone that have everything already", () => {
    const seen = sampleObservation([
      { id: 1, facts: asWanted },
      { id: 2 },
      { id: 3, facts: asWanted, mode: "leader", monitor: { syncedFollowers: 2 } },
    ]);
    expect(turns(planned(seen))).toEqual([2]);
    expect(checkConfigure(planned(seen), seen, wanted)).toEqual([]);
  });

  test("restarts a server that was not restarted since its java.env was written, and writes nothing there", () => {
    const facts = { ...notRestarted(1, ["-Xmx2g"], asWanted.javaEnvText), configText: asWanted.configText };
    const seen = sampleObservation([
      { id: 1, facts },
      { id: 2, facts: asWanted },
      { id: 3, facts: asWanted, mode: "leader", monitor: { syncedFollowers: 2 } },
    ]);
    const plan = planned(seen);
    expect(kinds(plan.steps)).toEqual([
      "preflight",
      "stop-server",
      "start-server",
      "wait-until-synced",
      "verify-ensemble",
    ]);
    expect(checkConfigure(plan, seen, wanted)).toEqual([]);
  });

  test("has nothing to do without a difference, unless every server is asked for", () => {
    const nothing = asked(allAsWanted);
    expect(nothing).toMatchObject({
      kind: "nothing-to-do",
      why: expect.stringMatching(/all 3 servers have .* `\/zk configure orders all`/),
    });
    const every = sampleConfigureGoal({ everyServer: true });
    expect(turns(planned(allAsWanted, wanted, every))).toEqual([1, 2, 3]);
    expect(checkConfigure(planned(allAsWanted, wanted, every), allAsWanted, wanted)).toEqual([]);
  });

  test("is not planned on a host that was not read", () => {
    const seen = sampleWith({ id: 2, onHost: { unreadable: "No answer." } });
    expect(asked(seen).kind).toBe("blocked");
    expect(asked(seen, sampleSpec()).kind).toBe("blocked");
  });

  test("makes the link that a server starts from where there is none", () => {
    const plan = planned(sampleWith({ id: 1, facts: { current: null } }));
    expect(plan.steps.find(({ kind }) => kind === "write-config")).toMatchObject({
      server: 1,
      fromHome: "/opt/zookeeper/releases/apache-zookeeper-3.8.0-bin",
    });
  });

  test("hands leadership over without reconfig when that is what changes", () => {
    const method = (settings: Readonly<Record<string, string>>) =>
      planned(sampleObservation(), sampleSpec({ settings })).steps.find(({ kind }) => kind === "hand-over-leadership");
    expect(method({ maxClientCnxns: "100" })).toMatchObject({ method: "observer-then-kill" });
    expect(method({ reconfigEnabled: "false" })).toMatchObject({ method: "kill" });
  });

  test("brings what differs between servers in line", () => {
    const seen = sampleWith({ id: 1, facts: { configText: zooCfg().replace("reconfigEnabled=true\n", "") } });
    const spec = sampleSpec({ settings: { reconfigEnabled: "true" } });
    expect(turns(planned(seen, spec))).toEqual([1]);
    expect(asked(seen, sampleSpec({ settings: { maxClientCnxns: "100" } })).kind).toBe("blocked");
  });

  test("is refused on a release that loses data in a rolling restart, with the upgrade that helps", () => {
    const seen = sampleObservation([
      { id: 1, release: "3.9.3" },
      { id: 2, release: "3.9.3" },
      { id: 3, release: "3.9.3", mode: "leader", monitor: { syncedFollowers: 2 } },
    ]);
    const made = asked(seen);
    expect(made.kind).toBe("blocked");
    expect(made.kind === "blocked" && made.findings.map(({ todo }) => todo).join(" ")).toContain(
      "/zk upgrade orders 3.9.6",
    );
  });

  test("is where an upgrade to the same release leads", () => {
    const made = planFor(sampleGoal({ release: "3.8.0" as never }), sampleObservation(), wanted, OPTIONS);
    expect(made).toMatchObject({ kind: "nothing-to-do", why: expect.stringContaining("`/zk configure orders`") });
    expect(made.kind === "nothing-to-do" && made.why).toContain("maxClientCnxns and JVM flags on server.1");
  });
});

describe("the checker refuses a change of configuration", () => {
  const seen = sampleObservation();
  const wrong = (change: (plan: Plan) => Partial<Plan>, spec = wanted): string => {
    const plan = planned(seen, spec);
    return checkConfigure({ ...plan, ...change(plan) }, seen, wanted).join("\n");
  };

  test("that leaves out a server that differs", () =>
    expect(wrong(({ steps }) => ({ steps: steps.filter((step) => turnOf(step) !== 2) }))).toContain(
      "server.2 is left out",
    ));

  test("that installs", () =>
    expect(
      wrong(({ steps }) => ({
        steps: steps.toSpliced(1, 0, { kind: "install-release", release: steps.length as never, servers: [] }),
      })),
    ).toContain("a restart installs nothing"));

  test("that restarts a server without need", () => {
    const every = planned(allAsWanted, wanted, sampleConfigureGoal({ everyServer: true }));
    const plan = { ...every, goal: sampleConfigureGoal() };
    expect(checkConfigure(plan, allAsWanted, wanted).join("\n")).toContain("server.1 is restarted without need");
  });

  test("that does not write what is wanted, or something else", () => {
    expect(
      wrong(({ steps }) => ({
        steps: steps.map((step) => (step.kind === "write-config" ? { ...step, changes: [] } : step)),
      })),
    ).toContain("server.1 would lack maxClientCnxns");
    expect(wrong(() => ({}), sampleSpec({ settings: { tickTime: "3000" } }))).toContain("nobody asked for tickTime");
  });

  test("that runs the configuration tool where it should not, or does not", () => {
    const hooked = { ...wanted, hooks: { configure: ["ansible-playbook"] } };
    expect(checkConfigure(planned(seen, hooked), seen, hooked)).toEqual([]);
    expect(checkConfigure(planned(seen), seen, hooked).join("\n")).toContain("the configuration tool does not run");
    expect(checkConfigure(planned(seen, hooked), seen, wanted).join("\n")).toContain(
      "the configuration tool does not run",
    );
  });
});

describe("what is in effect afterwards", () => {
  const plan = planned(sampleObservation());
  test("is everything where files and process have it", () => expect(notInEffect(plan, allAsWanted)).toEqual([]));
  test("is told line by line where it is not", () => {
    expect(notInEffect(plan, sampleObservation())).toContain(
      "server.1: maxClientCnxns is not set in zoo.cfg, not 100.",
    );
    expect(notInEffect(plan, sampleObservation())).toContain("server.1: java.env has other flags.");
    const seen = sampleWith({ id: 1, onHost: { unreadable: "No answer." } });
    expect(notInEffect(plan, seen)).toContain("server.1: its host could not be read.");
  });
  test("is told where what starts the server does not read java.env", () => {
    const facts = { ...notRestarted(1, ["-Xmx2g"], asWanted.javaEnvText), configText: asWanted.configText };
    const seen = {
      ...allAsWanted,
      servers: allAsWanted.servers.map((one) => (Number(one.id) === 1 ? { ...one, onHost: facts } : one)),
    };
    expect(notInEffect(plan, seen)).toEqual([
      "server.1: its process runs without -Xmx2g: what starts it does not read java.env.",
    ]);
  });
});
