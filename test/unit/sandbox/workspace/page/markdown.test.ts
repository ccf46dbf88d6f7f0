// The Markdown parser: the parts reports are made of.

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseMarkdown } from "../../../../../sandbox/workspace/page/markdown.js";
import type { TextNode } from "../../../../../sandbox/workspace/page/text-tree.d.ts";

const text = (value: string): TextNode => ({ type: "text", text: value });
const paragraph = (...children: TextNode[]): TextNode => ({ type: "paragraph", children });

describe("blocks", () => {
  it("reads headings, paragraphs and rules", () => {
    expect(parseMarkdown("# Report\none\ntwo\n\n---\n## End ##")).toEqual([
      { type: "heading", level: 1, children: [text("Report")] },
      paragraph(text("one"), { type: "break" }, text("two")),
      { type: "rule" },
      { type: "heading", level: 2, children: [text("End")] },
    ]);
  });

  it("reads lists inside lists", () => {
    expect(parseMarkdown("- a\n  1. b\n  2. c\n- d")).toEqual([
      {
        type: "list",
        ordered: false,
        start: 1,
        items: [
          {
            children: [
              text("a"),
              { type: "list", ordered: true, start: 1, items: [{ children: [text("b")] }, { children: [text("c")] }] },
            ],
          },
          { children: [text("d")] },
        ],
      },
    ]);
  });

  it("reads tables with alignment and escaped bars", () => {
    expect(parseMarkdown("| server | ms |\n|:--|--:|\n| zk1 \\| zk2 | 12 |")).toEqual([
      {
        type: "table",
        align: ["left", "right"],
        rows: [
          [[text("server")], [text("ms")]],
          [[text("zk1 | zk2")], [text("12")]],
        ],
      },
    ]);
  });

  it("keeps fenced text as it is, also when the fence is never closed", () => {
    expect(parseMarkdown("```json\n{ *a* }\n```")).toEqual([{ type: "pre", text: "{ *a* }" }]);
    expect(parseMarkdown("```\nopen")).toEqual([{ type: "pre", text: "open" }]);
  });

  it("reads quotes", () => {
    expect(parseMarkdown("> one\n> two")).toEqual([
      { type: "quote", children: [paragraph(text("one"), { type: "break" }, text("two"))] },
    ]);
  });
});

describe("inline", () => {
  it.each([
    ["**b**", { type: "bold", children: [text("b")] }],
    ["*i*", { type: "italic", children: [text("i")] }],
    ["_i_", { type: "italic", children: [text("i")] }],
    ["~~s~~", { type: "strike", children: [text("s")] }],
    ["`c`", { type: "code", text: "c" }],
    ["[notes](https://a.org)", { type: "link", url: "https://a.org", children: [text("notes")] }],
  ] as const)("reads %s", (source, node) => {
    expect(parseMarkdown(source)).toEqual([paragraph(node)]);
  });

  it.each(["snake_case_name", "<b>html</b>", "2 * 3 * 4"])("leaves %s as it is", (source) => {
    expect(parseMarkdown(source)).toEqual([paragraph(text(source))]);
  });
});

it("reads any text to its end", () => {
  const mark = fc.constantFrom("#", "-", "1.", ">", "|", "```", "\n", " ", "*", "_", "[", "](", ")", "\\");
  fc.assert(
    fc.property(fc.array(fc.oneof(mark, fc.string())), (parts) => {
      expect(Array.isArray(parseMarkdown(parts.join("")))).toBe(true);
    }),
  );
});
