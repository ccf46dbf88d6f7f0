import { describe, expect, test } from "vitest";
import { createRateLimits } from "../../../../sandbox/workspace/rate-limits.ts";

describe("rate limits", () => {
  function limitsAt(mode: "strict" | "relaxed" = "strict") {
    let now = 1_000_000;
    const limits = createRateLimits(mode, () => now);
    const pass = (ms: number) => {
      now += ms;
    };
    return { count: limits.count, pass };
  }

  test("a channel takes a burst of five posts, then one a second", () => {
    const { count, pass } = limitsAt();
    for (let post = 0; post < 5; post++) expect(count("chat.postMessage", "C1")).toBeUndefined();
    expect(count("chat.postMessage", "C1")).toBe(1);
    pass(1_000);
    expect(count("chat.postMessage", "C1")).toBeUndefined();
    expect(count("chat.postMessage", "C1")).toBe(1);
  });

  test("one busy channel does not hold up another", () => {
    const { count } = limitsAt();
    for (let post = 0; post < 6; post++) count("chat.postMessage", "C1");
    expect(count("chat.postMessage", "C2")).toBeUndefined();
  });

  test("fifty updates fit in any minute, and the wait ends when the first of them is a minute old", () => {
    const { count, pass } = limitsAt();
    for (let update = 0; update < 50; update++) {
      expect(count("chat.update", "C1")).toBeUndefined();
      pass(100);
    }
    expect(count("chat.update", "C1")).toBe(55);
    pass(55_000);
    expect(count("chat.update", "C1")).toBeUndefined();
    expect(count("chat.update", "C1")).toBe(1);
  });

  test("relaxed limits let everything through", () => {
    const { count } = limitsAt("relaxed");
    for (let call = 0; call < 500; call++) expect(count("chat.postMessage", "C1")).toBeUndefined();
  });
});
