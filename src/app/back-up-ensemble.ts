// Takes, proves and lists backups for `/zk backup` and `/zk backups`, and removes those that are past their time. Changes nothing
// of an ensemble.
import { OpsError } from "../errors.ts";
import type { BackupListed, BackupManifest } from "../model/backup.ts";
import type { EnsembleName, UserId } from "../model/ids.ts";
import type { EnsembleSpec } from "../model/inventory.ts";
import { toRemove } from "../model/retention.ts";
import { reduceRun } from "../run/reduce.ts";
import { placeOfBackups, serverToBackUp, takeBackup } from "../steps/take-backup.ts";
import { type AppDeps, ensembleSpec } from "./app-deps.ts";
import { observe } from "./observe.ts";
import { adminOf, clientOf, placeMember } from "./place-member.ts";

/** The part of a worker's insides that backups need. */
export type BackupDeps = Pick<
  AppDeps,
  "inventory" | "readSecret" | "zookeeper" | "hosts" | "releases" | "backups" | "clock" | "log"
> & { readonly runLog: Pick<AppDeps["runLog"], "reservedBy" | "read"> };

export type BackupReport = {
  readonly manifest: BackupManifest;
  /** Folder that holds the ensemble's backups. */
  readonly folder: string;
  /** Names of the backups that went because they were past their time. */
  readonly removed: readonly string[];
};

/** Throws `refused` where no server can be copied from or the proof fails; nothing is kept then. */
export const backUpEnsemble = async (
  asked: { readonly ensemble: EnsembleName; readonly by: UserId },
  deps: BackupDeps,
  signal: AbortSignal,
): Promise<BackupReport> => {
  const inventory = deps.inventory();
  const ensemble = ensembleSpec(inventory, asked.ensemble);
  const seen = await observe(inventory, ensemble, deps, { withHosts: false });
  const id = serverToBackUp(seen);
  const member = seen.membership.members.find((one) => one.id === id);
  if (id === null || member === undefined) {
    throw new OpsError("refused", {
      what: `No server of ${ensemble.name} serves and is synced, so there is none to take a backup from.`,
      next: `See what is wrong: \`/zk status ${ensemble.name}\`.`,
    });
  }
  const placement = placeMember(inventory, ensemble, member);
  const client = clientOf(placement, member);
  const manifest = await takeBackup(
    {
      ...deps,
      ensemble,
      signal,
      auth: ensemble.super === null ? null : deps.readSecret(ensemble.super),
      waiting: (what) => {
        if (what !== null) deps.log.info({ ensemble: ensemble.name }, `backup: ${what}`);
      },
    },
    {
      server: {
        id,
        host: placement.host.name,
        client,
        admin: adminOf(placement, ensemble, client),
        ports: placement.host.ports,
        control: deps.hosts.server(placement),
        dynamicFile: `${placement.host.paths.conf}/zoo.cfg.dynamic`,
      },
      seen,
      by: asked.by,
      run: null,
      prove: true,
    },
  );
  const removed = await removeOld(ensemble, deps);
  return { manifest, folder: deps.backups.folder(placeOfBackups(ensemble)), removed };
};

/** What there is, newest first. */
export const listBackupsOf = async (
  name: EnsembleName,
  deps: BackupDeps,
): Promise<{ readonly folder: string; readonly listed: readonly BackupListed[] }> => {
  const place = placeOfBackups(ensembleSpec(deps.inventory(), name));
  return { folder: deps.backups.folder(place), listed: await deps.backups.list(place) };
};

/** A backup that cannot be removed is no reason to say that the new one failed. */
const removeOld = async (ensemble: EnsembleSpec, deps: BackupDeps): Promise<readonly string[]> => {
  const place = placeOfBackups(ensemble);
  try {
    const listed = await deps.backups.list(place);
    const going = toRemove(listed, ensemble.backups, await neededNow(listed, deps), deps.clock.now());
    await deps.backups.remove(place, going);
    return going;
  } catch (error) {
    deps.log.warn({ ensemble: ensemble.name, err: error }, "old backups could not be removed");
    return [];
  }
};

/** Backups that a run under way took, or restores from: another ensemble's run may as well. */
const neededNow = async (listed: readonly BackupListed[], deps: BackupDeps): Promise<ReadonlySet<string>> => {
  const runs = await Promise.all([...deps.inventory().ensembles.keys()].map((name) => deps.runLog.reservedBy(name)));
  const needed = await Promise.all(
    runs.map(async (run): Promise<readonly string[]> => {
      if (run === null) return [];
      const goal = reduceRun(await deps.runLog.read(run))?.goal;
      const restored = goal?.kind === "restore" ? goal.backup : null;
      return listed.flatMap(({ name, manifest }) => (manifest?.run === run || name === restored ? [name] : []));
    }),
  );
  return new Set(needed.flat());
};
