// Data that not every server keeps, or even loads: znodes larger than its jute.maxbuffer, and
// znodes with a time to live, which servers keep only with zookeeper.extendedTypesEnabled: without it they are ephemeral znodes of
// sessions that nobody has, and go when a server loads its data to lead.
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import type { SandboxEnsemble } from "../../sandbox/ensemble.ts";
import type { BackupManifest } from "../../src/model/backup.ts";
import { EXTENDED_TYPES_FLAG } from "../../src/model/extended-types.ts";
import { ensembleName, runId } from "../../src/model/ids.ts";
import { release } from "../../src/model/release.ts";
import {
  begin,
  disturbed,
  goOn,
  type Moment,
  type MoveSite,
  move,
  moveGoal,
  openMoveSite,
} from "../support/move-site.ts";
import {
  backUp,
  beginRestore,
  goOnRestoring,
  ORDERS,
  openTwoEnsembles,
  restoreGoal,
  type TwoEnsembles,
  withSession,
} from "../support/restore-site.ts";
import { createContainer, createLarge, createWithTtl } from "../support/special-znodes.ts";
import type { TestWorker } from "../support/worker.ts";

const A_DAY_MS = 86_400_000;
const ENABLED = { extendedTypesEnabled: "true" };
const LOCKS = ["0", "1", "2"];

const fill = async (ensemble: SandboxEnsemble): Promise<void> => {
  const [server] = ensemble.servers;
  if (server === undefined) throw new Error("there are three");
  await withSession(ensemble, (session) => session.create("/locks", Buffer.from("")));
  for (const name of LOCKS) await createWithTtl(server, `/locks/${name}`, A_DAY_MS);
  await createContainer(server, "/queue");
  await withSession(ensemble, (session) => session.create("/queue/1", Buffer.from("")));
};

/** As a run takes them: nobody has looked into it yet when the restore is planned. */
const forgetProof = async ({ deps }: TestWorker, manifest: BackupManifest): Promise<void> => {
  const folder = join(deps.backups.folder({ ensemble: ORDERS, directory: null }), manifest.name);
  const copied = { ...manifest, proof: { proved: false, why: "in a run only the copy is made" } };
  await writeFile(join(folder, "manifest.json"), JSON.stringify(copied));
};

const withFlag = (javaEnv: string, flag: string): string => `${javaEnv}SERVER_JVMFLAGS="$SERVER_JVMFLAGS ${flag}"\n`;

/** Into java.env of each server, as a person would write it, and each started again. */
const addFlag = async (ensemble: SandboxEnsemble, flag: string): Promise<void> => {
  for (const { id, configFile } of ensemble.servers) {
    const file = join(configFile, "..", "java.env");
    await writeFile(file, withFlag(await readFile(file, "utf8"), flag));
    await ensemble.kill(id);
    await ensemble.restart(id);
  }
  await ensemble.waitUntilSynced();
};

/** Those that every server but the one that is `down` has: a leader that has just loaded its data may be the only one to lose them. */
const locks = async (ensemble: SandboxEnsemble, down = 0): Promise<readonly string[]> => {
  const up = ensemble.servers.filter(({ id }) => id !== down);
  const lists = await Promise.all(
    up.map((server) => withSession({ ...ensemble, servers: [server] }, (session) => session.getChildren("/locks"))),
  );
  return LOCKS.filter((name) => lists.every((list) => list.includes(name)));
};

const addLine = async ({ servers }: SandboxEnsemble): Promise<void> => {
  for (const { configFile } of servers) {
    await writeFile(configFile, `${await readFile(configFile, "utf8")}extendedTypesEnabled=true\n`);
  }
};

describe("a backup that holds znodes with a time to live", () => {
  let both: TwoEnsembles;
  afterEach(() => both?.close());

  it("is not restored onto servers without the flag, and keeps them where it is set", {
    timeout: 400_000,
  }, async () => {
    both = await openTwoEnsembles(
      { release: "3.9.6", size: 3, settings: ENABLED },
      { release: "3.9.6", size: 3, firstId: 11 },
    );
    const { orders, orders2, worker } = both;
    await fill(orders);
    const manifest = await backUp(worker);
    expect(manifest.proof).toMatchObject({ proved: true, znodes: 7, ttl: 3 });
    const goal = restoreGoal(manifest.name, { ensemble: ensembleName("orders2") });
    const refused = await worker.propose(goal, runId("orders2-nonee"));
    expect(refused).toMatchObject({
      kind: "blocked",
      findings: [
        { rule: "restore-ttl-znodes", what: expect.stringMatching(/server\.11, .*3 znodes with a time to live/) },
      ],
    });

    await forgetProof(worker, manifest);
    await withSession(orders2, (session) => session.create("/mine", Buffer.from("")));
    const run = await beginRestore(worker, goal, "ttltt");
    const held = await goOnRestoring(worker, run);
    expect(held.hold).toMatchObject({
      step: 1,
      failure: {
        what: expect.stringMatching(/3 znodes with a time to live, and server\.11, server\.12, server\.13 would be/),
      },
    });
    expect(await withSession(orders2, (session) => session.exists("/mine"))).not.toBeNull();

    await addLine(orders2);
    await worker.click(run, { type: "resumed" });
    const state = await goOnRestoring(worker, run);
    expect([state.hold, state.outcome]).toEqual([null, "succeeded"]);
    expect(await locks(orders2)).toEqual(LOCKS);
    // The next leader loads its data too.
    const leader = (await orders2.leader()) ?? 0;
    await orders2.kill(leader);
    expect(await locks(orders2, leader)).toEqual(LOCKS);
  });
});

