// Where servers stand is read from steps and their states only, forward and on the way back.
import { describe, expect, it } from "vitest";
import { migrationPlaces, movedCount } from "../../../../handlers/views/migration-places.ts";
import type { Step } from "../../../../src/model/plan.ts";
import {
  moveHeld,
  moveToClients,
  moveToRetireGate,
  moveWhole,
  sampleClients,
  sampleMove,
  sampleStaticMove,
  stepIndex,
  takeBack,
} from "../../../support/scripted-migration.ts";
import { type Script, scriptRun, WORKER } from "../../../support/scripted-run.ts";

const standings = (script: Script): string =>
  migrationPlaces(script.state(), null)
    .map(({ id, standing, trouble }) => `${id} ${standing}${trouble === "none" ? "" : ` (${trouble})`}`)
    .join(", ");

/** All steps before one done, and that one begun. */
const inStep = (given: ReturnType<typeof sampleMove>, fits: (step: Step) => boolean): Script => {
  const step = stepIndex(given.plan, fits);
  return scriptRun(given)
    .grant("plan")
    .steps(0, step)
    .add(WORKER, { type: "step-started", step, direction: "forward", attempt: 1 });
};

describe("a move by reconfiguration", () => {
  it.each([
    ["prepare-server", 4, "4 joining (in hand), 5 to come, 6 to come, 1 member, 2 member, 3 member"],
    ["wait-until-joined", 4, "4 joining (in hand), 5 to come, 6 to come, 1 member, 2 member, 3 member"],
    ["add-member", 4, "4 joined (in hand), 5 to come, 6 to come, 1 member, 2 member, 3 member"],
    ["remove-member", 1, "4 member, 5 to come, 6 to come, 1 member (in hand), 2 member, 3 member"],
    ["start-server", 5, "4 member, 5 joining (in hand), 6 to come, 1 out, 2 member, 3 member"],
    ["hand-over-leadership", 3, "4 member, 5 member, 6 member, 1 out, 2 out, 3 member (in hand)"],
    ["remove-member", 3, "4 member, 5 member, 6 member, 1 out, 2 out, 3 stopped (in hand)"],
    ["retire-server", 2, "4 member, 5 member, 6 member, 1 retired, 2 out (in hand), 3 stopped"],
  ] as const)("in %s of server.%d", (kind, id, expected) => {
    const about = (step: Step) => ("server" in step ? step.server : "member" in step ? step.member.id : null);
    expect(standings(inStep(sampleMove(), (step) => step.kind === kind && about(step) === id))).toBe(expected);
  });

  it("at the question, at its end, held, and taken back", () => {
    expect(standings(moveToRetireGate().script)).toBe("4 member, 5 member, 6 member, 1 out, 2 out, 3 member");
    expect(standings(moveWhole())).toBe("4 member, 5 member, 6 member, 1 retired, 2 retired, 3 retired");
    expect(standings(moveHeld().script)).toBe("4 member, 5 joining (failed), 6 to come, 1 out, 2 member, 3 member");
    const { script, gate } = moveToClients();
    expect(standings(takeBack(script, gate))).toBe(
      "4 taken back, 5 taken back, 6 taken back, 1 member, 2 member, 3 member",
    );
  });

  it("counts who is a member and who is out", () => {
    expect(movedCount(moveHeld().script.state())).toBe(
      "1 of 3 new servers is a member, 1 of 3 old servers is out of the ensemble",
    );
    expect(movedCount(moveWhole().state())).toBe(
      "3 of 3 new servers are members, 3 of 3 old servers are out of the ensemble, all of them retired",
    );
  });

  it("who leads is known after the hand-over, also without a look at the servers", () => {
    const leaders = (script: Script) =>
      migrationPlaces(script.state(), null).flatMap(({ id, mode }) => (mode === "leader" ? [id] : []));
    expect(leaders(moveToRetireGate().script)).toEqual([3]);
    expect(leaders(inStep(sampleMove(), ({ kind }) => kind === "retire-server"))).toEqual([5]);
  });
});

describe("a move by rewritten lists", () => {
  it("new servers have all data before any is a member, and old ones go one at a time", () => {
    const given = sampleStaticMove();
    expect(standings(moveToRetireGate(given).script)).toBe(
      "4 joined, 5 joined, 6 joined, 1 member, 2 member, 3 member",
    );
    expect(movedCount(moveToRetireGate(given).script.state())).toBe(
      "3 of 3 new servers have all data and are no members yet, 0 of 3 old servers are out of the ensemble",
    );
    const second = inStep(given, (step) => step.kind === "retire-server" && step.server === 2);
    expect(standings(second)).toBe("4 member, 5 joined, 6 joined, 1 retired, 2 member (in hand), 3 member");
    expect(standings(moveWhole(sampleClients([0, 0, 0]), given))).toBe(
      "4 member, 5 member, 6 member, 1 retired, 2 retired, 3 retired",
    );
  });
});

it("a host that is kept keeps its server", () => {
  const places = migrationPlaces(moveWhole(sampleClients([]), sampleMove(["zk1", "zk4", "zk5"])).state(), null);
  expect(places.map(({ id, side }) => `${id} ${side}`)).toEqual(["4 new", "5 new", "1 stays", "2 old", "3 old"]);
});
