// A worker that is asked to stop in the middle of a run, with another one there: no lease is waited out. In `npm run campaign`.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { AppProcess } from "../../sandbox/app-process.ts";
import { type Stage, setStage } from "../../sandbox/stage.ts";
import type { RecordedEvent } from "../../src/model/run-event.ts";
import { verifyChain } from "../../src/run/chain.ts";
import { CAMPAIGN } from "../support/in-campaign.ts";
import { type RunWatcher, waitFor, watchRuns } from "../support/run-on-stage.ts";

/** A lease lasts 10 s: well under it shows that it was given back. */
const HAND_OVER_MS = 4_000;

describe.runIf(CAMPAIGN)("two workers, one of them stopped in the middle of a run", () => {
  let dir: string;
  let stage: Stage;
  let watcher: RunWatcher;
  let workers: readonly AppProcess[];

  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), "zkshift-hand-over-"));
    stage = await setStage({
      dir,
      ensemble: { name: "orders", release: "3.8.0", size: 3 },
      releases: ["3.9.6"],
      roles: ["bot"],
      workspace: { rateLimits: "relaxed" },
      policy: { gates: "once", extra: { soak: "1s" } },
    });
    // One after the other: three programs that start at once are slow to be ready on a small machine.
    workers = [await stage.startApp("worker"), await stage.startApp("worker")];
    watcher = await watchRuns(stage);
  });
  afterAll(async () => {
    watcher?.close();
    await stage?.close();
    await rm(dir, { recursive: true, force: true });
  });

  it("ends at once with code 0, and the other goes on with the same step at once", { timeout: 180_000 }, async () => {
    await stage.slack.command("operator", "zookeeper", "/zk upgrade orders 3.9.6");
    const plan = await stage.slack.waitForMessage(
      { channel: "zookeeper" },
      (message) => JSON.stringify(message.blocks).includes('"approve"'),
      30_000,
    );
    const run = await waitFor("the run", () => watcher.newestRun());
    await stage.slack.click("approver", plan, "approve");

    const pidOf = ({ actor }: RecordedEvent): number | null =>
      actor.kind === "worker" ? Number(actor.name.split("/").at(-1)) : null;
    // A server that is being started is waited for: the stop must break that off.
    const begun = await waitFor("a start-server step", async () => {
      const events = await watcher.events(run);
      const steps = events.flatMap(({ event }) => (event.type === "proposed" ? event.plan.steps : []));
      const last = events.at(-1);
      return last?.event.type === "step-started" && steps[last.event.step]?.kind === "start-server" ? last : null;
    });
    const holder = workers.find(({ pid }) => pid === pidOf(begun));
    if (holder === undefined || begun.event.type !== "step-started") throw new Error("no worker began the step");
    const stoppedAt = Date.now();
    const code = await holder.stop();
    const endedMs = Date.now() - stoppedAt;
    const next = await waitFor(
      "the other worker",
      async () => (await watcher.events(run)).find(({ seq }) => seq > begun.seq) ?? null,
    );
    const handOverMs = next.at - stoppedAt;
    console.log(`the stopped worker ended after ${endedMs} ms, the other went on after ${handOverMs} ms`);
    expect(code).toBe(0);
    expect(endedMs).toBeLessThan(HAND_OVER_MS);
    expect(pidOf(next)).toBe(workers.find((one) => one !== holder)?.pid);
    expect(next.event).toMatchObject({ type: "step-started", step: begun.event.step, attempt: 2 });
    expect(handOverMs).toBeLessThan(HAND_OVER_MS);

    const log = await waitFor(
      "the end",
      async () => {
        const events = await watcher.events(run);
        return events.at(-1)?.event.type === "finished" ? events : null;
      },
      120_000,
    );
    expect(log.at(-1)?.event).toMatchObject({ outcome: "succeeded" });
    expect(verifyChain(log).ok).toBe(true);
  });
});
