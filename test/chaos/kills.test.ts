// What must survive, all in one upgrade: the worker killed, Redis killed, a click delivered three times. The worker is killed in
// two of the steps that change a server, and in `npm run campaign` in every kind of step. Which ones, and the moments, are drawn
// from a seed; CHAOS_SEED repeats a run.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { AppProcess } from "../../sandbox/app-process.ts";
import { createExample, missingOn } from "../../sandbox/demo/example-data.ts";
import { observeServer } from "../../sandbox/four-letter-words.ts";
import { type Stage, setStage } from "../../sandbox/stage.ts";
import { startWriter, type Writer } from "../../sandbox/writer.ts";
import type { RunId } from "../../src/model/ids.ts";
import type { Step } from "../../src/model/plan.ts";
import type { RecordedEvent } from "../../src/model/run-event.ts";
import { verifyChain } from "../../src/run/chain.ts";
import { CAMPAIGN } from "../support/in-campaign.ts";
import { killInSteps } from "../support/kill-in-steps.ts";
import { type RunWatcher, waitFor, watchRuns } from "../support/run-on-stage.ts";
import { drawn, seededRandom } from "../support/seeded-random.ts";

const seed = Number(process.env.CHAOS_SEED ?? Math.floor(Math.random() * 1e9));
/** A worker that ended is taken over within this. */
const RECOVERY_MS = 20_000;
const CHANGING: readonly Step["kind"][] = ["install-release", "stop-server", "start-server", "hand-over-leadership"];

describe(`an upgrade under fire (CHAOS_SEED=${seed})`, () => {
  const random = seededRandom(seed);
  let dir: string;
  let stage: Stage;
  let writer: Writer;
  let watcher: RunWatcher;
  let worker: AppProcess;
  let run: RunId;
  const events = (): Promise<readonly RecordedEvent[]> => watcher.events(run);

  beforeAll(async () => {
    console.log(`CHAOS_SEED=${seed}`);
    dir = await mkdtemp(join(tmpdir(), "zkshift-chaos-"));
    stage = await setStage({
      dir,
      ensemble: { name: "orders", release: "3.8.0", size: 3 },
      releases: ["3.9.6"],
      roles: ["bot"],
      workspace: { rateLimits: "relaxed" },
      policy: { gates: "once", extra: { soak: "1s" } },
    });
    worker = await stage.startApp("worker");
    await createExample(stage.ensemble.connectString);
    writer = await startWriter({ connectString: stage.ensemble.connectString, path: "/client", everyMs: 20 });
    watcher = await watchRuns(stage);
  });

  afterAll(async () => {
    watcher?.close();
    await writer?.close();
    await stage?.close();
    await rm(dir, { recursive: true, force: true });
  });

  it("takes a click that is delivered three times as one approval", async () => {
    await stage.slack.command("operator", "zookeeper", "/zk upgrade orders 3.9.6");
    const plan = await stage.slack.waitForMessage(
      { channel: "zookeeper" },
      (message) => JSON.stringify(message.blocks).includes('"approve"'),
      30_000,
    );
    run = await waitFor("the run", () => watcher.newestRun());
    await Promise.all([1, 2, 3].map(() => stage.slack.click("approver", plan, "approve")));
    await waitFor("the first step", async () => (await events()).some((e) => e.event.type === "step-started"));
    expect((await events()).filter((e) => e.event.type === "approval-granted")).toHaveLength(1);
  });

  it("goes on by itself after a kill -9 in its steps, and after Redis was killed", {
    timeout: 400_000,
  }, async () => {
    const kinds = CAMPAIGN ? null : drawn(random, CHANGING, 2);
    const { recoveryMs, redisKilled } = await killInSteps({
      stage,
      watcher,
      run,
      worker,
      random,
      kinds,
      redisToo: true,
    });
    console.log("recovery after kill -9, ms:", Object.fromEntries(recoveryMs));
    const planned = new Set(
      (await events()).flatMap(({ event }) => (event.type === "proposed" ? event.plan.steps : [])).map((s) => s.kind),
    );
    const wanted = kinds ?? [...planned];
    expect([...recoveryMs.keys()].sort()).toEqual(wanted.toSorted());
    expect(redisKilled).toBe(true);
    for (const [kind, ms] of recoveryMs) expect(ms, `recovery after a kill in ${kind}`).toBeLessThan(RECOVERY_MS);
  });

  it("recorded every step once, in one unbroken chain", async () => {
    const log = await events();
    const done = log.flatMap(({ event }) => (event.type === "step-done" ? [event.step] : []));
    expect(done).toEqual([...new Set(done)]);
    expect(log.at(-1)?.event).toMatchObject({ type: "finished", outcome: "succeeded" });
    expect(verifyChain(log).ok).toBe(true);
  });

  it("left every server on the new release with every acknowledged write, and the client's session alive", async () => {
    await writer.stop();
    expect(await writer.sessionAlive()).toBe(true);
    for (const { address, clientPort } of stage.ensemble.servers) {
      expect((await observeServer(address, clientPort))?.release).toBe("3.9.6");
      expect(await missingOn(`${address}:${clientPort}`)).toEqual([]);
      const found = await writer.verifyOn(`${address}:${clientPort}`);
      expect([found.missing, found.different, found.ephemeralIsThere]).toEqual([[], [], true]);
    }
  });

  it("posted every event of the thread once", async () => {
    const parent = await stage.slack.waitForMessage(
      { channel: "zookeeper" },
      (message) => message.reactions.some(({ name }) => name === "white_check_mark"),
      30_000,
    );
    // The record comes last of all.
    await stage.slack.waitForMessage(
      { channel: "zookeeper", thread: parent.ts },
      ({ files }) => files.some(({ name }) => name === "log.jsonl"),
      30_000,
    );
    const thread = await stage.slack.messages({ channel: "zookeeper", thread: parent.ts });
    const posted = thread.flatMap(({ metadata }) => {
      const payload = metadata?.event_payload as { from?: number; seq?: number } | undefined;
      // The run's own message tells of no event: its numbers are 0.
      return payload?.from === undefined || payload.seq === undefined || payload.seq === 0
        ? []
        : [[payload.from, payload.seq] as const];
    });
    expect(posted.length).toBeGreaterThan(3);
    const ordered = posted.toSorted((a, b) => a[0] - b[0]);
    for (const [i, [from]] of ordered.entries()) {
      if (i > 0) expect(from).toBeGreaterThan(ordered[i - 1]?.[1] ?? 0);
    }
  });
});
