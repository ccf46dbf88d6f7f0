// What a button is said to do must be true of the run as it is: before old servers are stopped, and afterwards.
import { expect, it } from "vitest";
import { choicesLine, rollBackExplained, stopExplained } from "../../../../handlers/views/choices.ts";
import {
  moveToClients,
  moveToRetireGate,
  moveWhole,
  sampleClients,
  sampleMove,
  sampleStaticMove,
  stepIndex,
} from "../../../support/scripted-migration.ts";
import { scriptHeld, WORKER } from "../../../support/scripted-run.ts";

it("before the point of no cheap return no old server has to be started", () => {
  const state = moveToRetireGate().script.state();
  expect(choicesLine(state)).toContain(
    "*Roll back* makes the old servers members as they were and takes the new ones away; no old server was stopped, so none has to be started",
  );
  expect(rollBackExplained(state)).toContain("No old server was stopped");
});

it("where no old server was taken out yet, none is said to come back", () => {
  const state = moveToRetireGate(sampleStaticMove()).script.state();
  expect(choicesLine(state)).toContain("*Roll back* takes the new servers away; no old server was stopped");
});

it("after it the stopped ones are started again", () => {
  const whole = moveWhole();
  whole.entries.splice(
    1 +
      whole.entries.findIndex(
        ({ event }) => event.type === "step-done" && event.evidence.step.kind === "retire-server",
      ),
  );
  expect(rollBackExplained(whole.state())).toContain("Old servers that were stopped are started again from their data");
});

it("with clients connected, Continue says what becomes of them", () => {
  expect(choicesLine(moveToClients().script.state())).toMatch(
    /^\*Continue\* goes on at once and stops server\.1, server\.2 and server\.3 for good/,
  );
});

it("an upgrade keeps its words, and every confirmation fits", () => {
  const held = scriptHeld().script.state();
  expect(rollBackExplained(held)).toBe("server.2 and server.1 will go back to 3.8.0, one server at a time.");
  const { plan, hash } = sampleMove(["zk11", "zk12", "zk13", "zk14", "zk15"], {}, 5);
  const running = moveToClients(sampleClients([1]), { plan, hash }).script;
  running.grant(stepIndex(plan, ({ kind }) => kind === "wait-for-clients"));
  const states = [held, running.state(), running.add(WORKER, { type: "approval-expired", gate: 0 }).state()];
  for (const state of states)
    for (const text of [stopExplained(state), rollBackExplained(state)]) expect(text.length).toBeLessThanOrEqual(300);
});
