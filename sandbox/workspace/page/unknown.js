// What the page cannot draw is shown as labelled JSON that opens, never left out: a missing block would look like a bug of
// the app that sent it.

import { h } from "./dom.js";

/** @param {{ type?: unknown } | undefined} thing a block, element or run */
export function drawUnknown(thing) {
  const type = thing?.type ?? "without a type";
  return h(
    "details",
    { class: "unknown" },
    h("summary", null, `Block “${String(type)}” is not drawn here`),
    h("pre", { tabindex: 0 }, JSON.stringify(thing, null, 2)),
  );
}
