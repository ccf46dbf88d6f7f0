import { afterEach, describe, expect, it, vi } from "vitest";
import { openRun } from "../../../src/app/run-writer.ts";
import { systemClock } from "../../../src/clock.ts";
import { isTakenOver } from "../../../src/errors.ts";
import { ensembleOf } from "../../../src/model/ids.ts";
import type { RunLog } from "../../../src/ports.ts";
import { makeFakeStore } from "../../support/fake-store.ts";
import { firstEntries, newRunId, stepStarted } from "../../support/sample-run.ts";

describe("a run's writer", () => {
  afterEach(() => {
    vi.useRealTimers();
  });

  it("lets the run go when a failover has lost what it wrote last, and can enter it again from the log", async () => {
    const run = newRunId();
    const [master, replica] = [makeFakeStore(), makeFakeStore()];
    for (const store of [master, replica]) await store.runLog.begin(run, firstEntries());
    // A lease's number comes from the time: master and replica know the lease by the same.
    vi.useFakeTimers({ toFake: ["Date"] });
    const lease = await master.leases.acquire(ensembleOf(run), "w1/1");
    await replica.leases.acquire(ensembleOf(run), "w1/1");
    if (lease === null) throw new Error("nobody else has the lease");
    let now: RunLog = master.runLog;
    const runLog: RunLog = {
      begin: (...args) => now.begin(...args),
      append: (...args) => now.append(...args),
      read: (...args) => now.read(...args),
      reservedBy: (...args) => now.reservedBy(...args),
      list: (...args) => now.list(...args),
    };
    const deps = { runLog, clock: systemClock, workerName: "w1/1" };
    const writer = await openRun(run, deps, lease);
    await writer?.append(stepStarted(0).event);
    now = replica.runLog;
    const failure = await writer?.append(stepStarted(1).event).catch((error: unknown) => error);
    expect(failure).toMatchObject({ kind: "transient", code: "LOG_SHORTER" });
    expect(isTakenOver(failure)).toBe(true);
    expect(await replica.runLog.read(run)).toHaveLength(2);

    // People at their buttons go on with the shorter log: what they appended does not follow from what this worker knows.
    for (const step of [0, 1]) {
      const recorded = await replica.runLog.read(run);
      const head = recorded.at(-1);
      if (head === undefined) throw new Error("the log is empty");
      await replica.runLog.append(run, head, stepStarted(step));
    }
    expect(await replica.runLog.read(run)).toHaveLength(4);
    now = master.runLog;
    const forked = await openRun(run, deps, lease);
    expect(forked?.state().head.seq).toBe(3);
    now = replica.runLog;
    expect(await forked?.refresh().catch((error: unknown) => error)).toMatchObject({ code: "LOG_SHORTER" });

    const again = await openRun(run, deps, lease);
    await again?.append(stepStarted(0).event);
    expect(await replica.runLog.read(run)).toHaveLength(5);
  });
});
