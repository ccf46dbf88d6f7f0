// A pause of writes of its own, on a real ensemble: it lasts until somebody asks for the writes, or until its time is over, and a
// worker that takes over counts on.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { PauseGoal } from "../../src/model/goal.ts";
import { ensembleName, runId } from "../../src/model/ids.ts";
import { type MoveSite, openMoveSite } from "../support/move-site.ts";
import { waitFor } from "../support/run-on-stage.ts";

const goal = (forMs: number): PauseGoal => ({
  kind: "pause-writes",
  ensemble: ensembleName("orders"),
  release: null,
  pause: "acl",
  forMs,
  gates: null,
  overrides: [],
});

describe("a pause of writes by itself", () => {
  let site: MoveSite;
  let ensemble: MoveSite["ensemble"];
  let writer: MoveSite["writer"];
  let worker: MoveSite["worker"];

  beforeAll(async () => {
    site = await openMoveSite({ ensemble: { release: "3.9.6", size: 1 } });
    ({ ensemble, writer, worker } = site);
  });
  afterAll(() => site?.close());

  const step = async (run: ReturnType<typeof runId>, kind: string) => {
    const state = await worker.state(run);
    return state.steps[state.plan.steps.findIndex((one) => one.kind === kind)];
  };

  it("lasts until writes are asked for, over the death of a worker, with the proof that nobody wrote", async () => {
    const run = runId("orders-aaaaa");
    expect((await worker.propose(goal(3_600_000), run)).kind).toBe("proposed");
    await worker.approve(run, "plan");
    const death = new AbortController();
    const dying = worker.advance(run, death.signal);
    await waitFor("the pause", async () => (await step(run, "keep-paused"))?.state === "running", 30_000);
    death.abort();
    await dying;
    const { acknowledged, refused } = writer.stats();
    const going = worker.advance(run);
    await waitFor("writes to be refused", async () => writer.stats().refused > refused + 10, 10_000);
    expect(writer.stats().acknowledged).toBe(acknowledged);
    await worker.click(run, { type: "resume-writes-asked" });
    await going;
    const state = await worker.state(run);
    expect(state.outcome, state.hold?.failure.what).toBe("succeeded");
    expect((await step(run, "keep-paused"))?.evidence?.step).toMatchObject({ ended: "asked" });
    expect((await step(run, "resume-writes"))?.evidence?.step).toMatchObject({
      proof: { written: 0, deleted: 0, opened: 0 },
    });
    await waitFor("writes to go on", async () => writer.stats().acknowledged > acknowledged, 10_000);
  });

  it("ends by itself when its time is over", async () => {
    const run = runId("orders-bbbbb");
    expect((await worker.propose(goal(2_000), run)).kind).toBe("proposed");
    await worker.approve(run, "plan");
    await worker.advance(run);
    expect((await worker.state(run)).outcome).toBe("succeeded");
    expect((await step(run, "keep-paused"))?.evidence?.step).toEqual({ kind: "keep-paused", ms: 2_000, ended: "time" });
    await writer.stop();
    const [server] = ensemble.servers;
    const found = await writer.verifyOn(`${server?.address}:${server?.clientPort}`);
    expect([found.missing, found.different]).toEqual([[], []]);
  });
});
