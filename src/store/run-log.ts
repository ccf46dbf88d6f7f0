// The run log over Redis Streams: one stream a run, entry ids `<seq>-0`, each entry chained to the one before. Every change is
// one Lua call. Decides nothing about what may follow what: that is src/run.
import { OpsError } from "../errors.ts";
import { type EnsembleName, ensembleOf, type RunId, runId } from "../model/ids.ts";
import { GENESIS, type Head, type RecordedEvent } from "../model/run-event.ts";
import type { Appended, FenceToken, RunLog } from "../ports.ts";
import { bodyOf, type Entry, link, linkAll } from "../run/chain.ts";
import { leaseKey, reservedKey, runKey, runsKey, tokenKey } from "./keys.ts";
import type { RedisConnection } from "./redis.ts";
import { overRedis } from "./redis-error.ts";
import { defineScript } from "./script.ts";
import { append as appendText } from "./scripts/append.ts";
import { begin as beginText } from "./scripts/begin.ts";
import { parseStoredEvent } from "./stored-event.ts";

const cutShort = (run: RunId): OpsError =>
  new OpsError(
    "refused",
    {
      what: `The newest entries of the log of ${run} were deleted in Redis.`,
      left: "Nothing was added to it, and zkshift does nothing more for this run.",
      next: "Compare the log with the heads posted in the run's thread and restore Redis from a backup.",
    },
    { code: "LOG_DAMAGED" },
  );

/** Run logs in the Redis behind `redis`. */
export const makeRunLog = (redis: RedisConnection): RunLog => {
  const begin = defineScript(redis, beginText);
  const append = defineScript(redis, appendText);

  return {
    begin: (run: RunId, entries: readonly Entry[]) =>
      overRedis(`${run} could not be begun`, async () => {
        const first = entries[0];
        if (first === undefined) throw new OpsError("bug", { what: `${run} was to begin without an event.` });
        const ensemble = ensembleOf(run);
        const answer = await begin(
          [runKey(run), reservedKey(ensemble), runsKey(ensemble)],
          [run, first.at, ...linkAll(run, GENESIS, entries).flatMap((event) => [bodyOf(event), event.hash])],
        );
        const [kind, by] = answer as readonly [string, string?];
        if (kind === "begun") return { kind: "begun" };
        if (kind === "reserved" && by !== undefined) return { kind: "reserved", by: runId(by) };
        throw new OpsError("transient", {
          what: `There has been a run ${run} before, so this one could not be begun.`,
          next: "Ask again: it gets another id.",
        });
      }),

    append: (run: RunId, head: Head, entry: Entry, fence?: FenceToken) =>
      overRedis(`the log of ${run} could not be continued`, async (): Promise<Appended> => {
        if (head.seq === GENESIS.seq) throw new OpsError("bug", { what: `The log of ${run} was never begun.` });
        const ensemble = ensembleOf(run);
        const recorded = link(run, head, entry);
        const answer = await append(
          [runKey(run), leaseKey(ensemble), tokenKey(ensemble), reservedKey(ensemble)],
          [
            run,
            head.seq,
            head.hash,
            recorded.seq,
            bodyOf(recorded),
            recorded.hash,
            fence === undefined ? "" : fence.toString(),
            entry.event.type === "finished" ? "finished" : "open",
          ],
        );
        switch (answer) {
          case "appended":
            return { kind: "appended", recorded };
          case "conflict":
            return { kind: "conflict" };
          case "lease-lost":
            return { kind: "lease-lost" };
          case "cut":
            throw cutShort(run);
          default:
            throw new OpsError("bug", { what: `Redis gave an answer that zkshift does not know: ${String(answer)}` });
        }
      }),

    read: (run: RunId, afterSeq = 0) =>
      overRedis(`the log of ${run} could not be read`, async (): Promise<readonly RecordedEvent[]> => {
        const entries = await redis.xrange(runKey(run), `${afterSeq + 1}-0`, "+");
        return entries.map((entry) => parseStoredEvent(run, entry));
      }),

    reservedBy: (ensemble: EnsembleName) =>
      overRedis(`it is not known who holds ${ensemble}`, async () => {
        const run = await redis.get(reservedKey(ensemble));
        return run === null ? null : runId(run);
      }),

    list: (ensemble: EnsembleName, limit: number) =>
      overRedis(`the runs of ${ensemble} could not be listed`, async () => {
        if (limit < 1) return [];
        const runs = await redis.zrevrange(runsKey(ensemble), 0, limit - 1);
        return runs.map(runId);
      }),
  };
};
