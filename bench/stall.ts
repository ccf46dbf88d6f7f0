// The worst that a writing client notices of the leader's turn, beside a plain restart of the leader. Pure: reads what
// side-by-side.ts has played.
import type { Row } from "./measurement.ts";
import { type Pair, sumOf } from "./side-by-side.ts";
import { summaryOf } from "./statistics.ts";
import { ms, spreadOf } from "./table.ts";

const ratio = (value: number): string => value.toFixed(2);

export const stallRows = (pairs: readonly Pair[]): readonly Row[] => {
  const bare = summaryOf(pairs.map((pair) => pair.bare.leaderStallMs));
  const upgrade = summaryOf(pairs.map((pair) => pair.upgrade.leaderStallMs));
  const ratios = summaryOf(pairs.map((pair) => pair.upgrade.leaderStallMs / pair.bare.leaderStallMs));
  const acknowledged = sumOf(pairs.map(({ client }) => client.acknowledged));
  return [
    {
      what: "worst write stall, leader restarted with SIGTERM",
      measured: ms(bare.median),
      spread: spreadOf(bare, ms),
      target: "",
      met: null,
    },
    {
      what: "worst write stall, leader's turn of the upgrade",
      measured: ms(upgrade.median),
      spread: spreadOf(upgrade, ms),
      target: "",
      met: null,
    },
    {
      what: "stall in the upgrade ÷ stall of a bare restart",
      measured: ratio(ratios.median),
      spread: spreadOf(ratios, ratio),
      target: "≤ 1.00",
      met: ratios.median <= 1,
    },
    none(
      "client sessions lost",
      sumOf(pairs.map(({ client }) => client.sessionsLost)),
      `${pairs.length} clients, one a repetition`,
    ),
    none("writes refused", sumOf(pairs.map(({ client }) => client.refused)), `beside ${acknowledged} acknowledged`),
    none(
      "acknowledged writes lost",
      sumOf(pairs.map(({ client }) => client.lost)),
      `${acknowledged} looked up on each of three servers`,
    ),
  ];
};

const none = (what: string, count: number, spread: string): Row => ({
  what,
  measured: String(count),
  spread,
  target: "0",
  met: count === 0,
});
