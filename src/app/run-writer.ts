// Appends to one run's log on behalf of a worker that holds the lease, and keeps the folded state up to date.
import { isTakenOver, OpsError } from "../errors.ts";
import { assertNever, type RunId } from "../model/ids.ts";
import type { RunEvent } from "../model/run-event.ts";
import type { Lease, RunLog } from "../ports.ts";
import { verifyChain } from "../run/chain.ts";
import { reduceEvent, reduceRun } from "../run/reduce.ts";
import type { RunState } from "../run/state.ts";
import type { AppDeps } from "./app-deps.ts";

export type RunWriter = {
  /** The state as of the last read or append. */
  state(): RunState;
  /** Reads what others (people at their buttons) have appended meanwhile. */
  refresh(): Promise<RunState>;
  /**
   * Appends an event that stays true whatever others append in between. Throws `transient` (code `LEASE_LOST`) when
   * another worker has the ensemble, `LOG_SHORTER` when Redis has lost what this one appended last.
   */
  append(event: RunEvent): Promise<RunState>;
};

/** Redis may be restarting; the lease outlives no longer outage. */
const TRIES = 20;
const BETWEEN_MS = 500;

/** Null for an unknown run. */
export const openRun = async (
  run: RunId,
  deps: Pick<AppDeps, "clock" | "workerName"> & { readonly runLog: RunLog },
  lease: Lease,
): Promise<RunWriter | null> => {
  const events = await deps.runLog.read(run);
  const begun = reduceRun(events);
  if (begun === null) return null;
  // Nothing is done on the word of a log that somebody has edited.
  const chain = verifyChain(events);
  if (!chain.ok) throw edited(run, chain.atSeq, chain.why);
  let current: RunState = begun;

  const refresh = async (): Promise<RunState> => {
    for (const recorded of await deps.runLog.read(run, current.head.seq)) {
      if (recorded.prev !== current.head.hash) throw shorter(run);
      current = reduceEvent(current, recorded);
    }
    return current;
  };

  const append = async (event: RunEvent): Promise<RunState> => {
    const entry = { actor: { kind: "worker", name: deps.workerName }, at: deps.clock.now(), event } as const;
    for (let attempt = 1; ; attempt++) {
      try {
        lease.assertHeld();
        const answer = await deps.runLog.append(run, current.head, entry, lease.token);
        switch (answer.kind) {
          case "appended":
            current = reduceEvent(current, answer.recorded);
            return current;
          case "conflict": {
            const known = current.head.seq;
            await refresh();
            if (current.head.seq === known) throw shorter(run);
            continue;
          }
          case "lease-lost":
            throw leaseLost(run);
          default:
            assertNever(answer);
        }
      } catch (error) {
        const again = error instanceof OpsError && error.kind === "transient" && !isTakenOver(error);
        if (!again || attempt >= TRIES) throw error;
        await deps.clock.sleep(BETWEEN_MS, lease.signal);
      }
    }
  };

  return { state: () => current, refresh, append };
};

const edited = (run: RunId, atSeq: number, why: string): OpsError =>
  new OpsError("refused", {
    what: `The log of ${run} was changed by someone else than zkshift, at entry ${atSeq}: ${why}`,
    left: "zkshift does nothing more for this run.",
    next: `See \`/zk audit ${run} verify\`, and restore Redis from a backup.`,
  });

/** A Redis that took over from a dead one may lack its last entries: what this worker knows is then more than the log holds. */
const shorter = (run: RunId): OpsError =>
  new OpsError(
    "transient",
    {
      what: `The log of ${run} ends before the entry that zkshift wrote last: Redis lost it, as a failover may.`,
      left: "What the lost entries told of may be done.",
      next: "zkshift goes on from the log as it is: the step in hand is looked at and entered again.",
    },
    { code: "LOG_SHORTER" },
  );

const leaseLost = (run: RunId): OpsError =>
  new OpsError(
    "transient",
    { what: `Another worker has taken over ${run}.`, next: "It goes on there." },
    { code: "LEASE_LOST" },
  );
