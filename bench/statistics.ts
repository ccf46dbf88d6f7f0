// Figures about figures: medians, percentiles, spreads. Pure; an empty list has none of them, so it throws.

const ascending = (values: readonly number[]): readonly number[] => {
  if (values.length === 0) throw new Error("nothing was measured");
  return values.toSorted((a, b) => a - b);
};

/** The middle one, or the mean of the two in the middle. */
export const median = (values: readonly number[]): number => {
  const sorted = ascending(values);
  const middle = (sorted.length - 1) / 2;
  return ((sorted[Math.floor(middle)] ?? 0) + (sorted[Math.ceil(middle)] ?? 0)) / 2;
};

/** The smallest value that at least `share` (0 to 1) of all values do not exceed: one that was really measured. */
export const percentile = (values: readonly number[], share: number): number => {
  const sorted = ascending(values);
  return sorted[Math.min(sorted.length - 1, Math.max(0, Math.ceil(share * sorted.length) - 1))] ?? 0;
};

export type Summary = {
  readonly count: number;
  readonly median: number;
  readonly smallest: number;
  readonly largest: number;
};

export const summaryOf = (values: readonly number[]): Summary => {
  const sorted = ascending(values);
  return {
    count: sorted.length,
    median: median(sorted),
    smallest: sorted[0] ?? 0,
    largest: sorted.at(-1) ?? 0,
  };
};
