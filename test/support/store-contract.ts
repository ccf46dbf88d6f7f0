// What every implementation of RunLog, Leases and LiveBoard must do. Run against the real store and the fake one.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { codeOf } from "../../src/errors.ts";
import { type EnsembleName, ensembleName, ensembleOf, hostName } from "../../src/model/ids.ts";
import { GENESIS } from "../../src/model/run-event.ts";
import type { Leases, Live, LiveBoard, RunLog } from "../../src/ports.ts";
import { headOf, verifyChain } from "../../src/run/chain.ts";
import { finished, firstEntries, newRunId, stepStarted, workerActor } from "./sample-run.ts";

export type StoreUnderTest = {
  readonly runLog: RunLog;
  readonly leases: Leases;
  readonly liveBoard: LiveBoard;
  /** Makes a held lease run out now. */
  expireLease(ensemble: EnsembleName): Promise<void>;
  close(): Promise<void>;
};

const codeThrown = (call: () => void): string | null => {
  try {
    call();
  } catch (error) {
    return codeOf(error);
  }
  return null;
};

export const storeContract = (name: string, open: () => Promise<StoreUnderTest>): void => {
  describe(name, () => {
    let store: StoreUnderTest;
    let ensembles = 0;
    /** An ensemble that no other test uses. */
    const newEnsemble = (): string => {
      ensembles += 1;
      return `orders${ensembles}`;
    };
    beforeAll(async () => {
      store = await open();
    });
    afterAll(async () => {
      await store.close();
    });
    const beginRun = async () => {
      const run = newRunId(newEnsemble());
      expect(await store.runLog.begin(run, firstEntries())).toEqual({ kind: "begun" });
      return { run, head: headOf(await store.runLog.read(run)) };
    };

    describe("run log", () => {
      test("a run that was begun can be read back, chained, from the first event on", async () => {
        const { run } = await beginRun();
        const events = await store.runLog.read(run);
        expect(events.map(({ event }) => event)).toEqual(firstEntries().map(({ event }) => event));
        expect(events.map(({ seq }) => seq)).toEqual([1, 2]);
        expect(events[0]?.prev).toBe(GENESIS.hash);
        expect(verifyChain(events)).toEqual({ ok: true, head: headOf(events) });
      });

      test("reading after a sequence number gives what follows it", async () => {
        const { run } = await beginRun();
        expect((await store.runLog.read(run, 1)).map(({ seq }) => seq)).toEqual([2]);
        expect(await store.runLog.read(run, 2)).toEqual([]);
      });

      test("an unknown run has no events", async () => {
        expect(await store.runLog.read(newRunId("nobody"))).toEqual([]);
      });

      test("beginning reserves the ensemble, and a second run is told who holds it", async () => {
        const { run } = await beginRun();
        const second = newRunId(ensembleOf(run));
        expect(await store.runLog.reservedBy(ensembleOf(run))).toBe(run);
        expect(await store.runLog.begin(second, firstEntries())).toEqual({ kind: "reserved", by: run });
        expect(await store.runLog.read(second)).toEqual([]);
        expect(await store.runLog.list(ensembleOf(run), 10)).toEqual([run]);
      });

      test("of many runs that begin at once exactly one does", async () => {
        const ensemble = newEnsemble();
        const runs = Array.from({ length: 50 }, () => newRunId(ensemble));
        const answers = await Promise.all(runs.map((run) => store.runLog.begin(run, firstEntries())));
        const winners = runs.filter((_, index) => answers[index]?.kind === "begun");
        expect(winners).toHaveLength(1);
        expect(await store.runLog.reservedBy(ensembleName(ensemble))).toBe(winners[0]);
        expect(answers.filter((answer) => answer.kind === "reserved" && answer.by === winners[0])).toHaveLength(49);
      });

      test("a repeated begin of the same run answers begun and writes nothing twice", async () => {
        const { run } = await beginRun();
        expect(await store.runLog.begin(run, firstEntries())).toEqual({ kind: "begun" });
        expect(await store.runLog.begin(run, firstEntries(1_700_000_009_999))).toEqual({ kind: "begun" });
        expect(await store.runLog.read(run)).toHaveLength(2);
      });

      test("a begin that is repeated after its run has finished answers begun and reserves nothing", async () => {
        const { run, head } = await beginRun();
        await store.runLog.append(run, head, finished());
        expect(await store.runLog.begin(run, firstEntries())).toEqual({ kind: "begun" });
        expect(await store.runLog.reservedBy(ensembleOf(run))).toBeNull();
      });

      test("another proposal does not get the id of a finished run", async () => {
        const { run, head } = await beginRun();
        await store.runLog.append(run, head, finished());
        await expect(store.runLog.begin(run, firstEntries(1_700_000_009_999))).rejects.toMatchObject({
          kind: "transient",
        });
        expect(await store.runLog.read(run)).toHaveLength(3);
      });

      test("an append to the current head is recorded", async () => {
        const { run, head } = await beginRun();
        const answer = await store.runLog.append(run, head, stepStarted(0));
        const events = await store.runLog.read(run);
        expect(answer).toEqual({ kind: "appended", recorded: events[2] });
        expect(verifyChain(events)).toEqual({ ok: true, head: headOf(events) });
      });

      test("an append to an old head is a conflict and changes nothing", async () => {
        const { run, head } = await beginRun();
        await store.runLog.append(run, head, stepStarted(0));
        expect(await store.runLog.append(run, head, stepStarted(1))).toEqual({ kind: "conflict" });
        expect(await store.runLog.read(run)).toHaveLength(3);
      });

      test("an append to a head with the right number and the wrong hash is a conflict", async () => {
        const { run, head } = await beginRun();
        const bent = { seq: head.seq, hash: "f".repeat(64) };
        expect(await store.runLog.append(run, bent, stepStarted(0))).toEqual({ kind: "conflict" });
      });

      test("an append to a head that is not there yet is a conflict", async () => {
        const { run, head } = await beginRun();
        expect(await store.runLog.append(run, { ...head, seq: 9 }, stepStarted(0))).toEqual({ kind: "conflict" });
      });

      test("an append to a run that was never begun is a bug", async () => {
        await expect(store.runLog.append(newRunId("nobody"), GENESIS, stepStarted(0))).rejects.toMatchObject({
          kind: "bug",
        });
      });

      test("of 100 appenders at one head exactly one wins each sequence number", async () => {
        const { run } = await beginRun();
        for (let round = 0; round < 3; round++) {
          const head = headOf(await store.runLog.read(run));
          const answers = await Promise.all(
            Array.from({ length: 100 }, (_, index) =>
              store.runLog.append(run, head, stepStarted(round, `w${index}/1`)),
            ),
          );
          expect(answers.filter(({ kind }) => kind === "appended")).toHaveLength(1);
          expect(answers.filter(({ kind }) => kind === "conflict")).toHaveLength(99);
        }
        const events = await store.runLog.read(run);
        expect(events).toHaveLength(5);
        expect(verifyChain(events).ok).toBe(true);
      });

      test("a repeated append answers appended and writes nothing twice, even when the log has gone on", async () => {
        const { run, head } = await beginRun();
        const first = await store.runLog.append(run, head, stepStarted(0));
        expect(await store.runLog.append(run, head, stepStarted(0))).toEqual(first);
        await store.runLog.append(run, headOf(await store.runLog.read(run)), stepStarted(1));
        expect(await store.runLog.append(run, head, stepStarted(0))).toEqual(first);
        expect(await store.runLog.read(run)).toHaveLength(4);
      });

      test("finishing frees the ensemble for the next run", async () => {
        const { run, head } = await beginRun();
        await store.runLog.append(run, head, finished());
        expect(await store.runLog.reservedBy(ensembleOf(run))).toBeNull();
        const next = newRunId(ensembleOf(run));
        expect(await store.runLog.begin(next, firstEntries(1_700_000_100_000))).toEqual({ kind: "begun" });
        expect(await store.runLog.list(ensembleOf(run), 10)).toEqual([next, run]);
        expect(await store.runLog.list(ensembleOf(run), 1)).toEqual([next]);
        expect(await store.runLog.list(ensembleOf(run), 0)).toEqual([]);
      });

      test("a repeated finish does not free the ensemble from the next run", async () => {
        const { run, head } = await beginRun();
        await store.runLog.append(run, head, finished());
        const next = newRunId(ensembleOf(run));
        await store.runLog.begin(next, firstEntries());
        expect((await store.runLog.append(run, head, finished())).kind).toBe("appended");
        expect(await store.runLog.reservedBy(ensembleOf(run))).toBe(next);
      });

      test("an event that JSON would bend is refused as a bug, and nothing is written", async () => {
        const { run, head } = await beginRun();
        const bent = {
          actor: workerActor("w1/1"),
          at: Number.NaN,
          event: { type: "resumed" as const },
        };
        await expect(store.runLog.append(run, head, bent)).rejects.toMatchObject({ kind: "bug" });
        expect(await store.runLog.read(run)).toHaveLength(2);
      });
    });

    describe("lease and fence", () => {
      test("a lease is held by one holder until it is released", async () => {
        const ensemble = ensembleName(newEnsemble());
        const lease = await store.leases.acquire(ensemble, "w1/1");
        expect(await store.leases.acquire(ensemble, "w2/1")).toBeNull();
        expect(await store.leases.acquire(ensemble, "w1/1")).toBeNull();
        await lease?.release();
        const next = await store.leases.acquire(ensemble, "w2/1");
        expect(next).not.toBeNull();
        await next?.release();
      });

      test("of many that ask at once one gets the lease", async () => {
        const ensemble = ensembleName(newEnsemble());
        const answers = await Promise.all(
          Array.from({ length: 50 }, (_, index) => store.leases.acquire(ensemble, `w${index}/1`)),
        );
        const leases = answers.filter((lease) => lease !== null);
        expect(leases).toHaveLength(1);
        await leases[0]?.release();
      });

      test("tokens rise, and are no lower than the time", async () => {
        const ensemble = ensembleName(newEnsemble());
        const tokens: bigint[] = [];
        for (let i = 0; i < 20; i++) {
          const lease = await store.leases.acquire(ensemble, "w1/1");
          if (lease !== null) tokens.push(lease.token);
          await lease?.release();
        }
        expect(tokens).toHaveLength(20);
        expect(tokens.every((token, index) => index === 0 || token > (tokens[index - 1] ?? 0n))).toBe(true);
        expect(Number(tokens[0])).toBeGreaterThan(Date.now() - 60_000);
      });

      test("a held lease asserts nothing wrong; a released one throws LEASE_LOST", async () => {
        const ensemble = ensembleName(newEnsemble());
        const lease = await store.leases.acquire(ensemble, "w1/1");
        expect(codeThrown(() => lease?.assertHeld())).toBeNull();
        await lease?.release();
        expect(codeThrown(() => lease?.assertHeld())).toBe("LEASE_LOST");
      });

      test("releasing a lease that another took over leaves the other's alone", async () => {
        const ensemble = ensembleName(newEnsemble());
        const old = await store.leases.acquire(ensemble, "w1/1");
        await store.expireLease(ensemble);
        const stolen = await store.leases.acquire(ensemble, "w2/1");
        expect(stolen).not.toBeNull();
        await old?.release();
        expect(await store.leases.acquire(ensemble, "w3/1")).toBeNull();
        await stolen?.release();
      });

      test("an append with the fence of the held lease is recorded", async () => {
        const { run, head } = await beginRun();
        const lease = await store.leases.acquire(ensembleOf(run), "w1/1");
        expect((await store.runLog.append(run, head, stepStarted(0), lease?.token)).kind).toBe("appended");
        await lease?.release();
      });

      test("an append with an older fence, a newer one, or one of a lease that ran out is refused", async () => {
        const { run, head } = await beginRun();
        const ensemble = ensembleOf(run);
        const old = await store.leases.acquire(ensemble, "w1/1");
        await store.expireLease(ensemble);
        expect(await store.runLog.append(run, head, stepStarted(0), old?.token)).toEqual({ kind: "lease-lost" });
        const lease = await store.leases.acquire(ensemble, "w2/1");
        const token = lease?.token ?? 0n;
        expect(await store.runLog.append(run, head, stepStarted(0), old?.token)).toEqual({ kind: "lease-lost" });
        expect(await store.runLog.append(run, head, stepStarted(0), token + 1n)).toEqual({ kind: "lease-lost" });
        expect(await store.runLog.append(run, head, stepStarted(0), token - 1n)).toEqual({ kind: "lease-lost" });
        expect(await store.runLog.read(run)).toHaveLength(2);
        await lease?.release();
        expect(await store.runLog.append(run, head, stepStarted(0), token)).toEqual({ kind: "lease-lost" });
      });

      test("a repeated append whose answer was lost answers appended although the lease has gone", async () => {
        const { run, head } = await beginRun();
        const lease = await store.leases.acquire(ensembleOf(run), "w1/1");
        const first = await store.runLog.append(run, head, stepStarted(0), lease?.token);
        await lease?.release();
        expect(await store.runLog.append(run, head, stepStarted(0), lease?.token)).toEqual(first);
      });

      test("an append without a fence needs no lease", async () => {
        const { run, head } = await beginRun();
        const lease = await store.leases.acquire(ensembleOf(run), "w1/1");
        expect((await store.runLog.append(run, head, stepStarted(0))).kind).toBe("appended");
        await lease?.release();
      });
    });

    describe("live board", () => {
      test("what was shown last is read, and nothing before anything was shown", async () => {
        const run = newRunId(newEnsemble());
        const live: Live = {
          step: 3,
          waitingFor: "server.2 to be synced",
          writes: 120,
          failed: 0,
          longestPauseMs: 380,
          lastWriteMs: 4,
          lastWriteAt: null,
          servers: [{ id: 1, host: hostName("zk1"), release: "3.9.6", mode: "follower" }],
        };
        expect(await store.liveBoard.read(run)).toBeNull();
        await store.liveBoard.show(run, live);
        await store.liveBoard.show(run, { ...live, step: 4 });
        expect(await store.liveBoard.read(run)).toEqual({ ...live, step: 4 });
      });
    });
  });
};
