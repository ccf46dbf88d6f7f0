import fc from "fast-check";
import { expect, test } from "vitest";
import { stringify } from "yaml";
import { OpsError } from "../../src/errors.ts";
import { parseInventory } from "../../src/inventory.ts";

/** What comes of a text: an inventory, or an error whose every line names file and line. Anything else thrown is a bug. */
const outcomeOf = (text: string): "loads" | "refused" => {
  try {
    parseInventory(text, "ensembles.yaml");
    return "loads";
  } catch (error) {
    if (!(error instanceof OpsError)) throw error;
    expect(error.kind).toBe("input");
    const [, first] = error.message.split("\n");
    expect(first).toMatch(/^ensembles\.yaml:[1-9]\d*: ./);
    return "refused";
  }
};

const GOOD = {
  hosts: {
    zk1: { driver: "local", address: "127.0.0.1", root: "/zk/1", ports: { admin: 8081 } },
    spare: { driver: "local", address: "127.0.0.1", root: "/zk/spare", ports: { client: 2182 } },
    zk2: {
      driver: "ssh",
      address: "zk2",
      user: "zk",
      root: "/zk",
      data: "/data",
      dataLog: "/log",
      service: "zkServer",
    },
  },
  ensembles: {
    orders: {
      servers: { 1: "zk1", 2: "zk2" },
      channel: "#ops",
      approvers: { users: ["U1"], groups: ["g"], quorum: 1, selfApproval: false, expires: "4h" },
      gates: "each",
      settings: { "autopurge.snapRetainCount": 5 },
      hooks: { configure: ["true"] },
      super: "env:X",
      soak: "1s",
      syncTimeout: "30s",
      canary: "/",
      ports: { client: 2191 },
    },
  },
};

const pathsOf = (value: unknown, path: readonly string[] = []): readonly (readonly string[])[] =>
  typeof value === "object" && value !== null
    ? [path, ...Object.entries(value).flatMap(([key, inner]) => pathsOf(inner, [...path, key]))]
    : [path];

const replacedAt = (value: unknown, path: readonly string[], by: unknown): unknown => {
  const [key, ...rest] = path;
  if (key === undefined) return by;
  if (Array.isArray(value))
    return value.map((item, index) => (String(index) === key ? replacedAt(item, rest, by) : item));
  const group = value as Record<string, unknown>;
  return { ...group, [key]: replacedAt(group[key], rest, by) };
};

test("the sample loads", () => {
  expect(outcomeOf(stringify(GOOD))).toBe("loads");
});

test("whatever stands in any one place, the answer is an inventory or an error with a line", () => {
  fc.assert(
    fc.property(fc.constantFrom(...pathsOf(GOOD)), fc.jsonValue(), (path, value) => {
      outcomeOf(stringify(replacedAt(GOOD, path, value)));
    }),
    { numRuns: 500 },
  );
});

test("whatever the text is, the answer is an inventory or an error with a line", () => {
  const yamlish = fc.array(
    fc.constantFrom(
      "hosts:",
      "ensembles:",
      "\n",
      "  ",
      "- ",
      "a: ",
      "*a",
      "&a ",
      "{",
      "}",
      "[",
      "1",
      "? ",
      "<<: ",
      "!!x ",
    ),
  );
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string({ unit: "binary" }),
        yamlish.map((parts) => parts.join("")),
      ),
      (text) => {
        outcomeOf(text);
      },
    ),
    { numRuns: 1000 },
  );
});
