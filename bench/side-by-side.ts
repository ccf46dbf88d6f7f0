// One repetition: on one ensemble first bare rolling restarts by hand, then the upgrade by zkshift, with the same client
// writing through both. What the machine does to one it does to the other, so their ratio says more than either.
import type { Stage } from "../sandbox/stage.ts";
import { startWriter, type Writer } from "../sandbox/writer.ts";
import { turnOf } from "../src/model/plan.ts";
import type { RecordedEvent } from "../src/model/run-event.ts";
import { onStage } from "./bench-stage.ts";
import { untilCalm } from "./machine.ts";
import type { Bench } from "./measurement.ts";
import { press, proposeUpgrade } from "./people.ts";
import { isType, openRunLogs } from "./run-log.ts";
import { ms } from "./table.ts";

export type Pair = {
  /** How busy the machine was before the restarts and before the upgrade, in words. */
  readonly busyBefore: readonly string[];
  readonly bare: {
    /** For each server in turn, from SIGTERM until the leader counts all others as synced again. */
    readonly restartMs: readonly number[];
    /** Longest time without an acknowledged write in the leader's restart. */
    readonly leaderStallMs: number;
  };
  readonly upgrade: {
    /** From the approval to the end of the run. */
    readonly totalMs: number;
    readonly steps: readonly StepTime[];
    /** As above, from the first to the last step of the leader's turn. */
    readonly leaderStallMs: number;
  };
  readonly client: {
    readonly acknowledged: number;
    readonly refused: number;
    readonly sessionsLost: number;
    /** Acknowledged writes that some server does not hold. */
    readonly lost: number;
  };
};

/** `beforeMs` is the time between the event before and the step's start. */
type StepTime = {
  readonly kind: string;
  readonly server: number | null;
  readonly beforeMs: number;
  readonly tookMs: number;
};

const EVERY_MS = 10;

export const playPairs = async (bench: Bench): Promise<readonly Pair[]> => {
  const pairs: Pair[] = [];
  for (let i = 1; i <= bench.repetitions; i++) {
    const pair = await onStage(bench, `pair-${i}`, { policy: { extra: { soak: "0s" } } }, (stage) => playPair(stage));
    pairs.push(pair);
    const sum = sumOf(pair.bare.restartMs);
    bench.say(
      `${i} of ${bench.repetitions}: restarts ${ms(sum)}, upgrade ${ms(pair.upgrade.totalMs)} (${(pair.upgrade.totalMs / sum).toFixed(2)}); stall ${pair.bare.leaderStallMs} ms bare, ${pair.upgrade.leaderStallMs} ms in the upgrade`,
    );
  }
  return pairs;
};

export const sumOf = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0);

const playPair = async (stage: Stage): Promise<Pair> => {
  const writer = await startWriter({
    connectString: stage.ensemble.connectString,
    path: "/bench-client",
    everyMs: EVERY_MS,
  });
  try {
    await stage.ensemble.waitUntilSynced();
    // The two must find the machine alike; a bare restart, mostly waiting, would not feel a busy one as an upgrade does.
    const busyBefore = [await untilCalm()];
    const bare = await restartAll(stage, writer);
    await stage.ensemble.waitUntilSynced();
    busyBefore.push(await untilCalm());
    const upgrade = await upgradeAll(stage, writer);
    await writer.stop();
    return { busyBefore, bare, upgrade, client: await judge(stage, writer) };
  } finally {
    await writer.close();
  }
};

/** As an operator would by hand: followers, then the leader, each stopped with SIGTERM and waited for. */
const restartAll = async (stage: Stage, writer: Writer): Promise<Pair["bare"]> => {
  const leader = await stage.ensemble.leader();
  if (leader === null) throw new Error("the ensemble has no leader");
  const ids = stage.ensemble.servers.map(({ id }) => id);
  const restartMs: number[] = [];
  let leaderStallMs = 0;
  for (const id of [...ids.filter((each) => each !== leader), leader]) {
    const from = Date.now();
    await stage.ensemble.kill(id, "SIGTERM");
    await stage.ensemble.restart(id);
    await stage.ensemble.waitUntilSynced();
    const to = Date.now();
    restartMs.push(to - from);
    if (id === leader) leaderStallMs = writer.longestGapMs(from, to);
  }
  return { restartMs, leaderStallMs };
};

export const upgradeAll = async (stage: Stage, writer: Writer): Promise<Pair["upgrade"]> => {
  const logs = await openRunLogs(stage);
  try {
    const { run, message } = await proposeUpgrade(stage, logs);
    await press(stage, "approver", message, "approve");
    const finished = await logs.waitFor(run, "the end", isType("finished"), { withinMs: 180_000, everyMs: 100 });
    if (finished.event.type !== "finished" || finished.event.outcome !== "succeeded") {
      throw new Error(`${run} ended otherwise than it should`);
    }
    const events = await logs.events(run);
    const granted = events.find(isType("approval-granted"));
    if (granted === undefined) throw new Error(`${run} was not approved`);
    const leaderTurn = turnOfLeader(events);
    return {
      totalMs: finished.at - granted.at,
      steps: stepTimes(events),
      leaderStallMs: writer.longestGapMs(leaderTurn.from, leaderTurn.to),
    };
  } finally {
    logs.close();
  }
};

const planOf = (events: readonly RecordedEvent[]) => {
  const first = events[0]?.event;
  if (first?.type !== "proposed") throw new Error("a run log does not begin with a proposal");
  return first.plan;
};

/** Epoch ms of the beginning of its first step and of the end of its last. */
const turnOfLeader = (events: readonly RecordedEvent[]): { readonly from: number; readonly to: number } => {
  const { steps } = planOf(events);
  const handOver = steps.find(({ kind }) => kind === "hand-over-leadership");
  const leader = handOver === undefined ? null : turnOf(handOver);
  const times = events.flatMap(({ event, at }) => {
    if (event.type !== "step-started" && event.type !== "step-done") return [];
    const step = steps[event.step];
    return step !== undefined && leader !== null && turnOf(step) === leader ? [at] : [];
  });
  return { from: Math.min(...times), to: Math.max(...times) };
};

const stepTimes = (events: readonly RecordedEvent[]): readonly StepTime[] => {
  const { steps } = planOf(events);
  return events.flatMap(({ event, at }, index) => {
    if (event.type !== "step-done") return [];
    const startedIndex = events.findLastIndex(
      (one, i) => i < index && one.event.type === "step-started" && one.event.step === event.step,
    );
    const startedAt = events[startedIndex]?.at ?? at;
    const step = steps[event.step];
    return step === undefined
      ? []
      : [
          {
            kind: step.kind,
            server: turnOf(step),
            beforeMs: startedAt - (events[startedIndex - 1]?.at ?? startedAt),
            tookMs: at - startedAt,
          },
        ];
  });
};

export const judge = async (stage: Stage, writer: Writer): Promise<Pair["client"]> => {
  const { acknowledged, refused, sessionsLost } = writer.stats();
  const alive = await writer.sessionAlive();
  let lost = 0;
  for (const { address, clientPort } of stage.ensemble.servers) {
    const { missing, different } = await writer.verifyOn(`${address}:${clientPort}`);
    lost += missing.length + different.length;
  }
  return { acknowledged, refused, sessionsLost: Math.max(sessionsLost, alive ? 0 : 1), lost };
};
