// Draws Block Kit's interactive elements (buttons, menus, fields). Where they stand decides what they do: in a message,
// in the App Home or in a dialog's action row they report each click at once; as the field of an `input` block they only
// hold a value until the dialog is submitted (field-values.js reads it).

import { busyKey } from "./actions.js";
import { h } from "./dom.js";
import { emojiCharacter } from "./emoji.js";
import { drawBars, drawText } from "./formatted.js";
import { parseMrkdwn } from "./mrkdwn.js";
import { state } from "./store.js";
import { drawUnknown } from "./unknown.js";

/**
 * @typedef {import("./dom.js").Content} Content
 * @typedef {Record<string, any>} Element_
 * @typedef {{
 *   surface: import("./actions.js").Surface,
 *   act: (action: { actionId: string, blockId: string, value?: unknown, confirm?: Record<string, any> }) => void,
 * }} Context
 * @typedef {{ blockId: string, isField: boolean, id: string, label?: string, hasLabel?: boolean, describedBy?: string | undefined,
 *   invalid?: boolean, required?: boolean }} Spot
 */

/**
 * @param {Element_} element
 * @param {Context} context
 * @param {Spot} spot
 * @returns {Content}
 */
export function drawElement(element, context, spot) {
  switch (element.type) {
    case "button":
      return drawButton(element, context, spot);
    case "overflow":
      return drawOverflow(element, context, spot);
    case "static_select":
      return drawSelect(element, context, spot, optionsOf(element), element.initial_option?.value);
    case "multi_static_select":
      return drawSelect(element, context, spot, optionsOf(element), valuesOf(element.initial_options));
    case "users_select":
      return drawSelect(element, context, spot, named(state.directory.users, "@"), element.initial_user);
    case "multi_users_select":
      return drawSelect(element, context, spot, named(state.directory.users, "@"), element.initial_users ?? []);
    case "channels_select":
    case "conversations_select":
      return drawSelect(
        element,
        context,
        spot,
        named(state.directory.channels, "#"),
        element.initial_channel ?? element.initial_conversation,
      );
    case "radio_buttons":
      return drawChoices(element, context, spot, "radio", valuesOf([element.initial_option]));
    case "checkboxes":
      return drawChoices(element, context, spot, "checkbox", valuesOf(element.initial_options));
    case "plain_text_input":
    case "number_input":
    case "email_text_input":
    case "url_text_input":
      return drawTextInput(element, context, spot);
    case "datepicker":
      return drawPicker(element, context, spot, "date", element.initial_date);
    case "timepicker":
      return drawPicker(element, context, spot, "time", element.initial_time);
    case "image":
      return drawThumbnail(element);
    default:
      return drawUnknown(element);
  }
}

/** Plain text of a Slack text object, with its emoji. @param {any} text @returns {string} */
export function plainText(text) {
  const raw = typeof text === "string" ? text : String(text?.text ?? "");
  return raw.replaceAll(/:([a-z0-9_+-]+):/g, (whole, name) => emojiCharacter(name) ?? whole);
}

/** A Slack text object, drawn by its own kind. @param {any} text @returns {Content} */
export function drawTextObject(text) {
  if (text?.type !== "mrkdwn") {
    const lines = plainText(text).split("\n");
    return lines.map((line, index) => (index === 0 ? drawBars(line) : [h("br", null), drawBars(line)]));
  }
  // `verbatim` only switches off the linking of bare addresses; a link more does no harm here.
  return drawText(parseMrkdwn(String(text.text ?? "")));
}

/**
 * Attributes every element has: how tests and form reading find it, and how it is described to those who listen.
 * @param {Element_} element
 * @param {Context} context
 * @param {Spot} spot
 */
function common(element, context, spot) {
  return {
    id: spot.id,
    "data-action-id": element.action_id,
    "data-block-id": spot.blockId,
    "data-kind": element.type,
    "aria-label": spot.label,
    "aria-describedby": spot.describedBy,
    "aria-invalid": spot.invalid ? "true" : undefined,
    "aria-required": spot.required ? "true" : undefined,
    "aria-busy": isBusy(element, context, spot) ? "true" : undefined,
    autofocus: element.focus_on_load ? true : undefined,
  };
}

/** @param {Element_} element @param {Context} context @param {Spot} spot */
function isBusy(element, context, spot) {
  return state.busy.has(busyKey(context.surface, spot.blockId, element.action_id));
}

