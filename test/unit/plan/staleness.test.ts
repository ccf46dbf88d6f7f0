import { describe, expect, test } from "vitest";
import type { Observation } from "../../../src/model/ensemble.ts";
import { serverId } from "../../../src/model/ids.ts";
import type { Plan } from "../../../src/model/plan.ts";
import { release } from "../../../src/model/release.ts";
import { NOT_BEGUN, type Progress, staleness } from "../../../src/plan/staleness.ts";
import { planUpgrade } from "../../../src/plan/upgrade.ts";
import { OPTIONS, sampleGoal, sampleObservation, sampleSpec, sampleWith } from "../../support/sample-ensemble.ts";

const id = serverId;
const plan = (): Plan => {
  const outcome = planUpgrade(sampleGoal(), sampleObservation(), sampleSpec(), OPTIONS);
  if (outcome.kind !== "plan") throw new Error("no plan");
  return outcome.plan;
};
const stale = (seen: Observation, progress: Partial<Progress> = {}) =>
  staleness(plan(), seen, { ...NOT_BEGUN, ...progress });

describe("a plan still holds", () => {
  test("when nothing has moved", () => expect(stale(sampleObservation())).toEqual([]));

  test("while a server is down: that is for the check before each stop", () => {
    expect(stale(sampleWith({ id: 1, seen: { status: "unreachable", error: "x" } }))).toEqual([]);
    expect(stale(sampleWith({ id: 1, seen: { status: "not-serving", reason: "looking" } }))).toEqual([]);
  });

  test("when finished servers run the new release", () => {
    expect(stale(sampleWith({ id: 1, release: "3.9.6" }), { finishedServers: [id(1)] })).toEqual([]);
  });

  test("on either side of the restart of the server whose turn it is", () => {
    expect(stale(sampleWith({ id: 1 }), { currentServer: id(1) })).toEqual([]);
    expect(stale(sampleWith({ id: 1, release: "3.9.6" }), { currentServer: id(1) })).toEqual([]);
  });

  test("when servers that came from 3.4 tell their list as a dynamic one", () => {
    const made = plan();
    const servers = made.basis.servers.map((server) => ({ ...server, release: release("3.4.14") }));
    const from34: Plan = { ...made, basis: { ...made.basis, configSource: "static", configVersion: null, servers } };
    const seen = sampleObservation([
      { id: 1, release: "3.9.6" },
      { id: 2, release: "3.4.14" },
      { id: 3, release: "3.4.14", mode: "leader" },
    ]);
    const progress = { ...NOT_BEGUN, finishedServers: [id(1)] };
    expect(staleness(from34, seen, progress)).toEqual([]);
    const one = { ...seen, servers: seen.servers.slice(0, 2) };
    expect(staleness(from34, one, progress)).not.toEqual([]);
  });

  test("when leadership has moved to a server that is finished", () => {
    const seen = sampleObservation([{ id: 1, mode: "leader", release: "3.9.6" }, { id: 2 }, { id: 3 }]);
    expect(stale(seen, { finishedServers: [id(1)] })).toEqual([]);
  });

  test("when the run itself has moved the config version and made the old leader an observer", () => {
    const seen = sampleObservation(
      [
        { id: 1, release: "3.9.6", mode: "leader" },
        { id: 2, release: "3.9.6" },
        { id: 3, mode: "observer" },
      ],
      { version: "100000009" },
    );
    const progress = { finishedServers: [id(1), id(2)], currentServer: id(3) };
    expect(stale(seen, { ...progress, reconfigured: true })).toEqual([]);
    expect(stale(seen, progress)).toEqual([
      "The configuration was changed by someone else: version 100000009 instead of 100000000.",
      "server.3 is observer now; it was participant.",
    ]);
  });
});

describe("a plan is stale", () => {
  test("when the config version has moved", () =>
    expect(stale(sampleObservation(undefined, { version: "200000000" }))).toEqual([
      "The configuration was changed by someone else: version 200000000 instead of 100000000.",
    ]));

  test("when the membership is no longer dynamic", () =>
    expect(stale(sampleObservation(undefined, { source: "static", version: null }))).toEqual([
      "The membership is static now; it was dynamic.",
    ]));

  test("when a server came or went", () => {
    const seen = sampleObservation([{ id: 1 }, { id: 3, mode: "leader" }, { id: 4 }]);
    expect(stale(seen)).toEqual([
      "server.4 is new in the configuration.",
      "server.2 is no longer in the configuration.",
    ]);
  });

  test("when a server moved", () =>
    expect(stale(sampleWith({ id: 2, client: { host: "10.0.0.9", port: 2181 } }))).toEqual([
      "server.2 is at 10.0.0.9:2181 on zk2 now; it was at 10.0.0.2:2181 on zk2.",
    ]));

  test("when someone else gave or took a vote, also during our own reconfig", () => {
    const seen = sampleWith({ id: 1, mode: "observer" });
    const because = ["server.1 is observer now; it was participant."];
    expect(stale(seen)).toEqual(because);
    expect(stale(seen, { currentServer: id(3), reconfigured: true })).toEqual(because);
  });

  test("when someone else changed a release, forth or back", () => {
    expect(stale(sampleWith({ id: 2, release: "3.9.6" }))).toEqual(["server.2 runs 3.9.6; expected was 3.8.0."]);
    expect(stale(sampleWith({ id: 1 }), { finishedServers: [id(1)] })).toEqual([
      "server.1 runs 3.8.0; expected was 3.9.6.",
    ]);
    expect(stale(sampleWith({ id: 1, release: "3.9.5" }), { currentServer: id(1) })).toEqual([
      "server.1 runs 3.9.5; expected was 3.8.0.",
    ]);
  });

  test("when leadership has moved to a server that is still to be stopped as a follower", () => {
    const seen = sampleObservation([{ id: 1 }, { id: 2, mode: "leader" }, { id: 3 }]);
    expect(stale(seen, { currentServer: id(2) })).toEqual([
      "server.2 is the leader now, but the plan stops it as a follower.",
    ]);
  });
});
