// Who brings a run's messages up to date, and when: one bot at a time, one round at a time, however many ask.
import { OpsError } from "../src/errors.ts";
import type { RunId } from "../src/model/ids.ts";
import type { Posted, PostedRecord } from "../src/ports.ts";
import { reduceRun } from "../src/run/reduce.ts";
import { type CatchUpDeps, catchUp, isSettled } from "./catch-up.ts";

export type Notifier = {
  /** Resolves when the messages show what the log said at the call. Throws `transient` when Slack or Redis does not answer: call again. */
  notify(run: RunId): Promise<void>;
};

/** Longer than any single call to Slack may take; renewed while working. */
const LOCK_MS = 30_000;
const LOCK_POLL_MS = 200;

export const makeNotifier = (deps: CatchUpDeps & { readonly posted: Posted }): Notifier => {
  const { posted, clock, runLog } = deps;
  /** Runs in hand in this process; whoever asks meanwhile shares one more round. */
  const inHand = new Map<RunId, { readonly now: Promise<void>; next: Promise<void> | null }>();

  const lock = async (run: RunId): Promise<string> => {
    // Another bot may have died holding it: then it runs out.
    const deadline = clock.now() + LOCK_MS + 5_000;
    for (;;) {
      const token = await posted.lock(run, LOCK_MS);
      if (token !== null) return token;
      if (clock.now() > deadline)
        throw new OpsError("transient", {
          what: `Another bot is posting for ${run}.`,
          next: "The messages catch up by themselves.",
        });
      await clock.sleep(LOCK_POLL_MS);
    }
  };

  const lockLost = (run: RunId): OpsError =>
    new OpsError("transient", {
      what: `Another bot posts for ${run} now.`,
      next: "The messages catch up by themselves.",
    });

  const bringUpToDate = async (run: RunId): Promise<void> => {
    const [before, events] = await Promise.all([posted.read(run), runLog.read(run)]);
    const state = reduceRun(events);
    // The common case for old runs: all is told, and no lock is needed to see that.
    if (state === null || (before !== null && isSettled(before, state))) return;
    const token = await lock(run);
    const renewal = setInterval(() => void posted.extend(run, token, LOCK_MS).catch(() => {}), LOCK_MS / 3);
    const save = async (record: PostedRecord): Promise<void> => {
      if (!(await posted.save(run, record, token))) throw lockLost(run);
    };
    try {
      await catchUp(run, await posted.read(run), save, deps);
    } finally {
      clearInterval(renewal);
      await posted.unlock(run, token).catch(() => {});
    }
  };

  const begin = (run: RunId): Promise<void> => {
    const now = bringUpToDate(run).finally(() => {
      if (inHand.get(run)?.now === now) inHand.delete(run);
    });
    inHand.set(run, { now, next: null });
    return now;
  };

  return {
    notify: (run) => {
      const current = inHand.get(run);
      if (current === undefined) return begin(run);
      current.next ??= current.now.catch(() => {}).then(() => begin(run));
      return current.next;
    },
  };
};
