// How long a slash command waits for its acknowledgement while people type 50 a second. Half of them only render (`/zk help`),
// half put a job on the queue (`/zk status`). Open loop: a slow answer does not slow the typing.
import { setTimeout as sleep } from "node:timers/promises";
import { CHANNEL, ENSEMBLE, onStage } from "./bench-stage.ts";
import type { Bench, Measured, Row } from "./measurement.ts";
import { percentile, summaryOf } from "./statistics.ts";
import { ms, spreadOf } from "./table.ts";

const PER_SECOND = 50;
const SECONDS = 10;
const TARGET_P99_MS = 300;
/** Connections, compiled code and caches are warm after this. */
const WARM_UP = 50;

const commands = ["/zk help", `/zk status ${ENSEMBLE}`] as const;

export const measureAck = async (bench: Bench): Promise<Measured> =>
  onStage(bench, "ack", {}, async (stage) => {
    const type = async (text: string): Promise<{ readonly text: string; readonly ackMs: number }> => {
      const { ackMs, error } = await stage.slack.command("operator", CHANNEL, text);
      if (error !== undefined) throw new Error(`${text} failed: ${error}`);
      return { text, ackMs };
    };
    for (let i = 0; i < WARM_UP; i++) await type(commands[i % 2] ?? commands[0]);
    await sleep(3_000);

    bench.say(`typing ${PER_SECOND} commands a second for ${SECONDS} s`);
    const began = performance.now();
    const typed: Promise<{ readonly text: string; readonly ackMs: number }>[] = [];
    for (let i = 0; i < PER_SECOND * SECONDS; i++) {
      await sleep(Math.max(0, began + (i * 1_000) / PER_SECOND - performance.now()));
      typed.push(type(commands[i % 2] ?? commands[0]));
    }
    const lastsMs = performance.now() - began;
    const acks = await Promise.all(typed);
    bench.say(`${acks.length} commands in ${ms(lastsMs)}`);

    const rows: readonly Row[] = [
      rowOf("slash command acknowledged, p50 / p99", acks, `p99 < ${TARGET_P99_MS} ms`, true),
      ...commands.map((text) =>
        rowOf(
          `of these ${text.replace(` ${ENSEMBLE}`, "")}`,
          acks.filter((each) => each.text === text),
          "",
          false,
        ),
      ),
    ];
    return { rows, raw: { perSecond: PER_SECOND, lastsMs, acks } };
  });

const rowOf = (what: string, acks: readonly { readonly ackMs: number }[], target: string, judged: boolean): Row => {
  const times = acks.map(({ ackMs }) => ackMs);
  const p99 = percentile(times, 0.99);
  return {
    what,
    measured: `${ms(percentile(times, 0.5))} / ${ms(p99)}`,
    spread: spreadOf(summaryOf(times), ms),
    target,
    met: judged ? p99 < TARGET_P99_MS : null,
  };
};
