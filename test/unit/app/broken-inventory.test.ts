import { expect, it } from "vitest";
import type { AppDeps } from "../../../src/app/app-deps.ts";
import { propose } from "../../../src/app/propose.ts";
import { OpsError } from "../../../src/errors.ts";
import { channelId, ensembleName, runId, userId } from "../../../src/model/ids.ts";
import { release } from "../../../src/model/release.ts";

it("plans nothing while ensembles.yaml is broken, and says where it is", async () => {
  const problem = new OpsError("input", {
    what: "ensembles.yaml cannot be used:\nensembles.yaml:5: hosts.zk1.rooot: unknown key; did you mean root?",
    next: "Correct ensembles.yaml; it is read again by itself.",
  });
  // Nothing else may be asked: everything else of these is missing.
  const deps = { inventoryProblem: () => problem } as unknown as AppDeps;
  const goal = {
    kind: "upgrade",
    ensemble: ensembleName("orders"),
    release: release("3.9.6"),
    gates: null,
    overrides: [],
  } as const;
  const asked = {
    run: runId("orders-aaaaa"),
    goal,
    dryRun: false,
    requester: userId("UOPERATOR"),
    channel: channelId("CZOOKEEPER"),
  };
  await expect(propose(asked, deps)).rejects.toMatchObject({
    kind: "input",
    failure: { detail: expect.stringContaining("ensembles.yaml:5: hosts.zk1.rooot") },
  });
});
