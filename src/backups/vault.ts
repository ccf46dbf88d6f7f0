// Where backups are kept: `<directory>/<ensemble>/<name>/`, on the worker's disk or a mounted one. A backup has its name only
// when it is whole; what is being made begins with a dot.
import { randomBytes } from "node:crypto";
import { mkdir, open, readdir, readFile, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { isAbort, OpsError } from "../errors.ts";
import { sha256OfFile } from "../file-sum.ts";
import type { BackupFile, BackupListed, BackupManifest } from "../model/backup.ts";
import { damaged, parseManifest } from "./manifest.ts";

const MANIFEST = "manifest.json";
const UNFINISHED = ".unfinished-";
/** Nobody makes one backup for so long: what is older was left by a worker that died. */
const ABANDONED_MS = 24 * 3_600_000;
const NAME = /^\d{8}T\d{6}Z(-\d+)?$/;

const errnoOf = (error: unknown): string => (error as NodeJS.ErrnoException).code ?? String(error);

/** Throws `transient` for what the disk refuses. */
const onDisk = async <T>(folder: string, work: () => Promise<T>): Promise<T> => {
  try {
    return await work();
  } catch (cause) {
    if (cause instanceof OpsError || isAbort(cause)) throw cause;
    throw new OpsError(
      "transient",
      {
        what: `The folder for backups, ${folder}, cannot be used (${errnoOf(cause)}).`,
        next: "Check on the worker that it is mounted, has room and may be written (`backups.directory` in ensembles.yaml, else STATE_DIR).",
      },
      { cause, code: errnoOf(cause) },
    );
  }
};

/** To the disk, not only to its cache: a manifest that outlives its files in a power cut would be a lie. */
const flush = async (path: string): Promise<void> => {
  const file = await open(path, "r");
  try {
    await file.sync();
  } finally {
    await file.close();
  }
};

/** `20261126T201407Z` */
const backupName = (at: number): string => new Date(at).toISOString().replaceAll(/[-:]|\.\d+/g, "");

/** All backups of an ensemble's folder, newest first. */
export const listBackups = (folder: string): Promise<readonly BackupListed[]> =>
  onDisk(folder, async () => {
    const names = (await namesIn(folder)).filter((name) => NAME.test(name)).sort((a, b) => (a < b ? 1 : -1));
    return Promise.all(
      names.map(async (name): Promise<BackupListed> => {
        try {
          return { name, manifest: await readManifest(folder, name) };
        } catch (error) {
          return { name, manifest: null, problem: error instanceof OpsError ? error.failure.what : String(error) };
        }
      }),
    );
  });

const namesIn = async (folder: string): Promise<readonly string[]> => {
  try {
    return await readdir(folder);
  } catch (error) {
    if (errnoOf(error) === "ENOENT") return [];
    throw error;
  }
};

/** Throws `input` (`NO_BACKUP`) where there is none of that name, `refused` (`DAMAGED`) where its manifest cannot be used. */
export const readManifest = async (folder: string, name: string): Promise<BackupManifest> => {
  const none = (): OpsError =>
    new OpsError(
      "input",
      { what: `There is no backup ${name} in ${folder}.`, next: "`/zk backups <ensemble>` lists those there are." },
      { code: "NO_BACKUP" },
    );
  if (!NAME.test(name)) throw none();
  let text: string;
  try {
    text = await readFile(join(folder, name, MANIFEST), "utf8");
  } catch (error) {
    if (errnoOf(error) !== "ENOENT") throw error;
    if ((await namesIn(folder)).includes(name)) throw damaged(name, `it has no ${MANIFEST}`);
    throw none();
  }
  return parseManifest(text, name);
};

/** Compares every file with its size and SHA-256. Throws `refused` (`DAMAGED`) at the first that differs. */
export const checkBackup = (folder: string, name: string): Promise<BackupManifest> =>
  onDisk(folder, async () => {
    const manifest = await readManifest(folder, name);
    for (const file of manifest.files) {
      const path = join(folder, name, file.name);
      let bytes: number;
      try {
        bytes = (await stat(path)).size;
      } catch (error) {
        if (errnoOf(error) === "ENOENT") throw damaged(name, `its file ${file.name} is missing`);
        throw error;
      }
      if (bytes !== file.bytes) throw damaged(name, `${file.name} has ${bytes} bytes instead of ${file.bytes}`);
      if ((await sha256OfFile(path)) !== file.sha256) throw damaged(name, `the SHA-256 of ${file.name} is another`);
    }
    return manifest;
  });

/**
 * Makes a backup: `fill` puts the files into the folder it is given, and says all that the manifest holds but name and files.
 * Nothing is left when it throws.
 */
export const keepBackup = (
  folder: string,
  at: number,
  fill: (directory: string) => Promise<Omit<BackupManifest, "format" | "name" | "files">>,
): Promise<BackupManifest> =>
  onDisk(folder, async () => {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await sweep(folder);
    const unfinished = join(folder, `${UNFINISHED}${randomBytes(6).toString("hex")}`);
    await mkdir(unfinished, { mode: 0o700 });
    try {
      const told = await fill(unfinished);
      const files: BackupFile[] = [];
      for (const name of (await readdir(unfinished)).sort()) {
        const path = join(unfinished, name);
        files.push({ name, bytes: (await stat(path)).size, sha256: await sha256OfFile(path) });
        await flush(path);
      }
      return await nameIt(folder, unfinished, { ...told, files }, backupName(at));
    } catch (error) {
      await rm(unfinished, { recursive: true, force: true }).catch(() => undefined);
      throw error;
    }
  });

/** Two backups of one second get two names. */
const nameIt = async (
  folder: string,
  unfinished: string,
  told: Omit<BackupManifest, "format" | "name">,
  wanted: string,
): Promise<BackupManifest> => {
  for (let n = 1; ; n++) {
    const name = n === 1 ? wanted : `${wanted}-${n}`;
    const manifest: BackupManifest = { format: 1, name, ...told };
    const file = await open(join(unfinished, MANIFEST), "w", 0o600);
    try {
      await file.writeFile(`${JSON.stringify(manifest, null, 2)}\n`);
      await file.sync();
    } finally {
      await file.close();
    }
    try {
      // A folder that is not empty is never replaced by a rename.
      await rename(unfinished, join(folder, name));
      await flush(folder);
      return manifest;
    } catch (error) {
      if (errnoOf(error) !== "ENOTEMPTY" && errnoOf(error) !== "EEXIST") throw error;
    }
  }
};

const sweep = async (folder: string): Promise<void> => {
  for (const name of await namesIn(folder)) {
    if (!name.startsWith(UNFINISHED)) continue;
    const path = join(folder, name);
    const changed = await stat(path).then(
      ({ mtimeMs }) => mtimeMs,
      () => Date.now(),
    );
    if (Date.now() - changed > ABANDONED_MS) await rm(path, { recursive: true, force: true });
  }
};

/** Removes whole backups. Each loses its name first: what is left of a removal that was cut off is no backup. */
export const removeBackups = (folder: string, names: readonly string[]): Promise<void> =>
  onDisk(folder, async () => {
    for (const name of names) {
      const going = join(folder, `${UNFINISHED}${randomBytes(6).toString("hex")}`);
      await rename(join(folder, name), going);
      await rm(going, { recursive: true, force: true });
    }
  });
