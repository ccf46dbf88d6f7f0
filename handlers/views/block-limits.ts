// Slack's rules for blocks and views, as data: which fields a block has, how long its texts and lists may be. The views use
// it before they send, the local workspace uses it to refuse what Slack would refuse. Pure: it reads values, changes nothing.
// Sources: docs.slack.dev/reference/block-kit (blocks, block elements, composition objects) and the types of @slack/types.

import type { KnownBlock } from "@slack/types";

/** Where blocks are shown; Slack allows different blocks, and a different number of them, on each. */
export type Surface = "message" | "modal" | "home";

type Fields = Readonly<Record<string, unknown>>;
type Check = (value: unknown, at: string) => readonly string[];
type Shape = {
  readonly needs?: Readonly<Record<string, Check>>;
  readonly may?: Readonly<Record<string, Check>>;
  readonly also?: (fields: Fields, at: string) => readonly string[];
};
type BlockRule = Shape & { readonly on: readonly Surface[] };

const isFields = (value: unknown): value is Fields =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const anything: Check = () => [];
const flag: Check = (value, at) => (typeof value === "boolean" ? [] : [`${at} must be true or false`]);
const whole =
  (least: number, most: number): Check =>
  (value, at) =>
    typeof value === "number" && Number.isInteger(value) && value >= least && value <= most
      ? []
      : [`${at} must be a whole number from ${least} to ${most}`];
const oneOf =
  (...words: readonly string[]): Check =>
  (value, at) =>
    typeof value === "string" && words.includes(value) ? [] : [`${at} must be one of ${words.join(", ")}`];

const string =
  (most: number, least = 1): Check =>
  (value, at) => {
    if (typeof value !== "string") return [`${at} must be a string`];
    if (value.length < least) return [`${at} is empty, and Slack wants at least ${least} character`];
    return value.length > most ? [`${at} has ${value.length} characters, and Slack allows ${most}`] : [];
  };

const list =
  (most: number, item: Check, least = 1): Check =>
  (value, at) => {
    if (!Array.isArray(value)) return [`${at} must be a list`];
    if (value.length < least) return [`${at} is empty, and Slack wants at least ${least}`];
    const tooMany = value.length > most ? [`${at} has ${value.length} entries, and Slack allows ${most}`] : [];
    return [...tooMany, ...value.flatMap((entry, index) => item(entry, `${at}[${index}]`))];
  };

/** Checks an object: every needed field is there, every field is known and right. Slack refuses fields it does not know. */
const object =
  (shape: Shape, ignored: readonly string[] = []): Check =>
  (value, at) => {
    if (!isFields(value)) return [`${at} must be an object`];
    const { needs = {}, may = {}, also } = shape;
    const problems: string[] = [];
    for (const name of Object.keys(needs))
      if (value[name] === undefined) problems.push(`${at} needs the field ${name}`);
    for (const [name, field] of Object.entries(value)) {
      if (field === undefined || ignored.includes(name)) continue;
      const check = needs[name] ?? may[name];
      if (check === undefined) problems.push(`${at} has a field ${name} that Slack does not know`);
      else problems.push(...check(field, `${at}.${name}`));
    }
    return also === undefined ? problems : [...problems, ...also(value, at)];
  };

const plainText = (most: number): Check =>
  object({ needs: { type: oneOf("plain_text"), text: string(most) }, may: { emoji: flag } });
const mrkdwn = (most: number): Check =>
  object({ needs: { type: oneOf("mrkdwn"), text: string(most) }, may: { verbatim: flag } });
const anyText =
  (most: number): Check =>
  (value, at) =>
    isFields(value) && value.type === "mrkdwn" ? mrkdwn(most)(value, at) : plainText(most)(value, at);

const exactlyOne =
  (...names: readonly string[]): ((fields: Fields, at: string) => readonly string[]) =>
  (fields, at) =>
    names.filter((name) => fields[name] !== undefined).length === 1
      ? []
      : [`${at} needs exactly one of ${names.join(", ")}`];

