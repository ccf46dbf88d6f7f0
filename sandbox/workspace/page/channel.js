// The middle: a channel with its messages and composer.

import { isApp } from "./actions.js";
import { drawComposer } from "./composer.js";
import { h } from "./dom.js";
import { icon } from "./icons.js";
import { drawMessageList } from "./message-list.js";
import { state } from "./store.js";

/** @typedef {import("./api.js").Message} Message */

export function drawChannel() {
  const channel = state.directory.channels.find(({ id }) => id === state.channel);
  const isDirect = channel?.withUser !== undefined;
  const name = isDirect ? (state.directory.users.find(isApp)?.name ?? "") : (channel?.name ?? "");
  const title = isDirect ? name : `#${name}`;
  const messages = state.messages.filter((message) => isForMe(message) && !isReply(message));
  return h(
    "main",
    { class: "pane channel", key: "channel", "aria-label": `Channel ${name}` },
    h("header", { class: "pane-head" }, icon(isDirect ? "thread" : "hash"), h("h1", null, name)),
    drawMessageList({
      id: `channel-${state.channel}-${state.user}`,
      place: "channel",
      label: `Messages in ${name}`,
      messages,
      notices: state.notices.filter(
        ({ user, channel, thread }) => user === state.user && channel === state.channel && thread === undefined,
      ),
      repliesOf,
      empty: h(
        "div",
        { class: "empty" },
        h("p", { class: "empty-title" }, `This is the beginning of ${title}`),
        h("p", null, "Type ", h("code", null, "/zk help"), " to see what the app can do."),
      ),
    }),
    drawComposer({ placeholder: `Message ${title}` }),
  );
}

/** A private message is somebody's alone, whatever the server sends. @param {Message} message */
export function isForMe({ ephemeralFor }) {
  return ephemeralFor === undefined || ephemeralFor === state.user;
}

/** @param {Message} message */
function isReply({ ts, threadTs, broadcast }) {
  return threadTs !== undefined && threadTs !== ts && broadcast !== true;
}

/**
 * @param {string} ts
 * @returns {import("./message.js").Replies | undefined} counted from the replies themselves where the server lists them,
 *   taken from the parent where it does not
 */
function repliesOf(ts) {
  const replies = state.messages.filter((message) => message.threadTs === ts && message.ts !== ts && isForMe(message));
  const parent = state.messages.find((message) => message.ts === ts);
  const count = Math.max(replies.length, parent?.replyCount ?? 0);
  if (count === 0) return undefined;
  return { count, latest: replies.at(-1)?.ts ?? parent?.latestReply ?? ts };
}
