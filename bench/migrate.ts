// A migration of an ensemble with much data beside the same operations by a bare script. Pure, but for the playing itself.
import type { Bench, Measured, Row } from "./measurement.ts";
import { type MigrationPair, playMigrations } from "./migration-pairs.ts";
import { sumOf } from "./side-by-side.ts";
import { summaryOf } from "./statistics.ts";
import { ms, spreadOf } from "./table.ts";

const ratio = (value: number): string => value.toFixed(2);

export const measureMigration = async (bench: Bench): Promise<Measured> => {
  const pairs = await playMigrations(bench);
  return { rows: migrationRows(pairs), raw: pairs };
};

export const migrationRows = (pairs: readonly MigrationPair[]): readonly Row[] => {
  const row = (what: string, of: (pair: MigrationPair) => number, show = ms): Row => {
    const summary = summaryOf(pairs.map(of));
    return { what, measured: show(summary.median), spread: spreadOf(summary, show), target: "", met: null };
  };
  const acknowledged = sumOf(pairs.map(({ client }) => client.acknowledged));
  const none = (what: string, of: (pair: MigrationPair) => number, spread: string): Row => {
    const count = sumOf(pairs.map(of));
    return { what, measured: String(count), spread, target: "0", met: count === 0 };
  };
  return [
    row("three servers with 100 MB in 100,000 znodes moved by a bare script", ({ byHand }) => byHand.totalMs),
    row("the same by zkshift", ({ byZkshift }) => byZkshift.totalMs),
    row("move by zkshift ÷ move by script", ({ byHand, byZkshift }) => byZkshift.totalMs / byHand.totalMs, ratio),
    row(
      "of this from each new server's start until zkshift saw it had all data, and the election",
      ({ byZkshift }) => byZkshift.zooKeeperMs,
    ),
    row(
      "of this everything else: at least so much waited for zkshift itself",
      ({ byZkshift }) => byZkshift.totalMs - byZkshift.zooKeeperMs,
    ),
    row(
      "its time above what the script waited for ZooKeeper",
      ({ byHand, byZkshift }) => byZkshift.totalMs - byHand.zooKeeperMs,
    ),
    row("beside it, waited for the script itself", ({ byHand }) => byHand.totalMs - byHand.zooKeeperMs),
    row("worst write stall, move by script", ({ byHand }) => byHand.worstStallMs),
    row("worst write stall, move by zkshift", ({ byZkshift }) => byZkshift.worstStallMs),
    row(
      "stall by zkshift ÷ stall by script",
      ({ byHand, byZkshift }) => byZkshift.worstStallMs / byHand.worstStallMs,
      ratio,
    ),
    none("client sessions lost in both moves", ({ client }) => client.sessionsLost, `${pairs.length} clients`),
    none("writes refused", ({ client }) => client.refused, `beside ${acknowledged} acknowledged`),
    none("acknowledged writes lost", ({ client }) => client.lost, `${acknowledged} looked up on each of three servers`),
  ];
};
