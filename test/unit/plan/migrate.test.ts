// What a migration does, step by step, for the moves that people ask for.
import { describe, expect, it } from "vitest";
import type { Observation } from "../../../src/model/ensemble.ts";
import { hostName, serverId } from "../../../src/model/ids.ts";
import type { EnsembleSpec, Gates } from "../../../src/model/inventory.ts";
import type { Plan, Step } from "../../../src/model/plan.ts";
import { release } from "../../../src/model/release.ts";
import { planMigrate } from "../../../src/plan/migrate.ts";
import {
  OPTIONS,
  type SampleServer,
  sampleDestination,
  sampleMigrateGoal,
  sampleObservation,
  sampleSpec,
} from "../../support/sample-ensemble.ts";

const OFFERED = { ...OPTIONS, releases: ["3.9.6", "3.8.0", "3.4.14"].map(release) };

type Asked = {
  readonly to: readonly string[];
  readonly servers?: readonly SampleServer[];
  readonly membership?: Partial<Observation["membership"]>;
  readonly release?: string;
  readonly gates?: Gates;
  readonly spec?: Partial<EnsembleSpec>;
  readonly strays?: Observation["strays"];
};

const LOG4J = {
  text: [
    "log4j.rootLogger=INFO, F",
    "log4j.appender.F=org.apache.log4j.RollingFileAppender",
    `log4j.appender.F.File=\${zookeeper.log.dir}/\${zookeeper.log.file}`,
    "zookeeper.log.file=zookeeper.log",
  ].join("\n"),
  properties: { "zookeeper.log.dir": "/home/theirs", "zookeeper.log.file": "zookeeper-zk-server-zk1.log" },
  cwd: "/",
};

const three: readonly SampleServer[] = [
  { id: 1 },
  { id: 2 },
  { id: 3, mode: "leader", monitor: { syncedFollowers: 2 } },
];
const five: readonly SampleServer[] = [
  ...[1, 2, 4, 5].map((id) => ({ id })),
  { id: 3, mode: "leader", monitor: { syncedFollowers: 4 } },
];

const planned = (asked: Asked) => {
  const seen = sampleObservation(asked.servers ?? three, asked.membership);
  const here = new Set(seen.servers.map(({ host }) => String(host)));
  const goal = sampleMigrateGoal(asked.to, {
    gates: asked.gates ?? "once",
    release: asked.release === undefined ? null : release(asked.release),
    overrides: asked.release === undefined ? [] : ["path-hop"],
  });
  const destinations = asked.to.filter((host) => !here.has(host)).map((host) => sampleDestination(host));
  const whole = {
    ...seen,
    destinations,
    usedIds: seen.servers.map(({ id }) => Number(id)),
    ...(asked.strays === undefined ? {} : { strays: asked.strays }),
  };
  return planMigrate(goal, whole, sampleSpec(asked.spec), OFFERED);
};

const planOf = (asked: Asked): Plan => {
  const answer = planned(asked);
  if (answer.kind !== "plan") throw new Error(JSON.stringify(answer, null, 2));
  return answer.plan;
};

const words = (step: Step): string => {
  switch (step.kind) {
    case "prepare-server":
      return `prepare ${step.server} on ${step.host} like ${step.template}`;
    case "add-member":
    case "remove-member":
      return `${step.kind === "add-member" ? "add" : "remove"} ${step.member.id}${step.member.role === "observer" ? " observer" : ""}`;
    case "ask-approval":
      return `ask ${step.reason}`;
    case "wait-for-clients":
      return `clients of ${step.servers.join()}`;
    case "restart-with-members":
      return `restart ${step.servers.join()} with ${step.members.map(({ id, role }) => `${id}${role === "observer" ? "o" : ""}`).join()}`;
    case "retire-server":
      return `retire ${step.server}`;
    case "hand-over-leadership":
      return `hand over ${step.server}`;
    default:
      return step.kind;
  }
};

/** Without what every plan has around it, and with start and wait left out. */
const stepsOf = (asked: Asked): readonly string[] =>
  planOf(asked)
    .steps.map(words)
    .filter(
      (word) =>
        ![
          "preflight",
          "back-up",
          "install-release",
          "verify-ensemble",
          "start-server",
          "wait-until-joined",
          "write-config",
        ].includes(word),
    );

