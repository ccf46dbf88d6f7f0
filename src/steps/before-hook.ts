// What a server's files held before the team's configuration tool ran, so that a rollback can put it back. The copy lies on the
// worker beside the run's backups, for it may hold secrets: it goes into no message and no log.
import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { ServerId } from "../model/ids.ts";
import { isMembership } from "../model/membership-keys.ts";
import { applyChanges, entriesOf, parseZooCfg } from "../model/zoo-cfg.ts";
import type { ServerHandle, World } from "./world.ts";

/** Texts of zoo.cfg and java.env (null: there was none). */
export type FilesBefore = { readonly config: string; readonly javaEnv: string | null };

const fileOf = (world: World, server: ServerId): string =>
  join(world.backupDirectory, "before-hook", `server.${server}.json`);

/** What was kept; null where this worker has nothing. */
export const readKept = async (world: World, server: ServerId): Promise<FilesBefore | null> => {
  try {
    return JSON.parse(await readFile(fileOf(world, server), "utf8")) as FilesBefore;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return null;
    throw error;
  }
};

/** Keeps them once: entered again after a failed hook, the first copy counts. */
export const keepBeforeHook = async (world: World, { id, control }: ServerHandle): Promise<FilesBefore> => {
  const kept = await readKept(world, id);
  if (kept !== null) return kept;
  const now = { config: await control.readConfig(), javaEnv: await control.readJavaEnv() };
  const file = fileOf(world, id);
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  await writeFile(`${file}.new`, JSON.stringify(now), { mode: 0o600 });
  await rename(`${file}.new`, file);
  return now;
};

/** Puts both files back, but for who is a member: that is what the ensemble made of it meanwhile. */
export const putBack = async (world: World, { control }: ServerHandle, kept: FilesBefore): Promise<void> => {
  const now = await control.readConfig();
  const members = [...entriesOf(parseZooCfg(now))].filter(([key]) => isMembership(key));
  const gone = [...entriesOf(parseZooCfg(kept.config)).keys()].filter(isMembership);
  const text = applyChanges(kept.config, [
    ...gone.filter((key) => !members.some(([has]) => has === key)).map((key) => ({ key, to: null })),
    ...members.map(([key, to]) => ({ key, to })),
  ]);
  if (text !== now) await control.writeConfig(text, world.fence());
  if ((await control.readJavaEnv()) !== kept.javaEnv) await control.writeJavaEnv(kept.javaEnv, world.fence());
};
