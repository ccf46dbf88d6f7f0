import { describe, expect, test } from "vitest";
import type { RunMetrics } from "../../src/app/app-deps.ts";
import { makeMetrics } from "../../src/metrics.ts";

describe("metrics", () => {
  test("what is counted can be read by Prometheus", async () => {
    const metrics = makeMetrics();
    const asApp: RunMetrics = metrics;
    metrics.runStarted();
    asApp.runEnded("succeeded");
    asApp.runEnded("succeeded");
    asApp.stepEnded("start-server", "forward", "done", 2);
    asApp.canaryPause(380);
    metrics.slackCall("chat.update", null);
    metrics.slackCall("chat.update", "ratelimited");
    metrics.watchQueues(async () => [{ queue: "ensemble", state: "waiting", jobs: 4 }]);
    const text = await metrics.text();
    const lines = text.split("\n");
    expect(lines).toContain("zkshift_runs_started_total 1");
    expect(lines).toContain('zkshift_runs_ended_total{outcome="succeeded"} 2');
    expect(lines).toContain('zkshift_step_seconds_sum{kind="start-server",direction="forward",outcome="done"} 2');
    expect(lines).toContain('zkshift_canary_pause_seconds_bucket{le="0.5"} 1');
    expect(lines).toContain('zkshift_canary_pause_seconds_bucket{le="0.25"} 0');
    expect(lines).toContain('zkshift_slack_calls_total{method="chat.update"} 2');
    expect(lines).toContain('zkshift_slack_errors_total{method="chat.update",error="ratelimited"} 1');
    expect(lines).toContain('zkshift_queue_jobs{queue="ensemble",state="waiting"} 4');
    expect(text).toContain("process_cpu_seconds_total");
    expect(metrics.contentType).toContain("text/plain");
  });

  test("two sets of metrics do not mix", async () => {
    const first = makeMetrics();
    const second = makeMetrics();
    first.runStarted();
    expect(await second.text()).toContain("zkshift_runs_started_total 0");
  });

  test("queues that cannot be looked at do not hold up or break the rest, and old numbers go", async () => {
    const metrics = makeMetrics();
    let look: () => Promise<readonly { queue: string; state: string; jobs: number }[]> = async () => [
      { queue: "slack", state: "waiting", jobs: 9 },
    ];
    metrics.watchQueues(() => look());
    expect(await metrics.text()).toContain('state="waiting"} 9');
    look = () => Promise.reject(new Error("Redis does not answer"));
    expect(await metrics.text()).not.toContain("zkshift_queue_jobs{");
    look = () => new Promise(() => {});
    const before = performance.now();
    const text = await metrics.text();
    expect(performance.now() - before).toBeLessThan(3_000);
    expect(text).not.toContain("zkshift_queue_jobs{");
    expect(text).toContain("zkshift_runs_started_total 0");
  });
});
