// ZooKeeper releases: parsed leniently (distributions append their own suffixes), compared by number.

/** A release in canonical form, `3.9.6`. */
export type Release = string & { readonly __release: true };

/** Reads `3.9.6`, `3.9.6-${mvngit.commit.id}`, `3.4.13-6--1, built on …`; null when there is no `x.y.z` at the start. */
export const parseRelease = (text: string): Release | null => {
  const found = /^\s*v?(\d{1,4})\.(\d{1,4})\.(\d{1,4})(?![\d.])/.exec(text);
  if (found === null) return null;
  return `${Number(found[1])}.${Number(found[2])}.${Number(found[3])}` as Release;
};

/** Like {@link parseRelease} for text known to be a release; throws on anything else. */
export const release = (text: string): Release => {
  const parsed = parseRelease(text);
  if (parsed === null) throw new Error(`not a ZooKeeper release: ${text}`);
  return parsed;
};

const numbers = (value: Release): readonly number[] => value.split(".").map(Number);

/** Negative when `a` is older than `b`, 0 when equal, positive when newer. */
export const compareReleases = (a: Release, b: Release): number => {
  const left = numbers(a);
  const right = numbers(b);
  for (let i = 0; i < 3; i++) {
    const difference = (left[i] ?? 0) - (right[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
};

/** `a` ≥ `b`, where `b` may be given as plain text. */
export const isAtLeast = (a: Release, b: string): boolean => compareReleases(a, release(b)) >= 0;

/** `3.9` of `3.9.6`. */
export const lineOf = (value: Release): string => numbers(value).slice(0, 2).join(".");
