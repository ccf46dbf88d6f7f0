// Draws a list of Block Kit blocks for a message, a dialog or the App Home. One function a block type; interactive parts
// are in elements.js, and what is not known is shown as JSON (unknown.js).

import { fileUrl } from "./api.js";
import { h } from "./dom.js";
import { drawElement, drawTextObject, plainText, safeImage } from "./elements.js";
import { drawText } from "./formatted.js";
import { parseMarkdown } from "./markdown.js";
import { drawRichText } from "./rich-text.js";
import { drawTable } from "./table.js";
import { drawUnknown } from "./unknown.js";

/**
 * @typedef {import("./api.js").Block} Block
 * @typedef {import("./dom.js").Content} Content
 * @typedef {import("./elements.js").Context & { errors?: Record<string, string>, place?: string }} BlocksContext `errors`
 *   by block id; `place` tells apart two drawings of one message (channel and thread), as ids must be unique
 */

/**
 * @param {readonly Block[]} blocks
 * @param {BlocksContext} context
 * @returns {Content[]}
 */
export function drawBlocks(blocks, context) {
  return blocks.map((block, index) => {
    const drawn = drawBlock({ ...block, block_id: block.block_id ?? `block-${index}` }, context);
    // A field keeps what is typed as long as its block id stays. Others are told apart by place: their ids may be new with
    // every edit of the message, and a button under the pointer must survive that.
    const key = block.type === "input" ? `input-${block.block_id}` : `${index}-${block.type}`;
    return h("div", { key, class: `block block-${block.type}` }, drawn);
  });
}

/**
 * @param {Block} block
 * @param {BlocksContext} context
 * @returns {Content}
 */
function drawBlock(block, context) {
  switch (block.type) {
    case "header":
      return h("h3", null, plainText(block.text));
    case "section":
      return drawSection(block, context);
    case "divider":
      return h("hr", null);
    case "context":
      return h("div", { class: "context" }, (block.elements ?? []).map(drawContextElement));
    case "actions":
      return h("div", { class: "actions" }, (block.elements ?? []).map(placeElement(block, context)));
    case "input":
      return drawInput(block, context);
    case "image":
      return drawImage(block);
    case "rich_text":
      return drawRichText(block);
    case "table":
      return drawTableBlock(block);
    case "markdown":
      return h("div", { class: "markdown" }, drawText(parseMarkdown(String(block.text ?? ""))));
    default:
      return drawUnknown(block);
  }
}

/** @param {Block} block @param {BlocksContext} context */
function drawSection(block, context) {
  const fields = (block.fields ?? []).map((/** @type {any} */ field) => h("div", null, drawTextObject(field)));
  const body = h(
    "div",
    { class: "section-body" },
    block.text === undefined ? null : h("div", null, drawTextObject(block.text)),
    fields.length === 0 ? null : h("div", { class: "section-fields" }, fields),
  );
  if (block.accessory === undefined) return body;
  const accessory = placeElement(block, context)(block.accessory, 0);
  return h("div", { class: "section" }, body, h("div", { class: "section-accessory" }, accessory));
}

/** @param {any} element */
function drawContextElement(element) {
  if (element.type === "image") {
    return h("img", { class: "context-image", src: safeImage(element.image_url), alt: element.alt_text ?? "" });
  }
  return h("span", null, drawTextObject(element));
}

/**
 * @param {Block} block
 * @param {BlocksContext} context
 */
function placeElement(block, context) {
  return (/** @type {any} */ element, /** @type {number} */ index) =>
    drawElement(element, context, {
      blockId: String(block.block_id),
      isField: false,
      id: idOf(block, context, element.action_id ?? String(index)),
    });
}

/** @param {Block} block @param {BlocksContext} context @param {string} part */
function idOf(block, context, part) {
  const surface = "ts" in context.surface ? context.surface.ts : context.surface.viewId;
  return [context.place ?? "view", surface, block.block_id, part].join("-").replaceAll(/[^\w-]/g, "_");
}

/** @param {Block} block @param {BlocksContext} context */
function drawInput(block, context) {
  const { element } = block;
  const id = idOf(block, context, element.action_id ?? "field");
  const error = context.errors?.[String(block.block_id)];
  const describedBy = [block.hint === undefined ? "" : `${id}-hint`, error === undefined ? "" : `${id}-error`]
    .join(" ")
    .trim();
  const isGroup = element.type === "radio_buttons" || element.type === "checkboxes";
  const label = [
    plainText(block.label),
    block.optional === true ? h("span", { class: "optional" }, " (optional)") : null,
  ];
  return h(
    "div",
    { class: error === undefined ? "input" : "input invalid" },
    isGroup ? h("div", { class: "input-label" }, label) : h("label", { class: "input-label", for: id }, label),
    drawElement(element, context, {
      blockId: String(block.block_id),
      isField: block.dispatch_action !== true,
      id,
      // A visible <label> names the field; a group of choices is no field and has to be told.
      hasLabel: true,
      ...(isGroup ? { label: plainText(block.label) } : {}),
      describedBy: describedBy === "" ? undefined : describedBy,
      invalid: error !== undefined,
      required: block.optional !== true,
    }),
    block.hint === undefined ? null : h("p", { class: "input-hint", id: `${id}-hint` }, plainText(block.hint)),
    error === undefined ? null : h("p", { class: "input-error", id: `${id}-error`, role: "alert" }, error),
  );
}

/** @param {Block} block */
function drawImage(block) {
  const { slack_file: file } = block;
  const source = safeImage(block.image_url) ?? (file?.id === undefined ? safeImage(file?.url) : fileUrl(file.id));
  return h(
    "figure",
    { class: "picture" },
    block.title === undefined ? null : h("figcaption", null, plainText(block.title)),
    h("img", { src: source, alt: block.alt_text ?? "", loading: "lazy" }),
  );
}

/** @param {Block} block */
function drawTableBlock(block) {
  const columns = (block.column_settings ?? []).map((/** @type {any} */ column) => ({
    align: column?.align ?? "left",
    isWrapped: column?.is_wrapped === true,
  }));
  const rows = (block.rows ?? []).map((/** @type {any[]} */ row) => row.map(drawCell));
  return drawTable(columns, rows);
}

/** @param {any} cell */
function drawCell(cell) {
  switch (cell?.type) {
    case "raw_text":
    case "raw_number":
      return plainText(String(cell.text ?? cell.value ?? ""));
    case "rich_text":
      return drawRichText(cell);
    default:
      return drawUnknown(cell);
  }
}
