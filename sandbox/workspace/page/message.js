// One message: who, when, blocks or text, files, reactions, its thread, and whom it is for.

import { act, isApp, openThread } from "./actions.js";
import { drawAvatar } from "./avatar.js";
import { drawBlocks } from "./blocks.js";
import { clockTime, dateOfTs, fullTime, relativeTime } from "./dates.js";
import { h } from "./dom.js";
import { emojiCharacter } from "./emoji.js";
import { drawFile } from "./files.js";
import { drawText, userName } from "./formatted.js";
import { icon } from "./icons.js";
import { parseMrkdwn } from "./mrkdwn.js";
import { state } from "./store.js";

/**
 * @typedef {import("./api.js").Message} Message
 * @typedef {{ count: number, latest: string }} Replies
 * @typedef {{ place: "channel" | "thread", isContinued: boolean, replies?: Replies | undefined, now: Date }} How `isContinued`:
 *   the message before is of the same author and moment, so name and picture need not come again
 * @typedef {{ inputs: unknown[], drawing: import("./dom.js").VNode }} Drawn
 */

/** The last drawing of each message, and what it depends on besides the message. @type {WeakMap<Message, Map<string, Drawn>>} */
const lastDrawn = new WeakMap();

/** As often as this a kept drawing is made anew, for its "3 min ago". */
const FRESH_MS = 20_000;

/**
 * @param {Message} message
 * @param {How} how
 * @returns {import("./dom.js").VNode}
 */
export function drawMessage(message, how) {
  // In a long channel most messages are as they were; not drawing them again keeps typing quick.
  const { place, isContinued, replies, now } = how;
  const busy = [...state.busy].filter((key) => key.startsWith(`${message.ts}/`)).join();
  const inputs = [
    isContinued,
    replies?.count,
    replies?.latest,
    busy,
    state.user,
    state.directory,
    state.previews,
    Math.floor(now.getTime() / FRESH_MS),
  ];
  const drawings = lastDrawn.get(message) ?? new Map();
  const last = drawings.get(place);
  if (last?.inputs.every((/** @type {unknown} */ input, /** @type {number} */ at) => input === inputs[at])) {
    return last.drawing;
  }
  const drawing = drawAnew(message, how);
  lastDrawn.set(message, drawings.set(place, { inputs, drawing }));
  return drawing;
}

/** @param {Message} message @param {How} how */
function drawAnew(message, { place, isContinued, replies, now }) {
  const isPrivate = message.ephemeralFor !== undefined;
  const classes = ["message", isContinued ? "continued" : "", isPrivate ? "private" : ""].join(" ").trim();
  const date = dateOfTs(message.ts);
  return h(
    "article",
    {
      key: message.ts,
      class: classes,
      "data-message-ts": message.ts,
      "aria-label": `${userName(message.user)}, ${clockTime(date)}`,
    },
    isContinued
      ? h("span", { class: "gutter", "aria-hidden": "true" }, h("time", { class: "gutter-time" }, clockTime(date)))
      : h("span", { class: "gutter" }, drawAvatar(message.user)),
    h(
      "div",
      { class: "message-main" },
      isPrivate ? h("p", { class: "only-you" }, icon("eye"), "Only visible to you") : null,
      isContinued ? null : drawHead(message, date, now),
      place === "channel" ? drawOrigin(message) : null,
      drawBody(message, place),
      drawReactions(message),
      place === "channel" && replies !== undefined ? drawReplies(message, replies, now) : null,
    ),
    place === "channel" && !isPrivate ? drawTools(message, replies) : null,
  );
}

/** @param {Message} message @param {Date} date @param {Date} now */
function drawHead(message, date, now) {
  const user = state.directory.users.find(({ id }) => id === message.user);
  return h(
    "header",
    { class: "message-head" },
    h("span", { class: "author" }, userName(message.user)),
    user !== undefined && isApp(user) ? h("span", { class: "badge" }, "app") : null,
    h("time", { datetime: date.toISOString(), title: fullTime(date) }, clockTime(date)),
    h("span", { class: "ago" }, relativeTime(date, now)),
  );
}

