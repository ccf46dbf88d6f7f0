// Random numbers that a seed repeats (mulberry32), so that a failure found by chance can be found again.
export const seededRandom = (seed: number): (() => number) => {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
};

/** `count` different ones of `from`, as the numbers draw them. */
export const drawn = <T>(random: () => number, from: readonly T[], count: number): readonly T[] => {
  const left = [...from];
  return Array.from({ length: Math.min(count, from.length) }, () =>
    left.splice(Math.floor(random() * left.length), 1),
  ).flat();
};
