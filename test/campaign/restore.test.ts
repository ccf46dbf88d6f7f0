// Restores where nothing is as it should be: another ensemble, other ids and releases; servers that are down and have lost their
// data; a worker that is killed in every part of the exchange; a server that will not start, or holds other data.
import { readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { startWriter } from "../../sandbox/writer.ts";
import { judge } from "../../src/app/decide-approval.ts";
import { ensembleName, runId, userId } from "../../src/model/ids.ts";
import type { Session } from "../../src/ports.ts";
import type { RunState } from "../../src/run/state.ts";
import { makeZooKeeper } from "../../src/zookeeper/zookeeper.ts";
import { createAclTree, readAcls } from "../support/acl-tree.ts";
import { disturbed, type Moment, type MoveSite, openMoveSite } from "../support/move-site.ts";
import {
  backUp,
  beginRestore,
  dyingBefore,
  goOnRestoring,
  openTwoEnsembles,
  restore,
  restoreGoal,
  shown,
  spoil,
  type TwoEnsembles,
  withSession,
} from "../support/restore-site.ts";

const zookeeper = makeZooKeeper();

/** Why a run is held, for an assertion that says it. */
const heldWhy = ({ hold }: RunState) => hold?.failure ?? null;

describe.each([
  { from: "3.8.0", to: "3.9.6", reconfig: false, overrides: [] },
  { from: "3.9.6", to: "3.8.0", reconfig: true, overrides: ["backup-of-newer-release"] },
  { from: "3.9.6", to: "3.9.6", reconfig: true, overrides: [] },
  { from: "3.8.0", to: "3.8.0", reconfig: false, overrides: [] },
  { from: "3.4.13", to: "3.8.0", reconfig: false, overrides: [] },
])("a backup of $from on another ensemble of $to, reconfig $reconfig", ({ from, to, reconfig, overrides }) => {
  let both: TwoEnsembles;
  afterEach(() => both?.close());

  it("gives it the data, and leaves it its own members", { timeout: 400_000 }, async () => {
    const isOld = from.startsWith("3.4");
    both = await openTwoEnsembles(
      {
        release: from,
        size: 3,
        reconfig: reconfig && !isOld,
        // A young follower of 3.4 has logs alone, and 3.8 does not start from those.
        ...(isOld ? { settings: { snapCount: "20" } } : { super: "one" }),
      },
      { release: to, size: 3, firstId: 11, reconfig, super: "two" },
    );
    const { orders, orders2, worker } = both;
    // Data of 3.4 tell of no members at all, and zkshift reads them from the files then. But whoever got a snapshot from the leader
    // has written the members of its own zoo.cfg there (Learner, syncWithLeader), as after an upgrade from 3.4.
    const expected = isOld ? [null, [11, 12, 13]] : [[11, 12, 13]];
    const ids = () => withSession(orders2, async (s) => (await s.getMembership())?.members.map(({ id }) => id));
    await withSession(orders, (session) => (isOld ? createSome(session) : createAclTree(session, 200)));
    // An epoch higher than any of the backup's: its clients must not be turned away.
    const leader = (await orders2.leader()) ?? 0;
    await orders2.kill(leader);
    await orders2.restart(leader);
    await orders2.waitUntilSynced();
    await withSession(orders2, (session) => session.create("/mine", Buffer.from("")));
    const seenBefore = await zxids(orders2);
    const manifest = await backUp(worker);
    const goal = restoreGoal(manifest.name, { ensemble: ensembleName("orders2"), overrides });
    if (overrides.length > 0) {
      const refused = await worker.propose({ ...goal, overrides: [] }, runId("orders2-nonee"));
      expect(refused).toMatchObject({ kind: "blocked", findings: [{ rule: overrides[0] }] });
    }
    const state = await restore(worker, goal, "other");
    expect([heldWhy(state), state.outcome]).toEqual([null, "succeeded"]);
    expect(shown(state, "restore-data")).toMatchObject({ membershipSet: !reconfig && !isOld });
    console.log(JSON.stringify(shown(state, "verify-restore")));
    for (const { address, clientPort } of orders2.servers) {
      const one = await zookeeper.connect({ servers: [{ host: address, port: clientPort }], auth: orders2.superAuth });
      expect(expected).toContainEqual(await membersOf(one));
      expect(await one.exists("/mine")).toBeNull();
      expect(await one.exists("/app")).not.toBeNull();
      await one.close();
    }
    if (!isOld) expect(await withSession(orders2, readAcls)).toEqual(await withSession(orders, readAcls));
    expect(await zxids(orders2)).toBeGreaterThan(seenBefore);
    if (reconfig) {
      await withSession(orders2, async (session) => {
        const { version } = (await session.getMembership()) ?? {};
        await session.reconfig({ leaving: [11], fromVersion: version ?? "" });
      });
      expect(await ids()).toEqual([12, 13]);
      return;
    }
    // Without reconfig it must still be so after the leader has changed.
    const led = (await orders2.leader()) ?? 0;
    await orders2.kill(led);
    await orders2.restart(led);
    await orders2.waitUntilSynced();
    for (const { address, clientPort } of orders2.servers) {
      const one = await zookeeper.connect({ servers: [{ host: address, port: clientPort }] });
      expect(expected).toContainEqual(await membersOf(one));
      await one.close();
    }
  });
});

const membersOf = async (session: Session): Promise<readonly number[] | null> =>
  (await session.getMembership())?.members.map(({ id }) => id) ?? null;

const createSome = async (session: Session): Promise<void> => {
  await session.create("/app", Buffer.from("old"));
  for (let i = 0; i < 60; i++) await session.create(`/app/${i}`, Buffer.from(""));
};

const zxids = async ({ servers }: TwoEnsembles["orders"]): Promise<bigint> => {
  const seen = await Promise.all(
    servers.map(({ address, clientPort }) => zookeeper.see({ host: address, port: clientPort }, null)),
  );
  return seen.reduce((most, one) => (one.status === "serving" && one.zxid > most ? one.zxid : most), 0n);
};

describe("a restore of three servers", () => {
  let site: MoveSite;
  afterEach(() => site?.close());

  /** A tree with ACLs, backed up, then spoiled. */
  const prepared = async (change?: Parameters<typeof openMoveSite>[0]["change"]) => {
    site = await openMoveSite({
      ensemble: { release: "3.9.6", size: 3 },
      ...(change === undefined ? {} : { change }),
    });
    const { ensemble, worker } = site;
    await withSession(ensemble, (session) => createAclTree(session, 200));
    const acls = await withSession(ensemble, readAcls);
    const manifest = await backUp(worker);
    await withSession(ensemble, spoil);
    return { ensemble, worker, acls, manifest };
  };

  it("brings servers back that are all down and have lost their data", { timeout: 300_000 }, async () => {
    const { ensemble, worker, acls, manifest } = await prepared();
    for (const { id } of ensemble.servers) await ensemble.kill(id);
    const [one, two, three] = ensemble.servers;
    if (one === undefined || two === undefined || three === undefined) throw new Error("there are three");
    await rm(join(one.data, "version-2"), { recursive: true });
    for (const name of await readdir(join(two.data, "version-2"))) {
      await writeFile(join(two.data, "version-2", name), "no data of ZooKeeper");
    }
    for (const name of await readdir(three.data)) await rm(join(three.data, name), { recursive: true });
    const state = await restore(worker, restoreGoal(manifest.name), "deads");
    expect([heldWhy(state), state.outcome]).toEqual([null, "succeeded"]);
    // Nobody knows the last epoch any more, so it is guessed with room.
    expect(Number(BigInt((shown(state, "restore-data") as { epoch: string }).epoch))).toBeGreaterThan(1000);
    expect(await withSession(ensemble, readAcls)).toEqual(acls);
    expect((await readFile(join(three.data, "myid"), "utf8")).trim()).toBe("3");
    const { acknowledged } = site.writer.stats();
    await expect.poll(() => site.writer.stats().acknowledged, { timeout: 20_000 }).toBeGreaterThan(acknowledged);
  });

  it("goes on wherever its worker was killed", { timeout: 400_000 }, async () => {
    const { ensemble, worker, acls, manifest } = await prepared();
    const run = await beginRestore(worker, restoreGoal(manifest.name), "kills");
    await worker.advance(run);
    await worker.approve(run, 2);
    for (const [call, nth] of [
      // A run whose worker ends six times in one step is held: no more than five here.
      ["stop", 3],
      ["layBackup", 1],
      ["layBackup", 3],
      ["start", 1],
      ["start", 2],
    ] as const) {
      const dying = { ...dyingBefore(call, nth)(worker.deps) };
      const { advance } = await import("../../src/app/advance.ts");
      await expect(advance(run, dying, new AbortController().signal), `${call} ${nth}`).rejects.toThrow("killed");
      const state = await worker.state(run);
      expect([call, nth, heldWhy(state), state.steps[3]?.state]).toEqual([call, nth, null, "running"]);
    }
    const state = await goOnRestoring(worker, run);
    expect([heldWhy(state), state.outcome]).toEqual([null, "succeeded"]);
    expect(await withSession(ensemble, readAcls)).toEqual(acls);
    for (const { data } of ensemble.servers) {
      expect((await readdir(data)).filter((name) => name.startsWith("version-2")).sort()).toEqual([
        "version-2",
        `version-2.before.${run}`,
      ]);
    }
  });

  it("is held with no way to stop when a server will not start, and takes everything back", {
    timeout: 300_000,
  }, async () => {
    const { ensemble, worker, manifest } = await prepared();
    const run = await beginRestore(worker, restoreGoal(manifest.name), "backs");
    await worker.advance(run);
    const spoiled = await withSession(ensemble, readAcls);
    const last = await zxids(ensemble);
    const config = ensemble.servers[1]?.configFile ?? "";
    const good = await readFile(config, "utf8");
    // What it has written so far is of the former data; what another client writes from here on may go with the restored ones.
    await site.writer.stop();
    const during = await startWriter({
      connectString: ensemble.servers.map(({ address, clientPort }) => `${address}:${clientPort}`).join(","),
      path: "/client/during",
      everyMs: 10,
    });
    await worker.approve(run, 2);
    await writeFile(config, good.replace(/^tickTime=.*$/m, "tickTime=none"));
    await worker.advance(run);
    const held = await worker.state(run);
    expect(held.phase).toBe("held");
    expect(held.hold?.failure.what).toMatch(/server\.2|zk2/);
    const stop = { decision: "stop", by: userId("UOPERATOR"), gate: 3, planHash: null, reason: "" } as const;
    expect(judge(held, stop, Date.now(), { isApprover: true, approvers: "them" })).toMatchObject({
      explain: expect.stringContaining("could leave every server down"),
    });
    await writeFile(config, good);
    await worker.click(run, { type: "rollback-asked" });
    // Its worker dies on the way back too.
    const { advance } = await import("../../src/app/advance.ts");
    await expect(advance(run, dyingBefore("putBack", 2)(worker.deps), new AbortController().signal)).rejects.toThrow(
      "killed",
    );
    await worker.advance(run);
    const state = await worker.state(run);
    expect([heldWhy(state), state.outcome]).toEqual([null, "rolled-back"]);
    expect(state.finalEvidence?.step).toMatchObject({ kind: "verify-ensemble" });
    expect(await withSession(ensemble, readAcls)).toEqual(spoiled);
    expect(await withSession(ensemble, (session) => session.exists("/later"))).not.toBeNull();
    // Clients have seen what the restored servers committed: the former data must not come back below it.
    expect(await zxids(ensemble)).toBeGreaterThan(last);
    for (const { data } of ensemble.servers) {
      expect((await readdir(data)).filter((name) => name.startsWith("version-2"))).toContain("version-2");
      expect(await readdir(data)).not.toContain(`version-2.before.${run}`);
    }
    const { acknowledged } = during.stats();
    await expect.poll(() => during.stats().acknowledged, { timeout: 20_000 }).toBeGreaterThan(acknowledged);
    await during.close();
    for (const { address, clientPort } of ensemble.servers) {
      const found = await site.writer.verifyOn(`${address}:${clientPort}`);
      expect([found.missing, found.different]).toEqual([[], []]);
    }
  });

  it("is not reported as done when one server holds other data", { timeout: 300_000 }, async () => {
    const moments: Moment[] = [];
    const { ensemble, worker, manifest } = await prepared(disturbed(moments));
    const [, two] = ensemble.servers;
    if (two === undefined) throw new Error("there are three");
    // A snapshot of the spoiled data, given to one server alone once it was restored: the fault that nobody sees.
    const admin = { host: two.address, port: ensemble.ports.admin };
    const snapshot = await zookeeper.streamSnapshot(admin, ensemble.superAuth ?? "", join(two.data, ".."));
    const bytes = await readFile(join(two.data, "..", snapshot.name));
    moments.push({
      what: "done",
      kind: "restore-data",
      act: async () => {
        const answer = await fetch(`http://${two.address}:${ensemble.ports.admin}/commands/restore`, {
          method: "POST",
          headers: {
            "Content-Type": "application/octet-stream",
            Authorization: `digest ${ensemble.superAuth}`,
          },
          body: bytes,
        });
        if (!answer.ok) throw new Error(`${answer.status} ${await answer.text()}`);
      },
    });
    const state = await restore(worker, restoreGoal(manifest.name), "diffs");
    expect(state.phase).toBe("held");
    console.log(JSON.stringify(heldWhy(state)));
    expect(heldWhy(state)?.what).toMatch(/does not hold what the backup holds|do not hold the same data/);
    await worker.click(state.run, { type: "rollback-asked" });
    const back = await goOnRestoring(worker, state.run);
    expect([heldWhy(back), back.outcome]).toEqual([null, "rolled-back"]);
  });
});
