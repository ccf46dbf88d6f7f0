// Backups of real ensembles, taken while a client writes: proved by a server of their own, and refused when they are damaged.
import { mkdtemp, open, readdir, readFile, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type SandboxEnsemble, startEnsemble } from "../../sandbox/ensemble.ts";
import { ensureReleases } from "../../sandbox/releases.ts";
import { startWriter, type Writer } from "../../sandbox/writer.ts";
import { type BackupDeps, backUpEnsemble, listBackupsOf } from "../../src/app/back-up-ensemble.ts";
import { makeBackups } from "../../src/backups/backups.ts";
import { systemClock } from "../../src/clock.ts";
import { codeOf } from "../../src/errors.ts";
import { makeHosts } from "../../src/hosts/hosts.ts";
import { makeReleaseRepository } from "../../src/hosts/release-repository.ts";
import { parseInventory } from "../../src/inventory.ts";
import { ensembleName, userId } from "../../src/model/ids.ts";
import { readSecret } from "../../src/secrets.ts";
import { makeZooKeeper } from "../../src/zookeeper/zookeeper.ts";
import { makeFakeStore } from "../support/fake-store.ts";

const NAME = ensembleName("orders");

describe.each([
  { release: "3.9.6", size: 3, mode: "follower", way: "snapshot-stream" },
  { release: "3.8.0", size: 1, mode: "leader", way: "files" },
])("a backup of $release", ({ release, size, mode, way }) => {
  let dir: string;
  let ensemble: SandboxEnsemble;
  let writer: Writer;
  let deps: BackupDeps;
  const take = () => backUpEnsemble({ ensemble: NAME, by: userId("UOPERATOR") }, deps, new AbortController().signal);
  const place = { ensemble: NAME, directory: null };

  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), "zkshift-backup-"));
    const { url } = await ensureReleases([release], () => undefined);
    ensemble = await startEnsemble({ name: NAME, dir: join(dir, "hosts"), release, size });
    writer = await startWriter({ connectString: ensemble.connectString, path: "/client", everyMs: 5 });
    const inventory = parseInventory(ensemble.inventoryYaml(), join(dir, "ensembles.yaml"));
    deps = {
      inventory: () => inventory,
      readSecret: (ref) => readSecret(ref, ensemble.environment),
      zookeeper: makeZooKeeper(),
      hosts: makeHosts(),
      releases: makeReleaseRepository({ url, cacheDir: join(dir, "state", "releases") }),
      backups: makeBackups({ stateDir: join(dir, "state") }),
      clock: systemClock,
      log: { info: () => {}, warn: () => {}, error: () => {} },
      runLog: makeFakeStore().runLog,
    };
  });

  afterAll(async () => {
    await writer?.close();
    await ensemble?.stop();
    await rm(dir, { recursive: true, force: true });
  });

  it("is taken while clients write, and holds what the ensemble holds", async () => {
    const { manifest, folder } = await take();
    expect(manifest).toMatchObject({ ensemble: NAME, release, way, mode, by: "UOPERATOR" });
    const { proof } = manifest;
    if (!proof.proved) throw new Error(proof.why);
    expect(proof.mismatches).toBe(0);
    expect(proof.compared?.unreadable).toBe(0);
    expect(proof.compared?.same).toBeGreaterThan(1);
    expect(proof.znodes).toBeGreaterThan(2);
    expect((await readdir(join(folder, manifest.name))).sort()).toEqual(
      ["manifest.json", ...manifest.files.map(({ name }) => name)].sort(),
    );
    expect(await deps.backups.check(place, manifest.name)).toEqual(manifest);
    expect(await readdir(join(dir, "state", "scratch"))).toEqual([]);
  });

  it("is taken from the files, with words, where the AdminServer will not", async () => {
    const yaml = ensemble.inventoryYaml().replace(/^ +super: .*$/m, "");
    const withoutSuper = parseInventory(yaml, join(dir, "ensembles.yaml"));
    const other = { ...deps, inventory: () => withoutSuper };
    const asked = { ensemble: NAME, by: userId("UOPERATOR") };
    const { manifest } = await backUpEnsemble(asked, other, new AbortController().signal);
    expect(manifest.way).toBe("files");
    expect(manifest.wayWhy).toMatch(way === "snapshot-stream" ? /takes `super`/ : /3\.8\.0 sends no snapshots/);
    expect(manifest.proof.proved).toBe(true);
    const { listed } = await listBackupsOf(NAME, deps);
    expect(listed.map((one) => one.manifest?.proof.proved)).toEqual([true, true]);
  });

  it.runIf(way === "snapshot-stream")("is told when the AdminServer sends no more for now", async () => {
    const admin = { host: ensemble.servers[0]?.address ?? "", port: ensemble.ports.admin };
    const answers = await Promise.allSettled(
      [1, 2, 3, 4].map(async () => {
        const scratch = await mkdtemp(join(dir, "stream-"));
        return deps.zookeeper.streamSnapshot(admin, ensemble.superAuth ?? "", scratch);
      }),
    );
    const codes = answers.flatMap((one) => (one.status === "rejected" ? [codeOf(one.reason)] : []));
    expect(codes).toContain("RATE_LIMITED");
    expect(answers.some((one) => one.status === "fulfilled")).toBe(true);
  });

  it("is refused when it is not as it was made", async () => {
    const { listed: before, folder } = await listBackupsOf(NAME, deps);
    const manifest = before[0]?.manifest;
    if (manifest === null || manifest === undefined) throw new Error("there is no backup");
    const archive = join(folder, manifest.name, "data.tar.gz");
    const whole = await readFile(archive);
    const refused = async (): Promise<string | null> =>
      deps.backups.check(place, manifest.name).then(
        () => null,
        (error: unknown) => codeOf(error),
      );
    const flipped = Buffer.from(whole);
    flipped[Math.floor(flipped.length / 2)] = (flipped[Math.floor(flipped.length / 2)] ?? 0) ^ 1;
    await writeFile(archive, flipped);
    expect(await refused()).toBe("DAMAGED");
    await writeFile(archive, whole);
    await truncate(archive, whole.length - 1);
    expect(await refused()).toBe("DAMAGED");
    await rm(archive);
    expect(await refused()).toBe("DAMAGED");
    await writeFile(archive, whole);
    expect(await refused()).toBeNull();
    const file = await open(join(folder, manifest.name, "manifest.json"), "r+");
    await file.truncate(200);
    await file.close();
    expect(await refused()).toBe("DAMAGED");
    const { listed } = await listBackupsOf(NAME, deps);
    expect(listed.find(({ name }) => name === manifest.name)).toMatchObject({ manifest: null });
  });
});