/**
 * @param {Element_} element
 * @param {Context} context
 * @param {Spot} spot
 * @param {unknown} [value]
 */
function report(element, context, spot, value) {
  // A field of an `input` block speaks only if it asks to (dispatch_action).
  if (spot.isField) return;
  context.act({
    actionId: element.action_id,
    blockId: spot.blockId,
    ...(value === undefined ? {} : { value }),
    ...(element.confirm === undefined ? {} : { confirm: element.confirm }),
  });
}

/** @param {Element_} element @param {Context} context @param {Spot} spot */
function drawButton(element, context, spot) {
  const attributes = {
    ...common(element, context, spot),
    class: `button ${element.style ?? ""}`.trim(),
    "aria-label": element.accessibility_label,
  };
  if (element.url !== undefined && /^https?:/i.test(element.url)) {
    const onclick = () => report(element, context, spot, element.value);
    return h(
      "a",
      { ...attributes, href: element.url, target: "_blank", rel: "noopener", onclick },
      plainText(element.text),
    );
  }
  const onclick = () => report(element, context, spot, element.value);
  // aria-disabled, not disabled: a disabled button would drop the focus of the person who just pressed it.
  const disabled = isBusy(element, context, spot) ? "true" : undefined;
  return h("button", { ...attributes, type: "button", "aria-disabled": disabled, onclick }, plainText(element.text));
}

/** @param {Element_} element @param {Context} context @param {Spot} spot */
function drawOverflow(element, context, spot) {
  const menuId = `${spot.id}-menu`;
  const items = (element.options ?? []).map((/** @type {any} */ option) => {
    const onclick = () => {
      document.getElementById(menuId)?.hidePopover();
      report(element, context, spot, option.value);
    };
    const content = [
      h("span", null, plainText(option.text)),
      option.description === undefined ? null : h("small", null, plainText(option.description)),
    ];
    if (option.url !== undefined && /^https?:/i.test(option.url)) {
      return h("a", { role: "menuitem", href: option.url, target: "_blank", rel: "noopener", onclick }, content);
    }
    return h("button", { type: "button", role: "menuitem", "data-value": option.value, onclick }, content);
  });
  return h(
    "span",
    { class: "overflow" },
    h(
      "button",
      {
        ...common(element, context, spot),
        type: "button",
        class: "button overflow-button",
        popovertarget: menuId,
        "aria-haspopup": "menu",
        "aria-label": "More actions",
      },
      "⋯",
    ),
    h(
      "div",
      { id: menuId, class: "menu", role: "menu", popover: "auto", ontoggle: placeMenu, onkeydown: walkMenu },
      items,
    ),
  );
}

/** A popover is drawn above everything, so it has to be told where its button is. @param {any} event */
function placeMenu(event) {
  if (event.newState !== "open") return;
  const menu = /** @type {HTMLElement} */ (event.target);
  const button = document.querySelector(`[popovertarget="${CSS.escape(menu.id)}"]`);
  if (button === null) return;
  const at = button.getBoundingClientRect();
  const size = menu.getBoundingClientRect();
  const below = at.bottom + 4 + size.height < innerHeight;
  menu.style.top = `${below ? at.bottom + 4 : Math.max(8, at.top - size.height - 4)}px`;
  menu.style.left = `${Math.max(8, Math.min(at.left, innerWidth - size.width - 8))}px`;
  /** @type {HTMLElement | null} */ (menu.querySelector("[role=menuitem]"))?.focus();
}

/** @param {any} event */
function walkMenu(event) {
  const items = /** @type {HTMLElement[]} */ ([...event.currentTarget.querySelectorAll("[role=menuitem]")]);
  const at = items.indexOf(/** @type {HTMLElement} */ (document.activeElement));
  const step = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
  if (step === 0) return;
  event.preventDefault();
  items[(at + step + items.length) % items.length]?.focus();
}

/**
 * @typedef {{ label: string, options: { value: string, text: string }[] }} OptionGroup label "" for options of no group
 */

/** @param {Element_} element @returns {OptionGroup[]} */
function optionsOf(element) {
  /** @param {any[]} options */
  const simple = (options) => options.map(({ value, text }) => ({ value: String(value), text: plainText(text) }));
  if (element.option_groups === undefined) return [{ label: "", options: simple(element.options ?? []) }];
  return element.option_groups.map((/** @type {any} */ group) => ({
    label: plainText(group.label),
    options: simple(group.options ?? []),
  }));
}

