// A migration whose worker is killed while it changes who is a member: each change is made once, nothing is lost, and no
// server of the past comes back. It is killed in every kind of step, which takes long: only in `npm run campaign`, the smoke of kills is
// the upgrade's (kills.test.ts). The moments are drawn from a seed; CHAOS_SEED repeats a run.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createExample, missingOn } from "../../sandbox/demo/example-data.ts";
import { ensembleProcesses } from "../../sandbox/ensemble.ts";
import { observeServer } from "../../sandbox/four-letter-words.ts";
import { type Stage, setStage } from "../../sandbox/stage.ts";
import { startWriter, type Writer } from "../../sandbox/writer.ts";
import type { Step } from "../../src/model/plan.ts";
import { verifyChain } from "../../src/run/chain.ts";
import { CAMPAIGN } from "../support/in-campaign.ts";
import { killInSteps } from "../support/kill-in-steps.ts";
import { type RunWatcher, waitFor, watchRuns } from "../support/run-on-stage.ts";
import { seededRandom } from "../support/seeded-random.ts";

const seed = Number(process.env.CHAOS_SEED ?? Math.floor(Math.random() * 1e9));
const RECOVERY_MS = 20_000;
const CHANGING: readonly Step["kind"][] = ["add-member", "remove-member", "hand-over-leadership"];

describe.runIf(CAMPAIGN)(`a migration under fire (CHAOS_SEED=${seed})`, () => {
  const random = seededRandom(seed);
  let dir: string;
  let stage: Stage;
  let writer: Writer;
  let watcher: RunWatcher;

  beforeAll(async () => {
    console.log(`CHAOS_SEED=${seed}`);
    dir = await mkdtemp(join(tmpdir(), "zkshift-chaos-"));
    stage = await setStage({
      dir,
      ensemble: { name: "orders", release: "3.8.0", size: 3, spares: 3 },
      releases: ["3.9.6"],
      roles: ["bot"],
      workspace: { rateLimits: "relaxed" },
      policy: { gates: "once" },
    });
    await createExample(stage.ensemble.connectString);
    const all = [...stage.ensemble.servers, ...stage.ensemble.spares];
    writer = await startWriter({
      connectString: all.map(({ address, clientPort }) => `${address}:${clientPort}`).join(","),
      path: "/client",
      everyMs: 20,
    });
    watcher = await watchRuns(stage);
  });

  afterAll(async () => {
    watcher?.close();
    await writer?.close();
    await stage?.close();
    await rm(dir, { recursive: true, force: true });
  });

  /** Presses a button wherever it stands now. */
  const press = async (action: string): Promise<void> => {
    const shows = (message: { readonly blocks: unknown }): boolean =>
      JSON.stringify(message.blocks).includes(`"${action}"`);
    const message = await waitFor(`the button ${action}`, async () => {
      const parents = await stage.slack.messages({ channel: "zookeeper" });
      return parents.find(shows) ?? null;
    });
    await stage.slack.click("approver", message, action);
  };

  it("goes on by itself after a kill -9 in each change", { timeout: 400_000 }, async () => {
    const worker = await stage.startApp("worker");
    await stage.slack.command("operator", "zookeeper", "/zk migrate orders to zk4,zk5,zk6 release 3.9.6");
    await press("approve");
    const run = await waitFor("the run", () => watcher.newestRun());
    const onGate = () => press("continue");
    const killed = await killInSteps({ stage, watcher, run, worker, random, kinds: null, redisToo: false, onGate });
    console.log("recovery after kill -9, ms:", Object.fromEntries(killed.recoveryMs));
    for (const kind of CHANGING) expect(killed.recoveryMs.get(kind), kind).toBeLessThan(RECOVERY_MS);

    const log = await watcher.events(run);
    const done = log.flatMap(({ event }) => (event.type === "step-done" ? [event.step] : []));
    expect(done).toEqual([...new Set(done)]);
    expect(log.at(-1)?.event).toMatchObject({ type: "finished", outcome: "succeeded" });
    expect(verifyChain(log).ok).toBe(true);
  });

  it("left the new servers alone in service, with every acknowledged write, and the client's session alive", async () => {
    await writer.stop();
    expect(await writer.sessionAlive()).toBe(true);
    expect(await ensembleProcesses(stage.ensemble)).toHaveLength(3);
    for (const { address, clientPort } of stage.ensemble.spares) {
      expect((await observeServer(address, clientPort))?.release).toBe("3.9.6");
      expect(await missingOn(`${address}:${clientPort}`)).toEqual([]);
      const found = await writer.verifyOn(`${address}:${clientPort}`);
      expect([found.missing, found.different, found.ephemeralIsThere]).toEqual([[], [], true]);
    }
  });
});
