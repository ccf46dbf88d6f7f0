// The app's Home, shown as a page.

import { act } from "./actions.js";
import { drawBlocks } from "./blocks.js";
import { h } from "./dom.js";
import { icon } from "./icons.js";
import { state } from "./store.js";

export function drawHome() {
  const view = state.homeView;
  return h(
    "main",
    { class: "pane home", key: "home", "aria-label": "App Home", "data-testid": "home" },
    h("header", { class: "pane-head" }, icon("home"), h("h1", null, "Home")),
    h(
      "div",
      { class: "home-scroll", tabindex: 0, role: "region", "aria-label": "Home content" },
      view === null
        ? h(
            "div",
            { class: "empty" },
            h("p", { class: "empty-title" }, "Nothing here yet"),
            h("p", null, "The app has not published its Home for you."),
          )
        : h(
            "div",
            { class: "home-content", key: view.id },
            drawBlocks(view.blocks ?? [], {
              surface: { viewId: view.id },
              act: (action) => act({ viewId: view.id }, action),
            }),
          ),
    ),
  );
}
