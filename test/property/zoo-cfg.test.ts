// Laws of the zoo.cfg text model: nothing but the key that is changed may change.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  applyChanges,
  entriesOf,
  formatZooCfg,
  getKey,
  parseZooCfg,
  removeKey,
  setKey,
} from "../../src/model/zoo-cfg.ts";

/** Texts made of what the format gives a meaning to, so that few are dull. */
const hostileText = fc
  .array(fc.constantFrom(..."ab1.=:#! \t\f\r\n\\\\uü", "\r\n", "server.1", "dataDir"), { maxLength: 40 })
  .map((parts) => parts.join(""));
const anyText = fc.oneof(hostileText, fc.string({ unit: "binary", maxLength: 60 }));
const key = fc.oneof(
  fc.constantFrom("dataDir", "clientPort", "server.1", "a b", "a=b", "a:b", "#a", "ü"),
  fc.stringMatching(/^[a-z0-9.=:#! \\]{1,12}$/).filter((text) => text.trim() === text && text !== ""),
);
const value = fc.oneof(
  fc.constantFrom("", "x", "C:\\zk\\data", "=x", ": y", "a\nb", "zk1:2888:3888;2181", "\\", "ü€😀", "#no comment"),
  fc.string({ maxLength: 20 }),
);
const javaTrim = (text: string): string => {
  let [start, end] = [0, text.length];
  while (start < end && text.charCodeAt(start) <= 32) start++;
  while (end > start && text.charCodeAt(end - 1) <= 32) end--;
  return text.slice(start, end);
};

describe("zoo.cfg", () => {
  test("formatting what was read gives the text back", () => {
    fc.assert(
      fc.property(anyText, (text) => formatZooCfg(parseZooCfg(text)) === text),
      { numRuns: 2000 },
    );
  });

  test("a key that was set is read back, also after writing and reading", () => {
    fc.assert(
      fc.property(anyText, key, value, (text, k, v) => {
        const changed = setKey(parseZooCfg(text), k, v);
        expect(getKey(changed, k)).toBe(javaTrim(v));
        expect(getKey(parseZooCfg(formatZooCfg(changed)), k)).toBe(javaTrim(v));
      }),
      { numRuns: 3000 },
    );
  });

  test("setting a key leaves every other key as it was", () => {
    fc.assert(
      fc.property(anyText, key, value, (text, k, v) => {
        const others = (read: ReadonlyMap<string, string>) => [...read].filter(([name]) => name !== k);
        const before = others(entriesOf(parseZooCfg(text)));
        expect(others(entriesOf(parseZooCfg(applyChanges(text, [{ key: k, to: v }]))))).toEqual(before);
      }),
      { numRuns: 3000 },
    );
  });

  test("setting twice is setting once", () => {
    fc.assert(
      fc.property(anyText, key, value, (text, k, v) => {
        const once = applyChanges(text, [{ key: k, to: v }]);
        expect(applyChanges(once, [{ key: k, to: v }])).toBe(once);
      }),
      { numRuns: 2000 },
    );
  });

  test("a key that was taken out is not there, and the rest is", () => {
    fc.assert(
      fc.property(anyText, key, (text, k) => {
        const before = entriesOf(parseZooCfg(text));
        const after = entriesOf(parseZooCfg(formatZooCfg(removeKey(parseZooCfg(text), k))));
        expect([...after]).toEqual([...before].filter(([name]) => name !== k));
      }),
      { numRuns: 2000 },
    );
  });

  test("adding a key and taking it out again changes nothing, but for a line end at the end", () => {
    fc.assert(
      fc.property(anyText, value, (text, v) => {
        const there = "zkshift.test.key";
        const back = applyChanges(applyChanges(text, [{ key: there, to: v }]), [{ key: there, to: null }]);
        expect(entriesOf(parseZooCfg(back))).toEqual(entriesOf(parseZooCfg(text)));
        if (/[\r\n]$/.test(text) && !/\\[\r\n]+$/.test(text)) expect(back).toBe(text);
      }),
      { numRuns: 2000 },
    );
  });
});
