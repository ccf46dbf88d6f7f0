// The worker killed with SIGKILL while it pauses writes, and again while it resumes them.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { AppProcess } from "../../sandbox/app-process.ts";
import { type Stage, setStage } from "../../sandbox/stage.ts";
import { startWriter, type Writer } from "../../sandbox/writer.ts";
import type { Session } from "../../src/ports.ts";
import { makeZooKeeper } from "../../src/zookeeper/zookeeper.ts";
import { createAclTree, readAcls } from "../support/acl-tree.ts";
import { CAMPAIGN } from "../support/in-campaign.ts";
import { killInSteps } from "../support/kill-in-steps.ts";
import { type RunWatcher, waitFor, watchRuns } from "../support/run-on-stage.ts";
import { seededRandom } from "../support/seeded-random.ts";

const seed = Number(process.env.CHAOS_SEED ?? Math.floor(Math.random() * 1e9));

describe.runIf(CAMPAIGN)(`a pause of writes under fire (CHAOS_SEED=${seed})`, () => {
  let dir: string;
  let stage: Stage;
  let writer: Writer;
  let watcher: RunWatcher;
  let worker: AppProcess;
  let before: ReadonlyMap<string, string>;

  const asSuper = async <T>(work: (session: Session) => Promise<T>): Promise<T> => {
    const servers = stage.ensemble.servers.map(({ address, clientPort }) => ({ host: address, port: clientPort }));
    const session = await makeZooKeeper().connect({ servers, auth: stage.ensemble.superAuth });
    return work(session).finally(() => session.close());
  };

  beforeAll(async () => {
    console.log(`CHAOS_SEED=${seed}`);
    dir = await mkdtemp(join(tmpdir(), "zkshift-pause-kills-"));
    stage = await setStage({
      dir,
      ensemble: { name: "orders", release: "3.8.0", size: 3 },
      releases: ["3.9.6"],
      roles: ["bot"],
      workspace: { rateLimits: "relaxed" },
      policy: { gates: "once" },
    });
    worker = await stage.startApp("worker");
    await asSuper((session) => createAclTree(session, 3_000));
    writer = await startWriter({ connectString: stage.ensemble.connectString, path: "/client", everyMs: 10 });
    before = await asSuper(readAcls);
    watcher = await watchRuns(stage);
  });

  afterAll(async () => {
    watcher?.close();
    await writer?.close();
    await stage?.close();
    await rm(dir, { recursive: true, force: true });
  });

  it("keeps writers out, and gives every ACL back exactly", { timeout: 200_000 }, async () => {
    await stage.slack.command("operator", "zookeeper", "/zk upgrade orders 3.9.6 pause acl");
    const plan = await stage.slack.waitForMessage(
      { channel: "zookeeper" },
      (message) => JSON.stringify(message.blocks).includes('"approve"'),
      30_000,
    );
    expect(JSON.stringify(plan.blocks)).toContain("writes fail with NoAuth");
    const run = await waitFor("the run", () => watcher.newestRun());
    await stage.slack.click("approver", plan, "approve");
    const { recoveryMs } = await killInSteps({
      stage,
      watcher,
      run,
      worker,
      random: seededRandom(seed),
      kinds: ["pause-writes", "resume-writes"],
      redisToo: false,
    });
    console.log("recovery after kill -9, ms:", Object.fromEntries(recoveryMs));
    expect([...recoveryMs.keys()]).toEqual(["pause-writes", "resume-writes"]);
    const log = await watcher.events(run);
    expect(log.at(-1)?.event).toMatchObject({ type: "finished", outcome: "succeeded" });
    const resumed = log.flatMap(({ event }) =>
      event.type === "step-done" && event.evidence.step.kind === "resume-writes" ? [event.evidence.step] : [],
    );
    expect(resumed).toMatchObject([{ proof: { written: 0, deleted: 0, opened: 0 } }]);
    expect(await asSuper(readAcls)).toEqual(before);
    expect(writer.stats().refused).toBeGreaterThan(20);
    await writer.stop();
    for (const { address, clientPort } of stage.ensemble.servers) {
      const found = await writer.verifyOn(`${address}:${clientPort}`);
      expect([found.missing, found.different, found.ephemeralIsThere]).toEqual([[], [], true]);
    }
  });
});
