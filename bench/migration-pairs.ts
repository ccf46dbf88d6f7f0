// One repetition: an ensemble with much data is moved to three new hosts by zkshift, and from there to three more by a bare
// script, with the same client writing through both. What the machine does to one it does to the other.
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { waitUntilServing } from "../sandbox/ensemble/server.ts";
import type { Stage } from "../sandbox/stage.ts";
import { startWriter, type Writer } from "../sandbox/writer.ts";
import type { RunId } from "../src/model/ids.ts";
import type { RecordedEvent } from "../src/model/run-event.ts";
import { CHANNEL, ENSEMBLE, FROM, onStage } from "./bench-stage.ts";
import { createHeavyData } from "./heavy-data.ts";
import { untilCalm } from "./machine.ts";
import type { Bench } from "./measurement.ts";
import { type MovedByHand, moveByHand } from "./move-by-hand.ts";
import { messageWith, press, propose } from "./people.ts";
import { isType, openRunLogs, type RunLogs } from "./run-log.ts";
import { sumOf } from "./side-by-side.ts";
import { ms } from "./table.ts";

export type MigrationPair = {
  readonly busyBefore: readonly string[];
  readonly loadMs: number;
  readonly byHand: MovedByHand & { readonly worstStallMs: number };
  readonly byZkshift: RunTimes & { readonly worstStallMs: number };
  readonly client: {
    readonly acknowledged: number;
    readonly refused: number;
    readonly sessionsLost: number;
    readonly lost: number;
  };
};

export type RunTimes = {
  /** From the approval to the end of the run, without the time it waited for a person. */
  readonly totalMs: number;
  /** Of these: from each new server's start until it had all data, and the election. */
  readonly zooKeeperMs: number;
  readonly personMs: number;
  readonly steps: readonly { readonly kind: string; readonly tookMs: number }[];
};

/** Data, copies and nine servers: more repetitions than this take too long for what they tell. */
const MOST_REPETITIONS = 3;
const HEAP_MB = 512;
const EVERY_MS = 10;

export const playMigrations = async (bench: Bench): Promise<readonly MigrationPair[]> => {
  const pairs: MigrationPair[] = [];
  const count = Math.min(bench.repetitions, MOST_REPETITIONS);
  for (let i = 1; i <= count; i++) {
    const options = { policy: { extra: { soak: "0s" } }, ensemble: { spares: 6, heapMb: HEAP_MB } };
    const pair = await onStage(bench, `move-${i}`, options, (stage) => playPair(bench, stage));
    pairs.push(pair);
    const { byHand, byZkshift } = pair;
    bench.say(
      `${i} of ${count}: by hand ${ms(byHand.totalMs)}, by zkshift ${ms(byZkshift.totalMs)} (${(byZkshift.totalMs / byHand.totalMs).toFixed(2)}); worst stall ${byHand.worstStallMs} ms by hand, ${byZkshift.worstStallMs} ms by zkshift`,
    );
  }
  return pairs;
};

const playPair = async (bench: Bench, stage: Stage): Promise<MigrationPair> => {
  const { servers: first, spares } = stage.ensemble;
  const [second, third] = [spares.slice(0, 3), spares.slice(3)];
  const loadBegan = Date.now();
  await createHeavyData(stage.ensemble.connectString);
  const loadMs = Date.now() - loadBegan;
  bench.say(`100 MB written in ${ms(loadMs)}`);
  const connectString = [...first, ...spares].map(({ address, clientPort }) => `${address}:${clientPort}`).join(",");
  const writer = await startWriter({ connectString, path: "/bench-client", everyMs: EVERY_MS });
  const worstStall = async <T>(move: () => Promise<T>): Promise<T & { readonly worstStallMs: number }> => {
    const from = Date.now();
    const moved = await move();
    return { ...moved, worstStallMs: writer.longestGapMs(from, Date.now()) };
  };
  try {
    const busyBefore = [await untilCalm()];
    const byZkshift = await worstStall(() => moveByZkshift(stage));
    for (const server of second) await waitUntilServing(server, 30_000);
    busyBefore.push(await untilCalm());
    const byHand = await worstStall(() =>
      moveByHand({
        ensemble: stage.ensemble,
        release: FROM,
        from: second,
        to: third,
        heapMb: HEAP_MB,
        backUpDir: join(stage.redis.dir, "..", "back-up-by-hand"),
      }),
    );
    // The client must have found the last servers before it is judged by them.
    await sleep(1_000);
    await writer.stop();
    return { busyBefore, loadMs, byHand, byZkshift, client: await judge(third, writer) };
  } finally {
    await writer.close();
  }
};

