// So many at a time, the others in the order they came.

export type Turns = {
  /** Runs the work when it is its turn; resolves or throws as it does. */
  take<T>(work: () => Promise<T>): Promise<T>;
};

/** `most`: how many may be under way at once. */
export const makeTurns = (most: number): Turns => {
  let free = most;
  const waiting: (() => void)[] = [];
  return {
    async take(work) {
      if (free > 0) free--;
      else await new Promise<void>((go) => waiting.push(go));
      try {
        return await work();
      } finally {
        // Handed on, not given back: who comes meanwhile stands behind those who wait.
        const next = waiting.shift();
        if (next === undefined) free++;
        else next();
      }
    },
  };
};