describe("a migration by reconfig", () => {
  it("adds a server before it takes one out, the leader last, and stops nobody before clients were waited for", () => {
    expect(stepsOf({ to: ["zk4", "zk5", "zk6"] })).toEqual([
      "prepare 4 on zk4 like 1",
      "add 4",
      "remove 1",
      "prepare 5 on zk5 like 2",
      "add 5",
      "remove 2",
      "prepare 6 on zk6 like 3",
      "add 6",
      "clients of 1,2,3",
      "hand over 3",
      "remove 3",
      "retire 1",
      "retire 2",
      "retire 3",
    ]);
  });

  it("lays a server out, starts it and waits until it has all data before it is added", () => {
    const kinds = planOf({ to: ["zk4", "zk2", "zk3"] }).steps.map(({ kind }) => kind);
    expect(kinds).toEqual([
      "preflight",
      "back-up",
      "install-release",
      "prepare-server",
      "start-server",
      "wait-until-joined",
      "add-member",
      "remove-member",
      "wait-for-clients",
      "retire-server",
      "verify-ensemble",
    ]);
  });

  it("asks before the first old server is stopped, and with gates each before each pair, too", () => {
    const asks = (gates: Gates) =>
      stepsOf({ to: ["zk4", "zk5", "zk6"], gates }).filter((word) => word.startsWith("ask"));
    expect(asks("once")).toEqual([]);
    expect(asks("leader")).toEqual(["ask retire"]);
    expect(asks("each")).toEqual(["ask each", "ask each", "ask retire"]);
  });

  it("grows from three to five without asking, waiting or stopping anybody", () => {
    expect(stepsOf({ to: ["zk1", "zk2", "zk3", "zk4", "zk5"], gates: "leader" })).toEqual([
      "prepare 4 on zk4 like 1",
      "add 4",
      "prepare 5 on zk5 like 1",
      "add 5",
    ]);
  });

  it("shrinks from five to three; ids are those that are left", () => {
    expect(stepsOf({ to: ["zk1", "zk2", "zk3"], servers: five })).toEqual([
      "remove 4",
      "remove 5",
      "clients of 4,5",
      "retire 4",
      "retire 5",
    ]);
  });

  it("moves five servers to three others, the surplus ones before the leader", () => {
    expect(stepsOf({ to: ["zk6", "zk7", "zk8"], servers: five }).filter((word) => !word.startsWith("prepare"))).toEqual(
      [
        "add 6",
        "remove 1",
        "add 7",
        "remove 2",
        "add 8",
        "remove 4",
        "remove 5",
        "clients of 1,2,3,4,5",
        "hand over 3",
        "remove 3",
        "retire 1",
        "retire 2",
        "retire 3",
        "retire 4",
        "retire 5",
      ],
    );
  });

  it("replaces an observer by an observer, before anybody with a vote", () => {
    const servers: readonly SampleServer[] = [...three, { id: 4, mode: "observer" }];
    expect(stepsOf({ to: ["zk1", "zk2", "zk3", "zk5"], servers })).toEqual([
      "prepare 5 on zk5 like 4",
      "add 5 observer",
      "remove 4 observer",
      "clients of 4",
      "retire 4",
    ]);
  });

  it("gives clients the members that are left, by id", () => {
    const step = planOf({ to: ["zk4", "zk2", "zk3"] }).steps.find(({ kind }) => kind === "wait-for-clients");
    expect(step).toMatchObject({ connectString: "10.0.0.2:2181,10.0.0.3:2181,10.0.0.4:2181" });
  });

  it("retires a server that an earlier run took out and left serving", () => {
    const strays = [{ id: serverId(9), host: hostName("zk9"), client: { host: "10.0.0.9", port: 2181 } }];
    expect(stepsOf({ to: ["zk1", "zk2", "zk3"], strays })).toEqual(["clients of 9", "retire 9"]);
  });

  it("runs the team's tool on a new host between its configuration and its start", () => {
    const { steps } = planOf({
      to: ["zk4", "zk2", "zk3"],
      spec: { hooks: { configure: ["tool", "{host}", "{server}"] } },
    });
    const at = steps.findIndex(({ kind }) => kind === "run-hook");
    expect(steps[at]).toEqual({ kind: "run-hook", server: serverId(4), argv: ["tool", "zk4", "4"] });
    expect([steps[at - 1]?.kind, steps[at + 1]?.kind]).toEqual(["prepare-server", "start-server"]);
  });

  it("has nothing to do where the servers are already", () => {
    expect(planned({ to: ["zk3", "zk1", "zk2"] })).toEqual({
      kind: "nothing-to-do",
      why: "The servers of orders are on zk1, zk2 and zk3 already.",
    });
  });
});

describe("a migration by lists", () => {
  const old = three.map((server) => ({ ...server, release: "3.4.14" }));
  const asked: Asked = { to: ["zk4", "zk5", "zk6"], servers: old, membership: { source: "static", version: null } };

  it("stops an old server before the new one votes, the others follow, and only then the next", () => {
    expect(stepsOf(asked).slice(3)).toEqual([
      "clients of 1,2,3",
      "retire 1",
      "restart 4 with 2,3,4",
      "restart 2,3 with 2,3,4",
      "restart 5 with 2,3,4,5o",
      "retire 2",
      "restart 5 with 3,4,5",
      "restart 3,4 with 3,4,5",
      "restart 6 with 3,4,5,6o",
      "retire 3",
      "restart 6 with 4,5,6",
      "restart 4,5 with 4,5,6",
    ]);
  });

  it("sets snapshot.trust.empty on the way into 3.5 and later, and takes it out again", () => {
    const { steps } = planOf({ ...asked, release: "3.8.0" });
    const set = steps.flatMap((step) => (step.kind === "prepare-server" ? [step.changes] : []));
    expect(set[0]?.map(({ key, to }) => [key, to])).toContainEqual(["snapshot.trust.empty", "true"]);
    expect(set[0]?.map(({ key }) => key)).toContain("4lw.commands.whitelist");
    expect(steps.filter(({ kind }) => kind === "write-config")).toHaveLength(3);
  });

  it("carries log4j.properties over past 3.8, with the new server's own folder and file", () => {
    const servers = old.map((server) => ({
      ...server,
      facts: { logging: ["log4j.properties"] as const, log4j: LOG4J },
    }));
    const texts = planOf({ ...asked, servers, release: "3.9.6" }).steps.flatMap((step) =>
      step.kind === "prepare-server" ? [step.logback?.text] : [],
    );
    expect(texts).toHaveLength(3);
    for (const text of texts) expect(text).toContain("<file>/var/log/zookeeper/zookeeper.log</file>");
    const within = planOf({ ...asked, servers }).steps.flatMap((step) =>
      step.kind === "prepare-server" ? [step.logback] : [],
    );
    expect(within).toEqual([undefined, undefined, undefined]);
  });
});
