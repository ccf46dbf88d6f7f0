// `/zk status` of a real ensemble that nobody writes to.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, it } from "vitest";
import { startEnsemble } from "../../sandbox/ensemble.ts";
import { reportStatus } from "../../src/app/report-status.ts";
import { systemClock } from "../../src/clock.ts";
import { makeHosts } from "../../src/hosts/hosts.ts";
import { parseInventory } from "../../src/inventory.ts";
import { ensembleName } from "../../src/model/ids.ts";
import { makeZooKeeper } from "../../src/zookeeper/zookeeper.ts";

const closers: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).toReversed()) await close();
});

// A follower tells the zxid of the last write that it took part in, which is in the epoch before.
it.each(["3.8.0", "3.4.13"])("finds nothing wrong where %s has written nothing since its election", async (release) => {
  const dir = await mkdtemp(join(tmpdir(), "zkshift-status-"));
  closers.push(() => rm(dir, { recursive: true, force: true }));
  const ensemble = await startEnsemble({ name: "orders", dir: join(dir, "hosts"), release, size: 3 });
  closers.push(() => ensemble.stop());
  const inventory = parseInventory(ensemble.inventoryYaml({}), join(dir, "ensembles.yaml"));
  const deps = { inventory: () => inventory, zookeeper: makeZooKeeper(), hosts: makeHosts(), clock: systemClock };
  expect(await reportStatus(ensembleName("orders"), deps)).toMatchObject({
    kind: "seen",
    wrong: [],
    servers: [{ synced: true }, { synced: true }, { synced: true }],
  });
});