const moveByZkshift = async (stage: Stage): Promise<RunTimes> => {
  const logs = await openRunLogs(stage);
  try {
    const to = stage.ensemble.spares.slice(0, 3).map(({ host }) => host);
    const { run, message } = await propose(stage, logs, `/zk migrate ${ENSEMBLE} to ${to.join(",")}`);
    await press(stage, "approver", message, "approve");
    await passGates(stage, logs, run);
    return timesOf(await logs.events(run));
  } finally {
    logs.close();
  }
};

/** Presses Continue wherever the run waits for a person, until it is over. */
const passGates = async (stage: Stage, logs: RunLogs, run: RunId): Promise<void> => {
  let afterSeq = 0;
  for (;;) {
    const next = await logs.waitFor(run, "a gate or the end", isGateOrEnd, {
      afterSeq,
      withinMs: 300_000,
      everyMs: 100,
    });
    afterSeq = next.seq;
    if (next.event.type !== "finished") {
      await press(stage, "approver", await messageWith(stage, run, "continue"), "continue");
      continue;
    }
    if (next.event.outcome === "succeeded") return;
    const said = (await stage.slack.messages({ channel: CHANNEL })).at(-1)?.text ?? "nothing";
    throw new Error(`${run} ended otherwise than it should: ${said}`);
  }
};

const isGateOrEnd = ({ event }: RecordedEvent): boolean =>
  event.type === "finished" || (event.type === "approval-asked" && event.gate !== "plan");

/** Where a run's time went; pure. */
export const timesOf = (events: readonly RecordedEvent[]): RunTimes => {
  const approved = events.find(isType("approval-granted"));
  const finished = events.find(isType("finished"));
  if (approved === undefined || finished === undefined) throw new Error("the run was not approved, or is not over");
  const evidence = events.flatMap(({ event }) => (event.type === "step-done" ? [event.evidence] : []));
  const waits = events.flatMap(({ event, at }, index) => {
    if (event.type !== "approval-asked" || event.gate === "plan") return [];
    const over = events.slice(index).find((later) => endsWait(later, event.gate));
    return over === undefined ? [] : [over.at - at];
  });
  const personMs = sumOf(waits);
  return {
    totalMs: finished.at - approved.at - personMs,
    zooKeeperMs: sumOf(
      evidence.map(({ step, tookMs }) => {
        if (step.kind === "wait-until-joined") return step.syncedMs;
        return step.kind === "hand-over-leadership" ? tookMs : 0;
      }),
    ),
    personMs,
    steps: evidence.map(({ step, tookMs }) => ({ kind: step.kind, tookMs })),
  };
};

const endsWait = ({ event }: RecordedEvent, gate: number | "plan"): boolean =>
  (event.type === "approval-granted" && event.gate === gate) || (event.type === "step-done" && event.step === gate);

const judge = async (servers: Stage["ensemble"]["servers"], writer: Writer): Promise<MigrationPair["client"]> => {
  const { acknowledged, refused, sessionsLost } = writer.stats();
  const alive = await writer.sessionAlive();
  let lost = 0;
  for (const { address, clientPort } of servers) {
    const { missing, different } = await writer.verifyOn(`${address}:${clientPort}`);
    lost += missing.length + different.length;
  }
  return { acknowledged, refused, sessionsLost: Math.max(sessionsLost, alive ? 0 : 1), lost };
};
