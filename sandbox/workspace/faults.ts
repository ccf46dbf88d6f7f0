// Trouble on request, for tests and for showing that the app gets over it: rate limits, failing calls, lost answers, an outage.

type FaultsWanted = {
  /** So many next calls answer 429. */
  readonly rateLimit?: number;
  /** So many next calls answer 500. */
  readonly failNext?: number;
  /** So many next calls take effect, but their answer never arrives. */
  readonly loseAnswers?: number;
  /** Only calls of this method are counted for the three above. */
  readonly method?: string;
  /** For so long the Web API, the sockets, the response addresses and the uploads cannot be reached. */
  readonly downMs?: number;
};
type Fault = "none" | "rate-limit" | "fail" | "lose-answer";

export type Faults = {
  want(wanted: FaultsWanted): void;
  /** The fault that hits this call; counts it. */
  next(method: string): Fault;
  /** Milliseconds until the outage ends; 0 when there is none. */
  downForMs(): number;
};

export function createFaults(): Faults {
  let downUntil = 0;
  let only: string | undefined;
  const left = { "rate-limit": 0, fail: 0, "lose-answer": 0 };
  return {
    want(wanted) {
      if (wanted.downMs !== undefined) downUntil = Date.now() + wanted.downMs;
      if (wanted.rateLimit !== undefined) left["rate-limit"] = wanted.rateLimit;
      if (wanted.failNext !== undefined) left.fail = wanted.failNext;
      if (wanted.loseAnswers !== undefined) left["lose-answer"] = wanted.loseAnswers;
      only = wanted.method;
    },
    next(method) {
      if (only !== undefined && method !== only) return "none";
      for (const fault of ["rate-limit", "fail", "lose-answer"] as const) {
        if (left[fault] > 0) {
          left[fault] -= 1;
          return fault;
        }
      }
      return "none";
    },
    downForMs: () => Math.max(0, downUntil - Date.now()),
  };
}
