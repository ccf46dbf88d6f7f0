// A scrolling list of messages, for a channel or a thread: day lines, messages of one author drawn together, the reader's own
// notices among them. It stays at the end while the reader is there, and leaves them alone when they scrolled up.

import { dismissNotice } from "./actions.js";
import { drawBlocks } from "./blocks.js";
import { clockTime, dateOfTs, dayKey, dayName } from "./dates.js";
import { h } from "./dom.js";
import { drawText } from "./formatted.js";
import { icon } from "./icons.js";
import { drawMessage } from "./message.js";
import { parseMrkdwn } from "./mrkdwn.js";
import { change, state } from "./store.js";

/**
 * @typedef {import("./api.js").Message} Message
 * @typedef {import("./store.js").Notice} Notice
 * @typedef {import("./message.js").Replies} Replies
 */

/** Messages of one author within this time are drawn as one. */
const TOGETHER_MS = 5 * 60_000;
/** Closer to the end than this counts as being at the end. */
const NEAR_END_PX = 48;

/** Lists whose reader is away from the end. @type {Set<string>} */
const scrolledUp = new Set();

/**
 * @param {{ id: string, place: "channel" | "thread", label: string, messages: readonly Message[],
 *   notices: readonly Notice[], repliesOf: (ts: string) => Replies | undefined, empty: import("./dom.js").Content }} list
 */
export function drawMessageList({ id, place, label, messages, notices, repliesOf, empty }) {
  const now = new Date();
  const onscroll = (/** @type {any} */ event) => noteScroll(id, event.currentTarget);
  return h(
    "div",
    { class: "list-frame", key: id },
    h(
      "div",
      {
        class: "list",
        role: "log",
        "aria-label": label,
        "aria-live": "polite",
        tabindex: 0,
        onscroll,
        mount: keepAtEnd(id),
      },
      h("div", { class: "list-content" }, messages.length + notices.length === 0 ? empty : drawItems()),
    ),
    scrolledUp.has(id)
      ? h("button", { type: "button", class: "to-end", onclick: toEnd }, icon("down"), "Latest messages")
      : null,
  );

  function drawItems() {
    /** @type {import("./dom.js").Content[]} */
    const items = [];
    /** @type {Message | undefined} */
    let before;
    let day = "";
    for (const entry of inOrder(messages, notices)) {
      const date = "ts" in entry ? dateOfTs(entry.ts) : new Date(entry.at);
      if (dayKey(date) !== day) {
        day = dayKey(date);
        before = undefined;
        items.push(
          h("div", { key: `day-${day}`, class: "day", role: "separator" }, h("span", null, dayName(date, now))),
        );
      }
      if (!("ts" in entry)) {
        items.push(drawNotice(entry));
        before = undefined;
        continue;
      }
      // A thread's parent stands apart from the replies.
      const isFirstReply = place === "thread" && before?.ts === messages[0]?.ts;
      const isContinued = before !== undefined && !isFirstReply && belongTogether(before, entry);
      items.push(drawMessage(entry, { place, isContinued, replies: repliesOf(entry.ts), now }));
      before = entry;
    }
    return items;
  }
}

/** @param {any} event */
function toEnd(event) {
  const list = event.currentTarget.parentElement?.querySelector(".list");
  list?.scrollTo({ top: list.scrollHeight });
  list?.focus({ preventScroll: true });
}

/** @param {string} id @param {Element} list */
function noteScroll(id, list) {
  const isUp = list.scrollHeight - list.scrollTop - list.clientHeight > NEAR_END_PX;
  if (isUp === scrolledUp.has(id)) return;
  change(() => (isUp ? scrolledUp.add(id) : scrolledUp.delete(id)));
}

/** @param {string} id */
function keepAtEnd(id) {
  return (/** @type {Element} */ list) => {
    scrolledUp.delete(id);
    const follow = () => {
      if (!scrolledUp.has(id)) list.scrollTop = list.scrollHeight;
    };
    follow();
    // Grows for new messages, loaded pictures and opened previews alike; shrinks of the frame (keyboard, window) count too.
    const observer = new ResizeObserver(follow);
    observer.observe(list);
    const content = list.firstElementChild;
    if (content !== null) observer.observe(content);
  };
}

/**
 * @param {readonly Message[]} messages oldest first
 * @param {readonly Notice[]} notices oldest first
 * @returns {(Message | Notice)[]}
 */
function inOrder(messages, notices) {
  const momentOf = (/** @type {Message | Notice} */ entry) => ("ts" in entry ? Number(entry.ts) * 1000 : entry.at);
  return [...messages, ...notices].sort((a, b) => momentOf(a) - momentOf(b));
}

/** @param {Message} before @param {Message} message */
function belongTogether(before, message) {
  return (
    before.user === message.user &&
    before.ephemeralFor === message.ephemeralFor &&
    (Number(message.ts) - Number(before.ts)) * 1000 < TOGETHER_MS &&
    // A long report deserves its own head, or nobody finds where it begins.
    (message.blocks ?? []).every((block) => block.type !== "header") &&
    (before.blocks ?? []).length < 4
  );
}

/** @param {Notice} notice */
function drawNotice({ id, at, text, blocks, tone }) {
  const context = { surface: { ts: id }, act: () => undefined };
  return h(
    "article",
    { key: id, class: `message private notice ${tone}`, role: tone === "error" ? "alert" : "status" },
    h("span", { class: "gutter" }, h("span", { class: "avatar avatar-note", "aria-hidden": "true" }, "i")),
    h(
      "div",
      { class: "message-main" },
      h("p", { class: "only-you" }, icon("eye"), "Only visible to you"),
      h(
        "header",
        { class: "message-head" },
        h("span", { class: "author" }, state.directory.name ?? "workspace"),
        h("time", null, clockTime(new Date(at))),
      ),
      h(
        "div",
        { class: "message-body" },
        blocks ? drawBlocks(blocks, context) : h("div", { class: "text" }, drawText(parseMrkdwn(text))),
      ),
    ),
    h(
      "div",
      { class: "tools" },
      h(
        "button",
        {
          type: "button",
          class: "icon-button",
          "aria-label": "Dismiss",
          title: "Dismiss",
          onclick: () => dismissNotice(id),
        },
        icon("close"),
      ),
    ),
  );
}
