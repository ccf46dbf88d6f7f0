// Tables: Slack's `table` block and Markdown tables, in one look. The first row is the head; a table wider than its message
// scrolls sideways inside it.

import { h } from "./dom.js";

/**
 * @typedef {import("./dom.js").Content} Content
 * @typedef {{ align?: string, isWrapped?: boolean }} Column
 */

/** Cells up to this long ("server.1 zk1") stay on one line: breaking them saves no room worth having. */
const SHORT_CELL = 18;

/**
 * @param {readonly Column[]} columns
 * @param {readonly (readonly Content[])[]} rows
 */
export function drawTable(columns, rows) {
  const [head = [], ...body] = rows;
  return h(
    "div",
    // Focusable, so that a wide table can be scrolled by keyboard.
    { class: "table-frame", tabindex: 0, role: "region", "aria-label": "Table" },
    h(
      "table",
      null,
      h(
        "thead",
        null,
        h(
          "tr",
          null,
          head.map((cell, at) => drawCell("th", columns[at], cell)),
        ),
      ),
      h(
        "tbody",
        null,
        body.map((row) =>
          h(
            "tr",
            null,
            row.map((cell, at) => drawCell("td", columns[at], cell)),
          ),
        ),
      ),
    ),
  );
}

/**
 * @param {"th" | "td"} tag
 * @param {Column | undefined} column
 * @param {Content} content
 */
function drawCell(tag, column, content) {
  const isUnwrapped = column?.isWrapped === false || (typeof content === "string" && content.length <= SHORT_CELL);
  const classes = `${column?.align ?? "left"}${isUnwrapped ? " unwrapped" : ""}`;
  return h(tag, { class: classes, scope: tag === "th" ? "col" : undefined }, content);
}

/**
 * @param {readonly string[]} align
 * @param {readonly (readonly Content[])[]} rows
 */
export function markdownTable(align, rows) {
  return drawTable(
    align.map((side) => ({ align: side, isWrapped: true })),
    rows,
  );
}