/** @param {Message} message @param {string} place */
function drawBody(message, place) {
  const surface = { ts: message.ts };
  const blocks = message.blocks ?? [];
  /** @type {import("./elements.js").Context["act"]} */
  const actHere = (action) => act(surface, action);
  const edited = message.editedTs === undefined ? null : drawEdited(message.editedTs);
  return h(
    "div",
    { class: message.deleted ? "message-body quiet" : "message-body" },
    blocks.length === 0 && (message.text !== "" || (message.attachments ?? []).length === 0)
      ? h("div", { class: "text" }, drawText(parseMrkdwn(message.text)), edited)
      : [drawBlocks(blocks, { surface, place, act: actHere }), edited],
    (message.attachments ?? []).map((attachment) => drawAttachment(attachment, { surface, place, act: actHere })),
    (message.files ?? []).length === 0 ? null : h("div", { class: "files" }, (message.files ?? []).map(drawFile)),
  );
}

/**
 * Slack's older way to set something apart: a coloured line beside blocks or text.
 * @param {Record<string, any>} attachment
 * @param {import("./blocks.js").BlocksContext} context
 */
function drawAttachment(attachment, context) {
  const { color = "", blocks, title, text, fallback } = attachment;
  const style = /^#?[0-9a-f]{6}$/i.test(color) ? `border-color: #${color.replace("#", "")}` : undefined;
  return h(
    "div",
    { class: `attachment ${style === undefined ? color : ""}`.trim(), style },
    Array.isArray(blocks)
      ? drawBlocks(blocks, context)
      : [
          title === undefined ? null : h("strong", null, String(title)),
          h("div", { class: "text" }, drawText(parseMrkdwn(String(text ?? fallback ?? "")))),
        ],
  );
}

/** @param {string} ts */
function drawEdited(ts) {
  return h("span", { class: "edited", title: `Edited ${fullTime(dateOfTs(ts))}` }, "(edited)");
}

/** @param {Message} message */
function drawReactions(message) {
  const reactions = message.reactions ?? [];
  if (reactions.length === 0) return null;
  return h(
    "ul",
    { class: "reactions", "aria-label": "Reactions" },
    reactions.map(({ name, users, count }) =>
      h(
        "li",
        { key: name, class: "reaction", "data-reaction": name, title: `:${name}: ${users.map(userName).join(", ")}` },
        h(
          "span",
          { class: "emoji", role: "img", "aria-label": name.replaceAll("_", " ") },
          emojiCharacter(name) ?? `:${name}:`,
        ),
        h("span", null, count ?? users.length),
      ),
    ),
  );
}

/** A reply that was also sent to the channel says where it belongs. @param {Message} message */
function drawOrigin({ ts, threadTs }) {
  if (threadTs === undefined || threadTs === ts) return null;
  return h("button", { type: "button", class: "origin", onclick: () => openThread(threadTs) }, "replied in a thread");
}

/** @param {Message} message @param {Replies} replies @param {Date} now */
function drawReplies(message, { count, latest }, now) {
  return h(
    "button",
    { type: "button", class: "replies", "data-testid": "open-thread", onclick: () => openThread(message.ts) },
    icon("thread"),
    h("span", { class: "replies-count" }, count === 1 ? "1 reply" : `${count} replies`),
    h("span", { class: "replies-latest" }, `last ${relativeTime(dateOfTs(latest), now)}`),
  );
}

/** @param {Message} message @param {Replies | undefined} replies */
function drawTools(message, replies) {
  return h(
    "div",
    { class: "tools" },
    h(
      "button",
      {
        type: "button",
        class: "icon-button",
        title: "Reply in thread",
        "aria-label": "Reply in thread",
        "data-testid": replies === undefined ? "open-thread" : "reply-in-thread",
        onclick: () => openThread(message.ts),
      },
      icon("thread"),
    ),
  );
}
