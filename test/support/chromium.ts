// The browser for end-to-end tests. It comes from the system, because downloading one in a test would hide what is needed.
import { findChromium } from "../../sandbox/prerequisites.ts";

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

/** The browser's path. Rejects naming the command that installs it. */
export const chromiumPath = async (): Promise<string> => {
  const found = await findChromium();
  if (found !== null) return found;
  throw new Error(
    'No Chromium: install it with "apt-get install -y chromium fonts-noto-color-emoji", or name one in CHROMIUM_PATH.',
  );
};