const confirm = object({
  needs: { text: anyText(300) },
  may: { title: plainText(100), confirm: plainText(30), deny: plainText(30), style: oneOf("primary", "danger") },
});
const option = (text: Check): Check =>
  object({ needs: { text }, may: { value: string(150), description: anyText(75), url: string(3000) } });
const plainOption = option(plainText(75));
const richOption = option(anyText(75));
const optionGroup = object({ needs: { label: plainText(75), options: list(100, plainOption) } });
const ids = list(100, string(255), 0);

const action = { action_id: string(255) };
const asks = { ...action, confirm, focus_on_load: flag };
const picks = { ...asks, placeholder: plainText(150) };
const picksMany = { ...picks, max_selected_items: whole(1, 100) };
const conversations = {
  default_to_current_conversation: flag,
  filter: object({
    may: {
      include: list(4, oneOf("im", "mpim", "private", "public")),
      exclude_external_shared_channels: flag,
      exclude_bot_users: flag,
    },
  }),
};
const dispatches = {
  dispatch_action_config: object({
    may: { trigger_actions_on: list(2, oneOf("on_enter_pressed", "on_character_entered")) },
  }),
};
const types = { ...action, ...dispatches, focus_on_load: flag, placeholder: plainText(150) };
const staticOptions = { options: list(100, plainOption), option_groups: list(100, optionGroup) };
const oneOptionList = exactlyOne("options", "option_groups");
const feedback = object({
  needs: { text: plainText(75), value: string(2000) },
  may: { accessibility_label: string(75) },
});
const picture: Shape = {
  needs: { alt_text: string(2000) },
  may: { image_url: string(3000), slack_file: anything },
  also: exactlyOne("image_url", "slack_file"),
};

/** Interactive and other elements inside blocks, by type. */
const elements: Readonly<Record<string, Shape>> = {
  button: {
    needs: { text: plainText(75) },
    may: {
      ...action,
      confirm,
      value: string(2000),
      url: string(3000),
      style: oneOf("primary", "danger"),
      accessibility_label: string(75),
    },
  },
  workflow_button: {
    needs: { text: plainText(75), workflow: anything },
    may: { ...action, confirm, style: oneOf("primary", "danger"), accessibility_label: string(75) },
  },
  overflow: { needs: { options: list(5, plainOption) }, may: { ...action, confirm } },
  checkboxes: { needs: { options: list(10, richOption) }, may: { ...asks, initial_options: list(10, richOption) } },
  radio_buttons: { needs: { options: list(10, richOption) }, may: { ...asks, initial_option: richOption } },
  datepicker: { may: { ...picks, initial_date: string(10, 10) } },
  timepicker: { may: { ...picks, initial_time: string(5, 5), timezone: string(255) } },
  datetimepicker: { may: { ...asks, initial_date_time: whole(1_000_000_000, 9_999_999_999) } },
  static_select: { may: { ...picks, ...staticOptions, initial_option: plainOption }, also: oneOptionList },
  multi_static_select: {
    may: { ...picksMany, ...staticOptions, initial_options: list(100, plainOption) },
    also: oneOptionList,
  },
  external_select: { may: { ...picks, initial_option: plainOption, min_query_length: whole(0, 1000) } },
  multi_external_select: {
    may: { ...picksMany, initial_options: list(100, plainOption), min_query_length: whole(0, 1000) },
  },
  users_select: { may: { ...picks, initial_user: string(255) } },
  multi_users_select: { may: { ...picksMany, initial_users: ids } },
  channels_select: { may: { ...picks, initial_channel: string(255), response_url_enabled: flag } },
  multi_channels_select: { may: { ...picksMany, initial_channels: ids } },
  conversations_select: {
    may: { ...picks, ...conversations, initial_conversation: string(255), response_url_enabled: flag },
  },
  multi_conversations_select: { may: { ...picksMany, ...conversations, initial_conversations: ids } },
  plain_text_input: {
    may: {
      ...types,
      initial_value: string(3000, 0),
      multiline: flag,
      min_length: whole(0, 3000),
      max_length: whole(1, 3000),
    },
  },
  number_input: {
    needs: { is_decimal_allowed: flag },
    may: { ...types, initial_value: string(255), min_value: string(255), max_value: string(255) },
  },
  email_text_input: { may: { ...types, initial_value: string(255) } },
  url_text_input: { may: { ...types, initial_value: string(3000) } },
  rich_text_input: { may: { ...types, initial_value: anything, min_lines: whole(1, 100), max_lines: whole(1, 100) } },
  file_input: { may: { ...action, filetypes: list(100, string(30)), max_files: whole(1, 10) } },
  feedback_buttons: { needs: { positive_button: feedback, negative_button: feedback }, may: action },
  icon_button: {
    needs: { icon: string(255), text: plainText(75) },
    may: { ...action, confirm, value: string(2000), accessibility_label: string(75), visible_to_user_ids: ids },
  },
  image: picture,
};

