import { expect, test } from "vitest";
import { didYouMean } from "../../../src/model/did-you-mean.ts";

test.each([
  ["adress", ["address", "driver"], "address"],
  ["Addr", ["address", "driver"], "address"],
  ["leaders", ["once", "leader", "each"], "leader"],
  ["dirver", ["address", "driver"], "driver"],
  ["banana", ["address", "driver"], null],
  ["", ["a"], null],
  ["x".repeat(81), ["x".repeat(80)], null],
  ["a", [], null],
] as const)("%j among %j is %j", (word, candidates, meant) => {
  expect(didYouMean(word, candidates)).toBe(meant);
});
