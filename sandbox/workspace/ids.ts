// Identifiers in Slack's shapes. Message timestamps never repeat and never go back, because Slack orders and names messages by them.

import { randomBytes } from "node:crypto";

export type Ids = {
  /** The next message timestamp: seconds, a point, six digits. */
  ts(): string;
  /** A new id such as `V00000A`. */
  next(prefix: string): string;
};

export function createIds(): Ids {
  let lastMicros = 0;
  let count = 0;
  return {
    ts() {
      lastMicros = Math.max(lastMicros + 1, Date.now() * 1000);
      const micros = String(lastMicros % 1_000_000).padStart(6, "0");
      return `${Math.floor(lastMicros / 1_000_000)}.${micros}`;
    },
    next(prefix) {
      count += 1;
      return `${prefix}${count.toString(36).toUpperCase().padStart(8, "0")}`;
    },
  };
}

/** A string nobody can guess, for addresses and tickets that are their own key. */
export const secretId = (): string => randomBytes(18).toString("base64url");
