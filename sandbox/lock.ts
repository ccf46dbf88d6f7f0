// Lets one process at a time do a piece of work on this machine, such as building one release.
import { mkdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { isAlive } from "./processes.ts";

/**
 * Runs `work` while holding the lock directory `path`; waits for whoever holds it. A lock whose holder died is taken over.
 * The lock only saves double work: what it guards must stay correct without it (build aside, rename into place).
 */
export const withLock = async <T>(path: string, onWait: () => void, work: () => Promise<T>): Promise<T> => {
  let told = false;
  while (!(await take(path))) {
    if (!told) onWait();
    told = true;
    await sleep(200);
  }
  try {
    return await work();
  } finally {
    await rm(path, { recursive: true, force: true });
  }
};

const take = async (path: string): Promise<boolean> => {
  try {
    await mkdir(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    if (await isAbandoned(path)) await rm(path, { recursive: true, force: true });
    return false;
  }
  await writeFile(join(path, "pid"), `${process.pid}`);
  return true;
};

const isAbandoned = async (path: string): Promise<boolean> => {
  const holder = Number(await readFile(join(path, "pid"), "utf8").catch(() => ""));
  if (holder > 0) return !(await isAlive(holder));
  // No id in it yet: its holder is just writing it, or died right then.
  const made = await stat(path).catch(() => null);
  return made !== null && Date.now() - made.mtimeMs > 5_000;
};
