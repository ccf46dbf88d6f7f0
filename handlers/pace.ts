// Spaces calls out, so that Slack's limits are kept instead of met: one lane a channel or method, first come first served.
import type { Clock } from "../src/ports.ts";

export type Pace = {
  /** Resolves when the lane's next call may be made. */
  turn(lane: string, gapMs: number): Promise<void>;
  /** Slack asked for quiet: nothing on this lane for so long. */
  quiet(lane: string, ms: number): void;
};

export const makePace = (clock: Clock): Pace => {
  const free = new Map<string, number>();
  return {
    async turn(lane, gapMs) {
      const at = Math.max(clock.now(), free.get(lane) ?? 0);
      free.set(lane, at + gapMs);
      for (let wait = at - clock.now(); wait > 0; wait = at - clock.now()) await clock.sleep(wait);
    },
    quiet(lane, ms) {
      free.set(lane, Math.max(free.get(lane) ?? 0, clock.now() + ms));
    },
  };
};
