// Durations as people write them in ensembles.yaml and after `/zk`.

const UNIT_MS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** Milliseconds of `500ms`, `10s`, `1h30m`, `2d` or a bare 0; null for anything else. */
export const parseDuration = (text: string): number | null => {
  if (text === "0") return 0;
  if (!/^(\d{1,9}(ms|s|m|h|d))+$/.test(text)) return null;
  let ms = 0;
  for (const [, number, unit] of text.matchAll(/(\d+)(ms|s|m|h|d)/g)) ms += Number(number) * (UNIT_MS[unit ?? ""] ?? 0);
  return ms;
};

/** `90s`, `10m`, `2h`: in the largest unit that is exact, as {@link parseDuration} reads it. `ms`: whole seconds, or it says milliseconds. */
export const durationText = (ms: number): string => {
  const units = [
    [3_600_000, "h"],
    [60_000, "m"],
    [1_000, "s"],
  ] as const;
  const [unit, name] = units.find(([one]) => ms >= one && ms % one === 0) ?? [1, "ms"];
  return `${ms / unit}${name}`;
};
