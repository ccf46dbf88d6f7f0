// On a real disk: what a backup's folder is while it is made, when it is whole, and when somebody has been at it.
import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { checkBackup, keepBackup, listBackups, removeBackups } from "../../../src/backups/vault.ts";

const AT = Date.parse("2026-11-26T20:14:07.123Z");
const told = {
  ensemble: "orders",
  takenAt: new Date(AT).toISOString(),
  by: "U1",
  run: null,
  server: 1,
  host: "zk1",
  mode: "follower",
  release: "3.9.6",
  way: "files",
  wayWhy: null,
  snapshot: "0x100000001",
  configVersion: null,
  members: [],
  contents: [],
  proof: { proved: false, why: "no Java" },
} as const;

describe("the folder of backups", () => {
  let folder: string;
  beforeEach(async () => {
    folder = join(await mkdtemp(join(tmpdir(), "zkshift-vault-")), "orders");
  });
  afterEach(() => rm(join(folder, ".."), { recursive: true, force: true }));

  const make = (text = "data") =>
    keepBackup(folder, AT, async (directory) => {
      await writeFile(join(directory, "data.tar.gz"), text);
      return told;
    });

  it("gives a backup its name when it is whole, and two of one second two names", async () => {
    expect(await listBackups(folder)).toEqual([]);
    const made = await keepBackup(folder, AT, async (directory) => {
      await writeFile(join(directory, "data.tar.gz"), "data");
      expect(await listBackups(folder)).toEqual([]);
      return told;
    });
    expect(made.name).toBe("20261126T201407Z");
    expect(made.files).toEqual([
      { name: "data.tar.gz", bytes: 4, sha256: "3a6eb0790f39ac87c94f3856b2dd2c5d110e6811602261a9a923d3bb23adc8b7" },
    ]);
    expect((await make()).name).toBe("20261126T201407Z-2");
    expect(await checkBackup(folder, made.name)).toEqual(made);
    expect((await listBackups(folder)).map(({ name }) => name)).toEqual(["20261126T201407Z-2", "20261126T201407Z"]);
  });

  it("leaves nothing of one that failed", async () => {
    const failing = keepBackup(folder, AT, async (directory) => {
      await writeFile(join(directory, "data.tar.gz"), "half");
      throw new Error("the host went away");
    });
    await expect(failing).rejects.toMatchObject({ kind: "transient" });
    expect(await readdir(folder)).toEqual([]);
  });

  it("reads no name that leads elsewhere, and no manifest of another backup", async () => {
    const { name } = await make();
    await expect(checkBackup(folder, "../orders")).rejects.toMatchObject({ code: "NO_BACKUP" });
    await expect(checkBackup(folder, "20200101T000000Z")).rejects.toMatchObject({ code: "NO_BACKUP" });
    await mkdir(join(folder, "20200101T000000Z"));
    await expect(checkBackup(folder, "20200101T000000Z")).rejects.toMatchObject({ code: "DAMAGED" });
    const other = join(folder, "20200101T000000Z", "manifest.json");
    await writeFile(other, JSON.stringify({ format: 1, name, ...told, files: [] }));
    await expect(checkBackup(folder, "20200101T000000Z")).rejects.toMatchObject({ code: "DAMAGED" });
    const outside = [{ name: "../../secret", bytes: 1, sha256: "0".repeat(64) }];
    await writeFile(other, JSON.stringify({ format: 1, ...told, name: "20200101T000000Z", files: outside }));
    await expect(checkBackup(folder, "20200101T000000Z")).rejects.toMatchObject({ code: "DAMAGED" });
  });

  it("removes whole backups only", async () => {
    const { name } = await make();
    const second = await make();
    await removeBackups(folder, [name]);
    expect(await readdir(folder)).toEqual([second.name]);
  });
});
