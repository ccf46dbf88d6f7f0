import { expect, it } from "vitest";
import { stepDone } from "../../../../handlers/views/evidence-words.ts";

const stopped = { step: { kind: "stop-server", server: 1, signal: "TERM" }, tookMs: 33_000, canary: null } as const;

it("tells why a server's stop had to wait, apart from how long the stop took", () => {
  const waited = { for: "server.2 does not serve; only one server may be down at a time.", ms: 32_400 };
  expect(stepDone({ ...stopped, waited })).toBe(
    "server.1 stopped (SIGTERM) in 0.60 s · *waited 32 s before it*: server.2 does not serve; only one server may be down at a time",
  );
});

it("says nothing of waiting where there was none", () => {
  expect(stepDone(stopped)).toBe("server.1 stopped (SIGTERM) in 33 s");
});
