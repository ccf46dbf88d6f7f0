// What must be undone when the program ends, however it ends: Ctrl-C, SIGTERM, an uncaught error, or a plain `cleanUp()`.

type Cleanup = () => void | Promise<void>;

/** The same signal again within this is the same press of Ctrl-C. */
const ONE_PRESS_MS = 1_000;

const cleanups: Cleanup[] = [];
let listening = false;
let running: Promise<void> | null = null;

/**
 * Registers something to undo at the end, in reverse order of registration.
 * Returns a function that takes the registration back, for what was undone earlier by itself.
 */
export const onExit = (cleanup: Cleanup): (() => void) => {
  listen();
  cleanups.push(cleanup);
  return () => {
    const at = cleanups.lastIndexOf(cleanup);
    if (at >= 0) cleanups.splice(at, 1);
  };
};

/** Runs every registered cleanup once, last one first; one that fails is reported and does not hold up the rest. */
export const cleanUp = (): Promise<void> => {
  running ??= runAll().finally(() => {
    running = null;
  });
  return running;
};

const runAll = async (): Promise<void> => {
  for (let next = cleanups.pop(); next !== undefined; next = cleanups.pop()) {
    try {
      await next();
    } catch (error) {
      console.error("while cleaning up:", error);
    }
  }
};

const listen = (): void => {
  if (listening) return;
  listening = true;
  for (const [signal, code] of [
    ["SIGINT", 130],
    ["SIGTERM", 143],
    ["SIGHUP", 129],
  ] as const) {
    let first: number | null = null;
    process.on(signal, () => {
      first ??= performance.now();
      // The second time the person means it: leave at once, whatever is left. Starters such as npm relay what the terminal
      // already told this program, so one Ctrl-C may come more than once.
      if (performance.now() - first > ONE_PRESS_MS) process.exit(code);
      void cleanUp().then(() => process.exit(code));
    });
  }
  let dying = false;
  for (const event of ["uncaughtException", "unhandledRejection"] as const) {
    process.on(event, (error: unknown) => {
      console.error(error);
      // Where the exit itself throws, as a test runner has it do, this would be called for ever.
      if (dying) return;
      dying = true;
      void cleanUp().then(() => process.exit(1));
    });
  }
};