describe("a backup that holds a large znode", () => {
  let both: TwoEnsembles;
  afterEach(() => both?.close());

  it("is not restored onto servers that may not load it", { timeout: 400_000 }, async () => {
    both = await openTwoEnsembles({ release: "3.9.6", size: 1 }, { release: "3.9.6", size: 3, firstId: 11 });
    const { orders, orders2, worker } = both;
    const [server] = orders.servers;
    if (server === undefined) throw new Error("there is one");
    await addFlag(orders, "-Djute.maxbuffer=8388608");
    await createLarge(server, "/large", 3_000_000);
    const manifest = await backUp(worker);
    expect(manifest.proof).toMatchObject({ proved: true, largestBytes: 3_000_000 });
    const goal = restoreGoal(manifest.name, { ensemble: ensembleName("orders2") });
    const refused = await worker.propose(goal, runId("orders2-nonee"));
    expect(refused).toMatchObject({ kind: "blocked", findings: [{ rule: "restore-large-znodes" }] });

    await forgetProof(worker, manifest);
    const run = await beginRestore(worker, goal, "large");
    const held = await goOnRestoring(worker, run);
    expect(held.hold).toMatchObject({
      step: 1,
      failure: {
        what: expect.stringMatching(/3000000 bytes, more than the jute\.maxbuffer of server\.11, server\.12/),
      },
    });
    for (const { configFile } of orders2.servers) {
      const file = join(configFile, "..", "java.env");
      await writeFile(file, withFlag(await readFile(file, "utf8"), "-Djute.maxbuffer=0x800000"));
    }
    await worker.click(run, { type: "resumed" });
    const state = await goOnRestoring(worker, run);
    expect([state.hold, state.outcome]).toEqual([null, "succeeded"]);
    expect(await withSession(orders2, (session) => session.exists("/large"))).toMatchObject({ dataLength: 3_000_000 });
  });
});

describe("servers that keep znodes with a time to live", () => {
  let site: MoveSite;
  afterEach(() => site?.close());

  it("are moved to new servers of another release that keep them too", { timeout: 400_000 }, async () => {
    site = await openMoveSite({ ensemble: { release: "3.8.0", size: 3, spares: 3 }, releases: ["3.9.6"] });
    const { ensemble } = site;
    await addFlag(ensemble, EXTENDED_TYPES_FLAG);
    await fill(ensemble);
    const state = await move(site, moveGoal(["zk4", "zk5", "zk6"], { release: release("3.9.6") }), "moves");
    expect([state.hold, state.outcome]).toEqual([null, "succeeded"]);
    const now = { ...ensemble, servers: ["zk4", "zk5", "zk6"].map(site.at) };
    expect(await locks(now)).toEqual(LOCKS);
    const led = (await site.look()).servers.find(({ seen }) => seen.status === "serving" && seen.mode === "leader");
    if (led === undefined) throw new Error("nobody leads");
    const { id } = site.at(led.host);
    await ensemble.kill(id);
    expect(await locks(now, id)).toEqual(LOCKS);
  });

  it("are not left without the flag when something takes it out on the way", { timeout: 400_000 }, async () => {
    const moments: Moment[] = [];
    site = await openMoveSite({
      ensemble: { release: "3.8.0", size: 3, settings: ENABLED },
      releases: ["3.9.6"],
      change: disturbed(moments),
    });
    const { ensemble, worker } = site;
    await fill(ensemble);
    moments.push({
      what: "done",
      kind: "write-config",
      act: async () => {
        for (const { configFile } of ensemble.servers) {
          const text = await readFile(configFile, "utf8");
          await writeFile(configFile, text.replace(/^extendedTypesEnabled=.*\n/m, ""));
        }
      },
    });
    const goal = {
      kind: "upgrade",
      ensemble: ORDERS,
      release: release("3.9.6"),
      gates: "once",
      overrides: [],
    } as const;
    const run = await begin(site, goal, "upgra");
    const held = await goOn(site, run);
    expect(held.hold?.failure.what).toMatch(/was started without zookeeper\.extendedTypesEnabled/);
    await addLine(ensemble);
    await worker.click(run, { type: "rollback-asked" });
    const state = await goOn(site, run);
    expect([state.hold, state.outcome]).toEqual([null, "rolled-back"]);
    expect(await locks(ensemble)).toEqual(LOCKS);
  });
});
