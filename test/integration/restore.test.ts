// One whole restore of a real ensemble, driven as a worker drives it, with a client that writes all through.
import { readdir } from "node:fs/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { BackupManifest } from "../../src/model/backup.ts";
import { runId } from "../../src/model/ids.ts";
import type { Session } from "../../src/ports.ts";
import { verifyChain } from "../../src/run/chain.ts";
import { makeZooKeeper } from "../../src/zookeeper/zookeeper.ts";
import { createAclTree, readAcls } from "../support/acl-tree.ts";
import { type MoveSite, openMoveSite } from "../support/move-site.ts";
import { backUp, beginRestore, ORDERS, restoreGoal, shown, spoil } from "../support/restore-site.ts";

describe("a restore of three servers of 3.9.6", () => {
  const zookeeper = makeZooKeeper();
  let site: MoveSite;
  let manifest: BackupManifest;
  let before: ReadonlyMap<string, string>;

  const asSuper = async <T>(work: (session: Session) => Promise<T>): Promise<T> => {
    const servers = site.ensemble.servers.map(({ address, clientPort }) => ({ host: address, port: clientPort }));
    const session = await zookeeper.connect({ servers, auth: site.ensemble.superAuth });
    return work(session).finally(() => session.close());
  };

  beforeAll(async () => {
    site = await openMoveSite({ ensemble: { release: "3.9.6", size: 3 } });
    await asSuper((session) => createAclTree(session, 200));
    before = await asSuper(readAcls);
    manifest = await backUp(site.worker);
    await asSuper(spoil);
  });

  afterAll(() => site?.close());

  it("is refused for a backup that is not there, with those that are", async () => {
    const { name } = manifest;
    const asked = site.worker.propose(restoreGoal("20200101T000000Z"), runId("orders-nonee"));
    await expect(asked).rejects.toMatchObject({
      code: "NO_BACKUP",
      failure: { what: "There is no backup 20200101T000000Z of orders.", next: expect.stringContaining(name) },
    });
  });

  it("proves the backup and lays it beside the data while servers and clients go on, then asks", async () => {
    const { worker, writer } = site;
    const run = await beginRestore(worker, restoreGoal(manifest.name), "rrrrr");
    const { acknowledged } = writer.stats();
    await worker.advance(run);
    const state = await worker.state(run);
    expect([state.hold, state.outcomeWhy]).toEqual([null, undefined]);
    expect(state.gate?.gate).toBe(2);
    expect(writer.stats().acknowledged).toBeGreaterThan(acknowledged);
    expect(shown(state, "stage-backup")).toMatchObject({ read: { release: "3.9.6" }, hosts: ["zk1", "zk2", "zk3"] });
  });

  it("exchanges the data of all servers and finds on each what the backup holds", async () => {
    const { worker, ensemble } = site;
    const run = runId("orders-rrrrr");
    await worker.approve(run, 2);
    await worker.advance(run);
    const state = await worker.state(run);
    expect(state.hold).toBeNull();
    expect(state.outcome).toBe("succeeded");
    const exchanged = shown(state, "restore-data");
    if (exchanged?.kind !== "restore-data") return expect.unreachable();
    console.log(`down for ${exchanged.downMs} ms, epoch ${exchanged.epoch}`);
    expect(exchanged.servers.map(({ mode }) => mode).sort()).toEqual(["follower", "follower", "leader"]);
    expect(shown(state, "verify-restore")).toMatchObject({ servers: [{ id: 1 }, { id: 2 }, { id: 3 }] });
    expect(await asSuper(readAcls)).toEqual(before);
    await asSuper(async (session) => {
      expect((await session.getData("/app/2")).data.toString()).toBe("/app/2");
      expect(await session.exists("/later")).toBeNull();
      expect((await session.getMembership())?.members.map(({ id }) => id)).toEqual([1, 2, 3]);
    });
    for (const { data } of ensemble.servers) {
      expect((await readdir(data)).filter((name) => name.startsWith("version-2")).sort()).toEqual([
        "version-2",
        `version-2.before.${run}`,
      ]);
    }
    expect(verifyChain(await worker.deps.runLog.read(run)).ok).toBe(true);
    expect(await worker.deps.runLog.reservedBy(ORDERS)).toBeNull();
  });

  it("lets the client that has seen later transactions write on", async () => {
    const { acknowledged } = site.writer.stats();
    await expect.poll(() => site.writer.stats().acknowledged, { timeout: 20_000 }).toBeGreaterThan(acknowledged);
  });
});
