// Looks at the backup that a restore is to use. Reads only; that it is whole is found out here, before anything is planned.
import { codeOf, OpsError } from "../errors.ts";
import type { BackupSeen } from "../model/backup.ts";
import { didYouMean } from "../model/did-you-mean.ts";
import type { Observation } from "../model/ensemble.ts";
import type { Goal, RestoreGoal } from "../model/goal.ts";
import type { EnsembleName } from "../model/ids.ts";
import type { EnsembleSpec, Inventory } from "../model/inventory.ts";
import type { BackupPlace, Backups } from "../ports.ts";

/** Where an ensemble's backups are; of one that the inventory no longer has, where `asking` keeps its own. */
export const placeOfBackupsOf = (inventory: Inventory, asking: EnsembleSpec, of: EnsembleName): BackupPlace => ({
  ensemble: of,
  directory: (inventory.ensembles.get(of) ?? asking).backups.directory,
});

/** The observation with the goal's backup, where it has one. Throws `input` (`NO_BACKUP`), `refused` (`DAMAGED`). */
export const withBackup = async (
  seen: Observation,
  goal: Goal,
  inventory: Inventory,
  ensemble: EnsembleSpec,
  backups: Backups,
): Promise<Observation> =>
  goal.kind === "restore" ? { ...seen, backup: await seeBackup(goal, inventory, ensemble, backups) } : seen;

const seeBackup = async (
  goal: RestoreGoal,
  inventory: Inventory,
  ensemble: EnsembleSpec,
  backups: Backups,
): Promise<BackupSeen> => {
  const place = placeOfBackupsOf(inventory, ensemble, goal.of);
  try {
    return { of: goal.of, manifest: await backups.check(place, goal.backup) };
  } catch (error) {
    throw codeOf(error) === "NO_BACKUP" ? await noSuchBackup(goal, place, backups) : error;
  }
};

const MOST_LISTED = 5;

const noSuchBackup = async (goal: RestoreGoal, place: BackupPlace, backups: Backups): Promise<OpsError> => {
  const usable = (await backups.list(place)).flatMap(({ name, manifest }) => (manifest === null ? [] : [name]));
  const meant = didYouMean(goal.backup, usable);
  const command = (name: string): string =>
    `\`/zk restore ${goal.ensemble} from ${goal.of === goal.ensemble ? "" : `${goal.of}/`}${name}\``;
  const [newest] = usable;
  const next =
    newest === undefined
      ? `There is none of ${goal.of} in ${backups.folder(place)}. Backups of another ensemble are named with it: \`/zk restore ${goal.ensemble} from <ensemble>/<backup>\`.`
      : meant !== null
        ? `Did you mean ${command(meant)}?`
        : `There ${usable.length === 1 ? "is" : "are"} ${usable.slice(0, MOST_LISTED).join(", ")}${usable.length > MOST_LISTED ? ` and ${usable.length - MOST_LISTED} older` : ""}; \`/zk backups ${goal.of}\` says more. For example: ${command(newest)}`;
  return new OpsError(
    "input",
    { what: `There is no backup ${goal.backup} of ${goal.of}.`, next },
    { code: "NO_BACKUP" },
  );
};
