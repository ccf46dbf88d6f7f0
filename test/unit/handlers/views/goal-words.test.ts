import { expect, it } from "vitest";
import { planTitle } from "../../../../handlers/views/goal-words.ts";
import { release } from "../../../../src/model/release.ts";
import { scriptRun } from "../../../support/scripted-run.ts";

it("calls the way to an older release a downgrade", () => {
  const { plan } = scriptRun();
  const onNewer = plan.basis.servers.map((server) => ({ ...server, release: release("3.9.6") }));
  const down = { ...plan, release: release("3.8.0"), basis: { ...plan.basis, servers: onNewer } };
  expect([planTitle(plan), planTitle(down)]).toEqual([
    "Upgrade orders: 3.8.0 → 3.9.6",
    "Downgrade orders: 3.9.6 → 3.8.0",
  ]);
});
