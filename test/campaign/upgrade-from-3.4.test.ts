// Servers of 3.4.13 upgraded where they are, in one hop that has no official path: `npm run campaign`. The other way to leave
// 3.4, by a move, is in test/integration/migrate-run.test.ts.
import { readFile } from "node:fs/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ensembleName, runId } from "../../src/model/ids.ts";
import { release } from "../../src/model/release.ts";
import { goOn, type MoveSite, openMoveSite } from "../support/move-site.ts";

describe("three servers of 3.4.13 upgraded to 3.8.0 where they are", () => {
  let site: MoveSite;
  beforeAll(async () => {
    site = await openMoveSite({ ensemble: { release: "3.4.13", size: 3 }, releases: ["3.8.0"] });
  });
  afterAll(() => site?.close());

  it("serve all through, with every acknowledged write, and keep nothing of what the way needed", async () => {
    const { worker, writer, ensemble, look } = site;
    const run = runId("orders-aaaaa");
    const goal = {
      kind: "upgrade",
      ensemble: ensembleName("orders"),
      release: release("3.8.0"),
      gates: "once",
    } as const;
    const proposed = await worker.propose({ ...goal, overrides: ["path-hop"] }, run);
    expect(proposed.kind).toBe("proposed");
    await worker.approve(run, "plan");
    const state = await goOn(site, run);
    expect(state.outcome, JSON.stringify(state.hold)).toBe("succeeded");
    await writer.stop();
    expect(await writer.sessionAlive()).toBe(true);
    for (const { address, clientPort, configFile } of ensemble.servers) {
      const found = await writer.verifyOn(`${address}:${clientPort}`);
      expect([found.missing, found.different, found.ephemeralIsThere]).toEqual([[], [], true]);
      const text = await readFile(configFile, "utf8");
      expect(text).not.toMatch(/snapshot\.trust\.empty/);
      expect(text).toMatch(/^4lw\.commands\.whitelist=/m);
    }
    for (const { seen } of (await look()).servers) expect(seen).toMatchObject({ status: "serving", release: "3.8.0" });
  });
});
