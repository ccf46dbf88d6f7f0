// The page's few line icons, drawn here so that nothing is fetched. Decorative: whoever uses one gives it a name.

import { h } from "./dom.js";

const PATHS = {
  home: "M3.5 9.5 10 4l6.5 5.5V16a.5.5 0 0 1-.5.5h-3.75V12h-4.5v4.5H4a.5.5 0 0 1-.5-.5z",
  hash: "M8 3.5 6.5 16.5M13.5 3.5 12 16.5M4 7.5h13M3 12.5h13",
  send: "M4 10 16.5 4 12 16.5 9.5 11z",
  close: "M5 5l10 10M15 5 5 15",
  thread: "M4 5.5A1.5 1.5 0 0 1 5.5 4h9A1.5 1.5 0 0 1 16 5.5v6a1.5 1.5 0 0 1-1.5 1.5H9l-4 3.5V13A1 1 0 0 1 4 12z",
  eye: "M2.5 10S5.5 5 10 5s7.5 5 7.5 5-3 5-7.5 5-7.5-5-7.5-5zM10 12a2 2 0 1 0 0-4 2 2 0 0 0 0 4z",
  down: "M10 4v11M5.5 10.5 10 15l4.5-4.5",
  file: "M5.5 3.5h6l3.5 3.5v9.5h-9.5zM11.5 3.5V7H15",
};

/** @param {keyof typeof PATHS} name */
export function icon(name) {
  return h(
    "svg",
    { class: "icon", viewBox: "0 0 20 20", "aria-hidden": "true", focusable: "false" },
    h("path", { d: PATHS[name] }),
  );
}
