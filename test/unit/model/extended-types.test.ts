import { describe, expect, it } from "vitest";
import { isEphemeral } from "../../../src/model/ephemeral.ts";
import {
  EXTENDED_TYPES_FLAG,
  keepsTtlZnodes,
  keepsTtlZnodesNow,
  willKeepTtlZnodes,
} from "../../../src/model/extended-types.ts";
import { sampleFacts, zooCfg } from "../../support/sample-ensemble.ts";

describe("who a znode belongs to", () => {
  it.each([
    ["nobody", 0n, false],
    ["a session", 0x100000a1b2c30001n, true],
    ["a session of server.200", -0x37ffff5e4d3cffffn, true],
    ["a container", -(1n << 63n), false],
    ["a time to live of a day", BigInt.asIntN(64, 0xff00000005265c00n), false],
    ["a session of server.255, which no server with extended types has", BigInt.asIntN(64, 0xffa0a1b2c3d40001n), true],
  ])("%s", (_, ephemeralOwner, ephemeral) => {
    expect(isEphemeral({ ephemeralOwner })).toBe(ephemeral);
  });
});

describe("whether a server keeps znodes with a time to live", () => {
  it("goes by zoo.cfg, then by the last flag", () => {
    const off = "-Dzookeeper.extendedTypesEnabled=false";
    expect(keepsTtlZnodes(null, [])).toBe(false);
    expect(keepsTtlZnodes(null, [off, EXTENDED_TYPES_FLAG])).toBe(true);
    expect(keepsTtlZnodes(null, [EXTENDED_TYPES_FLAG, off])).toBe(false);
    expect(keepsTtlZnodes("TRUE", [off])).toBe(true);
    expect(keepsTtlZnodes("false", [EXTENDED_TYPES_FLAG])).toBe(false);
  });

  it("tells what runs from what would be started", () => {
    const sample = sampleFacts(1, { nextFlags: [EXTENDED_TYPES_FLAG] });
    const waiting = sample.process && { ...sample.process, awaitingStart: [EXTENDED_TYPES_FLAG] };
    const both = (facts: typeof sample) => [keepsTtlZnodesNow(facts), willKeepTtlZnodes(facts)];
    expect(both(sample)).toEqual([true, true]);
    expect(both({ ...sample, process: waiting })).toEqual([false, true]);
    expect(both({ ...sample, process: null })).toEqual([false, true]);
    expect(both(sampleFacts(1, { configText: zooCfg(["extendedTypesEnabled=true"]) }))).toEqual([true, true]);
  });
});
