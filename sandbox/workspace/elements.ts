// Finding an interactive element in blocks, and turning what a person chose into Slack's state entry for it.

import { isObject, type JsonObject, objectsIn } from "./json.ts";
import { findChannel, findUser, type State, type Values } from "./state.ts";

export type Placed = { readonly blockId: string; readonly element: JsonObject };

/** All elements of these blocks that have an action id, those in nested blocks included. */
export function elementsIn(blocks: readonly JsonObject[]): readonly Placed[] {
  return blocks.flatMap((block) => {
    const blockId = String(block.block_id ?? "");
    const own = [block.accessory, block.element, ...objectsIn(block.elements), ...objectsIn(block.actions)]
      .filter(isObject)
      .filter((element) => element.action_id !== undefined)
      .map((element) => ({ blockId, element }));
    const nested = [
      ...objectsIn(block.child_blocks),
      ...objectsIn(block.elements).filter(({ type }) => type === "card"),
    ];
    return [...own, ...elementsIn(nested)];
  });
}

type Options = readonly JsonObject[];
const optionsOf = (element: JsonObject): Options => [
  ...objectsIn(element.options),
  ...objectsIn(element.option_groups).flatMap((group) => objectsIn(group.options)),
];

export type EntryRead =
  | { readonly kind: "entry"; readonly entry: JsonObject }
  | { readonly kind: "refused"; readonly why: string };

const texts = (value: unknown): readonly string[] =>
  (Array.isArray(value) ? value : value === undefined || value === null || value === "" ? [] : [value]).map(String);

/** The state entry for what a person chose. Users and channels may be named; no value means nothing is chosen. */
export function readEntry(state: State, element: JsonObject, value: unknown): EntryRead {
  const type = String(element.type);
  const entry = (fields: JsonObject): EntryRead => ({ kind: "entry", entry: { type, ...fields } });
  const refused = (why: string): EntryRead => ({ kind: "refused", why });
  const chosen = texts(value);
  const first = chosen[0] ?? null;
  const options = optionsOf(element);
  const missing = chosen.find((wanted) => !options.some((option) => option.value === wanted));
  const noOption = `${missing} is none of the options: ${options.map((option) => option.value).join(", ")}`;
  const option = (wanted: string | null) => options.find((candidate) => candidate.value === wanted) ?? null;
  const ids = (find: (state: State, name: string) => { readonly id: string } | undefined): readonly string[] =>
    chosen.flatMap((name) => find(state, name)?.id ?? []);

  switch (type) {
    case "static_select":
    case "radio_buttons":
    case "overflow":
      return missing === undefined ? entry({ selected_option: option(first) }) : refused(noOption);
    case "multi_static_select":
    case "checkboxes":
      return missing === undefined ? entry({ selected_options: chosen.map(option) }) : refused(noOption);
    case "external_select":
      return entry({ selected_option: first === null ? null : externalOption(first) });
    case "multi_external_select":
      return entry({ selected_options: chosen.map(externalOption) });
    case "users_select":
    case "multi_users_select": {
      const users = ids(findUser);
      if (users.length < chosen.length) return refused(`no user is called ${chosen.join(" or ")}`);
      return type === "users_select" ? entry({ selected_user: users[0] ?? null }) : entry({ selected_users: users });
    }
    case "channels_select":
    case "conversations_select":
    case "multi_channels_select":
    case "multi_conversations_select": {
      const channels = ids(findChannel);
      if (channels.length < chosen.length) return refused(`no channel is called ${chosen.join(" or ")}`);
      const noun = type.includes("channels") ? "channel" : "conversation";
      return type.startsWith("multi_")
        ? entry({ [`selected_${noun}s`]: channels })
        : entry({ [`selected_${noun}`]: channels[0] ?? null });
    }
    case "datepicker":
      return entry({ selected_date: first });
    case "timepicker":
      return entry({ selected_time: first });
    case "datetimepicker":
      return entry({ selected_date_time: first === null ? null : Number(first) });
    case "rich_text_input":
      return entry({ rich_text_value: isObject(value) ? value : null });
    default:
      return entry({ value: first });
  }
}

const externalOption = (value: string): JsonObject => ({ text: { type: "plain_text", text: value }, value });

/** What an element holds before anyone touched it, from its initial values. */
function initialEntry(state: State, element: JsonObject): JsonObject {
  const option = (given: unknown) => (isObject(given) ? given.value : undefined);
  const initial =
    element.initial_value ??
    option(element.initial_option) ??
    (Array.isArray(element.initial_options) ? element.initial_options.map(option) : undefined) ??
    element.initial_user ??
    element.initial_users ??
    element.initial_channel ??
    element.initial_channels ??
    element.initial_conversation ??
    element.initial_conversations ??
    element.initial_date ??
    element.initial_time ??
    element.initial_date_time;
  const read = readEntry(state, element, initial);
  return read.kind === "entry" ? read.entry : { type: element.type, value: null };
}

/** Whether the entry holds nothing: what a required input may not be left with. */
export const isEmptyEntry = (entry: JsonObject): boolean =>
  Object.entries(entry).every(
    ([name, value]) =>
      name === "type" || value === null || value === undefined || (Array.isArray(value) && value.length === 0),
  );

export const withEntry = (values: Values, blockId: string, actionId: string, entry: JsonObject): Values => ({
  ...values,
  [blockId]: { ...values[blockId], [actionId]: entry },
});

const stateless = ["button", "overflow", "workflow_button", "feedback_buttons", "icon_button", "image"];

/** The values of all elements that keep one: as entered before, or else initial. */
export function valuesOf(state: State, blocks: readonly JsonObject[], entered: Values): Values {
  let values: Values = {};
  for (const { blockId, element } of elementsIn(blocks)) {
    if (stateless.includes(String(element.type))) continue;
    const actionId = String(element.action_id);
    const entry = entered[blockId]?.[actionId] ?? initialEntry(state, element);
    values = withEntry(values, blockId, actionId, entry);
  }
  return values;
}
