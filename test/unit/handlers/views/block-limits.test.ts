import { describe, expect, test } from "vitest";
import { checkBlocks, checkView } from "../../../../handlers/views/block-limits.ts";

const plain = (text: string) => ({ type: "plain_text", text });
const mrkdwn = (text: string) => ({ type: "mrkdwn", text });
const section = (text: string) => ({ type: "section", text: mrkdwn(text) });
const button = (fields: object = {}) => ({ type: "button", text: plain("Approve"), action_id: "approve", ...fields });
const actions = (...elements: object[]) => ({ type: "actions", elements });
const input = (element: object, fields: object = {}) => ({ type: "input", label: plain("Reason"), element, ...fields });
const select = (fields: object = {}) => ({
  type: "static_select",
  action_id: "pick",
  options: [{ text: plain("One"), value: "1" }],
  ...fields,
});
const table = (rows: unknown) => ({ type: "table", rows });
const cell = (text: string) => ({ type: "raw_text", text });
const times = <T>(count: number, make: (index: number) => T): T[] => Array.from({ length: count }, (_, i) => make(i));

describe("blocks Slack takes", () => {
  const good: readonly (readonly [string, readonly unknown[]])[] = [
    ["a section of 3000 characters", [section("x".repeat(3000))]],
    ["a section of ten fields", [{ type: "section", fields: times(10, () => mrkdwn("x".repeat(2000))) }]],
    ["a section with a button", [{ ...section("x"), accessory: button() }]],
    ["25 buttons in a row", [actions(...times(25, (i) => button({ action_id: `a${i}` })))]],
    [
      "a button with everything",
      [actions(button({ value: "v".repeat(2000), style: "danger", url: "https://a.example" }))],
    ],
    [
      "a confirm dialog",
      [
        actions(
          button({
            confirm: { title: plain("Sure?"), text: mrkdwn("*Now*"), confirm: plain("Yes"), deny: plain("No") },
          }),
        ),
      ],
    ],
    [
      "a context of texts and pictures",
      [
        {
          type: "context",
          elements: [mrkdwn("a"), { type: "image", image_url: "https://a.example/a.png", alt_text: "a" }],
        },
      ],
    ],
    ["a header of 150 characters", [{ type: "header", text: plain("x".repeat(150)) }]],
    ["a divider", [{ type: "divider" }]],
    ["a table of 100 rows", [table(times(100, () => [cell("a"), cell("b")]))]],
    ["markdown of 12000 characters", [{ type: "markdown", text: "x".repeat(12_000) }]],
    [
      "rich text",
      [{ type: "rich_text", elements: [{ type: "rich_text_section", elements: [{ type: "text", text: "a" }] }] }],
    ],
    [
      "an overflow menu",
      [actions({ type: "overflow", action_id: "more", options: [{ text: plain("One"), value: "1" }] })],
    ],
    ["the same action id in two blocks", [actions(button()), actions(button())]],
    [
      "a plan with tasks",
      [{ type: "plan", title: "Upgrade", tasks: [{ type: "task_card", task_id: "1", title: "a", status: "pending" }] }],
    ],
    ["a field that is undefined", [{ type: "divider", block_id: undefined }]],
  ];
  test.each(good)("%s", (_name, blocks) => {
    expect(checkBlocks("message", blocks)).toEqual([]);
  });
});

