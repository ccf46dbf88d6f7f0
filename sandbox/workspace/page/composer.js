// Where a person types: Enter sends, Shift+Enter breaks the line, arrow-up brings back what was sent before, and a text that
// begins with / shows the commands that fit. What is typed but not sent stays with its channel or thread.

import { sendText } from "./actions.js";
import { suggestCommands } from "./commands.js";
import { h } from "./dom.js";
import { icon } from "./icons.js";
import { change, state } from "./store.js";

/**
 * @typedef {{ text: string, chosen: number, closed: boolean, recalled: number }} Draft `chosen`: the suggestion picked by
 *   arrow keys, -1 for none; `recalled`: how far back in history, 0 for not at all
 */

/** @type {Map<string, Draft>} */
const drafts = new Map();
const HISTORY_LENGTH = 50;

/**
 * @param {{ thread?: string | undefined, placeholder: string }} options
 */
export function drawComposer({ thread, placeholder }) {
  const id = `composer-${state.channel}-${thread ?? ""}`;
  const draft = draftOf(id);
  const suggestions = suggestionsFor(draft);
  const isOpen = suggestions.length > 0;
  const listId = `${id}-commands`;
  const inThread = thread === undefined ? "" : "thread-";
  return h(
    "form",
    { class: "composer", key: id, onsubmit: (/** @type {any} */ event) => submit(event, id, thread) },
    isOpen
      ? h(
          "ul",
          { class: "suggestions", role: "listbox", id: listId, "aria-label": "Commands", "data-testid": "suggestions" },
          suggestions.map(({ usage, insert, help }, index) =>
            h(
              "li",
              {
                key: usage,
                id: `${listId}-${index}`,
                role: "option",
                "aria-selected": index === draft.chosen ? "true" : "false",
                // Not on click: that would take the focus from the field first.
                onmousedown: (/** @type {any} */ event) => {
                  event.preventDefault();
                  const field = event.currentTarget.closest("form").querySelector("textarea");
                  setText(field, id, insert);
                },
              },
              h("code", null, usage),
              h("span", null, help),
            ),
          ),
        )
      : null,
    h(
      "div",
      { class: "composer-box" },
      h("textarea", {
        rows: 1,
        placeholder,
        "aria-label": placeholder,
        role: "combobox",
        "aria-autocomplete": "list",
        "aria-expanded": isOpen ? "true" : "false",
        "aria-controls": isOpen ? listId : undefined,
        "aria-activedescendant": isOpen && draft.chosen >= 0 ? `${listId}-${draft.chosen}` : undefined,
        "data-testid": `${inThread}composer`,
        enterkeyhint: "send",
        autocomplete: "off",
        spellcheck: "false",
        mount: (/** @type {HTMLTextAreaElement} */ field) => {
          field.value = draftOf(id).text;
          grow(field);
        },
        oninput: (/** @type {any} */ event) => {
          grow(event.target);
          edit(id, { text: event.target.value, chosen: -1, closed: false, recalled: 0 });
        },
        onkeydown: (/** @type {any} */ event) => onKey(event, id, suggestions),
        onblur: () => edit(id, { ...draftOf(id), closed: true }),
        onfocus: () => edit(id, { ...draftOf(id), closed: false }),
      }),
      h(
        "button",
        {
          type: "submit",
          class: "send",
          "aria-label": "Send",
          title: "Send (Enter)",
          "data-testid": `${inThread}send`,
          "aria-disabled": draft.text.trim() === "" ? "true" : undefined,
        },
        icon("send"),
      ),
    ),
    h(
      "p",
      { class: "composer-foot" },
      h("span", null, thread === undefined ? "Enter sends · ↑ recalls · type /zk for commands" : "Enter sends"),
      thread === undefined ? h("span", { role: "status" }, state.lastAck) : null,
    ),
  );
}

/** @param {string} id @returns {Draft} */
function draftOf(id) {
  return drafts.get(id) ?? { text: "", chosen: -1, closed: false, recalled: 0 };
}

