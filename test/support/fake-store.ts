// Run log, leases and live board in memory, with the behaviour of the real ones in src/store; test/support/store-contract.ts
// holds both to it. For tests of what stands on a store.
import { OpsError } from "../../src/errors.ts";
import { canonicalJson } from "../../src/model/canonical-json.ts";
import { type EnsembleName, ensembleOf, type RunId } from "../../src/model/ids.ts";
import { GENESIS, type RecordedEvent } from "../../src/model/run-event.ts";
import type { Lease, Leases, Live, LiveBoard, RunLog } from "../../src/ports.ts";
import { headOf, link, linkAll } from "../../src/run/chain.ts";

type HeldLease = { readonly token: bigint; readonly holder: string; readonly controller: AbortController };

export type FakeStore = {
  readonly runLog: RunLog;
  readonly leases: Leases;
  readonly liveBoard: LiveBoard;
  /** As if the holder's lease had run out: it is lost, and anyone may take it. */
  expireLease(ensemble: EnsembleName): void;
  /** As if the answer of the next append did not arrive: it is carried out, then throws `transient`. */
  loseNextAnswer(): void;
};

const leaseLost = (ensemble: EnsembleName): OpsError =>
  new OpsError("transient", { what: `This worker no longer holds the lease on ${ensemble}.` }, { code: "LEASE_LOST" });

export const makeFakeStore = (): FakeStore => {
  const logs = new Map<RunId, RecordedEvent[]>();
  const begun: { readonly run: RunId; readonly at: number }[] = [];
  const reserved = new Map<EnsembleName, RunId>();
  const held = new Map<EnsembleName, HeldLease>();
  const newest = new Map<EnsembleName, bigint>();
  const live = new Map<RunId, Live>();
  let answersToLose = 0;

  // Through canonical JSON, so that what a real store cannot keep is refused here too.
  const copy = <T>(value: T): T => {
    try {
      return JSON.parse(canonicalJson(value)) as T;
    } catch (error) {
      throw new OpsError("bug", { what: String(error) }, { cause: error });
    }
  };

  const runLog: RunLog = {
    begin: async (run, entries) => {
      const first = entries[0];
      if (first === undefined) throw new OpsError("bug", { what: `${run} was to begin without an event.` });
      const ensemble = ensembleOf(run);
      const events = linkAll(run, GENESIS, copy(entries));
      const holder = reserved.get(ensemble);
      if (holder === run) return { kind: "begun" };
      const before = logs.get(run);
      if (before !== undefined) {
        if (before[0]?.hash === events[0]?.hash) return { kind: "begun" };
        throw new OpsError("transient", { what: `There has been a run ${run} before.` });
      }
      if (holder !== undefined) return { kind: "reserved", by: holder };
      reserved.set(ensemble, run);
      logs.set(run, [...events]);
      begun.push({ run, at: first.at });
      return { kind: "begun" };
    },

    append: async (run, head, entry, fence) => {
      if (head.seq === GENESIS.seq) throw new OpsError("bug", { what: `The log of ${run} was never begun.` });
      const ensemble = ensembleOf(run);
      const log = logs.get(run) ?? [];
      const recorded = link(run, head, copy(entry));
      const isRepeat = log[head.seq]?.hash === recorded.hash;
      if (!isRepeat) {
        if (fence !== undefined && (held.get(ensemble)?.token !== fence || newest.get(ensemble) !== fence)) {
          return { kind: "lease-lost" };
        }
        const now = headOf(log);
        if (now.seq !== head.seq || now.hash !== head.hash) return { kind: "conflict" };
        log.push(recorded);
        if (entry.event.type === "finished" && reserved.get(ensemble) === run) reserved.delete(ensemble);
      }
      if (answersToLose > 0) {
        answersToLose -= 1;
        throw new OpsError("transient", { what: "Redis does not answer." }, { code: "ECONNRESET" });
      }
      return { kind: "appended", recorded };
    },

    read: async (run, afterSeq = 0) => copy((logs.get(run) ?? []).slice(afterSeq)),
    reservedBy: async (ensemble) => reserved.get(ensemble) ?? null,
    list: async (ensemble, limit) =>
      begun
        .filter(({ run }) => ensembleOf(run) === ensemble)
        .sort((a, b) => b.at - a.at || (a.run < b.run ? 1 : -1))
        .slice(0, Math.max(0, limit))
        .map(({ run }) => run),
  };

  const acquire = async (ensemble: EnsembleName, holder: string): Promise<Lease | null> => {
    if (held.has(ensemble)) return null;
    const previous = newest.get(ensemble) ?? 0n;
    const now = BigInt(Date.now());
    const token = previous + 1n > now ? previous + 1n : now;
    const controller = new AbortController();
    const mine: HeldLease = { token, holder, controller };
    newest.set(ensemble, token);
    held.set(ensemble, mine);
    return {
      ensemble,
      token,
      signal: controller.signal,
      assertHeld: () => {
        if (held.get(ensemble) !== mine) throw leaseLost(ensemble);
      },
      release: async () => {
        if (held.get(ensemble) === mine) held.delete(ensemble);
      },
    };
  };

  return {
    runLog,
    leases: { acquire },
    liveBoard: {
      show: async (run, shown) => {
        live.set(run, copy(shown));
      },
      read: async (run) => live.get(run) ?? null,
    },
    expireLease: (ensemble) => {
      held.get(ensemble)?.controller.abort(leaseLost(ensemble));
      held.delete(ensemble);
    },
    loseNextAnswer: () => {
      answersToLose += 1;
    },
  };
};
