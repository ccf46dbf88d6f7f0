import { describe, expect, test } from "vitest";
import { canonicalJson } from "../../../src/model/canonical-json.ts";

describe("canonical JSON", () => {
  test("sorts keys at every depth and writes no spaces", () => {
    expect(canonicalJson({ b: [{ z: 1, y: null }], a: "ö\n" })).toBe('{"a":"ö\\n","b":[{"y":null,"z":1}]}');
  });

  test("sorts keys by code unit, so that the machine's language does not matter", () => {
    expect(canonicalJson({ ä: 1, z: 2, Z: 3, "10": 4, "9": 5 })).toBe('{"10":4,"9":5,"Z":3,"z":2,"ä":1}');
  });

  const cyclic: Record<string, unknown> = {};
  cyclic.self = cyclic;
  const holed: unknown[] = [];
  holed[1] = 1;
  const refused: readonly [string, unknown, string][] = [
    ["bigint", { zxid: 1n }, "$.zxid is a bigint; write it as text first"],
    ["undefined", { a: { b: undefined } }, "$.a.b is undefined; leave the key out or say null"],
    ["a hole in an array", holed, "$[0] is undefined"],
    ["NaN", [1, Number.NaN], "$[1] is NaN"],
    ["infinity", Number.POSITIVE_INFINITY, "$ is Infinity"],
    ["function", { a: () => 1 }, "$.a is a function"],
    ["symbol", Symbol("a"), "$ is a symbol"],
    ["date", { at: new Date(0) }, "$.at is a Date, not a plain object"],
    ["map", new Map(), "$ is a Map, not a plain object"],
    ["cycle", cyclic, "$.self is part of itself"],
  ];
  test.each(refused)("refuses a %s and says where it is", (_, value, message) => {
    expect(() => canonicalJson(value)).toThrow(message);
  });

  test("takes the same object in two places", () => {
    const shared = { a: 1 };
    expect(canonicalJson([shared, shared])).toBe('[{"a":1},{"a":1}]');
  });
});
