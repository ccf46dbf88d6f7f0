// Looks again where an outcome is unknown or a connection was lost: bounded, with backoff.
import { isTakenOver, OpsError } from "../errors.ts";
import type { Clock } from "../ports.ts";

/** Errors in a row after which it is given up; the backoff between them makes this about 15 s. */
const TRIES = 7;
const FIRST_BACKOFF_MS = 250;

/** Runs `work` until it answers or fails for good; `onAgain` hears why it is run again. */
export const again = async <T>(
  clock: Clock,
  signal: AbortSignal,
  work: () => Promise<T>,
  onAgain: (why: string) => void = () => {},
): Promise<T> => {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work();
    } catch (error) {
      const looksAgain =
        error instanceof OpsError &&
        (error.kind === "transient" || error.kind === "unknown-outcome") &&
        !isTakenOver(error);
      if (!looksAgain || attempt >= TRIES) throw error;
      onAgain(error.failure.what);
      await clock.sleep(FIRST_BACKOFF_MS * 2 ** (attempt - 1), signal);
    }
  }
};
