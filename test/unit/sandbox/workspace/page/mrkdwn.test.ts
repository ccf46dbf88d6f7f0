// The mrkdwn parser: what Slack formats is formatted, what Slack leaves alone is left alone, and nothing becomes HTML.

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseMrkdwn } from "../../../../../sandbox/workspace/page/mrkdwn.js";
import type { TextNode } from "../../../../../sandbox/workspace/page/text-tree.d.ts";

const text = (value: string): TextNode => ({ type: "text", text: value });

/** All characters a reader sees, whatever their style. */
function visibleText(nodes: readonly TextNode[]): string {
  return nodes
    .map((node) => {
      if ("children" in node) return visibleText(node.children);
      return "text" in node ? node.text : "";
    })
    .join("");
}

describe("styles", () => {
  it.each([
    ["*orders*", { type: "bold", children: [text("orders")] }],
    ["_same_", { type: "italic", children: [text("same")] }],
    ["~3.8.0~", { type: "strike", children: [text("3.8.0")] }],
    ["`zoo.cfg`", { type: "code", text: "zoo.cfg" }],
    ["*a _b_*", { type: "bold", children: [text("a "), { type: "italic", children: [text("b")] }] }],
    ["*`*`*", { type: "bold", children: [{ type: "code", text: "*" }] }],
  ] as const)("reads %s", (source, node) => {
    expect(parseMrkdwn(source)).toEqual([node]);
  });

  it.each(["snake_case_name", "2*3*4", "* not bold *", "**", "a * b", "~/data and ~/conf", "`open", "_"])(
    "leaves %s as it is",
    (source) => {
      expect(parseMrkdwn(source)).toEqual([text(source)]);
    },
  );

  it("knows a style beside punctuation", () => {
    expect(parseMrkdwn("(*leader*).")).toEqual([text("("), { type: "bold", children: [text("leader")] }, text(").")]);
  });
});

describe("lines", () => {
  it("breaks where the text breaks", () => {
    expect(parseMrkdwn("one\ntwo")).toEqual([text("one"), { type: "break" }, text("two")]);
  });

  it("joins quoted lines into one quote, also when the mark arrives as an entity", () => {
    expect(parseMrkdwn("said:\n&gt; one\n> two\nafter")).toEqual([
      text("said:"),
      { type: "quote", children: [text("one"), { type: "break" }, text("two")] },
      text("after"),
    ]);
  });

  it("quotes all that follows >>>", () => {
    expect(parseMrkdwn(">>> one\ntwo")).toEqual([
      { type: "quote", children: [text("one"), { type: "break" }, text("two")] },
    ]);
  });

  it("keeps a fenced block as it is, without the line breaks around it", () => {
    expect(parseMrkdwn("cfg:\n```\n*a*\n  b &lt; c\n```\nend")).toEqual([
      text("cfg:"),
      { type: "pre", text: "*a*\n  b < c" },
      text("end"),
    ]);
  });
});

describe("angle brackets", () => {
  it.each([
    ["<@U024BE7LH>", { type: "user", id: "U024BE7LH" }],
    ["<@U024BE7LH|ann>", { type: "user", id: "U024BE7LH", label: "ann" }],
    ["<#C0ZK|zookeeper>", { type: "channel", id: "C0ZK", label: "zookeeper" }],
    ["<!subteam^S0|@zk-approvers>", { type: "usergroup", id: "S0", label: "@zk-approvers" }],
    ["<!here>", { type: "broadcast", name: "here" }],
    [
      "<https://a.org/x?a=1&amp;b=2|notes>",
      { type: "link", url: "https://a.org/x?a=1&b=2", children: [text("notes")] },
    ],
    ["<https://a.org>", { type: "link", url: "https://a.org", children: [text("https://a.org")] }],
    ["<!date^1700000000^{time}|then>", { type: "date", seconds: 1700000000, format: "{time}", fallback: "then" }],
  ] as const)("reads %s", (source, node) => {
    expect(parseMrkdwn(source)).toEqual([node]);
  });

  it("links a bare address without the full stop behind it", () => {
    expect(parseMrkdwn("see https://a.org/x_y_z.")).toEqual([
      text("see "),
      { type: "link", url: "https://a.org/x_y_z", children: [text("https://a.org/x_y_z")] },
      text("."),
    ]);
  });

  it("makes no link of an address that could run a script", () => {
    expect(parseMrkdwn("<javascript:alert(1)|x>")).toEqual([text("<javascript:alert(1)|x>")]);
  });

  it("makes no link inside a link's label", () => {
    const [link] = parseMrkdwn("<https://a.org|https://b.org>");
    expect(link).toEqual({ type: "link", url: "https://a.org", children: [text("https://b.org")] });
  });
});

describe("entities and emoji", () => {
  it("turns Slack's entities back once, not twice", () => {
    expect(parseMrkdwn("&lt;b&gt; &amp;lt;")).toEqual([text("<b> &lt;")]);
  });

  it("finds emoji names but not times", () => {
    expect(parseMrkdwn(":white_check_mark: 20:15:31")).toEqual([
      { type: "emoji", name: "white_check_mark" },
      text(" 20:15:31"),
    ]);
  });
});

describe("any text", () => {
  it("keeps every character of a text without marks", () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[a-z0-9 .,·→%]*$/), (source) => {
        expect(visibleText(parseMrkdwn(source))).toBe(source);
      }),
    );
  });

  it("is read without failing, and links only to safe schemes", () => {
    const mark = fc.constantFrom(
      "*",
      "_",
      "~",
      "`",
      "```",
      "<",
      ">",
      "|",
      ":",
      "\n",
      "@U1",
      "http://a",
      "!date^",
      "x ",
    );
    fc.assert(
      fc.property(fc.array(fc.oneof(mark, fc.string())), (parts) => {
        const visit = (node: TextNode): void => {
          if (node.type === "link") expect(node.url).toMatch(/^(https?:\/\/|mailto:|tel:)/i);
          if ("children" in node) node.children.forEach(visit);
        };
        parseMrkdwn(parts.join("")).forEach(visit);
      }),
    );
  });
});
