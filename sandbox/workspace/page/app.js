// Starts the page: listens to the workspace and the address bar, and draws everything from the store on each change.

import { listen } from "./api.js";
import { drawChannel } from "./channel.js";
import { h, patch } from "./dom.js";
import { drawHome } from "./home.js";
import { drawModals, drawQuestion } from "./modal.js";
import { parsePlace } from "./place.js";
import { drawSidebar } from "./sidebar.js";
import { change, goTo, loadDirectory, onRedraw, refresh, state } from "./store.js";
import { drawThread } from "./thread.js";

/** How often "3 min ago" is brought up to date. */
const CLOCK_MS = 20_000;

const root = /** @type {HTMLElement} */ (document.getElementById("app"));

function draw() {
  if (!state.loaded) return;
  const channel = state.directory.channels.find(({ id }) => id === state.channel)?.name ?? "";
  document.title = state.home ? "Home · zkshift workspace" : `#${channel} · zkshift workspace`;
  patch(
    root,
    h(
      "div",
      { class: state.thread !== undefined && !state.home ? "frame with-thread" : "frame" },
      drawSidebar(),
      state.home ? drawHome() : drawChannel(),
      state.home ? null : drawThread(),
    ),
    drawModals(),
    drawQuestion(),
    // Above the page, not in it: coming and going must not move anything.
    h(
      "div",
      { class: "connection", role: "status", "aria-live": "polite" },
      state.connected ? null : h("p", null, "The workspace does not answer. Trying again…"),
    ),
  );
}

/** Only the first answer may fail to come (the server is still starting); afterwards the event stream reconnects. */
async function load() {
  try {
    await loadDirectory();
  } catch {
    setTimeout(load, 1000);
  }
}

onRedraw(draw);
await load();
listen(
  () => (state.loaded ? refresh() : undefined),
  (connected) =>
    change((current) => {
      current.connected = connected;
    }),
);
addEventListener("hashchange", () => goTo(parsePlace(location.hash)));
setInterval(() => change(() => undefined), CLOCK_MS);
