// What zkshift adds to the time that an ensemble of three needs to restart its servers one by one. Pure: reads what
// side-by-side.ts has played.
import type { Row } from "./measurement.ts";
import { type Pair, sumOf } from "./side-by-side.ts";
import { median, summaryOf } from "./statistics.ts";
import { ms, spreadOf } from "./table.ts";

const TARGET = 1.25;
const ratio = (value: number): string => value.toFixed(2);

export const upgradeRows = (pairs: readonly Pair[]): readonly Row[] => {
  const bare = pairs.map((pair) => sumOf(pair.bare.restartMs));
  const upgrades = pairs.map((pair) => pair.upgrade.totalMs);
  const ratios = summaryOf(pairs.map((pair, i) => pair.upgrade.totalMs / (bare[i] ?? 0)));
  return [
    row("bare restarts of three servers until synced, sum", summaryOf(bare)),
    row("whole upgrade of three servers", summaryOf(upgrades)),
    {
      what: "whole upgrade ÷ bare restarts",
      measured: ratio(ratios.median),
      spread: spreadOf(ratios, ratio),
      target: `≤ ${TARGET}`,
      met: ratios.median <= TARGET,
    },
    ...partsOf(pairs),
  ];
};

const row = (what: string, summary: ReturnType<typeof summaryOf>): Row => ({
  what,
  measured: ms(summary.median),
  spread: spreadOf(summary, ms),
  target: "",
  met: null,
});

/** Where an upgrade's time goes: the servers' turns, and what comes before and after them. */
const partsOf = (pairs: readonly Pair[]): readonly Row[] => {
  const part = (what: string, isPart: (step: Pair["upgrade"]["steps"][number]) => boolean): Row => {
    const sums = pairs.map(({ upgrade }) =>
      sumOf(upgrade.steps.filter(isPart).map(({ beforeMs, tookMs }) => beforeMs + tookMs)),
    );
    return row(what, { ...summaryOf(sums), median: median(sums) });
  };
  return [
    part("of the upgrade: turns of the three servers", ({ server }) => server !== null),
    part("of the upgrade: preflight, back-up, install, verify", ({ server }) => server === null),
  ];
};
