import { describe, expect, it } from "vitest";
import { makeObserver } from "../../../jobs/observe.ts";
import type { EnsembleJob, Reply, ReplyTo } from "../../../jobs/queues.ts";
import type { AppDeps } from "../../../src/app/app-deps.ts";
import { channelId, type EnsembleName, ensembleName, userId } from "../../../src/model/ids.ts";
import type { StatusReport } from "../../../src/model/status-report.ts";

const orders = ensembleName("orders");
const billing = ensembleName("billing");
// The look is scripted, so nothing of this is used.
const deps = {} as AppDeps;

const job = (user: string, ...ensembles: readonly EnsembleName[]): Extract<EnsembleJob, { kind: "observe" }> => ({
  kind: "observe",
  ensembles,
  replyTo: { channel: channelId("C1"), user: userId(user), responseUrl: null },
});

/** Looks that end when they are told to. */
const scripted = () => {
  const begun: EnsembleName[] = [];
  const ends: ((report: StatusReport) => void)[] = [];
  const replies: { readonly to: ReplyTo; readonly reply: Reply }[] = [];
  const observe = makeObserver(
    deps,
    { reply: async (to, reply) => void replies.push({ to, reply }) },
    (name) =>
      new Promise((resolve) => {
        begun.push(name);
        ends.push(resolve);
      }),
  );
  const unseen = (name: EnsembleName, why: string): StatusReport => ({ kind: "unseen", ensemble: name, why, next: "" });
  return { begun, ends, replies, observe, unseen };
};

describe("looks for /zk status", () => {
  it("people who ask while a look is under way get the answer of that look, each by himself", async () => {
    const { begun, ends, replies, observe, unseen } = scripted();
    const all = ["U1", "U2", "U3"].map((user) => observe(job(user, orders)));
    expect(begun).toEqual([orders]);
    const report = unseen(orders, "first");
    ends[0]?.(report);
    await Promise.all(all);
    expect(replies.map(({ to }) => to.user)).toEqual(["U1", "U2", "U3"]);
    expect(replies.map(({ reply }) => reply)).toEqual(Array(3).fill({ kind: "status", reports: [report] }));
  });

  it("who asks after a look has ended gets a new one", async () => {
    const { begun, ends, replies, observe, unseen } = scripted();
    const first = observe(job("U1", orders));
    ends[0]?.(unseen(orders, "first"));
    await first;
    const second = observe(job("U2", orders));
    ends[1]?.(unseen(orders, "second"));
    await second;
    expect(begun).toEqual([orders, orders]);
    expect(replies.at(-1)?.reply).toMatchObject({ reports: [{ why: "second" }] });
  });

  it("ensembles are looked at side by side, and a slow one holds up only who asked for it", async () => {
    const { begun, ends, replies, observe, unseen } = scripted();
    const both = observe(job("U1", orders, billing));
    const one = observe(job("U2", billing));
    expect(begun).toEqual([orders, billing]);
    ends[1]?.(unseen(billing, "billing"));
    await one;
    expect(replies.map(({ to }) => to.user)).toEqual(["U2"]);
    ends[0]?.(unseen(orders, "orders"));
    await both;
    expect(replies.at(-1)?.reply).toMatchObject({ reports: [{ why: "orders" }, { why: "billing" }] });
  });
});
