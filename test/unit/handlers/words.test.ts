import { describe, expect, it } from "vitest";
import {
  and,
  bytes,
  code,
  codeBlock,
  duration,
  esc,
  seconds,
  shortHash,
  stopwatch,
  thousands,
} from "../../../handlers/views/words.ts";

it.each([
  [0, "0 ms"],
  [4.4, "4 ms"],
  [380, "0.38 s"],
  [996, "1.0 s"],
  [1900, "1.9 s"],
  [9_949, "9.9 s"],
  [22_000, "22 s"],
  [59_600, "1 min"],
  [64_000, "1 min 4 s"],
  [4 * 3_600_000, "4 h"],
  [3_900_000, "1 h 5 min"],
])("%d ms is %s", (ms, expected) => {
  expect(duration(ms)).toBe(expected);
});

describe("other figures", () => {
  it("are written as people write them", () => {
    expect([20, 290, 1900, 61_000].map(seconds)).toEqual(["0.02 s", "0.29 s", "1.9 s", "1 min 1 s"]);
    expect([0, 21_400, 725_000, 3_727_000].map(stopwatch)).toEqual(["0:00", "0:21", "12:05", "1:02:07"]);
    expect([7, 1204, 1_234_567].map(thousands)).toEqual(["7", "1,204", "1,234,567"]);
    expect([999, 48_213, 5_500_000, 3_000_000_000].map(bytes)).toEqual(["999 B", "48 kB", "5.5 MB", "3.0 GB"]);
    expect([["a"], ["a", "b"], ["a", "b", "c"], []].map((list) => and(list))).toEqual([
      "a",
      "a and b",
      "a, b and c",
      "",
    ]);
    expect(shortHash(`7c1e${"0".repeat(56)}a90f`)).toBe("7c1e…a90f");
  });
});

describe("text from outside", () => {
  it("cannot mention, link or end the code it stands in", () => {
    expect(esc("<!channel> & <@U1>")).toBe("&lt;!channel&gt; &amp; &lt;@U1&gt;");
    expect(code("a`b\n<c>")).toBe("`a'b &lt;c&gt;`");
    expect(code("  ")).toBe("` `");
    expect(codeBlock("x ``` <y>")).toBe("```\nx ''' &lt;y&gt;\n```");
  });

  it("keeps the end of a long log, which says what went wrong", () => {
    const block = codeBlock(`${"x".repeat(5000)} the cause`, 100);
    expect(block.length).toBeLessThan(120);
    expect(block).toContain("the cause");
  });
});
