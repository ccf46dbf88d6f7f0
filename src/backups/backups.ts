// The Backups port over the worker's disk, put together. The only file of this folder that src/main.ts imports.
import { join } from "node:path";
import type { Backups } from "../ports.ts";
import { withThrowAwayServer } from "./throw-away-server.ts";
import { checkBackup, keepBackup, listBackups, readManifest, removeBackups } from "./vault.ts";

/** `stateDir` holds the backups of ensembles that name no folder for them, and what a proof needs while it lasts. */
export const makeBackups = (options: { readonly stateDir: string }): Backups => {
  const folderOf = ({ ensemble, directory }: Parameters<Backups["list"]>[0]): string =>
    join(directory ?? join(options.stateDir, "backups"), ensemble);
  return {
    folder: folderOf,
    list: (where) => listBackups(folderOf(where)),
    read: (where, name) => readManifest(folderOf(where), name),
    check: (where, name) => checkBackup(folderOf(where), name),
    keep: (where, at, fill) => keepBackup(folderOf(where), at, fill),
    remove: (where, names) => removeBackups(folderOf(where), names),
    throwAwayServer: (asked, work) =>
      withThrowAwayServer({ ...asked, scratch: join(options.stateDir, "scratch") }, work),
  };
};