describe("blocks Slack refuses, and the words for it", () => {
  const bad: readonly (readonly [string, readonly unknown[], RegExp])[] = [
    ["a text too long", [section("x".repeat(3001))], /block 1 \(section\)\.text\.text has 3001 characters.*3000/],
    ["an empty text", [section("")], /is empty/],
    ["a section without text", [{ type: "section" }], /needs text or fields/],
    ["an eleventh field", [{ type: "section", fields: times(11, () => mrkdwn("a")) }], /11 entries.*10/],
    ["a field of 2001 characters", [{ type: "section", fields: [mrkdwn("x".repeat(2001))] }], /2001 characters/],
    ["a 26th button", [actions(...times(26, (i) => button({ action_id: `a${i}` })))], /26 entries.*25/],
    ["no elements", [actions()], /is empty/],
    ["a button text of 76 characters", [actions(button({ text: plain("x".repeat(76)) }))], /76 characters.*75/],
    ["a button with mrkdwn", [actions(button({ text: mrkdwn("a") }))], /plain_text/],
    ["a value of 2001 characters", [actions(button({ value: "x".repeat(2001) }))], /2001 characters/],
    ["an unknown style", [actions(button({ style: "green" }))], /primary, danger/],
    ["an action id of 256 characters", [actions(button({ action_id: "x".repeat(256) }))], /256 characters/],
    ["an action id twice in a block", [actions(button(), button())], /action_id "approve" twice/],
    [
      "a block id twice",
      [
        { type: "divider", block_id: "a" },
        { type: "divider", block_id: "a" },
      ],
      /block_id "a" is used twice/,
    ],
    ["51 blocks", times(51, () => ({ type: "divider" })), /51 blocks.*50/],
    ["an unknown block", [{ type: "sektion" }], /"sektion", which is no block/],
    ["an unknown element", [actions({ type: "knob" })], /"knob", which is no element/],
    [
      "an element where it may not be",
      [actions({ type: "plain_text_input", action_id: "a" })],
      /may not be a plain_text_input/,
    ],
    ["a field Slack does not know", [{ ...section("a"), colour: "red" }], /field colour that Slack does not know/],
    ["a header of 151 characters", [{ type: "header", text: plain("x".repeat(151)) }], /151 characters/],
    ["a header in mrkdwn", [{ type: "header", text: mrkdwn("a") }], /plain_text/],
    ["an eleventh context element", [{ type: "context", elements: times(11, () => mrkdwn("a")) }], /11 entries/],
    [
      "a confirm text of 301 characters",
      [actions(button({ confirm: { text: plain("x".repeat(301)) } }))],
      /301 characters/,
    ],
    ["a confirm dialog without text", [actions(button({ confirm: { title: plain("a") } }))], /needs the field text/],
    [
      "a select without options",
      [actions({ type: "static_select", action_id: "a" })],
      /exactly one of options, option_groups/,
    ],
    [
      "an option value of 151 characters",
      [actions(select({ options: [{ text: plain("a"), value: "x".repeat(151) }] }))],
      /151 characters/,
    ],
    [
      "101 options",
      [actions(select({ options: times(101, (i) => ({ text: plain("a"), value: `${i}` })) }))],
      /101 entries/,
    ],
    ["a table of 101 rows", [table(times(101, () => [cell("a")]))], /101 entries/],
    ["a table of 21 columns", [table([times(21, () => cell("a"))])], /21 entries/],
    ["a table of 10001 characters", [table([[cell("x".repeat(5000)), cell("x".repeat(5001))]])], /10001 characters/],
    ["an empty cell", [table([[cell("")]])], /is empty/],
    ["two tables", [table([[cell("a")]]), table([[cell("a")]])], /2 tables/],
    ["markdown over 12000 in all", times(2, () => ({ type: "markdown", text: "x".repeat(6001) })), /12002 characters/],
    ["an image without an address", [{ type: "image", alt_text: "a" }], /image_url, slack_file/],
    ["an alert in a message", [{ type: "alert", text: plain("a") }], /may not stand in a message/],
    ["a block that is none", ["text"], /must be an object/],
  ];
  test.each(bad)("%s", (_name, blocks, words) => {
    const problems = checkBlocks("message", blocks);
    expect(problems.join("\n")).toMatch(words);
  });

  test("a table in a modal", () => {
    expect(checkBlocks("modal", [table([[cell("a")]])])).toEqual(["block 1 (table) may not stand in a modal"]);
  });

  test("each problem is told, not only the first", () => {
    expect(checkBlocks("message", [section(""), { type: "header" }, { type: "sektion" }])).toHaveLength(3);
  });

  test("100 blocks fit in a home and 101 do not", () => {
    const dividers = times(101, () => ({ type: "divider" }));
    expect(checkBlocks("home", dividers.slice(1))).toEqual([]);
    expect(checkBlocks("home", dividers)).toHaveLength(1);
  });
});

describe("views", () => {
  const text = input({ type: "plain_text_input", action_id: "reason" });
  const modal = (fields: object = {}) => ({
    type: "modal",
    title: plain("Deny"),
    submit: plain("Deny"),
    blocks: [text],
    ...fields,
  });

  test("a modal with an input and a submit button is right", () => {
    expect(checkView(modal())).toEqual([]);
  });

  test.each([
    ["a title of 25 characters", modal({ title: plain("x".repeat(25)) }), /25 characters.*24/],
    ["no title", modal({ title: undefined }), /needs the field title/],
    ["inputs and no submit", modal({ submit: undefined }), /needs the field submit/],
    ["metadata of 3001 characters", modal({ private_metadata: "x".repeat(3001) }), /3001 characters/],
    ["a wrong block", modal({ blocks: [section("")] }), /is empty/],
    ["a home with a title", { type: "home", title: plain("a"), blocks: [] }, /field title/],
    ["no type", { blocks: [] }, /modal or home/],
  ])("refused: %s", (_name, view, words) => {
    expect(checkView(view).join("\n")).toMatch(words);
  });
});
