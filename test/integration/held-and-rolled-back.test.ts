// A server that does not come back on the new release: the run is held, says why, and goes back the way it came.
import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { serverProcesses } from "../../sandbox/ensemble/server.ts";
import { observeServer } from "../../sandbox/four-letter-words.ts";
import { ensembleName, runId } from "../../src/model/ids.ts";
import { release } from "../../src/model/release.ts";
import { type MoveSite, openMoveSite } from "../support/move-site.ts";

describe("a setting that the server refuses", () => {
  let site: MoveSite;
  let ensemble: MoveSite["ensemble"];
  let writer: MoveSite["writer"];
  let worker: MoveSite["worker"];
  const run = runId("orders-hhhhh");
  /** Text and mode of each server's configuration. */
  const filesOf = () =>
    Promise.all(
      ensemble.servers.flatMap(({ configFile, conf }) =>
        [configFile, join(conf, "java.env")].map(async (file) => [
          file,
          (await stat(file)).mode,
          await readFile(file, "utf8"),
        ]),
      ),
    );
  let before: Awaited<ReturnType<typeof filesOf>>;
  const releasesSeen = async () =>
    (await Promise.all(ensemble.servers.map((s) => observeServer(s.address, s.clientPort)))).map((s) => s?.release);

  beforeAll(async () => {
    site = await openMoveSite({
      ensemble: { release: "3.8.0", size: 3 },
      releases: ["3.9.6"],
      policy: {
        extra: {
          settings: { maxClientCnxns: "sixty" },
          jvm: { heap: "170m", flags: ["-Dzkshift.example=1"] },
        },
      },
    });
    ({ ensemble, writer, worker } = site);
    before = await filesOf();
  });
  afterAll(() => site?.close());

  it("holds the run with the end of the server's log, and touches no other server", async () => {
    const goal = {
      kind: "upgrade",
      ensemble: ensembleName("orders"),
      release: release("3.9.6"),
      gates: "once",
      overrides: [],
    } as const;
    expect(await worker.propose(goal, run)).toEqual({ kind: "proposed", run });
    await worker.approve(run, "plan");
    await worker.advance(run);
    const state = await worker.state(run);
    expect(state.phase).toBe("held");
    expect(state.hold?.why).toBe("failed");
    expect(state.hold?.failure.detail).toContain("sixty");
    expect(state.hold?.service.serving).toHaveLength(2);
    expect(state.hold?.service.margin).toBe(0);
    const [tried] = state.steps.flatMap(({ evidence }) =>
      evidence?.step.kind === "write-config" ? [evidence.step] : [],
    );
    expect(tried?.diff).toEqual(["+ maxClientCnxns=sixty", "+ java.env: -Xmx170m", "+ java.env: -Dzkshift.example=1"]);
    const server = ensemble.servers.find(({ id }) => id === tried?.server);
    expect(await readFile(join(server?.conf ?? "", "java.env"), "utf8")).toMatch(/-Xmx170m -Dzkshift\.example=1'/);
    expect((await releasesSeen()).filter((seen) => seen === "3.8.0")).toHaveLength(2);
  });

  it("is held again by a retry that changes nothing", async () => {
    await worker.click(run, { type: "resumed" });
    await worker.advance(run);
    const state = await worker.state(run);
    expect(state.phase).toBe("held");
    expect(state.steps.find((step) => step.state === "failed")?.attempts).toBe(2);
  });

  it("rolls back to the old release and the old configuration, verified", async () => {
    await worker.click(run, { type: "rollback-asked" });
    await worker.advance(run);
    const state = await worker.state(run);
    expect(state.hold).toBeNull();
    expect(state.outcome).toBe("rolled-back");
    expect(state.finalEvidence?.step).toMatchObject({ kind: "verify-ensemble", release: "3.8.0" });
    expect(await releasesSeen()).toEqual(["3.8.0", "3.8.0", "3.8.0"]);
    expect(await filesOf()).toEqual(before);
    for (const server of ensemble.servers) {
      const [pid] = await serverProcesses(server);
      expect(await readFile(`/proc/${pid}/cmdline`, "utf8")).not.toContain("-Dzkshift.example");
    }
    expect(await worker.deps.runLog.reservedBy(ensembleName("orders"))).toBeNull();
  });

  it("lost nothing", async () => {
    await writer.stop();
    expect(await writer.sessionAlive()).toBe(true);
    for (const { address, clientPort } of ensemble.servers) {
      const found = await writer.verifyOn(`${address}:${clientPort}`);
      expect([found.missing, found.different]).toEqual([[], []]);
    }
  });
});
