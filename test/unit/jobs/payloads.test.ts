import { expect, it } from "vitest";
import { readEnsembleJob } from "../../../jobs/payloads.ts";

const job = (goal: object) => ({
  kind: "propose",
  goal: { ensemble: "orders", gates: null, overrides: [], ...goal },
  dryRun: false,
  requester: "U1",
  channel: "C1",
  replyTo: { channel: "C1", user: "U1", responseUrl: null },
});

it.each([
  [{ kind: "upgrade", release: "3.9.6" }],
  [{ kind: "migrate", to: ["zk4", "zk5", "zk6"], release: null }],
  [{ kind: "migrate", to: ["zk4"], release: "3.9.6", gates: "each", overrides: ["a-rule"] }],
])("takes a goal as it was put on the queue: %j", (goal) => {
  expect(readEnsembleJob(job(goal))).toEqual(job(goal));
});

it.each([
  [{ kind: "upgrade", release: null }],
  [{ kind: "migrate", release: null }],
  [{ kind: "migrate", to: "zk4", release: null }],
  [{ kind: "move", to: ["zk4"], release: null }],
])("refuses a goal that it does not know: %j", (goal) => {
  expect(() => readEnsembleJob(job(goal))).toThrow("A job has a payload that this release does not know");
});