/** @param {import("./api.js").Named[]} all @param {string} sign @returns {OptionGroup[]} */
function named(all, sign) {
  return [{ label: "", options: all.map(({ id, name }) => ({ value: id, text: `${sign}${name}` })) }];
}

/** @param {any[]} [options] @returns {string[]} */
function valuesOf(options = []) {
  return options.filter((option) => option !== undefined).map(({ value }) => String(value));
}

/**
 * @param {Element_} element
 * @param {Context} context
 * @param {Spot} spot
 * @param {OptionGroup[]} groups
 * @param {string | string[] | undefined} initial a list for a menu of several choices
 */
function drawSelect(element, context, spot, groups, initial) {
  const multiple = Array.isArray(initial);
  const chosen = multiple ? initial : [initial];
  /** @param {{ value: string, text: string }} option */
  const drawOption = ({ value, text }) => h("option", { value, selected: chosen.includes(value) }, text);
  const placeholder = plainText(element.placeholder) || "Choose…";
  const onchange = (/** @type {any} */ event) => {
    const values = [...event.target.selectedOptions].map((option) => option.value);
    report(element, context, spot, multiple ? values : values[0]);
  };
  return h(
    "select",
    {
      ...common(element, context, spot),
      "aria-label": spot.hasLabel ? undefined : placeholder,
      class: "field",
      multiple,
      onchange,
    },
    multiple ? null : h("option", { value: "", disabled: !spot.isField, selected: initial === undefined }, placeholder),
    groups.map(({ label, options }) =>
      label === "" ? options.map(drawOption) : h("optgroup", { label }, options.map(drawOption)),
    ),
  );
}

/**
 * @param {Element_} element
 * @param {Context} context
 * @param {Spot} spot
 * @param {"radio" | "checkbox"} type
 * @param {string[]} chosen
 */
function drawChoices(element, context, spot, type, chosen) {
  const onchange = (/** @type {any} */ event) => {
    const inputs = [...event.currentTarget.querySelectorAll("input:checked")];
    const values = inputs.map((input) => input.value);
    report(element, context, spot, type === "radio" ? values[0] : values);
  };
  return h(
    "div",
    { ...common(element, context, spot), class: "choices", role: type === "radio" ? "radiogroup" : "group", onchange },
    (element.options ?? []).map((/** @type {any} */ option) =>
      h(
        "label",
        { class: "choice" },
        h("input", { type, name: spot.id, value: option.value, checked: chosen.includes(String(option.value)) }),
        h(
          "span",
          null,
          drawTextObject(option.text),
          option.description === undefined ? null : h("small", null, drawTextObject(option.description)),
        ),
      ),
    ),
  );
}

const INPUT_TYPES = /** @type {Record<string, string>} */ ({
  plain_text_input: "text",
  number_input: "number",
  email_text_input: "email",
  url_text_input: "url",
});

/** @param {Element_} element @param {Context} context @param {Spot} spot */
function drawTextInput(element, context, spot) {
  const attributes = {
    ...common(element, context, spot),
    class: "field",
    placeholder: plainText(element.placeholder),
    maxlength: element.max_length,
    minlength: element.min_length,
    value: element.initial_value ?? "",
  };
  if (element.multiline) return h("textarea", { ...attributes, rows: 4 });
  return h("input", {
    ...attributes,
    type: INPUT_TYPES[element.type],
    min: element.min_value,
    max: element.max_value,
    step: element.is_decimal_allowed ? "any" : undefined,
    autocomplete: "off",
  });
}

/**
 * @param {Element_} element
 * @param {Context} context
 * @param {Spot} spot
 * @param {"date" | "time"} type
 * @param {string | undefined} initial
 */
function drawPicker(element, context, spot, type, initial) {
  const onchange = (/** @type {any} */ event) => report(element, context, spot, event.target.value);
  return h("input", { ...common(element, context, spot), type, class: "field", value: initial ?? "", onchange });
}

/** @param {Element_} element */
function drawThumbnail(element) {
  return h("img", { class: "thumbnail", src: safeImage(element.image_url), alt: element.alt_text ?? "" });
}

/** @param {unknown} url @returns {string | undefined} only what a browser may fetch as a picture */
export function safeImage(url) {
  return typeof url === "string" && /^(https?:\/\/|\/)/i.test(url) ? url : undefined;
}
