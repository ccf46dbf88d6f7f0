// What was seen of a server before its own proof came is not shown against that proof.
import { expect, it } from "vitest";
import { serverPlaces } from "../../../../handlers/views/run-facts.ts";
import { hostName } from "../../../../src/model/ids.ts";
import type { Live } from "../../../../src/ports.ts";
import { scriptToGate } from "../../../support/scripted-run.ts";

it("shows a server as its wait has proved it, until it is seen otherwise after that", () => {
  const state = scriptToGate().script.state();
  const done = serverPlaces(state, null).find(({ place }) => place === "done");
  if (done === undefined) throw new Error("no server is done");
  const proofAt = Math.max(...state.steps.map(({ endedAt }) => endedAt ?? 0));
  const modeAt = (seenAt: number) => {
    const live: Live = {
      step: 0,
      waitingFor: null,
      writes: 0,
      failed: 0,
      longestPauseMs: 0,
      lastWriteMs: null,
      lastWriteAt: null,
      seenAt,
      servers: [{ id: done.id, host: hostName(done.host), release: null, mode: "not-serving" }],
    };
    return serverPlaces(state, live).find(({ id }) => id === done.id)?.mode;
  };
  expect(modeAt(1)).toBe(done.mode);
  expect(modeAt(proofAt + 1)).toBe("not-serving");
});
