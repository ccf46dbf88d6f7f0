// A small coloured square with initials stands for a person, a drawn mark for the app.

import { isApp } from "./actions.js";
import { h } from "./dom.js";
import { userName } from "./formatted.js";
import { state } from "./store.js";

const COLOURS = 6;

/** @param {string} userId */
export function drawAvatar(userId) {
  const user = state.directory.users.find(({ id }) => id === userId);
  if (user !== undefined && isApp(user)) return h("span", { class: "avatar avatar-app", "aria-hidden": "true" }, "zk");
  const name = userName(userId);
  return h("span", { class: `avatar avatar-${colourOf(name)}`, "aria-hidden": "true" }, (name[0] ?? "?").toUpperCase());
}

/** The same name always has the same colour. @param {string} name */
function colourOf(name) {
  let sum = 0;
  for (const character of name) sum = (sum * 31 + (character.codePointAt(0) ?? 0)) % 9973;
  return sum % COLOURS;
}
