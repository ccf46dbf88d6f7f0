// What a pause of writes by ACLs costs, with few znodes and with many: how long it takes until every ACL is read-only, and until each
// has been looked at and given back, while a client tries to write all through.
import type { Stage } from "../sandbox/stage.ts";
import { startWriter } from "../sandbox/writer.ts";
import type { StepEvidence } from "../src/model/evidence.ts";
import type { RecordedEvent } from "../src/model/run-event.ts";
import { ENSEMBLE, onStage } from "./bench-stage.ts";
import { createHeavyData } from "./heavy-data.ts";
import type { Bench, Measured, Row } from "./measurement.ts";
import { press, propose } from "./people.ts";
import { isType, openRunLogs, type RunLogs } from "./run-log.ts";
import { judge } from "./side-by-side.ts";
import { summaryOf } from "./statistics.ts";
import { ms, spreadOf } from "./table.ts";

const LENGTH_S = 5;
const EVERY_MS = 10;
/** More tell little for the time they take. */
const MOST_REPETITIONS = 3;

type Paused = {
  readonly znodes: number;
  /** Milliseconds. */
  readonly began: number;
  readonly ended: number;
  readonly written: number;
};

export const measurePause = async (bench: Bench): Promise<Measured> => {
  const count = Math.min(bench.repetitions, MOST_REPETITIONS);
  const { few, many, client } = await onStage(bench, "pause", { ensemble: { heapMb: 512 } }, async (stage) => {
    const logs = await openRunLogs(stage);
    const writer = await startWriter({
      connectString: stage.ensemble.connectString,
      path: "/bench-client",
      everyMs: EVERY_MS,
    });
    try {
      const repeat = async (what: string): Promise<readonly Paused[]> => {
        const all: Paused[] = [];
        for (let i = 1; i <= count; i++) {
          const paused = await pauseOnce(stage, logs);
          all.push(paused);
          bench.say(
            `${what}, ${i} of ${count}: ${paused.znodes} znodes, read-only after ${ms(paused.began)}, given back in ${ms(paused.ended)}`,
          );
        }
        return all;
      };
      const before = await repeat("few znodes");
      await createHeavyData(stage.ensemble.connectString);
      const after = await repeat("many znodes");
      await writer.stop();
      return { few: before, many: after, client: await judge(stage, writer) };
    } finally {
      await writer.close();
      logs.close();
    }
  });
  const none = (what: string, found: number): Row => ({
    what,
    measured: String(found),
    spread: `${client.acknowledged} acknowledged`,
    target: "0",
    met: found === 0,
  });
  return {
    rows: [
      ...rowsOf(few),
      ...rowsOf(many),
      none("writes found that a pause should have kept out", sum([...few, ...many].map(({ written }) => written))),
      none("client sessions lost", client.sessionsLost),
      none("acknowledged writes lost", client.lost),
    ],
    raw: { few, many, client },
  };
};

const sum = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0);

const rowsOf = (all: readonly Paused[]): readonly Row[] => {
  const znodes = Math.round(summaryOf(all.map((one) => one.znodes)).median).toLocaleString("en-US");
  const row = (what: string, of: (one: Paused) => number): Row => {
    const summary = summaryOf(all.map(of));
    return { what, measured: ms(summary.median), spread: spreadOf(summary, ms), target: "", met: null };
  };
  return [
    row(`${znodes} znodes made read-only, tried on every server`, ({ began }) => began),
    row(`${znodes} znodes looked at for writes meanwhile, and given back`, ({ ended }) => ended),
  ];
};

const pauseOnce = async (stage: Stage, logs: RunLogs): Promise<Paused> => {
  const { run, message } = await propose(stage, logs, `/zk pause-writes ${ENSEMBLE} acl for ${LENGTH_S}s`);
  await press(stage, "approver", message, "approve");
  const end = await logs.waitFor(run, "the end", isType("finished"), { withinMs: 600_000 });
  if (end.event.type !== "finished" || end.event.outcome !== "succeeded") throw new Error(`${run} did not succeed`);
  const events = await logs.events(run);
  const paused = doneOf(events, "pause-writes");
  const resumed = doneOf(events, "resume-writes");
  return {
    znodes: paused.evidence.znodes,
    began: paused.tookMs,
    ended: resumed.tookMs,
    written: writtenIn(resumed.evidence),
  };
};

/** Throws where the run has no proof: then nothing was measured. */
const writtenIn = ({ proof }: Extract<StepEvidence, { readonly kind: "resume-writes" }>): number => {
  if (proof === null) throw new Error("the run proved nothing about its pause");
  return proof.written + proof.deleted;
};

/** The step's evidence, and how long it took. */
const doneOf = <K extends StepEvidence["kind"]>(
  events: readonly RecordedEvent[],
  kind: K,
): { readonly evidence: Extract<StepEvidence, { readonly kind: K }>; readonly tookMs: number } => {
  for (const { event } of events) {
    if (event.type !== "step-done" || event.evidence.step.kind !== kind) continue;
    const evidence = event.evidence.step as Extract<StepEvidence, { readonly kind: K }>;
    return { evidence, tookMs: event.evidence.tookMs };
  }
  throw new Error(`the run has no ${kind}`);
};
