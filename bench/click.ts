// How long after a click on Approve a worker has the run in hand. Each cycle proposes, approves, and asks to stop at once, so
// that no server is touched. All clocks are this machine's: the click is timed here before its HTTP call, the taking-up is
// the lease's token (Redis' time in ms), the first record is the time in the run log.
import { setTimeout as sleep } from "node:timers/promises";
import type { Stage } from "../sandbox/stage.ts";
import { onStage } from "./bench-stage.ts";
import type { Bench, Measured, Row } from "./measurement.ts";
import { proposeUpgrade } from "./people.ts";
import { isType, openRunLogs, type RunLogs } from "./run-log.ts";
import { percentile, summaryOf } from "./statistics.ts";
import { ms, spreadOf } from "./table.ts";

const FEWEST_CLICKS = 20;
const TARGET_P95_MS = 20;

type Cycle = {
  readonly acknowledgedMs: number;
  readonly recordedMs: number;
  readonly leaseMs: number;
  readonly firstRecordMs: number;
};

export const measureClick = async (bench: Bench): Promise<Measured> =>
  onStage(bench, "click", {}, async (stage) => {
    const logs = await openRunLogs(stage);
    try {
      // The first cycle fills caches (members of the approvers' group) and compiles; it does not count.
      await cycle(stage, logs);
      const count = Math.max(FEWEST_CLICKS, bench.repetitions * 4);
      const cycles: Cycle[] = [];
      for (let i = 0; i < count; i++) {
        cycles.push(await cycle(stage, logs));
        if ((i + 1) % 5 === 0) bench.say(`${i + 1} of ${count} clicks`);
      }
      return { rows: rowsOf(cycles), raw: { cycles } };
    } finally {
      logs.close();
    }
  });

const cycle = async (stage: Stage, logs: RunLogs): Promise<Cycle> => {
  const { run, message } = await proposeUpgrade(stage, logs);
  // What was begun for the proposal (files, reactions, sweeps) is over by then.
  await sleep(500);
  const clickedAt = Date.now();
  const { ackMs, error } = await stage.slack.click("approver", message, "approve");
  if (error !== undefined) throw new Error(`the click failed: ${error}`);
  const started = await logs.waitFor(run, "step-started", isType("step-started"), { everyMs: 2 });
  const leaseAt = await logs.leaseTakenAt();
  await logs.askToStop(run);
  const granted = await logs.waitFor(run, "approval-granted", isType("approval-granted"));
  const finished = await logs.waitFor(run, "the end", isType("finished"));
  if (finished.event.type !== "finished" || finished.event.outcome !== "stopped") {
    throw new Error(`${run} was not stopped before it touched a server`);
  }
  return {
    acknowledgedMs: ackMs,
    recordedMs: granted.at - clickedAt,
    leaseMs: leaseAt - clickedAt,
    firstRecordMs: started.at - clickedAt,
  };
};

const rowsOf = (cycles: readonly Cycle[]): readonly Row[] => {
  const row = (what: string, times: readonly number[], judged: boolean): Row => {
    const p95 = percentile(times, 0.95);
    return {
      what,
      measured: `${ms(percentile(times, 0.5))} / ${ms(p95)}`,
      spread: spreadOf(summaryOf(times), ms),
      target: judged ? `p95 < ${TARGET_P95_MS} ms` : "",
      met: judged ? p95 < TARGET_P95_MS : null,
    };
  };
  return [
    row(
      "click to worker start (a worker takes the run's lease), p50 / p95",
      cycles.map(({ leaseMs }) => leaseMs),
      true,
    ),
    row(
      "of this until the approval is recorded",
      cycles.map(({ recordedMs }) => recordedMs),
      false,
    ),
    row(
      "click to the worker's first record (step-started)",
      cycles.map(({ firstRecordMs }) => firstRecordMs),
      false,
    ),
  ];
};
