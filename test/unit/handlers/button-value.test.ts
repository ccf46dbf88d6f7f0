import { expect, it } from "vitest";
import { formatButtonValue, parseButtonValue } from "../../../handlers/views/button-value.ts";

it("a button's value is read back", () => {
  for (const value of [
    { run: "orders-7k2mx" },
    { run: "orders-7k2mx", gate: "plan", hash: "7c".repeat(32) },
    { run: "a-bcdef", gate: 11 },
  ] as const) {
    expect(parseButtonValue(formatButtonValue(value))).toEqual(value);
  }
});

it.each([
  undefined,
  null,
  7,
  "",
  "{}",
  "null",
  "[]",
  '{"run":""}',
  '{"run":"a-bcdef","gate":-1}',
  '{"run":"a-bcdef","gate":"leader"}',
  '{"run":7}',
])("what we did not write is refused: %j", (value) => {
  expect(parseButtonValue(value)).toBeNull();
});
