// Draws the trees of mrkdwn.js and markdown.js: styled text, mentions by name, safe links, emoji.

import { fullTime, slackDate } from "./dates.js";
import { h } from "./dom.js";
import { emojiCharacter } from "./emoji.js";
import { state } from "./store.js";
import { markdownTable } from "./table.js";

/**
 * @typedef {import("./text-tree.d.ts").TextNode} TextNode
 * @typedef {import("./dom.js").Content} Content
 */

/** @param {readonly TextNode[]} nodes @returns {Content[]} */
export function drawText(nodes) {
  return nodes.map(drawNode);
}

/** @param {TextNode} node @returns {Content} */
function drawNode(node) {
  switch (node.type) {
    case "text":
      return drawBars(node.text);
    case "break":
      return h("br", null);
    case "bold":
      return h("strong", null, drawText(node.children));
    case "italic":
      return h("em", null, drawText(node.children));
    case "strike":
      return h("s", null, drawText(node.children));
    case "code":
      return h("code", null, drawBars(node.text));
    case "pre":
      return h("pre", { tabindex: 0 }, node.text);
    case "quote":
      return h("blockquote", null, drawText(node.children));
    case "link":
      return drawLink(node.url, drawText(node.children));
    case "user":
      return drawUser(node.id, node.label);
    case "channel":
      return drawChannel(node.id, node.label);
    case "usergroup":
      return drawGroup(node.id, node.label);
    case "broadcast":
      return h("span", { class: "mention" }, `@${node.name}`);
    case "date":
      return drawDate(node.seconds, node.format, node.url);
    case "emoji":
      return drawEmoji(node.name);
    case "paragraph":
      return h("p", null, drawText(node.children));
    case "heading":
      // A message is no page: its headings start below the page's own.
      return h(`h${Math.min(6, node.level + 2)}`, { class: `level-${node.level}` }, drawText(node.children));
    case "list": {
      const items = node.items.map((item) => h("li", null, drawText(item.children)));
      return node.ordered ? h("ol", { start: node.start }, items) : h("ul", null, items);
    }
    case "table":
      return markdownTable(
        node.align,
        node.rows.map((row) => row.map(drawText)),
      );
    case "rule":
      return h("hr", null);
  }
}

/**
 * Runs of ▓ and ░ are progress bars; drawn as a line in two colours and, for those who listen, as a percentage.
 * @param {string} text
 * @returns {Content}
 */
export function drawBars(text) {
  return text.split(/([▓█▰■]{1,60}[░▒▱□]{1,60}|[▓█▰]{6,60}|[░▱]{6,60})/).map((part, index) => {
    if (index % 2 === 0 || part.length < 4) return part;
    const done = part.replaceAll(/[░▒▱□]/g, "");
    const percent = Math.round((100 * done.length) / part.length);
    // The characters stay in the document, unseen, so that a copied line is the line that was sent.
    return h(
      "span",
      { class: "bar", role: "img", "aria-label": `${percent} percent`, style: `--done: ${percent}%` },
      part,
    );
  });
}

/** @param {string} url @param {Content} content */
export function drawLink(url, content) {
  // Only schemes that open a page or a mail: a message must not be able to run a script.
  if (!/^(https?:|mailto:|tel:)/i.test(url)) return h("span", null, content);
  return h("a", { href: url, target: "_blank", rel: "noopener noreferrer" }, content);
}

/** @param {string} id @param {string} [label] */
export function drawUser(id, label) {
  const classes = id === state.user ? "mention mention-me" : "mention";
  return h("span", { class: classes }, `@${nameOf(state.directory.users, id) ?? label ?? id}`);
}

/** @param {string} id @param {string} [label] */
export function drawChannel(id, label) {
  return h("span", { class: "mention" }, `#${nameOf(state.directory.channels, id) ?? label ?? id}`);
}

/** @param {string} id @param {string} [label] */
export function drawGroup(id, label) {
  const group = state.directory.usergroups?.find((candidate) => candidate.id === id);
  const name = group?.handle ?? group?.name ?? label ?? id;
  return h("span", { class: "mention" }, `@${name.replace(/^@/, "")}`);
}

/** @param {number} seconds @param {string} format @param {string} [url] */
export function drawDate(seconds, format, url) {
  const date = new Date(seconds * 1000);
  const text = slackDate(format, date, new Date());
  const time = h("time", { datetime: date.toISOString(), title: fullTime(date) }, text);
  return url === undefined ? time : drawLink(url, time);
}

/** @param {string} name */
export function drawEmoji(name) {
  const character = emojiCharacter(name);
  if (character === undefined) return `:${name}:`;
  return h(
    "span",
    { class: "emoji", role: "img", "aria-label": name.replaceAll("_", " "), title: `:${name}:` },
    character,
  );
}

/** @param {import("./api.js").Named[]} all @param {string} id */
function nameOf(all, id) {
  return all.find((candidate) => candidate.id === id)?.name;
}

/** @param {string} id @returns {string} */
export function userName(id) {
  return nameOf(state.directory.users, id) ?? id;
}