const selects = ["static_select", "external_select", "users_select", "channels_select", "conversations_select"];
const choices = [...selects, ...selects.map((name) => `multi_${name}`), "checkboxes", "radio_buttons"];
const dates = ["datepicker", "timepicker", "datetimepicker"];
const inActions = ["button", "workflow_button", "overflow", "rich_text_input", ...choices, ...dates];
const inSection = ["button", "workflow_button", "overflow", "image", "datepicker", "timepicker", ...choices];
const inInput = [
  "plain_text_input",
  "number_input",
  "email_text_input",
  "url_text_input",
  "rich_text_input",
  "file_input",
  ...choices,
  ...dates,
];

const element =
  (allowed: readonly string[]): Check =>
  (value, at) => {
    const type = isFields(value) ? value.type : undefined;
    const shape = typeof type === "string" ? elements[type] : undefined;
    if (shape === undefined) return [`${at} has the type ${JSON.stringify(type)}, which is no element Slack knows`];
    if (typeof type === "string" && !allowed.includes(type)) return [`${at} may not be a ${type} here`];
    return object(shape, ["type"])(value, at);
  };
const contextElement: Check = (value, at) =>
  isFields(value) && value.type === "image" ? element(["image"])(value, at) : anyText(3000)(value, at);

const richTextTypes = ["rich_text_section", "rich_text_list", "rich_text_quote", "rich_text_preformatted"];
const richTextPart = object({
  needs: { type: oneOf(...richTextTypes), elements: list(1000, anything, 0) },
  may: { style: oneOf("bullet", "ordered"), indent: whole(0, 8), offset: whole(0, 1000), border: whole(0, 1) },
});
const richText: Shape = { needs: { elements: list(1000, richTextPart) } };
const richTextBlock = object(richText, ["type", "block_id"]);

const cell: Check = (value, at) => {
  const type = isFields(value) ? value.type : undefined;
  if (type === "rich_text") return richTextBlock(value, at);
  if (type === "raw_text") return object({ needs: { text: string(10_000) } }, ["type"])(value, at);
  if (type === "raw_number") return object({ needs: { value: anything, text: string(10_000) } }, ["type"])(value, at);
  return [`${at} must be a cell of type raw_text, raw_number or rich_text`];
};
const columnSetting = object({ may: { align: oneOf("left", "center", "right"), is_wrapped: flag } });
const rows = list(100, list(20, cell));
const card: Shape = {
  may: {
    hero_image: element(["image"]),
    icon: element(["image"]),
    title: mrkdwn(150),
    subtitle: mrkdwn(150),
    body: mrkdwn(200),
    actions: list(3, element(["button"])),
  },
  also: (fields, at) =>
    ["hero_image", "title", "actions", "body"].some((name) => fields[name] !== undefined)
      ? []
      : [`${at} needs one of hero_image, title, body, actions`],
};
const taskCard: Shape = {
  needs: {
    task_id: string(255),
    title: string(255),
    status: oneOf("pending", "in_progress", "complete", "error"),
  },
  may: { details: richTextBlock, output: richTextBlock, sources: list(20, anything, 0) },
};
const inContainer = "actions context divider file header image input rich_text section table video".split(" ");
const everywhere: readonly Surface[] = ["message", "modal", "home"];

