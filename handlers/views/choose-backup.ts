// The form in which a person chooses the backup for a restore: what it is while a worker looks for backups, and with those there are.
// Pure.
import type { ModalView, PlainTextOption } from "@slack/types";
import type { Reply } from "../../jobs/queues.ts";
import { type BackupManifest, backupBytes } from "../../src/model/backup.ts";
import { context, section } from "./message.ts";
import { bytes, code, cut, dateTime, esc, plural } from "./words.ts";

export const CHOOSE_BACKUP_CALLBACK = "choose_backup";
/** Ids of the inputs, and of their blocks. */
export const CHOOSE_BACKUP_FIELDS = { backup: "backup", action: "action" } as const;

/** Slack allows 100 options a menu, of 75 characters each. */
const OPTIONS = 100;
const option = (value: string, text: string): PlainTextOption => ({
  text: { type: "plain_text", text: cut(text, 75) },
  value,
});

const ONLY_PLAN = option("dry-run", "Dry run: only show me the plan");
const ACTIONS = [ONLY_PLAN, option("restore", "Restore: post the plan for approval")];

const frame = {
  type: "modal",
  callback_id: CHOOSE_BACKUP_CALLBACK,
  title: { type: "plain_text", text: "Restore: which backup?" },
  close: { type: "plain_text", text: "Cancel" },
} as const;

export const lookingForBackupsModal = (ensemble: string): ModalView => ({
  ...frame,
  blocks: [
    section(`Looking for the backups of *${esc(ensemble)}*…`),
    context(
      "They lie with a worker. If none are shown within a minute, no worker runs: close this, and see who runs zkshift.",
    ),
  ],
});

/** Instead of the backups: why they could not be listed. */
export const noBackupsModal = ({ failure }: Extract<Reply, { kind: "failed" }>): ModalView => ({
  ...frame,
  blocks: [section(`⚠️ *${esc(failure.what)}*`), section(esc(failure.next))],
});

const textOf = (manifest: BackupManifest): string => {
  const at = Date.parse(manifest.takenAt);
  const when = Number.isNaN(at) ? manifest.name : dateTime(at).replace(/:\d\d UTC$/, " UTC");
  const { proof } = manifest;
  const held = proof.proved ? `proved, ${plural(proof.znodes, "znode")}` : "not proved yet";
  return `${when} · ${bytes(backupBytes(manifest))} · ${manifest.release} · ${held}`;
};

/** The form with the backups that a worker found, newest first. `privateMetadata`: what the restore is to be asked for, and where. */
export const chooseBackupModal = (
  { ensemble, folder, listed }: Extract<Reply, { kind: "backups" }>,
  privateMetadata: string,
): ModalView => {
  const usable = listed.flatMap(({ manifest }) => (manifest === null ? [] : [manifest]));
  const options = usable.slice(0, OPTIONS).map((manifest) => option(manifest.name, textOf(manifest)));
  const [newest] = options;
  const elsewhere = `One of another ensemble: ${code(`/zk restore ${ensemble} from <ensemble>/<backup>`)}.`;
  const damaged = listed.length - usable.length;
  if (newest === undefined) {
    const none =
      damaged === 0
        ? `There is no backup of *${esc(ensemble)}* in ${code(folder)} on the worker.`
        : `None of the ${plural(damaged, "backup")} of *${esc(ensemble)}* can be used: ${code(`/zk backups ${ensemble}`)} says why.`;
    return { ...frame, blocks: [section(`${none} Take one: ${code(`/zk backup ${ensemble}`)}.`), context(elsewhere)] };
  }
  const notes = [
    ...(usable.length > OPTIONS ? [`The newest ${OPTIONS} of ${usable.length} are shown.`] : []),
    ...(damaged === 0
      ? []
      : [`Not shown: ${damaged} that cannot be used (${code(`/zk backups ${ensemble}`)} says why).`]),
    elsewhere,
  ];
  return {
    ...frame,
    private_metadata: privateMetadata,
    submit: { type: "plain_text", text: "Go" },
    blocks: [
      section(
        `*${esc(ensemble)}* gets the data of a backup on all its servers: *every write after it is lost*, and clients cannot reach the ensemble while the data are exchanged.`,
      ),
      {
        type: "input",
        block_id: CHOOSE_BACKUP_FIELDS.backup,
        label: { type: "plain_text", text: "Backup, newest first" },
        element: {
          type: "static_select",
          action_id: CHOOSE_BACKUP_FIELDS.backup,
          options,
          initial_option: newest,
        },
      },
      {
        type: "input",
        block_id: CHOOSE_BACKUP_FIELDS.action,
        label: { type: "plain_text", text: "What" },
        element: {
          type: "static_select",
          action_id: CHOOSE_BACKUP_FIELDS.action,
          options: ACTIONS,
          initial_option: ONLY_PLAN,
        },
      },
      context(
        "Nothing is touched before approvers have typed the ensemble's name, once for the plan and once more before servers are stopped.",
      ),
      context(notes.join(" ")),
    ],
  };
};
