// Which backups go. Pure: told what there is and what is still needed.
import type { BackupListed, BackupPolicy } from "./backup.ts";

const DAY_MS = 86_400_000;

/**
 * Names of the backups to remove: those past the newest `keep`, and those older than `days`. The newest readable one and the
 * newest that was proved stay whatever their age, and so does what `needed` names. One that cannot be read is no backup to
 * count, and is left for a person. `listed`: newest first; `now`: epoch ms.
 */
export const toRemove = (
  listed: readonly BackupListed[],
  policy: Pick<BackupPolicy, "keep" | "days">,
  needed: ReadonlySet<string>,
  now: number,
): readonly string[] => {
  const whole = listed.flatMap(({ manifest }) => (manifest === null ? [] : [manifest]));
  const spared = new Set([whole[0]?.name, whole.find(({ proof }) => proof.proved)?.name]);
  return whole
    .filter(({ name, takenAt }, index) => {
      if (spared.has(name) || needed.has(name)) return false;
      return index >= policy.keep || (policy.days !== null && now - Date.parse(takenAt) > policy.days * DAY_MS);
    })
    .map(({ name }) => name);
};