/** Every block type Slack documents, where it may stand and what is in it. */
const blockRules: Readonly<Record<string, BlockRule>> = {
  section: {
    on: everywhere,
    may: { text: anyText(3000), fields: list(10, anyText(2000)), accessory: element(inSection), expand: flag },
    also: (fields, at) =>
      fields.text === undefined && fields.fields === undefined ? [`${at} needs text or fields`] : [],
  },
  actions: { on: everywhere, needs: { elements: list(25, element(inActions)) } },
  context: { on: everywhere, needs: { elements: list(10, contextElement) } },
  header: { on: everywhere, needs: { text: plainText(150) } },
  divider: { on: everywhere },
  input: {
    on: everywhere,
    needs: { label: plainText(2000), element: element(inInput) },
    may: { hint: plainText(2000), optional: flag, dispatch_action: flag },
  },
  image: { ...picture, on: everywhere, may: { ...picture.may, title: plainText(2000) } },
  rich_text: { ...richText, on: everywhere },
  table: { on: ["message"], needs: { rows }, may: { column_settings: list(20, columnSetting) } },
  data_table: {
    on: ["message"],
    needs: { rows: list(101, list(20, cell)), caption: string(255) },
    may: { page_size: whole(1, 100), row_header_column_index: whole(0, 19) },
  },
  markdown: { on: ["message"], needs: { text: string(12_000) } },
  video: {
    on: everywhere,
    needs: { video_url: string(3000), thumbnail_url: string(3000), alt_text: string(2000), title: plainText(199) },
    may: {
      title_url: string(3000),
      author_name: string(49),
      provider_name: string(255),
      provider_icon_url: string(3000),
      description: plainText(2000),
    },
  },
  context_actions: { on: ["message"], needs: { elements: list(5, element(["feedback_buttons", "icon_button"])) } },
  alert: {
    on: ["modal"],
    needs: { text: anyText(3000) },
    may: { level: oneOf("default", "info", "warning", "error", "success") },
  },
  card: { ...card, on: ["message"] },
  carousel: { on: ["message"], needs: { elements: list(10, object(card, ["type", "block_id"])) } },
  container: {
    on: ["message"],
    needs: { child_blocks: list(10, (value, at) => checkBlock("message", value, at, inContainer)) },
    may: {
      title: plainText(150),
      rich_text_title: richTextBlock,
      subtitle: anyText(150),
      width: oneOf("narrow", "standard", "wide", "full"),
      icon: element(["image"]),
      is_collapsible: flag,
      default_collapsed: flag,
      has_header_divider: flag,
    },
    also: (fields, at) =>
      fields.title === undefined && fields.rich_text_title === undefined
        ? [`${at} needs title or rich_text_title`]
        : [],
  },
  task_card: { ...taskCard, on: ["message"] },
  plan: {
    on: ["message"],
    needs: { title: string(255) },
    may: { tasks: list(50, object(taskCard, ["type", "block_id"]), 0) },
  },
} satisfies Readonly<Record<Exclude<KnownBlock["type"], "file">, BlockRule>>;

function checkBlock(surface: Surface, block: unknown, at: string, allowed?: readonly string[]): readonly string[] {
  if (!isFields(block)) return [`${at} must be an object`];
  const { type, block_id: blockId } = block;
  const rule = typeof type === "string" ? blockRules[type] : undefined;
  if (rule === undefined || typeof type !== "string") {
    return [`${at} has the type ${JSON.stringify(type)}, which is no block an app may send`];
  }
  const here = `${at} (${type})`;
  const idProblems = blockId === undefined ? [] : string(255)(blockId, `${here}.block_id`);
  if (!rule.on.includes(surface)) return [`${here} may not stand in a ${surface}`, ...idProblems];
  if (allowed !== undefined && !allowed.includes(type)) return [`${here} may not stand inside another block`];
  return [...idProblems, ...object(rule, ["type", "block_id"])(block, here), ...repeatedActionIds(block, here)];
}