/** @param {Draft} draft */
function suggestionsFor(draft) {
  return draft.closed || draft.recalled > 0 ? [] : suggestCommands(draft.text);
}

/** @param {string} id @param {Draft} draft */
function edit(id, draft) {
  change(() => drafts.set(id, draft));
}

/** @param {HTMLTextAreaElement} field @param {string} id @param {string} text @param {number} [recalled] */
function setText(field, id, text, recalled = 0) {
  field.value = text;
  field.setSelectionRange(text.length, text.length);
  grow(field);
  edit(id, { text, chosen: -1, closed: false, recalled });
}

/** As high as its text, up to what the style sheet allows. @param {HTMLTextAreaElement} field */
function grow(field) {
  field.style.height = "auto";
  field.style.height = `${field.scrollHeight}px`;
}

/**
 * @param {KeyboardEvent & { currentTarget: HTMLTextAreaElement }} event
 * @param {string} id
 * @param {import("./commands.js").Suggestion[]} suggestions
 */
function onKey(event, id, suggestions) {
  if (event.isComposing) return;
  const field = event.currentTarget;
  const draft = draftOf(id);
  const chosen = suggestions[draft.chosen];
  switch (event.key) {
    case "Enter":
      if (event.shiftKey) return;
      event.preventDefault();
      if (chosen === undefined) field.form?.requestSubmit();
      else setText(field, id, chosen.insert);
      return;
    case "Tab": {
      const completion = chosen ?? suggestions[0];
      // Only while something is being typed that it can complete; otherwise Tab moves on, as everywhere.
      if (event.shiftKey || completion === undefined || draft.text.startsWith(completion.insert)) return;
      event.preventDefault();
      setText(field, id, completion.insert);
      return;
    }
    case "Escape":
      if (suggestions.length === 0) return;
      event.preventDefault();
      edit(id, { ...draft, closed: true });
      return;
    case "ArrowDown":
      if (suggestions.length > 0) {
        event.preventDefault();
        edit(id, { ...draft, chosen: Math.min(suggestions.length - 1, draft.chosen + 1) });
      } else if (draft.recalled > 0) {
        event.preventDefault();
        recall(field, id, draft.recalled - 1);
      }
      return;
    case "ArrowUp":
      if (draft.chosen >= 0) {
        event.preventDefault();
        edit(id, { ...draft, chosen: draft.chosen - 1 });
      } else if (draft.text === "" || draft.recalled > 0) {
        event.preventDefault();
        recall(field, id, draft.recalled + 1);
      }
      return;
  }
}

/** @param {HTMLTextAreaElement} field @param {string} id @param {number} back */
function recall(field, id, back) {
  const history = readHistory();
  if (back > history.length) return;
  setText(field, id, back === 0 ? "" : (history[history.length - back] ?? ""), back);
}

/**
 * @param {SubmitEvent} event
 * @param {string} id
 * @param {string | undefined} thread
 */
function submit(event, id, thread) {
  event.preventDefault();
  const form = /** @type {HTMLFormElement} */ (event.currentTarget);
  const field = /** @type {HTMLTextAreaElement} */ (form.querySelector("textarea"));
  const text = field.value.trim();
  if (text === "") return;
  writeHistory(text);
  setText(field, id, "");
  field.focus();
  sendText(text, thread);
}

/** Kept a tab session, each user's own. @returns {string[]} oldest first */
function readHistory() {
  try {
    const history = JSON.parse(sessionStorage.getItem(`history-${state.user}`) ?? "[]");
    return Array.isArray(history) ? history.filter((text) => typeof text === "string") : [];
  } catch {
    return [];
  }
}

/** @param {string} text */
function writeHistory(text) {
  const history = readHistory().filter((before) => before !== text);
  sessionStorage.setItem(`history-${state.user}`, JSON.stringify([...history, text].slice(-HISTORY_LENGTH)));
}
