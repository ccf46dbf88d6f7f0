// Finds the browser for end-to-end tests. It comes from the system, because downloading one in a test would hide what is needed.

import { existsSync } from "node:fs";

const USUAL_PLACES = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

/** What Chromium needs on a machine without a screen, a GPU or the right to make sandboxes, and without talking to its maker. */
export const chromiumArguments: readonly string[] = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** The browser's path: CHROMIUM where it is set, else the first usual place. Throws naming the command that installs it. */
export function chromiumPath(): string {
  const wanted = process.env.CHROMIUM;
  const places = wanted === undefined || wanted === "" ? USUAL_PLACES : [wanted];
  const found = places.find((place) => existsSync(place));
  if (found !== undefined) return found;
  throw new Error(
    `No Chromium at ${places.join(", ")}: install it with "apt-get install -y chromium fonts-noto-color-emoji", or name one in CHROMIUM.`,
  );
}
