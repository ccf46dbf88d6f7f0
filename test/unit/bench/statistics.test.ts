import { describe, expect, it } from "vitest";
import { median, percentile, summaryOf } from "../../../bench/statistics.ts";

describe("statistics of measurements", () => {
  it("the median of an odd number of values is the one in the middle, whatever their order", () => {
    expect(median([9, 1, 5])).toBe(5);
    expect(median([100, 20, 3])).toBe(20);
  });

  it("the median of an even number of values lies half-way between the two in the middle", () => {
    expect(median([4, 1, 3, 2])).toBe(2.5);
  });

  it("a percentile is a value that was measured, and at least that share of the values does not exceed it", () => {
    const hundred = Array.from({ length: 100 }, (_, i) => 100 - i);
    expect(percentile(hundred, 0.5)).toBe(50);
    expect(percentile(hundred, 0.95)).toBe(95);
    expect(percentile(hundred, 0.99)).toBe(99);
    expect(percentile([7, 3], 0.95)).toBe(7);
    expect(percentile([7, 3], 0.5)).toBe(3);
  });

  it("the ends of the scale are the smallest and the largest value", () => {
    expect(percentile([5, 1, 9], 0)).toBe(1);
    expect(percentile([5, 1, 9], 1)).toBe(9);
  });

  it("a summary holds how many there were, the median and both ends", () => {
    expect(summaryOf([12, 10, 30])).toEqual({ count: 3, median: 12, smallest: 10, largest: 30 });
  });

  it("does not change the list it is given", () => {
    const values = [3, 1, 2];
    median(values);
    expect(values).toEqual([3, 1, 2]);
  });

  it("nothing measured is no figure", () => {
    expect(() => median([])).toThrow("nothing was measured");
    expect(() => percentile([], 0.5)).toThrow("nothing was measured");
    expect(() => summaryOf([])).toThrow("nothing was measured");
  });
});
