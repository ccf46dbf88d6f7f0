// An ensemble on hosts that are reached by ssh, upgraded while a client writes: a cable is taken out in the middle of one step and a
// connection is killed in another.
import { chmod, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { observeServer } from "../../sandbox/four-letter-words.ts";
import { signalProcess } from "../../sandbox/processes.ts";
import { startRedis } from "../../sandbox/redis.ts";
import { ensureReleases } from "../../sandbox/releases.ts";
import { startWriter, type Writer } from "../../sandbox/writer.ts";
import { makeSshPool } from "../../src/hosts/ssh/pool.ts";
import { ensembleName, type RunId, runId } from "../../src/model/ids.ts";
import { release } from "../../src/model/release.ts";
import { connectRedis } from "../../src/store/redis.ts";
import { CAMPAIGN } from "../support/in-campaign.ts";
import { disturbed, type Moment } from "../support/move-site.ts";
import { type SshEnsemble, startSshEnsemble } from "../support/ssh-ensemble.ts";
import { openSshHosts, type SshHost, type SshHosts } from "../support/ssh-hosts.ts";
import { makeTestWorker, type TestWorker } from "../support/worker.ts";

// Network namespaces are root's, and the upgrade with its outages takes a minute or more.
const canRun = CAMPAIGN && process.getuid?.() === 0;

describe.runIf(canRun)("an ensemble on three hosts reached by ssh", () => {
  const closers: (() => unknown)[] = [];
  let hosts: SshHosts;
  let ensemble: SshEnsemble;
  let writer: Writer;
  let worker: TestWorker;
  const moments: Moment[] = [];

  beforeAll(async () => {
    const dir = await mkdtemp(join(tmpdir(), "zkshift-hosts-"));
    closers.push(() => rm(dir, { recursive: true, force: true }));
    await chmod(dir, 0o755);
    hosts = await openSshHosts(dir, 3);
    closers.push(() => hosts.close());
    const pool = makeSshPool(() => "");
    ensemble = await startSshEnsemble(hosts.hosts, "3.8.0", pool);
    closers.push(() => ensemble.stop());
    // What was started stays when the connections that started it end.
    pool.close();
    const privateRedis = await startRedis({ dir: join(dir, "redis") });
    closers.push(() => privateRedis.stop());
    const redis = connectRedis(privateRedis.url, "worker");
    closers.push(() => redis.disconnect());
    writer = await startWriter({ connectString: ensemble.connectString, path: "/client", everyMs: 20 });
    closers.push(() => writer.close());
    worker = makeTestWorker({
      redis,
      dir,
      inventoryYaml: ensemble.inventoryYaml,
      releasesUrl: (await ensureReleases(["3.9.6"], () => undefined)).url,
      environment: {},
      change: disturbed(moments),
    });
  });
  afterAll(async () => {
    for (let next = closers.pop(); next !== undefined; next = closers.pop()) await next();
  });

  /** The host of the server whose turn the nth step of that kind is. */
  const hostOf = async (run: RunId, kind: "stop-server" | "start-server", nth: number): Promise<SshHost> => {
    const { plan } = await worker.state(run);
    const step = plan.steps.filter((each) => each.kind === kind)[nth];
    const host =
      step === undefined || !("server" in step) || step.server === null ? undefined : hosts.hosts[step.server - 1];
    if (host === undefined) throw new Error(`there is no ${kind} ${nth}`);
    return host;
  };

  it("is upgraded though a cable is taken out in one step and a connection killed in another", async () => {
    const done: string[] = [];
    moments.push(
      {
        what: "started",
        kind: "stop-server",
        nth: 0,
        act: async (run) => {
          const host = await hostOf(run, "stop-server", 0);
          await host.cutOff();
          void sleep(12_000).then(() => host.connect());
          done.push("cut off");
        },
      },
      {
        what: "started",
        kind: "start-server",
        nth: 1,
        act: async (run) => {
          const { sshd } = await hostOf(run, "start-server", 1);
          void sleep(120).then(async () => {
            for (const pid of await sshd.connections()) signalProcess(pid, "SIGKILL");
          });
          done.push("killed");
        },
      },
    );
    const run = runId("orders-upgrade");
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
    expect(state.hold).toBeNull();
    expect(state.outcome).toBe("succeeded");
    expect(done).toEqual(["cut off", "killed"]);
    for (const { address } of hosts.hosts) expect((await observeServer(address, 2181))?.release).toBe("3.9.6");
    await writer.stop();
    expect(writer.stats().sessionsLost).toBe(0);
    for (const { address } of hosts.hosts) {
      const found = await writer.verifyOn(`${address}:2181`);
      expect([found.missing, found.different]).toEqual([[], []]);
    }
  });
});
