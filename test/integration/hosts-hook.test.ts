// A team's own commands, run on the worker as real processes.
import { mkdtemp, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { makeHosts } from "../../src/hosts/hosts.ts";
import { failureOf } from "../support/failure-of.ts";

const { runHook } = makeHosts();

describe("a hook", () => {
  let dir: string;
  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), "zkshift-hook-"));
  });
  afterAll(() => rm(dir, { recursive: true, force: true }));

  it("gives its code and both streams in their order", async () => {
    const script = "echo one; sleep 0.1; echo two >&2; sleep 0.1; echo three; exit 3";
    expect(await runHook(["sh", "-c", script], { timeoutMs: 10_000 })).toEqual({
      code: 3,
      output: "one\ntwo\nthree\n",
    });
  });

  it("is not read by a shell", async () => {
    const odd = "zk1; touch /tmp/no $(id) `id` 'x' \"y\" *";
    expect((await runHook(["printf", "%s", odd], { timeoutMs: 10_000 })).output).toBe(odd);
  });

  it("keeps the end of a long output and says what is left out", async () => {
    const { output } = await runHook(["sh", "-c", "seq 1 200000; echo the end"], { timeoutMs: 30_000 });
    expect(output.length).toBeLessThan(200_100);
    expect(output).toMatch(/^\[\d+ bytes before this are left out\]\n/);
    expect(output).toMatch(/200000\nthe end\n$/);
  });

  it("has the worker's environment but for zkshift's own secrets", async () => {
    const before = { ...process.env };
    Object.assign(process.env, { SLACK_BOT_TOKEN: "xoxb-1", REDIS_URL: "redis://:pw@x", ANSIBLE_CONFIG: "/etc/a.cfg" });
    const { output } = await runHook(["env"], { timeoutMs: 10_000 });
    process.env = before;
    expect(output).toContain("ANSIBLE_CONFIG=/etc/a.cfg");
    expect(output).not.toMatch(/xoxb-1|REDIS_URL/);
  });

  it.each(["time", "abort"])("is ended with all it started: %s", async (how) => {
    const marker = join(dir, how);
    const controller = new AbortController();
    const running = runHook(["sh", "-c", 'echo begun; (sleep 2; : >"$1") & wait', "hook", marker], {
      timeoutMs: how === "time" ? 400 : 10_000,
      signal: controller.signal,
    });
    if (how === "abort") setTimeout(() => controller.abort(), 400);
    const error = await failureOf(running);
    expect([error.kind, error.code]).toEqual(["unknown-outcome", how === "time" ? "TIMEOUT" : "ABORTED"]);
    await sleep(2500);
    await expect(stat(marker)).rejects.toThrow();
  });

  it("does not begin when it was aborted before", async () => {
    const marker = join(dir, "never");
    const error = await failureOf(runHook(["touch", marker], { timeoutMs: 1000, signal: AbortSignal.abort() }));
    expect(error.code).toBe("ABORTED");
    await expect(stat(marker)).rejects.toThrow();
  });

  it("that cannot be started is a matter of the inventory", async () => {
    const plain = join(dir, "plain.txt");
    await writeFile(plain, "not a program");
    for (const argv of [[], [""], ["no-such-program-here"], [plain]]) {
      const error = await failureOf(runHook(argv, { timeoutMs: 1000 }));
      expect(error.kind).toBe("input");
    }
  });
});
