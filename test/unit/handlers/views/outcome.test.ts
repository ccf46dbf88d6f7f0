import { expect, it } from "vitest";
import { outcomeLines } from "../../../../handlers/views/outcome.ts";
import { APPROVER, byUser, scriptRun, WORKER } from "../../../support/scripted-run.ts";

it("says why a plan no longer fits, what was touched, and what comes next", () => {
  const run = scriptRun();
  const { planHash } = run.state();
  run.add(byUser(APPROVER), { type: "approval-granted", gate: "plan", planHash }).add(WORKER, {
    type: "finished",
    outcome: "superseded",
    evidence: null,
    why: "server.2 is the leader now, but the plan stops it as a follower.",
  });
  expect(outcomeLines(run.state())[0]).toBe(
    "*server.2 is the leader now, but the plan stops it as a follower.* So this plan no longer fits. No server was touched. A new plan follows in this channel and needs an approval of its own; if none can be made now, <@U0OPERATOR> is told why.",
  );
});
