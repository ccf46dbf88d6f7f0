import { expect, test } from "vitest";
import type { Log } from "../../src/app/app-deps.ts";
import { OpsError } from "../../src/errors.ts";
import { makeLogger } from "../../src/logging.ts";
import type { RedisLog } from "../../src/store/redis.ts";

const capture = () => {
  const lines: string[] = [];
  return { lines, destination: { write: (line: string) => void lines.push(line) } };
};

test("an entry is one JSON line with time, level, role, data and words", () => {
  const { lines, destination } = capture();
  const log: Log & RedisLog = makeLogger("info", "worker", destination);
  log.info({ ensemble: "orders" }, "run begun");
  expect(lines).toHaveLength(1);
  expect(JSON.parse(lines[0] ?? "")).toEqual({
    level: "info",
    time: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
    role: "worker",
    pid: process.pid,
    ensemble: "orders",
    msg: "run begun",
  });
});

test("a child says which run and step it works on", () => {
  const { lines, destination } = capture();
  makeLogger("debug", "worker", destination).child({ run: "orders-x7k2q", step: 3 }).debug("stopping");
  expect(JSON.parse(lines[0] ?? "")).toMatchObject({ run: "orders-x7k2q", step: 3, msg: "stopping", level: "debug" });
});

test("what is below the level is not written", () => {
  const { lines, destination } = capture();
  const log = makeLogger("warn", "bot", destination);
  log.info("quiet");
  log.warn("loud");
  expect(lines).toHaveLength(1);
});

test("secrets do not reach the log, wherever they are in an entry", () => {
  const { lines, destination } = capture();
  const log = makeLogger("info", "bot", destination);
  const cause = new Error("connect redis://:p4ss@127.0.0.1 failed");
  const error = new OpsError("bug", { what: "with xoxb-1-2-abc", detail: "auth super:hunter2" }, { cause });
  log.error({ err: error, deep: { list: ["xapp-1-secret"] } }, "token xoxb-9-secret");
  log.child({ token: "xoxb-3-secret" }).info({ "xoxb-4-secret": 1 }, "x");
  const text = lines.join("");
  expect(text).toContain("[redacted]");
  expect(text).not.toMatch(/secret|hunter2|p4ss|abc/);
  for (const line of lines) expect(() => JSON.parse(line)).not.toThrow();
});
