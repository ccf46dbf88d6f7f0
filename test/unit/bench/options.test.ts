import { describe, expect, it } from "vitest";
import { parseOptions } from "../../../bench/options.ts";

describe("options of the measurements", () => {
  it("by default everything is measured, five times", () => {
    expect(parseOptions([])).toEqual({
      only: ["ack", "click", "upgrade", "stall", "memory", "recovery", "migrate", "ansible", "pause"],
      repetitions: 5,
      json: null,
    });
  });

  it("some may be chosen, and run in their usual order", () => {
    expect(parseOptions(["--only", "stall, ack", "--repetitions", "3", "--json", "out.json"])).toEqual({
      only: ["ack", "stall"],
      repetitions: 3,
      json: "out.json",
    });
  });

  it("says what is wrong", () => {
    expect(parseOptions(["--only", "ack,speed"])).toEqual({ wrong: "There is no measurement speed." });
    expect(parseOptions(["--repetitions", "0"])).toEqual({ wrong: "--repetitions takes a number from 1 to 999." });
    expect(parseOptions(["--fast"])).toHaveProperty("wrong");
  });

  it("knows when only help is wanted", () => {
    expect(parseOptions(["--help"])).toBe("help");
  });
});
