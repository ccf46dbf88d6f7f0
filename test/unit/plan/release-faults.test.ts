import { describe, expect, test } from "vitest";
import { type Release, release } from "../../../src/model/release.ts";
import { cvesOf, faultsOf, insteadOf, nearestTo, newestGood, stopsBetween } from "../../../src/plan/release-faults.ts";

const offer = (...texts: readonly string[]): readonly Release[] => texts.map(release);
const ask = (value: Release) => `/zk upgrade orders ${value}`;

test.each([
  ["3.4.13", []],
  ["3.5.0", ["leader-cannot-commit"]],
  ["3.5.8", ["leader-cannot-commit"]],
  ["3.5.9", []],
  ["3.6.1", ["leader-cannot-commit"]],
  ["3.6.2", []],
  ["3.8.0", []],
  ["3.9.0", ["client-readonly-break"]],
  ["3.9.2", ["client-readonly-break"]],
  ["3.9.3", ["rolling-restart-data-loss"]],
  ["3.9.4", []],
  ["3.9.6", []],
])("%s has the known faults %j", (value, faults) =>
  expect(faultsOf(release(value)).map(({ rule }) => rule)).toEqual(faults),
);

test.each([
  ["3.7.1", 4],
  ["3.8.0", 4],
  ["3.8.3", 3],
  ["3.8.5", 2],
  ["3.8.6", 0],
  ["3.9.0", 6],
  ["3.9.1", 5],
  ["3.9.4", 2],
  ["3.9.5", 0],
])("%s has %i published vulnerabilities", (value, count) => expect(cvesOf(release(value))).toHaveLength(count));

describe("the release to take instead", () => {
  test("is the newest good one of the line on offer", () =>
    expect(insteadOf(release("3.9.3"), offer("3.9.3", "3.9.4", "3.9.6", "3.10.0"), "3.9.4", ask)).toBe(
      "Use 3.9.6, the newest 3.9 in your repository: `/zk upgrade orders 3.9.6`.",
    ));
  test("else one to add, or the newest good one of another line", () =>
    expect(insteadOf(release("3.9.3"), offer("3.9.3", "3.8.0"), "3.9.4", ask)).toBe(
      "Add 3.9.4 or later to your repository or use 3.8.0, the newest release in it without a known fault: `/zk upgrade orders 3.8.0`.",
    ));
  test("else only one to add", () =>
    expect(insteadOf(release("3.9.3"), offer("3.9.3"), "3.9.4", ask)).toBe("Add 3.9.4 or later to your repository."));
});

test("the newest good release counts by number, not by text", () => {
  expect(newestGood(offer("3.9.6", "3.10.0", "3.9.10"))).toBe("3.10.0");
  expect(newestGood(offer("3.9.6", "3.10.0", "3.9.10"), "3.9")).toBe("3.9.10");
  expect(newestGood(offer("3.9.3"))).toBeNull();
});

test("the release that was probably meant is of the same line where there is one", () => {
  expect(nearestTo(release("3.8.9"), offer("3.9.6", "3.8.0"))).toBe("3.8.0");
  expect(nearestTo(release("3.7.9"), offer("3.9.6", "3.8.0"))).toBe("3.9.6");
  expect(nearestTo(release("3.9.6"), [])).toBeNull();
});

test.each([
  ["3.4.14", "3.5.10", []],
  ["3.4.14", "3.6.4", ["3.5.10"]],
  ["3.4.14", "3.9.6", ["3.5.10", "3.6.4", "3.8.6"]],
  ["3.5.10", "3.6.4", []],
  ["3.5.10", "3.7.2", ["3.6.4"]],
  ["3.6.4", "3.8.6", []],
  ["3.6.4", "3.9.6", ["3.8.6"]],
  ["3.7.2", "3.9.6", []],
  ["3.8.0", "3.9.6", []],
  ["3.9.6", "3.8.0", []],
])("from %s to %s the official path stops at %j", (from, to, stops) =>
  expect(stopsBetween(release(from), release(to), [])).toEqual(stops),
);

test("stops are taken from the repository where it has a good one", () =>
  expect(stopsBetween(release("3.6.4"), release("3.9.6"), offer("3.8.0", "3.8.4"))).toEqual(["3.8.4"]));
