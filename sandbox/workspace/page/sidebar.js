// The left side: the workspace's name, App Home, the channels, and who the reader is. On narrow screens it lies on top.

import { isApp, openChannel, openHome, switchUser } from "./actions.js";
import { drawAvatar } from "./avatar.js";
import { h } from "./dom.js";
import { icon } from "./icons.js";
import { state } from "./store.js";

export function drawSidebar() {
  const people = state.directory.users.filter((user) => !isApp(user));
  const app = state.directory.users.find(isApp);
  return h(
    "nav",
    { class: "sidebar", "aria-label": "Workspace" },
    h(
      "div",
      { class: "workspace" },
      h("span", { class: "workspace-name" }, state.directory.name ?? "Local workspace"),
      h("span", { class: "workspace-note" }, "try-out, on this machine only"),
    ),
    h(
      "div",
      { class: "places" },
      h("h2", { class: "places-title" }, "Channels"),
      h(
        "ul",
        null,
        channelsOf(false).map(({ id, name }) =>
          h(
            "li",
            { key: id },
            drawPlace(`channel-${name}`, !state.home && state.channel === id, () => openChannel(id), [
              icon("hash"),
              h("span", null, name),
            ]),
          ),
        ),
      ),
      h("h2", { class: "places-title" }, "Apps"),
      h(
        "ul",
        null,
        h(
          "li",
          null,
          drawPlace("app-home", state.home, openHome, [icon("home"), h("span", null, `${app?.name ?? "App"} Home`)]),
        ),
        channelsOf(true).map(({ id, name }) =>
          h(
            "li",
            { key: id },
            drawPlace(`channel-${name}`, !state.home && state.channel === id, () => openChannel(id), [
              icon("thread"),
              h("span", null, app?.name ?? name),
            ]),
          ),
        ),
      ),
    ),
    h(
      "label",
      { class: "user-switch" },
      drawAvatar(state.user),
      h("span", { class: "user-switch-label" }, "You are"),
      h(
        "select",
        {
          "data-testid": "user-switch",
          "aria-label": "You are",
          value: state.user,
          onchange: (/** @type {any} */ event) => switchUser(event.target.value),
        },
        people.map(({ id, name }) => h("option", { key: id, value: id }, name)),
      ),
    ),
  );
}

/** Direct conversations are listed only for the one they are with. @param {boolean} direct */
function channelsOf(direct) {
  return state.directory.channels.filter(({ withUser }) => withUser === (direct ? state.user : undefined));
}

/**
 * @param {string} testId
 * @param {boolean} isCurrent
 * @param {() => void} onclick
 * @param {import("./dom.js").Content} content
 */
function drawPlace(testId, isCurrent, onclick, content) {
  const attributes = { type: "button", class: "place", "data-testid": testId, onclick };
  return h("button", { ...attributes, "aria-current": isCurrent ? "page" : undefined }, content);
}
