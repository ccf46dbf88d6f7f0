// Moments in words. The clock shows local time, so expectations are built from local dates.

import { describe, expect, it } from "vitest";
import {
  clockTime,
  dateOfTs,
  dayKey,
  dayName,
  fullTime,
  relativeTime,
  slackDate,
} from "../../../../../sandbox/workspace/page/dates.js";

const now = new Date(2026, 9, 21, 20, 15, 31);
const before = (seconds: number) => new Date(now.getTime() - seconds * 1000);

describe("relative time", () => {
  it.each([
    [0, "just now"],
    [59, "just now"],
    [60, "1 min ago"],
    [3_599, "59 min ago"],
    [3_600, "1 h ago"],
    [86_400, "1 day ago"],
    [3 * 86_400, "3 days ago"],
  ])("%i seconds ago is “%s”", (seconds, words) => {
    expect(relativeTime(before(seconds), now)).toBe(words);
  });
});

describe("days", () => {
  it("names today and yesterday, and writes out others", () => {
    expect(dayName(now, now)).toBe("Today");
    expect(dayName(before(86_400), now)).toBe("Yesterday");
    expect(dayName(new Date(2026, 9, 5, 12), now)).toBe("Monday 5 October");
    expect(dayKey(now)).toBe("2026-10-21");
  });
});

describe("Slack's dates", () => {
  it("fills the tokens it knows and keeps the others", () => {
    expect(slackDate("{date_short_pretty} at {time}, {moon}", now, now)).toBe("today at 20:15, {moon}");
    expect(slackDate("{date_num} {time_secs}", now, now)).toBe("2026-10-21 20:15:31");
  });

  it("reads a message timestamp", () => {
    expect(dateOfTs("1700000000.500000").getTime()).toBe(1_700_000_000_500);
  });

  it("shows everything in a tooltip", () => {
    expect(fullTime(now)).toBe("Wednesday 21 October 2026, 20:15:31");
    expect(clockTime(now)).toBe("20:15");
  });
});
