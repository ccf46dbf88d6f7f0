import { describe, expect, it } from "vitest";
import { epochToKeep } from "../../../src/model/restore.ts";

const known = (epoch: number) => ({ epoch, epochKnown: true });
const lost = (epoch = 0) => ({ epoch, epochKnown: false });

describe("the epoch that servers are to have accepted", () => {
  it("is the highest that a majority of the voters tells of, whoever knows it", () => {
    expect(epochToKeep([known(3), known(9), known(4)])).toBe(9);
    expect(epochToKeep([known(3), known(4), lost(7)])).toBe(7);
    expect(epochToKeep([known(5)])).toBe(5);
  });

  it("leaves room where no majority knows its own: the last epoch may be one that nobody is left to tell of", () => {
    expect(epochToKeep([known(9), lost(), lost(2)])).toBeGreaterThan(1000);
    expect(epochToKeep([known(9), lost()])).toBeGreaterThan(1000);
    expect(epochToKeep([lost(), lost(), lost()])).toBeGreaterThan(1000);
  });
});
