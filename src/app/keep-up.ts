// Calls something again and again while a worker has a run in hand: what would end by itself on the hosts is renewed.
import type { AppDeps } from "./app-deps.ts";

const EVERY_MS = 5_000;

export type KeepUp = {
  /** Null: no more. Resolves when no call is under way any more. */
  use(keep: (() => Promise<void>) | null): Promise<void>;
};

/** A call that fails is only logged: the next one follows, and what matters is proved in the end. */
export const makeKeepUp = (deps: Pick<AppDeps, "log">): KeepUp => {
  let timer: NodeJS.Timeout | undefined;
  let current: (() => Promise<void>) | null = null;
  let underWay: Promise<void> = Promise.resolve();
  const next = (): void => {
    const keep = current;
    if (keep === null) return;
    timer = setTimeout(() => {
      underWay = keep()
        .catch((error: unknown) => deps.log.warn({ err: error }, "could not be renewed"))
        .finally(() => {
          if (current === keep) next();
        });
    }, EVERY_MS);
  };
  return {
    use: async (keep) => {
      clearTimeout(timer);
      current = keep;
      await underWay;
      if (current === keep) next();
    },
  };
};
