// The right side: one message with its replies. Escape or the cross closes it.

import { openThread } from "./actions.js";
import { isForMe } from "./channel.js";
import { drawComposer } from "./composer.js";
import { h } from "./dom.js";
import { icon } from "./icons.js";
import { drawMessageList } from "./message-list.js";
import { state } from "./store.js";

export function drawThread() {
  const { thread } = state;
  if (thread === undefined) return null;
  const name = state.directory.channels.find(({ id }) => id === state.channel)?.name ?? "";
  return h(
    "aside",
    {
      class: "pane thread",
      key: "thread",
      "aria-label": "Thread",
      "data-testid": "thread-pane",
      onkeydown: (/** @type {any} */ event) => {
        if (event.key === "Escape" && !event.defaultPrevented) openThread(undefined);
      },
    },
    h(
      "header",
      { class: "pane-head" },
      h("h2", null, "Thread"),
      h("span", { class: "quiet" }, `#${name}`),
      h(
        "button",
        {
          type: "button",
          class: "icon-button pane-close",
          "aria-label": "Close thread",
          title: "Close (Esc)",
          "data-testid": "close-thread",
          onclick: () => openThread(undefined),
        },
        icon("close"),
      ),
    ),
    drawMessageList({
      id: `thread-${thread}-${state.user}`,
      place: "thread",
      label: "Messages in thread",
      messages: messagesIn(thread),
      notices: state.notices.filter((notice) => notice.user === state.user && notice.thread === thread),
      repliesOf: () => undefined,
      empty: h("p", { class: "empty quiet" }, "Loading…"),
    }),
    drawComposer({ thread, placeholder: "Reply…" }),
  );
}

/** The parent first, also if the server lists only replies. @param {string} thread */
function messagesIn(thread) {
  const replies = state.replies.filter(isForMe);
  const parent = state.messages.find(({ ts }) => ts === thread);
  return replies.some(({ ts }) => ts === thread) || parent === undefined ? replies : [parent, ...replies];
}
