// The dialog an app opened for this reader, and the small question before a button with a `confirm`. Both are native
// <dialog>s: the browser keeps the focus inside, makes the rest inert, and gives the focus back afterwards.

import { act, busyKey, close, submit } from "./actions.js";
import { drawBlocks } from "./blocks.js";
import { h } from "./dom.js";
import { drawTextObject, plainText } from "./elements.js";
import { findMissing, readValues } from "./field-values.js";
import { icon } from "./icons.js";
import { change, state } from "./store.js";

/** @typedef {import("./api.js").View} View */

/** All of a stack are drawn, each above the one before, so that what was typed in one below is still there afterwards. */
export function drawModals() {
  return state.views.map((view, index) => drawModal(view, index === state.views.length - 1));
}

/** @param {View} view @param {boolean} isOnTop */
function drawModal(view, isOnTop) {
  const { id } = view;
  const isBusy = state.busy.has(busyKey({ viewId: id }, "", "submit"));
  const errors = state.viewErrors[id] ?? {};
  const dismiss = (/** @type {Event} */ event) => {
    // The workspace decides that a dialog is closed; the browser must not do it on its own.
    event.preventDefault();
    if (event.target === event.currentTarget) close(id);
  };
  return h(
    "dialog",
    {
      class: "modal",
      key: `modal-${id}`,
      "data-testid": isOnTop ? "modal" : "modal-below",
      "data-view-id": id,
      "aria-labelledby": `${id}-title`,
      mount: showModal,
      unmount: giveFocusBack,
      oncancel: dismiss,
    },
    h(
      "form",
      { method: "dialog", novalidate: true, onsubmit: (/** @type {SubmitEvent} */ event) => onSubmit(event, view) },
      h(
        "header",
        { class: "modal-head" },
        h("h2", { id: `${id}-title` }, plainText(view.title)),
        h(
          "button",
          { type: "button", class: "icon-button", "aria-label": "Close dialog", onclick: () => close(id) },
          icon("close"),
        ),
      ),
      h(
        "div",
        { class: "modal-body" },
        errors[""] === undefined ? null : h("p", { class: "input-error", role: "alert" }, errors[""]),
        drawBlocks(view.blocks ?? [], {
          surface: { viewId: id },
          errors,
          act: (action) => act({ viewId: id }, action),
        }),
      ),
      h(
        "footer",
        { class: "modal-foot" },
        h(
          "button",
          { type: "button", class: "button", "data-testid": "modal-close", onclick: () => close(id) },
          plainText(view.close) || "Cancel",
        ),
        view.submit === undefined || view.submit === null
          ? null
          : h(
              "button",
              {
                type: "submit",
                class: "button primary",
                "data-testid": "modal-submit",
                "aria-disabled": isBusy ? "true" : undefined,
              },
              plainText(view.submit),
            ),
      ),
    ),
  );
}

/** What had the focus when a dialog opened. @type {WeakMap<object, Element | null>} */
const openedFrom = new WeakMap();

/** @param {any} dialog */
function giveFocusBack(dialog) {
  const before = openedFrom.get(dialog);
  // The button may be gone with the message it was in.
  if (before instanceof HTMLElement && before.isConnected) before.focus({ preventScroll: true });
  else if (document.querySelector("dialog") === null)
    document.querySelector("textarea")?.focus({ preventScroll: true });
}

/** @param {any} dialog */
function showModal(dialog) {
  openedFrom.set(dialog, document.activeElement);
  dialog.showModal();
  // The first field is where people go next; the close button, which comes first, is not.
  dialog.querySelector("[autofocus], .modal-body :is(input, textarea, select)")?.focus();
}

/**
 * @param {SubmitEvent} event
 * @param {View} view
 */
async function onSubmit(event, view) {
  event.preventDefault();
  const form = /** @type {HTMLFormElement} */ (event.currentTarget);
  const missing = findMissing(form, view.blocks ?? []);
  if (Object.keys(missing).length > 0) {
    change((current) => {
      current.viewErrors[view.id] = missing;
    });
  } else if (await submit(view.id, readValues(form))) {
    return;
  }
  // After the errors are drawn, so that they are read out with the field.
  requestAnimationFrame(() => {
    /** @type {HTMLElement | null} */ (form.querySelector("[aria-invalid=true]"))?.focus();
  });
}

export function drawQuestion() {
  const { question } = state;
  if (question === undefined) return null;
  const { confirm, resolve } = question;
  const dismiss = (/** @type {Event} */ event) => {
    event.preventDefault();
    resolve(false);
  };
  return h(
    "dialog",
    {
      class: "modal question",
      key: "question",
      role: "alertdialog",
      "data-testid": "confirm",
      "aria-labelledby": "question-title",
      "aria-describedby": "question-text",
      mount: showModal,
      unmount: giveFocusBack,
      oncancel: dismiss,
    },
    h("header", { class: "modal-head" }, h("h2", { id: "question-title" }, plainText(confirm.title))),
    h("div", { class: "modal-body", id: "question-text" }, drawTextObject(confirm.text)),
    h(
      "footer",
      { class: "modal-foot" },
      h(
        "button",
        { type: "button", class: "button", "data-testid": "confirm-cancel", onclick: () => resolve(false) },
        plainText(confirm.deny) || "Cancel",
      ),
      h(
        "button",
        {
          type: "button",
          class: `button ${confirm.style === "danger" ? "danger" : "primary"}`,
          "data-testid": "confirm-ok",
          autofocus: true,
          onclick: () => resolve(true),
        },
        plainText(confirm.confirm) || "Yes",
      ),
    ),
  );
}
