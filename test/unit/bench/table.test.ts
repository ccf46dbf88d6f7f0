import { describe, expect, it } from "vitest";
import { ms, renderTable, spreadOf } from "../../../bench/table.ts";

describe("table of measurements", () => {
  it("pads every column to its widest cell and says which targets were met", () => {
    const text = renderTable([
      { what: "one", measured: "12 ms", spread: "n = 5", target: "< 20 ms", met: true },
      { what: "another", measured: "1.31", spread: "", target: "≤ 1.25", met: false },
      { what: "for comparison", measured: "7", spread: "", target: "", met: null },
    ]);
    expect(text).toBe(
      [
        "| measured       | result | spread | target  |    |",
        "|----------------|--------|--------|---------|----|",
        "| one            | 12 ms  | n = 5  | < 20 ms | ✅  |",
        "| another        | 1.31   |        | ≤ 1.25  | ❌  |",
        "| for comparison | 7      |        |         |    |",
      ].join("\n"),
    );
  });

  it("a bar inside a cell does not end the cell", () => {
    expect(renderTable([{ what: "a|b", measured: "", spread: "", target: "", met: null }])).toContain("a\\|b");
  });

  it("writes times as a person would", () => {
    expect([0.44, 9.96, 43.4, 9999, 12_345].map(ms)).toEqual(["0.4 ms", "10.0 ms", "43 ms", "9999 ms", "12.3 s"]);
  });

  it("a spread names both ends and the number of values", () => {
    expect(spreadOf({ smallest: 3.21, largest: 40, count: 5 }, ms)).toBe("3.2 ms – 40 ms, n = 5");
  });
});
