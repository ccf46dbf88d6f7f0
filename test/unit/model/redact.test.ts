import { expect, test } from "vitest";
import { redact } from "../../../src/model/redact.ts";

test.each([
  ["token xoxb-123-456-abcDEF.", "token xoxb-[redacted]"],
  ["xoxe.xoxp-1-Mi0yLT", "xoxe.[redacted]"],
  ['{"t":"xapp-1-A0-9-f"}', '{"t":"xapp-[redacted]"}'],
  [JSON.stringify({ text: "a\nxoxb-1-2" }), '{"text":"a\\nxoxb-[redacted]"}'],
  ["super:a,b'c d", "super:[redacted] d"],
  ["auth super:hunter2 failed", "auth super:[redacted] failed"],
  [JSON.stringify({ auth: 'super:a"b\\c' }), '{"auth":"super:[redacted]"}'],
  ["redis://user:p%40ss@redis.internal:6379/0", "redis://user:[redacted]@redis.internal:6379/0"],
  ["redis://:p4ss@127.0.0.1", "redis://:[redacted]@127.0.0.1"],
  ['{"headers":{"Authorization":"Bearer abc.def"}}', '{"headers":{"Authorization":"[redacted]"}}'],
  ["authorization: digest whoever:pw", "authorization: [redacted]"],
])("%s becomes %s", (text, expected) => {
  expect(redact(text)).toBe(expected);
});

test.each([
  "ensembles.orders.super: must name where the secret is",
  "same data on all servers (digest 1655629737480 at 0x200000300)",
  "http://127.0.0.1:3900/api/ answers",
  "redis://127.0.0.1:6379",
  "server.1:2888:3888",
])("%s stays as it is", (text) => {
  expect(redact(text)).toBe(text);
});
