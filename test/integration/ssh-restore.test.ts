// A backup of an ensemble that is gone, restored on other hosts that are reached by ssh: onto an ensemble that runs and is empty,
// and onto one that was laid out and never started, by a worker that was only given the backup's folder.
import { chmod, cp, mkdir, mkdtemp, readdir, readFile, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { observeServer } from "../../sandbox/four-letter-words.ts";
import { startRedis } from "../../sandbox/redis.ts";
import { ensureReleases } from "../../sandbox/releases.ts";
import { runCommand } from "../../sandbox/run-command.ts";
import { makeSshPool } from "../../src/hosts/ssh/pool.ts";
import { ensembleName, runId } from "../../src/model/ids.ts";
import type { Session } from "../../src/ports.ts";
import { connectRedis } from "../../src/store/redis.ts";
import { makeZooKeeper } from "../../src/zookeeper/zookeeper.ts";
import { createAclTree, readAcls } from "../support/acl-tree.ts";
import { backUp, restore, restoreGoal, shown } from "../support/restore-site.ts";
import { type SshEnsemble, type SshEnsembleOptions, startSshEnsemble } from "../support/ssh-ensemble.ts";
import { HOST_USER, openSshHosts, type SshHost } from "../support/ssh-hosts.ts";
import { makeTestWorker, type TestWorker } from "../support/worker.ts";

// Network namespaces are root's, and each case starts two ensembles.
const canRun = process.env.CAMPAIGN !== undefined && process.getuid?.() === 0;
const zookeeper = makeZooKeeper();
const FRESH = ensembleName("fresh");

describe.runIf(canRun)("a backup restored on other hosts by ssh", () => {
  const closers: (() => unknown)[] = [];
  afterEach(async () => {
    for (let next = closers.pop(); next !== undefined; next = closers.pop()) await next();
  });

  const open = async (): Promise<{ readonly dir: string; readonly hosts: readonly SshHost[] }> => {
    const dir = await mkdtemp(join(tmpdir(), "zkshift-hosts-"));
    closers.push(() => rm(dir, { recursive: true, force: true }));
    await chmod(dir, 0o755);
    const { hosts, close } = await openSshHosts(dir, 6);
    closers.push(close);
    return { dir, hosts };
  };

  const start = async (
    hosts: readonly SshHost[],
    release: string,
    options: SshEnsembleOptions,
  ): Promise<SshEnsemble> => {
    const pool = makeSshPool(() => "");
    const ensemble = await startSshEnsemble(hosts, release, pool, options);
    closers.push(() => ensemble.stop());
    pool.close();
    return ensemble;
  };

  /** A worker of its own: store, state, and an inventory that knows this ensemble alone. */
  const workerOf = async (dir: string, ensemble: SshEnsemble): Promise<TestWorker> => {
    const privateRedis = await startRedis({ dir: join(dir, "redis") });
    closers.push(() => privateRedis.stop());
    const redis = connectRedis(privateRedis.url, "worker");
    closers.push(() => redis.disconnect());
    const { inventoryYaml, environment } = ensemble;
    const { url } = await ensureReleases(["3.8.0", "3.9.6"], () => undefined);
    return makeTestWorker({ redis, dir, inventoryYaml, environment, releasesUrl: url });
  };

  const asSuper = async <T>(
    some: readonly SshHost[],
    { environment }: SshEnsemble,
    work: (session: Session) => Promise<T>,
  ): Promise<T> => {
    const [auth = null] = Object.values(environment);
    const session = await zookeeper.connect({
      servers: some.map(({ address }) => ({ host: address, port: 2181 })),
      auth,
    });
    return work(session).finally(() => session.close());
  };

  it.each([
    { from: "3.8.0", to: "3.9.6", started: true },
    { from: "3.9.6", to: "3.9.6", started: false },
  ])("of $from onto $to, whose servers have run: $started", { timeout: 400_000 }, async ({ from, to, started }) => {
    const { dir, hosts } = await open();
    const [old, others] = [hosts.slice(0, 3), hosts.slice(3)];
    const orders = await start(hosts, from, { members: old });
    const before = await asSuper(old, orders, async (session) => {
      await createAclTree(session, 300);
      return readAcls(session);
    });
    const manifest = await backUp(await workerOf(join(dir, "one"), orders));
    await orders.stop();

    const fresh = await start(hosts, to, { name: FRESH, members: others, firstId: 7, started });
    const two = join(dir, "two");
    await mkdir(join(two, "state", "backups"), { recursive: true });
    await cp(join(dir, "one", "state", "backups", "orders"), join(two, "state", "backups", "orders"), {
      recursive: true,
    });
    const worker = await workerOf(two, fresh);
    const goal = restoreGoal(manifest.name, { ensemble: FRESH });
    if (!started) {
      // What the refusal asks for is enough.
      const refused = await worker.propose(goal, runId("fresh-nonee"));
      console.log(JSON.stringify(refused));
      expect(refused).toMatchObject({ kind: "blocked", findings: others.map(() => ({ rule: "release-not-told" })) });
      for (const { dir: own } of others) {
        await mkdir(join(own, "zkshift"), { recursive: true });
        await symlink(join(own, "software", `zookeeper-${to}`), join(own, "zkshift", "current"));
        await runCommand("chown", ["-hR", HOST_USER, join(own, "zkshift")]);
      }
    }
    const state = await restore(worker, goal, "sshhh");
    expect([state.hold?.failure ?? null, state.outcome]).toEqual([null, "succeeded"]);
    const { downMs } = shown(state, "restore-data") as { downMs: number };
    console.log(`down ${downMs} ms; ${JSON.stringify(shown(state, "verify-restore"))}`);
    expect(await asSuper(others, fresh, readAcls)).toEqual(before);
    for (const [at, host] of others.entries()) {
      expect((await observeServer(host.address, 2181))?.release).toBe(to);
      await asSuper([host], fresh, async (session) => {
        expect((await session.getMembership())?.members.map(({ id }) => id)).toEqual([7, 8, 9]);
        expect((await session.getData("/app/2")).data.toString()).toBe("/app/2");
      });
      const data = join(host.dir, "srv", "data");
      expect((await readFile(join(data, "myid"), "utf8")).trim()).toBe(`${7 + at}`);
      expect((await readdir(data)).filter((name) => name.startsWith("version-2")).sort()).toEqual(
        started ? ["version-2", `version-2.before.${state.run}`] : ["version-2"],
      );
    }
    // And again, from its own backup, as an ensemble like any other.
    await asSuper(others, fresh, (session) => session.create("/since", Buffer.from("")));
    const own = await backUp(worker, FRESH);
    const again = await restore(worker, restoreGoal(own.name, { ensemble: FRESH, of: FRESH }), "again");
    expect([again.hold?.failure ?? null, again.outcome]).toEqual([null, "succeeded"]);
    expect(await asSuper(others, fresh, (session) => session.exists("/since"))).not.toBeNull();
  });
});
