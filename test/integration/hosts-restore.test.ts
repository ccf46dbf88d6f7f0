// What a restore does on a host, with made-up data and no server: each part can be entered half-done, whatever was there before.
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdir, mkdtemp, readdir, readFile, rename, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { hostLayout } from "../../sandbox/ensemble/server.ts";
import { makeHosts } from "../../src/hosts/hosts.ts";
import { runId } from "../../src/model/ids.ts";
import type { ServerControl } from "../../src/ports.ts";
import { placementOf } from "../support/placement-of.ts";

const run = promisify(execFile);
const RUN = runId("orders-rstor");
const PORTS = { client: 2181, quorum: 2888, election: 3888, admin: 8080 };
const sha256 = (bytes: Buffer): string => createHash("sha256").update(bytes).digest("hex");

/** In a default run the harder case only. */
const LAYOUTS = process.env.CAMPAIGN === undefined ? [{ apart: true }] : [{ apart: true }, { apart: false }];

describe.each(LAYOUTS)("logs in a folder of their own: $apart", ({ apart }) => {
  let dir: string;
  let data: string;
  let log: string;
  let control: ServerControl;
  let token = 100n;
  const next = (): bigint => ++token;

  /** Files below a folder with what is in them, but for the archives of a backup. */
  const held = async (folder: string): Promise<Readonly<Record<string, string>>> => {
    const names = await readdir(folder, { recursive: true, withFileTypes: true });
    const files = names.filter((one) => one.isFile()).map((one) => join(one.parentPath, one.name));
    const read = await Promise.all(
      files.map(async (file) => [file.slice(folder.length + 1), await readFile(file, "utf8")]),
    );
    return Object.fromEntries(read.sort());
  };

  /** A backup with a snapshot of its own beside the archive; `more`: further members of the archive. */
  const backup = async (more: readonly string[] = []) => {
    const from = join(dir, "backup");
    await mkdir(join(from, "version-2"), { recursive: true });
    await writeFile(join(from, "version-2", "log.100000001"), "the backup's log");
    await writeFile(join(from, "version-2", "acceptedEpoch"), "12");
    await writeFile(join(from, "version-2", "currentEpoch"), "12");
    await writeFile(join(from, "myid"), "9\n");
    await writeFile(join(from, "snapshot.100000050"), "the backup's snapshot");
    await run("tar", ["-czf", "data.tar.gz", "version-2", "myid", ...more], { cwd: from });
    return Promise.all(
      ["data.tar.gz", "snapshot.100000050"].map(async (name) => ({
        path: join(from, name),
        name,
        sha256: sha256(await readFile(join(from, name))),
      })),
    );
  };

  const FORMER = {
    "log.500000001": "the former log",
    "snapshot.400000007": "the former snapshot",
    acceptedEpoch: "5",
    currentEpoch: "5",
  };
  const RESTORED = { "version-2/snapshot.100000050": "the backup's snapshot", "version-2/acceptedEpoch": "12" };

  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), "zkshift-hosts-restore-"));
    const layout = hostLayout(join(dir, "host"), "3.9.6");
    data = layout.data;
    log = apart ? join(dir, "log") : data;
    for (const folder of [layout.conf, data, log]) await mkdir(folder, { recursive: true });
    const lines = [
      `dataDir=${data}`,
      ...(apart ? [`dataLogDir=${log}`] : []),
      `dynamicConfigFile=${layout.conf}/zoo.cfg.dynamic.300000000`,
    ];
    await writeFile(join(layout.conf, "zoo.cfg"), `${lines.join("\n")}\n`);
    await writeFile(
      join(layout.conf, "zoo.cfg.dynamic.300000000"),
      "server.1=127.0.0.1:2888:3888:participant;2181\nversion=300000000\n",
    );
    const server = {
      ...layout,
      id: 1,
      host: "zk1",
      address: "127.0.0.1",
      clientPort: 2181,
      configFile: join(layout.conf, "zoo.cfg"),
    };
    control = makeHosts().server(placementOf(server, PORTS));
  });
  afterEach(() => rm(dir, { recursive: true, force: true }));

  const fill = async (): Promise<void> => {
    await Promise.all([mkdir(join(data, "version-2")), apart ? mkdir(join(log, "version-2")) : null]);
    for (const [name, text] of Object.entries(FORMER)) {
      await writeFile(join(name.startsWith("log.") ? log : data, "version-2", name), text);
    }
    await writeFile(join(data, "myid"), "1\n");
  };
  const stage = async (): Promise<readonly string[]> =>
    (await control.stageBackup({ run: RUN, files: await backup() }, next())).map(
      ({ name, bytes }) => `${name} ${bytes}`,
    );

  it("lays the backup beside the data, touches nothing, and can be asked again", async () => {
    await fill();
    const before = [await held(data), await held(log)];
    const first = await stage();
    expect(first).toEqual(["log.100000001 16", "snapshot.100000050 21"]);
    expect(await stage()).toEqual(first);
    expect(await control.restoring(RUN)).toMatchObject({
      staged: true,
      laid: false,
      ran: null,
      pid: null,
      epochKnown: true,
      kept: [],
    });
    await control.dropStaged(RUN, next());
    expect([await held(data), await held(log)]).toEqual(before);
    expect(await control.restoring(RUN)).toMatchObject({ staged: false, laid: false });
  });

  it("exchanges the two with an epoch, and takes it back exactly but for a higher one", async () => {
    await fill();
    await stage();
    await control.noteBeforeRestore(RUN, next());
    const before = await control.restoring(RUN);
    // The backup's own 12 is the highest here.
    expect(before).toMatchObject({ ran: false, epoch: 12, epochKnown: true });
    for (const _again of [1, 2]) await control.layBackup(RUN, 12, next());
    expect(await held(data)).toMatchObject({ ...RESTORED, myid: "1\n" });
    expect(await readFile(join(log, "version-2", "log.100000001"), "utf8")).toBe("the backup's log");
    expect(await readdir(join(data, "version-2"))).not.toContain("currentEpoch");
    const kept = [`${data}/version-2.before.${RUN}`, ...(apart ? [`${log}/version-2.before.${RUN}`] : [])];
    expect(await control.restoring(RUN)).toMatchObject({ staged: true, laid: true, kept, epochKnown: true });
    // Another worker has found a higher epoch meanwhile.
    await control.layBackup(RUN, 14, next());
    expect(await readFile(join(data, "version-2", "acceptedEpoch"), "utf8")).toBe("14");
    await control.layBackup(RUN, 13, next());
    expect(await readFile(join(data, "version-2", "acceptedEpoch"), "utf8")).toBe("14");

    for (const _again of [1, 2]) await control.putBack(RUN, 15, next());
    const { [`version-2.undone.${RUN}/acceptedEpoch`]: _, ...after } = await held(data);
    expect(after).toMatchObject({
      ...Object.fromEntries(
        Object.entries(FORMER).flatMap(([name, text]) =>
          apart && name.startsWith("log.") ? [] : [[`version-2/${name}`, text]],
        ),
      ),
      "version-2/acceptedEpoch": "15",
      [`version-2.undone.${RUN}/snapshot.100000050`]: "the backup's snapshot",
    });
    expect(await readFile(join(log, "version-2", "log.500000001"), "utf8")).toBe("the former log");
    expect(await control.restoring(RUN)).toMatchObject({ laid: false, kept: [], epoch: 15 });
    await control.dropStaged(RUN, next());
  });

  it("goes on from every half-done moment, in both directions", async () => {
    await fill();
    await stage();
    const v = join(data, "version-2");
    // Died between the two renames.
    await rename(v, `${v}.before.${RUN}`);
    expect(await control.restoring(RUN)).toMatchObject({ laid: false, epoch: 12, epochKnown: true });
    await control.layBackup(RUN, 12, next());
    expect(await held(data)).toMatchObject(RESTORED);
    expect(await control.restoring(RUN)).toMatchObject({ laid: true });
    // Died between the two renames of the way back.
    await rename(v, `${v}.undone.${RUN}`);
    expect(await control.restoring(RUN)).toMatchObject({ laid: false });
    await control.putBack(RUN, 13, next());
    expect(await held(data)).toMatchObject({
      "version-2/snapshot.400000007": "the former snapshot",
      "version-2/acceptedEpoch": "13",
    });
    expect(await readFile(join(log, "version-2", "log.500000001"), "utf8")).toBe("the former log");
  });

  it("goes onto a host that has lost everything, myid too, and leaves it without data when it is taken back", async () => {
    await stage();
    expect(await control.restoring(RUN)).toMatchObject({ epochKnown: false, epoch: 12 });
    await control.layBackup(RUN, 1036, next());
    expect(await held(data)).toMatchObject({ ...RESTORED, "version-2/acceptedEpoch": "1036", myid: "1\n" });
    for (const _again of [1, 2]) await control.putBack(RUN, 1037, next());
    expect(await readdir(data)).not.toContain("version-2");
  });

  it("knows the last epoch by the names of files and by the configuration, where it is higher", async () => {
    expect(await control.restoring(RUN)).toMatchObject({ epoch: 3, epochKnown: false });
    await fill();
    await writeFile(join(log, "version-2", "log.1f00000001"), "");
    expect(await control.restoring(RUN)).toMatchObject({ epoch: 31, epochKnown: true });
    await writeFile(join(data, "version-2", "acceptedEpoch"), "no number");
    expect(await control.restoring(RUN)).toMatchObject({ epoch: 31, epochKnown: false });
  });

  it("refuses what it could not exchange later, before anything was copied", async () => {
    await fill();
    await rename(join(data, "version-2"), join(dir, "elsewhere"));
    await symlink(join(dir, "elsewhere"), join(data, "version-2"));
    await expect(stage()).rejects.toMatchObject({ code: "NOT_MOVABLE" });
  });

  it("refuses a copy with other sums, an archive that leads elsewhere, and to exchange what was not laid", async () => {
    await fill();
    const [archive, snapshot] = await backup();
    if (archive === undefined || snapshot === undefined) throw new Error("no backup");
    const wrong = [archive, { ...snapshot, sha256: "00".repeat(32) }];
    await expect(control.stageBackup({ run: RUN, files: wrong }, next())).rejects.toMatchObject({ code: "WRONG_SUM" });
    await expect(control.layBackup(RUN, 12, next())).rejects.toMatchObject({ code: "NOT_STAGED" });
    await writeFile(join(dir, "outside"), "not ours");
    const from = join(dir, "backup");
    await run("tar", ["-czPf", "data.tar.gz", "version-2", "../outside"], { cwd: from });
    const evil = { ...archive, sha256: sha256(await readFile(archive.path)) };
    await expect(control.stageBackup({ run: RUN, files: [evil, snapshot] }, next())).rejects.toMatchObject({
      code: "BACKUP_UNUSABLE",
    });
    expect(await readFile(join(log, "version-2", "log.500000001"), "utf8")).toBe("the former log");
  });

  it("obeys the fence", async () => {
    await fill();
    await stage();
    await expect(control.layBackup(RUN, 12, 1n)).rejects.toMatchObject({ code: "FENCED" });
  });
});
