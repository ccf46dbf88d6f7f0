// How long a run stands still after its worker is killed with SIGKILL in the middle of a step, while another worker stands by:
// from the kill to the next record of a worker in the run's log. One upgrade, one kill in each of its first kinds of step.
import { setTimeout as sleep } from "node:timers/promises";
import type { AppProcess } from "../sandbox/app-process.ts";
import type { Stage } from "../sandbox/stage.ts";
import type { RecordedEvent } from "../src/model/run-event.ts";
import { onStage } from "./bench-stage.ts";
import type { Bench, Measured } from "./measurement.ts";
import { press, proposeUpgrade } from "./people.ts";
import { isType, openRunLogs } from "./run-log.ts";
import { summaryOf } from "./statistics.ts";
import { ms, spreadOf } from "./table.ts";

const TARGET_MS = 20_000;
/** Well inside any step, and not always at the same place of it. */
const KILL_AFTER_MS = [20, 80, 140, 200, 260] as const;

type Recovered = { readonly killedIn: string; readonly recoveredMs: number };

export const measureRecovery = async (bench: Bench): Promise<Measured> => {
  const recovered = await onStage(bench, "recovery", { roles: ["bot", "worker", "worker"] }, (stage) =>
    killAndWatch(stage, bench),
  );
  const summary = summaryOf(recovered.map(({ recoveredMs }) => recoveredMs));
  return {
    rows: [
      {
        what: "worker killed in a step until the run goes on, median / worst",
        measured: `${ms(summary.median)} / ${ms(summary.largest)}`,
        spread: spreadOf(summary, ms),
        target: `< ${TARGET_MS / 1000} s`,
        met: summary.largest < TARGET_MS,
      },
    ],
    raw: { recovered },
  };
};

const killAndWatch = async (stage: Stage, bench: Bench): Promise<readonly Recovered[]> => {
  const logs = await openRunLogs(stage);
  try {
    const { run, message } = await proposeUpgrade(stage, logs);
    const workers = new Map<number, AppProcess>(
      stage.apps.filter(({ role }) => role === "worker").map((app) => [app.pid, app]),
    );
    await press(stage, "approver", message, "approve");
    const recovered: Recovered[] = [];
    const killedIn = new Set<string>();
    let seen = 0;
    while (recovered.length < bench.repetitions) {
      const next = await logs.waitFor(run, "a step or the end", (one) => isStarted(one) || isType("finished")(one), {
        afterSeq: seen,
        everyMs: 5,
      });
      seen = next.seq;
      if (next.event.type === "finished") break;
      const kind = await kindOf(await logs.events(run), next);
      const worker = workers.get(pidOf(next));
      if (killedIn.has(kind) || worker === undefined) continue;
      await sleep(KILL_AFTER_MS[recovered.length % KILL_AFTER_MS.length] ?? 0);
      const length = (await logs.events(run)).length;
      await worker.kill();
      const killedAt = Date.now();
      workers.delete(worker.pid);
      const goesOn = await logs.waitFor(
        run,
        "the run to go on",
        ({ actor, at }) => actor.kind === "worker" && at >= killedAt,
        {
          afterSeq: length,
          everyMs: 10,
        },
      );
      killedIn.add(kind);
      recovered.push({ killedIn: kind, recoveredMs: goesOn.at - killedAt });
      bench.say(`killed in ${kind}: goes on after ${ms(goesOn.at - killedAt)}`);
      const standIn = await stage.startApp("worker");
      workers.set(standIn.pid, standIn);
    }
    const end = await logs.waitFor(run, "the end", isType("finished"), { withinMs: 180_000 });
    if (end.event.type !== "finished" || end.event.outcome !== "succeeded") throw new Error(`${run} did not succeed`);
    return recovered;
  } finally {
    logs.close();
  }
};

const isStarted = isType("step-started");

/** Workers sign with `<host>/<pid>`. */
const pidOf = ({ actor }: RecordedEvent): number =>
  actor.kind === "worker" ? Number(actor.name.split("/").at(-1)) : 0;

const kindOf = async (events: readonly RecordedEvent[], { event }: RecordedEvent): Promise<string> => {
  const first = events[0]?.event;
  return first?.type === "proposed" && event.type === "step-started" ? (first.plan.steps[event.step]?.kind ?? "") : "";
};
