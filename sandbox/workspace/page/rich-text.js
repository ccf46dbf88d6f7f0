// Draws Slack's `rich_text` block: sections, lists, preformatted text and quotes made of styled runs.

import { h } from "./dom.js";
import { drawBars, drawChannel, drawDate, drawEmoji, drawGroup, drawLink, drawUser } from "./formatted.js";
import { drawUnknown } from "./unknown.js";

/** @typedef {import("./dom.js").Content} Content */

/** @param {any} block a `rich_text` block or table cell @returns {Content} */
export function drawRichText(block) {
  return h("div", { class: "rich-text" }, joinLists(block.elements ?? []));
}

/**
 * A list with deeper items arrives as several lists with `indent`; each is drawn by itself, set in by its depth.
 * @param {any[]} elements
 * @returns {Content[]}
 */
function joinLists(elements) {
  return elements.map((element) => {
    switch (element.type) {
      case "rich_text_section":
        return h("div", { class: "rich-text-section" }, drawRuns(element.elements));
      case "rich_text_list": {
        const items = (element.elements ?? []).map((/** @type {any} */ item) => h("li", null, drawRuns(item.elements)));
        const indent = Math.min(8, Number(element.indent ?? 0));
        const start = element.style === "ordered" ? Number(element.offset ?? 0) + 1 : undefined;
        return h(element.style === "ordered" ? "ol" : "ul", { class: `indent-${indent}`, start }, items);
      }
      case "rich_text_preformatted":
        return h("pre", { tabindex: 0 }, drawRuns(element.elements));
      case "rich_text_quote":
        return h("blockquote", null, drawRuns(element.elements));
      default:
        return drawUnknown(element);
    }
  });
}

/** @param {any[]} [runs] @returns {Content[]} */
function drawRuns(runs = []) {
  return runs.map((run) => styled(run.style, drawRun(run)));
}

/** @param {any} run @returns {Content} */
function drawRun(run) {
  switch (run.type) {
    case "text":
      return drawLines(String(run.text ?? ""));
    case "link":
      return drawLink(String(run.url ?? ""), String(run.text ?? run.url ?? ""));
    case "user":
      return drawUser(run.user_id);
    case "channel":
      return drawChannel(run.channel_id);
    case "usergroup":
      return drawGroup(run.usergroup_id);
    case "broadcast":
      return h("span", { class: "mention" }, `@${run.range}`);
    case "emoji":
      return drawEmoji(String(run.name ?? ""));
    case "date":
      return drawDate(Number(run.timestamp), run.format ?? "{date_short_pretty} {time}", run.url);
    case "color":
      return h("code", null, run.value);
    default:
      return drawUnknown(run);
  }
}

/** @param {string} text @returns {Content} */
function drawLines(text) {
  return text.split("\n").flatMap((line, index) => (index === 0 ? [drawBars(line)] : [h("br", null), drawBars(line)]));
}

/**
 * @param {Record<string, boolean> | undefined} style
 * @param {Content} content
 * @returns {Content}
 */
function styled(style, content) {
  if (style === undefined) return content;
  let result = content;
  if (style.code) result = h("code", null, result);
  if (style.strike) result = h("s", null, result);
  if (style.underline) result = h("u", null, result);
  if (style.italic) result = h("em", null, result);
  if (style.bold) result = h("strong", null, result);
  return result;
}
