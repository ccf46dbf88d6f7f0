// The form that `/zk` alone opens: its answers become the same command a person would type.
import type { Command, Unknown } from "./parse-command.ts";
import { WIZARD_FIELDS } from "./views/wizard.ts";

/** A modal's state as Bolt hands it over. */
export type FormValues = Readonly<
  Record<
    string,
    Readonly<
      Record<string, { readonly value?: string | null; readonly selected_option?: { readonly value: string } | null }>
    >
  >
>;

const chosen = (values: FormValues, field: string): string => {
  const entered = values[field]?.[field];
  return (entered?.selected_option?.value ?? entered?.value ?? "").trim();
};

export type FormRead =
  | { readonly kind: "command"; readonly command: Exclude<Command, { kind: "wizard" }> }
  /** What is wrong, by the field's block id. */
  | { readonly kind: "errors"; readonly errors: Readonly<Record<string, string>> };

/** Slack shows a field's error as plain text. */
const plain = (text: string): string =>
  text.replace(/[`*]/g, "").replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&");

/** `parse`: reads a command's text, as everywhere. */
export const readForm = (values: FormValues, parse: (text: string) => Command | Unknown): FormRead => {
  const ensemble = chosen(values, WIZARD_FIELDS.ensemble);
  const action = chosen(values, WIZARD_FIELDS.action);
  const releaseText = chosen(values, WIZARD_FIELDS.release);
  const gates = chosen(values, WIZARD_FIELDS.gates);
  if (action !== "status" && releaseText === "")
    return { kind: "errors", errors: { [WIZARD_FIELDS.release]: "Which release? Three numbers, e.g. 3.9.6." } };
  const text =
    action === "status"
      ? `status ${ensemble}`
      : [
          `upgrade ${ensemble} ${releaseText}`,
          ...(gates === "configured" || gates === "" ? [] : [`gates ${gates}`]),
          ...(action === "dry-run" ? ["dry-run"] : []),
        ].join(" ");
  const command = parse(text);
  if (command.kind === "unknown") {
    const field = command.what.includes("ensemble") ? WIZARD_FIELDS.ensemble : WIZARD_FIELDS.release;
    return { kind: "errors", errors: { [field]: plain(`${command.what} ${command.next}`) } };
  }
  return command.kind === "wizard"
    ? { kind: "errors", errors: { [WIZARD_FIELDS.ensemble]: "Choose an ensemble." } }
    : { kind: "command", command };
};
