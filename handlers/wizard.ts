// The form that `/zk` alone opens: its answers become the same command a person would type.
import { type EnsembleName, ensembleName } from "../src/model/ids.ts";
import type { Unknown } from "./parse/words.ts";
import type { Command } from "./parse-command.ts";
import { CHOOSE_BACKUP_FIELDS } from "./views/choose-backup.ts";
import { CHOOSE_BACKUP, WIZARD_FIELDS } from "./views/wizard.ts";

/** A modal's state as Bolt hands it over. */
export type FormValues = Readonly<
  Record<
    string,
    Readonly<
      Record<
        string,
        {
          readonly value?: string | null;
          readonly selected_option?: { readonly value: string } | null;
          readonly selected_options?: readonly { readonly value: string }[] | null;
        }
      >
    >
  >
>;

const chosen = (values: FormValues, field: string): string => {
  const entered = values[field]?.[field];
  const several = entered?.selected_options?.map(({ value }) => value).join(",");
  return (several ?? entered?.selected_option?.value ?? entered?.value ?? "").trim();
};

export type FormRead =
  /** What is chosen from is asked in another form. */
  | { readonly kind: "choose-backup"; readonly ensemble: EnsembleName }
  | { readonly kind: "command"; readonly command: Exclude<Command, { kind: "wizard" }> }
  /** What is wrong, by the field's block id. */
  | { readonly kind: "errors"; readonly errors: Readonly<Record<string, string>> };

/** Slack shows a field's error as plain text. */
const plain = (text: string): string =>
  text.replace(/[`*]/g, "").replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&");

type Field = keyof typeof WIZARD_FIELDS;
const wrong = (field: Field, why: string): FormRead => ({ kind: "errors", errors: { [WIZARD_FIELDS[field]]: why } });

/** `parse`: reads a command's text, as everywhere. */
export const readForm = (values: FormValues, parse: (text: string) => Command | Unknown): FormRead => {
  const field = (name: Field): string => chosen(values, WIZARD_FIELDS[name]);
  const [ensemble, action, hosts, release, gates] = [
    field("ensemble"),
    field("action"),
    field("hosts"),
    field("release"),
    field("gates"),
  ];
  const moves = action === "migrate" || action === "migrate-dry-run";
  const options = [
    ...(gates === "configured" || gates === "" ? [] : [`gates ${gates}`]),
    ...(action.endsWith("dry-run") ? ["dry-run"] : []),
  ];
  if (action === CHOOSE_BACKUP) return { kind: "choose-backup", ensemble: ensembleName(ensemble) };
  if (NEEDS_ONLY_ENSEMBLE.includes(action)) return commandOf(parse(`${action} ${ensemble}`));
  if (action === "configure" || action === "configure-dry-run")
    return commandOf(parse([`configure ${ensemble}`, ...options].join(" ")));
  if (moves && hosts === "")
    return HOSTS_IN_FORM in values
      ? wrong("hosts", "Which hosts? Choose all that its servers are to be on afterwards.")
      : wrong("action", "The inventory has no hosts to move to: add them to ensembles.yaml first.");
  if (!moves && release === "") return wrong("release", "Which release? Three numbers, e.g. 3.9.6.");
  const words = moves
    ? [`migrate ${ensemble} to ${hosts}`, ...(release === "" ? [] : [`release ${release}`])]
    : [`upgrade ${ensemble} ${release}`];
  return commandOf(parse([...words, ...options].join(" ")));
};

/** The form in which a backup was chosen for `ensemble`. */
export const readChosenBackup = (
  ensemble: string,
  values: FormValues,
  parse: (text: string) => Command | Unknown,
): Command | Unknown => {
  const [backup, action] = [chosen(values, CHOOSE_BACKUP_FIELDS.backup), chosen(values, CHOOSE_BACKUP_FIELDS.action)];
  return parse(`restore ${ensemble} from ${backup}${action === "restore" ? "" : " dry-run"}`);
};

/** Actions that are commands of these names, with nothing but the ensemble after them. */
const NEEDS_ONLY_ENSEMBLE: readonly string[] = [
  "status",
  "drift",
  "runs",
  "pause-writes",
  "resume-writes",
  "backup",
  "backups",
];

/** The form has this field only where there are hosts. */
const HOSTS_IN_FORM = WIZARD_FIELDS.hosts;

const commandOf = (command: Command | Unknown): FormRead => {
  if (command.kind === "wizard") return wrong("ensemble", "Choose an ensemble.");
  if (command.kind !== "unknown") return { kind: "command", command };
  const about: Field = command.what.includes("ensemble")
    ? "ensemble"
    : command.what.includes("host") || command.what.includes("twice")
      ? "hosts"
      : "release";
  return wrong(about, plain(`${command.what} ${command.next}`));
};