function repeatedActionIds(block: Fields, at: string): readonly string[] {
  const inside = [block.accessory, block.element, ...(Array.isArray(block.elements) ? block.elements : [])];
  const found = inside.flatMap((entry) => (isFields(entry) && entry.action_id !== undefined ? [entry.action_id] : []));
  return repeated(found).map((id) => `${at} has the action_id ${JSON.stringify(id)} twice`);
}

const repeated = (values: readonly unknown[]): readonly unknown[] => [
  ...new Set(values.filter((value, index) => values.indexOf(value) !== index)),
];

/** The characters of all cells together, which Slack limits over a whole message. */
function tableCharacters(blocks: readonly Fields[]): number {
  const count = (value: unknown): number => {
    if (Array.isArray(value)) return value.reduce<number>((sum, entry) => sum + count(entry), 0);
    if (!isFields(value)) return 0;
    const own = typeof value.text === "string" ? value.text.length : 0;
    return own + count(value.elements);
  };
  return blocks.reduce((sum, block) => sum + count(block.rows), 0);
}

function checkTogether(surface: Surface, blocks: readonly unknown[]): readonly string[] {
  const problems: string[] = [];
  const most = surface === "message" ? 50 : 100;
  if (blocks.length > most)
    problems.push(`there are ${blocks.length} blocks, and Slack allows ${most} in a ${surface}`);

  const known = blocks.filter(isFields);
  const blockIds = known.flatMap((block) => (block.block_id === undefined ? [] : [block.block_id]));
  for (const id of repeated(blockIds)) problems.push(`the block_id ${JSON.stringify(id)} is used twice`);

  const tables = known.filter((block) => block.type === "table");
  if (tables.length > 1) problems.push(`there are ${tables.length} tables, and Slack allows 1 in a message`);
  const characters = tableCharacters(tables);
  if (characters > 10_000) problems.push(`the table has ${characters} characters, and Slack allows 10000 in a message`);

  const markdown = known.filter((block) => block.type === "markdown");
  const written = markdown.reduce((sum, { text }) => sum + (typeof text === "string" ? text.length : 0), 0);
  if (markdown.length > 1 && written > 12_000) {
    problems.push(`the markdown blocks have ${written} characters, and Slack allows 12000 in a message`);
  }
  return problems;
}

/** What Slack would refuse about these blocks, in words; empty when they may be sent. */
export function checkBlocks(surface: Surface, blocks: readonly unknown[]): string[] {
  const each = blocks.flatMap((block, index) => checkBlock(surface, block, `block ${index + 1}`));
  return [...checkTogether(surface, blocks), ...each];
}

const viewShape = {
  private_metadata: string(3000, 0),
  callback_id: string(255),
  external_id: string(255, 0),
};
const modalShape: Shape = {
  needs: { title: plainText(24), blocks: list(100, anything, 0) },
  may: { ...viewShape, submit: plainText(24), close: plainText(24), clear_on_close: flag, notify_on_close: flag },
};
const homeShape: Shape = { needs: { blocks: list(100, anything, 0) }, may: viewShape };

/** What Slack would refuse about this modal or App Home, its blocks included; empty when it may be shown. */
export function checkView(view: unknown): string[] {
  if (!isFields(view)) return ["the view must be an object"];
  if (view.type !== "modal" && view.type !== "home") return ["the view must have the type modal or home"];
  const blocks = Array.isArray(view.blocks) ? view.blocks : [];
  const own = object(view.type === "modal" ? modalShape : homeShape, ["type"])(view, `the ${view.type}`);
  const asksInput = blocks.some((block) => isFields(block) && block.type === "input");
  const noSubmit =
    view.type === "modal" && asksInput && view.submit === undefined
      ? ["the modal has input blocks, so it needs the field submit"]
      : [];
  return [...own, ...noSubmit, ...checkBlocks(view.type, blocks)];
}
