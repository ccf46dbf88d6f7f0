// Finds the word a person probably meant. Pure.

/** Edits (insert, delete, replace, swap of neighbours) that turn `a` into `b`, case ignored. */
const editDistance = (a: string, b: string): number => {
  const left = [...a.toLowerCase()];
  const right = [...b.toLowerCase()];
  let before: number[] = [];
  let previous = Array.from({ length: right.length + 1 }, (_, j) => j);
  for (let i = 1; i <= left.length; i++) {
    const current = [i];
    for (let j = 1; j <= right.length; j++) {
      const replace = (previous[j - 1] ?? 0) + (left[i - 1] === right[j - 1] ? 0 : 1);
      let best = Math.min((previous[j] ?? 0) + 1, (current[j - 1] ?? 0) + 1, replace);
      const swapped = i > 1 && j > 1 && left[i - 1] === right[j - 2] && left[i - 2] === right[j - 1];
      if (swapped) best = Math.min(best, (before[j - 2] ?? 0) + 1);
      current.push(best);
    }
    before = previous;
    previous = current;
  }
  return previous[right.length] ?? 0;
};

/** Longest word worth comparing: no name, keyword or run id of ours is longer, and the comparison is quadratic. */
const LONGEST = 80;

/** The candidate nearest to `word`; null when none is near (about one edit for every three letters) or a prefix. */
export const didYouMean = (word: string, candidates: readonly string[]): string | null => {
  if (word === "" || word.length > LONGEST) return null;
  const allowed = Math.max(1, Math.floor(word.length / 3));
  let best: { readonly candidate: string; readonly distance: number } | null = null;
  for (const candidate of candidates) {
    const starts = word.length >= 2 && candidate.toLowerCase().startsWith(word.toLowerCase());
    const distance = starts ? 1 : editDistance(word, candidate);
    if (distance <= allowed && (best === null || distance < best.distance)) best = { candidate, distance };
  }
  return best?.candidate ?? null;
};
