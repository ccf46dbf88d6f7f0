// The Slack edge against the local workspace and a real Redis; a script appends what a worker would.
import { describe, expect, it } from "vitest";
import type { ShownMessage } from "../../sandbox/workspace/client.ts";
import { OpsError } from "../../src/errors.ts";
import { channelId, ensembleName, type RunId, runId, userId } from "../../src/model/ids.ts";
import { reduceRun } from "../../src/run/reduce.ts";
import { CHANNEL, type EdgeStage, startEdgeStage } from "../support/edge-stage.ts";
import { waitFor } from "../support/run-on-stage.ts";
import { moveToClients, sampleClients, sampleMove } from "../support/scripted-migration.ts";
import { leaderGate, scriptHeld, scriptRun, scriptWhole, WORKER } from "../support/scripted-run.ts";

/** A test with a stage of its own: most of its time it waits for Slack's pace, so many go side by side. */
const onStage =
  (...options: Parameters<typeof startEdgeStage>) =>
  (test: (stage: EdgeStage) => Promise<void>) =>
  async (): Promise<void> => {
    const stage = await startEdgeStage(...options);
    try {
      await test(stage);
    } finally {
      await stage.close();
    }
  };

const buttonsOf = (message: ShownMessage): readonly string[] =>
  message.blocks.flatMap((block) =>
    block.type === "actions" && Array.isArray(block.elements) ? block.elements.map((one) => String(one.action_id)) : [],
  );

const parentOf = (
  stage: EdgeStage,
  run: string,
  fits: (message: ShownMessage) => boolean = () => true,
  withinMs = 10_000,
) =>
  stage.client.waitForMessage(
    { channel: CHANNEL },
    (message) =>
      message.threadTs === undefined &&
      message.ephemeralFor === undefined &&
      JSON.stringify(message.blocks).includes(run) &&
      fits(message),
    withinMs,
  );

const privately = (stage: EdgeStage, user: string, text: string, extra: { readonly thread?: string } = {}) =>
  stage.client.waitForMessage(
    { channel: CHANNEL, user, ...extra },
    (message) => message.ephemeralFor === user && message.text.includes(text),
    10_000,
  );

/** The operator is answered, and nobody else: at once, or on a busy machine a moment after the acknowledgement. */
const expectAnswer = async (
  stage: EdgeStage,
  channel: string,
  typed: string,
  ...parts: readonly string[]
): Promise<void> => {
  const { response, error } = await stage.client.command("operator", channel, typed);
  expect(error).toBeUndefined();
  const told =
    response ??
    (await stage.client.waitForMessage(
      { channel, user: "U0OPERATOR" },
      ({ ephemeralFor, text }) => ephemeralFor === "U0OPERATOR" && parts.every((part) => text.includes(part)),
      10_000,
    ));
  expect(told.ephemeralFor).toBe("U0OPERATOR");
  for (const part of parts) expect(told.text).toContain(part);
};

const untilLogged = (stage: EdgeStage, run: RunId, entries: number) =>
  waitFor(`${entries} entries in the log of ${run}`, () =>
    stage.runLog.read(run).then(
      (events) => events.length === entries,
      () => false,
    ),
  );

type Told = { readonly from: number; readonly seq: number };
/** Ranges of events that the thread's messages say they tell. */
const toldIn = (thread: readonly ShownMessage[]): readonly Told[] =>
  thread.flatMap(({ metadata }) => {
    const payload = (metadata as { event_payload?: Told } | undefined)?.event_payload;
    return payload === undefined || payload.seq === 0 ? [] : [{ from: payload.from, seq: payload.seq }];
  });

/** Neither a double nor a gap of consequence: ranges follow each other, and only quiet events may stand between. */
const expectInOrder = (told: readonly Told[]): void => {
  told.forEach((range, i) => {
    const before = told[i - 1];
    expect(range.from).toBeGreaterThan(before?.seq ?? 0);
    expect(range.seq).toBeGreaterThanOrEqual(range.from);
  });
};

describe.each(["socket", "http"] as const)("over %s", (mode) => {
  it.concurrent(
    "answers a wrong word privately, with an example",
    onStage(mode)(async (stage) => {
      await expectAnswer(stage, "zookeeper", "/zk upgrde orders", "Did you mean `/zk upgrade orders &lt;release&gt;`?");
      expect(await stage.jobs()).toEqual([]);
    }),
  );

  it.concurrent(
    "puts an upgrade on the queue and says that it looks",
    onStage(mode)(async (stage) => {
      await expectAnswer(
        stage,
        "ops",
        "/zk upgrade orders 3.9.6 gates each",
        "Looking at *orders*: 3 servers, reading their state and the release rules…",
      );
      const [job] = await stage.jobs();
      expect(job).toMatchObject({
        kind: "propose",
        goal: { ensemble: "orders", release: "3.9.6", gates: "each", overrides: [] },
        dryRun: false,
        requester: "U0OPERATOR",
        // The inventory names #zookeeper for orders, wherever it was asked.
        channel: CHANNEL,
      });
    }),
  );

  it.concurrent(
    "puts a move on the queue and says where it looks; a move without hosts is explained",
    onStage(mode)(async (stage) => {
      await expectAnswer(
        stage,
        "zookeeper",
        "/zk migrate orders to zk4, zk5 and zk6",
        "Looking at *orders* (3 servers) and at zk4, zk5 and zk6, reading their state and the rules for a move…",
      );
      expect(await stage.jobs()).toMatchObject([
        {
          kind: "propose",
          goal: { kind: "migrate", ensemble: "orders", to: ["zk4", "zk5", "zk6"], release: null, overrides: [] },
        },
      ]);
      await expectAnswer(
        stage,
        "zookeeper",
        "/zk migrate orders",
        "Move *orders* to which hosts?",
        "/zk migrate orders to zk4,zk5,zk6",
      );
      expect(await stage.jobs()).toEqual([]);
    }),
  );

  it.concurrent(
    "shows a plan, refuses the requester, takes another's approval once, and tells the thread",
    onStage(mode)(async (stage) => {
      const script = await stage.begin();
      await stage.edge.notify(script.run);
      const plan = await parentOf(stage, script.run);
      expect(buttonsOf(plan)).toEqual(["approve", "deny", "details"]);
      expect(JSON.stringify(plan.blocks)).toContain("<!subteam^S0APPROVERS>");
      expect(plan.reactions.map(({ name }) => name)).toEqual(["raised_hand"]);

      await stage.client.click("operator", plan, "approve");
      await privately(stage, "U0OPERATOR", "You asked for this upgrade, so someone else must approve it");
      await stage.client.click("viewer", plan, "approve");
      await privately(stage, "U0VIEWER", "You may not approve this");
      expect(await stage.runLog.read(script.run)).toHaveLength(2);

      await Promise.all([1, 2, 3].map(() => stage.client.click("approver", plan, "approve")));
      await privately(stage, "U0APPROVER", "This was approved already, by <@U0APPROVER>");
      const events = await stage.runLog.read(script.run);
      expect(events.map(({ event }) => event.type)).toEqual(["proposed", "approval-asked", "approval-granted"]);
      expect(await stage.jobs()).toContainEqual({ kind: "advance", run: script.run });

      const after = await parentOf(stage, script.run, (message) => !buttonsOf(message).includes("approve"));
      expect(after.ts).toBe(plan.ts);
      expect(buttonsOf(after)).toEqual(["stop", "details"]);
      await stage.client.waitForMessage(
        { channel: CHANNEL, thread: plan.ts },
        ({ text }) => text.includes("*Approved* by <@U0APPROVER>"),
        10_000,
      );

      await stage.client
        .click("approver", plan, "approve", JSON.stringify({ run: script.run, gate: "plan", hash: "0".repeat(64) }))
        .catch(() => {});
      expect(await stage.runLog.read(script.run)).toHaveLength(3);
    }),
  );

  it.concurrent(
    "asks for a reason before it denies, and judges again when the reason comes",
    onStage(mode)(async (stage) => {
      const script = await stage.begin();
      await stage.edge.notify(script.run);
      const plan = await parentOf(stage, script.run);

      await stage.client.click("viewer", plan, "deny");
      await privately(stage, "U0VIEWER", "You may not deny this");
      await stage.client.click("approver", plan, "deny");
      const form = await eventuallyView(stage, "approver");
      const none = await stage.client.submit("approver", form.id, {
        reason: " ",
      });
      expect(JSON.stringify(none.errors)).toContain("Please say why");
      await stage.client.submit("approver", form.id, {
        reason: "not <today> & not *here*",
      });
      await untilLogged(stage, script.run, 3);
      expect((await stage.runLog.read(script.run)).at(-1)?.event).toEqual({
        type: "approval-denied",
        gate: "plan",
        reason: "not <today> & not *here*",
      });
      await stage.play(script.run, [
        { actor: WORKER, at: Date.now(), event: { type: "finished", outcome: "denied", evidence: null } },
      ]);
      await stage.edge.notify(script.run);
      const denied = await parentOf(stage, script.run, ({ text }) => text.includes("denied"));
      expect(buttonsOf(denied)).toEqual([]);
      expect(JSON.stringify(denied.blocks)).toContain("not &lt;today&gt; &amp; not *here*");
      expect(denied.reactions.map(({ name }) => name)).toEqual(["no_entry_sign"]);

      await stage.client.click("approver", plan, "approve").catch(() => {});
      expect((await stage.runLog.read(script.run)).at(-1)?.event.type).toBe("finished");
    }),
  );

  it.concurrent(
    "explains a deny whose plan was approved while the reason was typed",
    onStage(mode)(async (stage) => {
      const script = await stage.begin();
      await stage.edge.notify(script.run);
      const plan = await parentOf(stage, script.run);
      await stage.client.click("operator", plan, "deny");
      const form = await eventuallyView(stage, "operator");
      await stage.client.click("approver", plan, "approve");
      await untilLogged(stage, script.run, 3);
      await stage.client.submit("operator", form.id, {
        reason: "changed my mind",
      });
      await privately(stage, "U0OPERATOR", "This was approved already");
      expect((await stage.runLog.read(script.run)).at(-1)?.event.type).toBe("approval-granted");
    }),
  );
});

const eventuallyView = async (stage: EdgeStage, user: string) => {
  let found = (await stage.client.views(user)).at(-1);
  for (let i = 0; i < 200 && found === undefined; i++) {
    await new Promise((resolve) => setTimeout(resolve, 25));
    found = (await stage.client.views(user)).at(-1);
  }
  if (found === undefined) throw new Error(`no modal opened for ${user}`);
  return found;
};

describe("a run's messages", () => {
  it.concurrent(
    "follow a whole run in one message and its thread, and end with report and record",
    onStage("socket")(async (stage) => {
      const script = await stage.begin();
      const whole = scriptWhole({ run: script.run, at: Date.now(), channel: CHANNEL });
      const gate = leaderGate(script.plan);
      await stage.edge.notify(script.run);
      const gateAt = whole.entries.findIndex(({ event }) => event.type === "approval-asked" && event.gate === gate);
      await stage.play(script.run, whole.entries.slice(2, gateAt + 1));
      await stage.edge.notify(script.run);
      const parent = await parentOf(stage, script.run);
      const prompt = await stage.client.waitForMessage(
        { channel: CHANNEL, thread: parent.ts },
        (message) => message.ts !== parent.ts && buttonsOf(message).includes("continue"),
      );
      expect(prompt.text).toContain("<!subteam^S0APPROVERS>");
      expect(buttonsOf(parent)).toEqual(["continue", "roll_back", "stop", "details"]);

      await stage.client.click("operator", prompt, "continue");
      await privately(stage, "U0OPERATOR", "someone else must approve", { thread: parent.ts });
      await stage.client.click("approver", prompt, "continue");
      await stage.client.waitForMessage(
        { channel: CHANNEL, thread: parent.ts },
        ({ ts, blocks }) => ts === prompt.ts && JSON.stringify(blocks).includes("Continued by <@U0APPROVER>"),
        10_000,
      );

      await stage.play(script.run, whole.entries.slice(gateAt + 2));
      await stage.edge.notify(script.run);
      const done = await parentOf(stage, script.run, ({ text }) => text === "✅ orders runs 3.9.6");
      expect(buttonsOf(done)).toEqual([]);
      expect(done.reactions.map(({ name }) => name)).toEqual(["white_check_mark"]);
      const thread = await stage.client.messages({ channel: CHANNEL, thread: parent.ts });
      expect(thread.flatMap(({ files }) => files.map(({ name }) => name))).toEqual([
        "plan.md",
        "report.md",
        "log.jsonl",
      ]);
      expect(thread.filter((message) => buttonsOf(message).length > 0)).toEqual([]);
      const told = toldIn(thread);
      expectInOrder(told);
      const events = await stage.runLog.read(script.run);
      expect(told.at(-1)?.seq).toBe(events.length);
      const logFile = thread.flatMap(({ files }) => files).find(({ name }) => name === "log.jsonl");
      const lines = (await stage.client.fileText(logFile ?? { url_private: "" })).trim().split("\n");
      expect(lines.map((line) => JSON.parse(line))).toEqual(events);

      const before = (await stage.client.calls()).length;
      await stage.edge.notify(script.run);
      await stage.edge.notify(script.run);
      expect((await stage.client.calls()).length).toBe(before);
      expect(stage.warnings).toEqual([]);
    }),
  );

  it.concurrent(
    "carry one reaction, also when Slack failed between the new one and the old one",
    onStage("socket")(async (stage) => {
      const script = await stage.begin();
      const { script: held } = scriptHeld({ run: script.run, at: Date.now(), channel: CHANNEL });
      await stage.edge.notify(script.run);
      await stage.client.faults({ failNext: 1, method: "reactions.remove" });
      await stage.play(script.run, held.entries.slice(2, 4));
      await stage.edge.notify(script.run).catch(() => {});
      const between = await parentOf(stage, script.run, ({ reactions }) => reactions.length > 1);
      expect(between.reactions.map(({ name }) => name)).toEqual(["raised_hand", "hourglass_flowing_sand"]);
      await stage.play(script.run, held.entries.slice(4));
      await stage.edge.notify(script.run);
      const parent = await parentOf(stage, script.run, ({ reactions }) => reactions.length === 1);
      expect(parent.reactions.map(({ name }) => name)).toEqual(["warning"]);
    }),
  );

  it.concurrent(
    "mention the approvers when a run is held, and lose their buttons on retry",
    onStage("socket")(async (stage) => {
      const script = await stage.begin();
      const { script: held } = scriptHeld({ run: script.run, at: Date.now(), channel: CHANNEL });
      await stage.play(script.run, held.entries.slice(2));
      await stage.edge.notify(script.run);
      const parent = await parentOf(stage, script.run);
      expect(parent.reactions.map(({ name }) => name)).toEqual(["warning"]);
      const prompt = await stage.client.waitForMessage(
        { channel: CHANNEL, thread: parent.ts },
        (message) => message.ts !== parent.ts && buttonsOf(message).includes("retry"),
      );
      expect(JSON.stringify(prompt.blocks)).toContain("<!subteam^S0APPROVERS>");
      await stage.client.click("viewer", prompt, "retry");
      await privately(stage, "U0VIEWER", "You may not retry this run", { thread: parent.ts });
      await stage.client.click("operator", prompt, "retry");
      await stage.client.waitForMessage(
        { channel: CHANNEL, thread: parent.ts },
        (message) => message.ts === prompt.ts && buttonsOf(message).length === 0,
        10_000,
      );
      expect((await stage.runLog.read(script.run)).at(-1)).toMatchObject({
        event: { type: "resumed" },
        actor: { id: "U0OPERATOR" },
      });
    }),
  );

  it.concurrent(
    "come neither twice nor with a gap when a bot dies between posting and recording",
    onStage("socket", { withQueue: false })(async (stage) => {
      const script = await stage.begin();
      const whole = scriptWhole({ run: script.run, at: Date.now(), channel: CHANNEL });
      let saves = 0;
      let dieAt = 1;
      const dying = stage.bot({
        posted: {
          ...stage.posted,
          // Dies right before every save in turn: what was posted before it is not recorded.
          save: async (...args) => {
            saves += 1;
            if (saves >= dieAt) throw new OpsError("transient", { what: "killed here" });
            return stage.posted.save(...args);
          },
        },
      });
      const steps = [2, 7, 20, whole.entries.length];
      let from = 2;
      for (const to of steps) {
        await stage.play(script.run, whole.entries.slice(from, to));
        from = Math.max(from, to);
        for (dieAt = 1; ; dieAt++) {
          expect(dieAt).toBeLessThan(100);
          saves = 0;
          const died = await dying.notify(script.run).then(
            () => false,
            () => true,
          );
          if (!died) break;
        }
      }
      const messages = await stage.client.messages({ channel: CHANNEL });
      const parents = messages.filter(
        ({ threadTs, metadata }) => threadTs === undefined && JSON.stringify(metadata ?? {}).includes(script.run),
      );
      expect(parents).toHaveLength(1);
      const thread = await stage.client.messages({ channel: CHANNEL, thread: parents[0]?.ts ?? "" });
      const told = toldIn(thread);
      expectInOrder(told);
      expect(told.at(-1)?.seq).toBe(whole.entries.length);
      for (const line of [
        "*Approved* by",
        "Backed up server.1",
        "server.3 started with 3.9.6",
        "Same data on all 3 servers: digest",
      ]) {
        expect(thread.filter(({ text }) => text.includes(line))).toHaveLength(1);
      }
      expect(thread.flatMap(({ files }) => files.map(({ name }) => name))).toEqual([
        "plan.md",
        "report.md",
        "log.jsonl",
      ]);
    }),
  );

  it.concurrent(
    "come once when Slack posts them but its answer is lost",
    onStage("socket", { withQueue: false })(async (stage) => {
      const script = await stage.begin();
      await stage.client.faults({ loseAnswers: 1, method: "chat.postMessage" });
      await expect(stage.edge.notify(script.run)).rejects.toThrow("Slack does not answer");
      await stage.edge.notify(script.run);
      script.grant("plan");
      await stage.play(script.run, script.entries.slice(2));
      await stage.client.faults({ loseAnswers: 1, method: "chat.postMessage" });
      await expect(stage.edge.notify(script.run)).rejects.toThrow("Slack does not answer");
      await stage.edge.notify(script.run);
      const parent = await parentOf(stage, script.run);
      const all = await stage.client.messages({ channel: CHANNEL });
      expect(
        all.filter(
          ({ threadTs, metadata }) => threadTs === undefined && JSON.stringify(metadata ?? {}).includes(script.run),
        ),
      ).toHaveLength(1);
      const thread = await stage.client.messages({ channel: CHANNEL, thread: parent.ts });
      expect(thread.filter(({ text }) => text.includes("*Approved* by"))).toHaveLength(1);
    }),
  );

  it.concurrent(
    "catch up after an outage of Slack, and through rate limits",
    onStage("socket", { withQueue: false })(async (stage) => {
      const script = await stage.begin();
      await stage.edge.notify(script.run);
      const whole = scriptWhole({ run: script.run, at: Date.now(), channel: CHANNEL });
      await stage.client.faults({ downMs: 2500 });
      await stage.play(script.run, whole.entries.slice(2, 15));
      await expect(stage.edge.notify(script.run)).rejects.toThrow(OpsError);
      await stage.play(script.run, whole.entries.slice(15));
      await new Promise((resolve) => setTimeout(resolve, 2600));
      await stage.client.faults({ rateLimit: 3 });
      await stage.edge.notify(script.run);
      const parent = await parentOf(stage, script.run, ({ text }) => text === "✅ orders runs 3.9.6");
      const told = toldIn(await stage.client.messages({ channel: CHANNEL, thread: parent.ts }));
      expectInOrder(told);
      expect(told.at(-1)?.seq).toBe(whole.entries.length);
      expect((await stage.client.calls()).filter(({ status }) => status === 429).length).toBe(3);
    }),
  );

  it.concurrent(
    "are posted once by two bots at the same time, within Slack's limits",
    onStage("socket", { withQueue: false })(async (stage) => {
      const other = stage.bot();
      await other.start();
      const script = await stage.begin();
      const whole = scriptWhole({ run: script.run, at: Date.now(), channel: CHANNEL });
      await stage.play(script.run, whole.entries.slice(2));
      await Promise.all([stage.edge, other, stage.edge, other].map((edge) => edge.notify(script.run)));
      const parent = await parentOf(stage, script.run, ({ text }) => text === "✅ orders runs 3.9.6");
      const thread = await stage.client.messages({ channel: CHANNEL, thread: parent.ts });
      const told = toldIn(thread);
      expectInOrder(told);
      expect(new Set(told.map(({ seq }) => seq)).size).toBe(told.length);
      expect((await stage.client.calls()).filter(({ status }) => status === 429)).toEqual([]);
    }),
  );

  it.concurrent(
    "use the classic rendering where tables are refused",
    onStage("socket", { refuseBlocks: ["table"], withQueue: false })(async (stage) => {
      const script = await stage.begin();
      await stage.edge.notify(script.run);
      const plan = await parentOf(stage, script.run);
      expect(plan.blocks.some(({ type }) => type === "table")).toBe(false);
      expect(JSON.stringify(plan.blocks)).toContain("server.3 zk3");
    }),
  );

  it.concurrent(
    "let only configured users approve where Slack has no user groups",
    onStage("socket", { freePlan: true })(async (stage) => {
      const script = await stage.begin({
        policy: { users: ["U0VIEWER"], groups: ["zk-approvers"], quorum: 1, selfApproval: false, expiresMs: 60_000 },
      });
      await stage.edge.notify(script.run);
      const plan = await parentOf(stage, script.run);
      await stage.client.click("approver", plan, "approve");
      await privately(stage, "U0APPROVER", "You may not approve this; it takes one of @zk-approvers or <@U0VIEWER>");
      await stage.client.click("viewer", plan, "approve");
      await untilLogged(stage, script.run, 3);
    }),
  );
});

describe("a move's messages", () => {
  it.concurrent(
    "list who is connected, take the question back when they have gone, and end with the connection string",
    onStage("socket")(async (stage) => {
      const made = sampleMove();
      const script = await stage.begin({ plan: made.plan, hash: made.hash });
      const { gate, script: asked } = moveToClients(sampleClients([2, 12, 0]), made, {
        run: script.run,
        at: Date.now(),
      });
      await stage.play(script.run, asked.entries.slice(2));
      await stage.edge.notify(script.run);
      const parent = await parentOf(stage, script.run, ({ text }) => text.startsWith("Moving orders to zk4, zk5, zk6"));
      const inThread = (fits: (message: ShownMessage) => boolean) =>
        stage.client.waitForMessage({ channel: CHANNEL, thread: parent.ts }, fits, 10_000);
      const prompt = await inThread((message) => message.ts !== parent.ts && buttonsOf(message).includes("continue"));
      expect(prompt.text).toContain("14 clients still connected");
      expect(JSON.stringify(prompt.blocks)).toContain("10.0.9.12:51011");
      expect(JSON.stringify(prompt.blocks)).toContain("10.0.0.4:2181,10.0.0.5:2181,10.0.0.6:2181");

      asked.steps(gate, gate + 1);
      await stage.play(script.run, asked.entries.slice(-1));
      await stage.edge.notify(script.run);
      const answered = await inThread(
        ({ ts, blocks }) => ts === prompt.ts && JSON.stringify(blocks).includes("The last client has left"),
      );
      expect(buttonsOf(answered)).toEqual([]);
      await stage.client.click("approver", prompt, "continue").catch(() => {});
      expect((await stage.runLog.read(script.run)).at(-1)?.event.type).toBe("step-done");

      const before = asked.entries.length;
      asked
        .steps(gate + 1, made.plan.steps.length)
        .add(WORKER, { type: "finished", outcome: "succeeded", evidence: null });
      await stage.play(script.run, asked.entries.slice(before));
      await stage.edge.notify(script.run);
      const end = await inThread(({ ts, text }) => ts !== parent.ts && text === "✅ orders lives on zk4, zk5, zk6");
      expect(JSON.stringify(end.blocks)).toContain("servers: { 4: zk4, 5: zk5, 6: zk6 }");
    }),
  );
});

describe("what people ask", () => {
  it.concurrent(
    "opens a form for /zk alone, and takes its answers as a command",
    onStage("socket")(async (stage) => {
      await stage.client.command("operator", "zookeeper", "/zk");
      const form = await eventuallyView(stage, "operator");
      const filled = { ensemble: "billing", action: "upgrade", gates: "each" };
      const missing = await stage.client.submit("operator", form.id, {
        ...filled,
        release: "",
      });
      expect(JSON.stringify(missing.errors)).toContain("Three numbers");
      const wrong = await stage.client.submit("operator", form.id, {
        ...filled,
        release: "3.9",
      });
      expect(JSON.stringify(wrong.errors)).toContain("three numbers with dots");
      await stage.client.submit("operator", form.id, {
        ...filled,
        release: "3.9.6",
      });
      await privately(stage, "U0OPERATOR", "Looking at *billing*");
      expect(await stage.jobs()).toMatchObject([{ kind: "propose", goal: { ensemble: "billing", gates: "each" } }]);
    }),
  );

  it.concurrent(
    "takes a move from the form",
    onStage("socket")(async (stage) => {
      await stage.client.command("operator", "zookeeper", "/zk");
      const form = await eventuallyView(stage, "operator");
      const filled = { ensemble: "orders", action: "migrate", gates: "configured", release: "3.9.6" };
      const missing = await stage.client.submit("operator", form.id, filled);
      expect(JSON.stringify(missing.errors)).toContain("Which hosts?");
      await stage.client.submit("operator", form.id, { ...filled, hosts: ["zk4", "zk5", "zk6"] });
      await privately(stage, "U0OPERATOR", "Looking at *orders* (3 servers) and at zk4, zk5 and zk6");
      expect(await stage.jobs()).toMatchObject([
        { kind: "propose", goal: { kind: "migrate", to: ["zk4", "zk5", "zk6"], release: "3.9.6" } },
      ]);
    }),
  );

  it.concurrent(
    "answers runs, run, audit, export and verify from the record",
    onStage("socket")(async (stage) => {
      const script = await stage.begin();
      const whole = scriptWhole({ run: script.run, at: Date.now(), channel: CHANNEL });
      await stage.play(script.run, whole.entries.slice(2));
      await stage.edge.notify(script.run);
      const ask = async (text: string): Promise<string> => {
        const before = new Set(
          (await stage.client.messages({ channel: CHANNEL, user: "U0OPERATOR" })).map(({ ts }) => ts),
        );
        await stage.client.command("operator", "zookeeper", text);
        const answer = await stage.client.waitForMessage(
          { channel: CHANNEL, user: "U0OPERATOR" },
          ({ ts, ephemeralFor }) => ephemeralFor !== undefined && !before.has(ts),
          10_000,
        );
        return JSON.stringify(answer.blocks);
      };
      expect(await ask("/zk runs")).toContain(script.run);
      expect(await ask(`/zk run ${script.run}`)).toContain("Finished: done");
      expect(await ask(`/zk run ${script.run.replace("t0001", "t0091")}`)).toContain(`Did you mean *${script.run}*?`);
      expect(await ask(`/zk audit ${script.run}`)).toContain("Approval asked for the plan");
      expect(await ask(`/zk audit ${script.run} export`)).toContain("in the run's thread");
      expect(await ask(`/zk audit ${script.run} verify`)).toMatch(
        /The chain holds: \d+ entries.*the record goes through all of them/s,
      );
    }),
  );

  it.concurrent(
    "tells which posted head a rewritten record does not fit",
    onStage("socket", { withQueue: false })(async (stage) => {
      const script = await stage.begin();
      const whole = scriptWhole({ run: script.run, at: Date.now(), channel: CHANNEL });
      await stage.play(script.run, whole.entries.slice(2));
      await stage.edge.notify(script.run);
      // Somebody writes the whole record anew, with a chain that holds in itself.
      const rewritten = scriptWhole({ run: script.run, at: Date.now() + 5000, channel: CHANNEL }).entries;
      const { Redis } = await import("ioredis");
      const redis = new Redis(stage.redis.url);
      await redis.del(`zkshift:{orders}:run:${script.run}`, "zkshift:{orders}:reserved", "zkshift:{orders}:runs");
      redis.disconnect();
      await stage.runLog.begin(script.run, rewritten.slice(0, 2));
      await stage.play(script.run, rewritten.slice(2));
      await stage.client.command("operator", "zookeeper", `/zk audit ${script.run} verify`);
      const answer = await privately(stage, "U0OPERATOR", "does not verify");
      expect(JSON.stringify(answer.blocks)).toContain("The chain holds");
      expect(JSON.stringify(answer.blocks)).toContain("do not fit the record");
    }),
  );

  it.concurrent(
    "answers a mention in a run's thread, and stops by word only for those who may",
    onStage("socket")(async (stage) => {
      const script = await stage.begin();
      script.grant("plan").steps(0, 3);
      await stage.play(script.run, script.entries.slice(2));
      await stage.edge.notify(script.run);
      const parent = await parentOf(stage, script.run);
      await stage.client.mention("viewer", "zookeeper", "<@U0ZKSHIFT> status", parent.ts);
      await privately(stage, "U0VIEWER", script.run, { thread: parent.ts });
      await stage.client.mention("viewer", "zookeeper", "<@U0ZKSHIFT> stop", parent.ts);
      await privately(stage, "U0VIEWER", "You may not stop this run", { thread: parent.ts });
      await stage.client.mention("operator", "zookeeper", "<@U0ZKSHIFT> Stop!", parent.ts);
      await privately(stage, "U0OPERATOR", "Stop is noted", { thread: parent.ts });
      const state = reduceRun(await stage.runLog.read(script.run));
      expect(state?.stopAsked?.by).toEqual({ kind: "user", id: "U0OPERATOR" });
    }),
  );

  it.concurrent(
    "shows App Home with what waits for whom",
    onStage("socket")(async (stage) => {
      const script = await stage.begin();
      await stage.edge.notify(script.run);
      const homeOf = async (user: string): Promise<string> => {
        await stage.client.home(user);
        let view = await stage.client.peekHome(user);
        for (let i = 0; i < 200 && view === null; i++) {
          await new Promise((resolve) => setTimeout(resolve, 25));
          view = await stage.client.peekHome(user);
        }
        return JSON.stringify(view?.blocks);
      };
      expect(await homeOf("approver")).toMatch(
        new RegExp(`Waits for you.*${script.run}.*Under way.*Nothing else is under way`, "s"),
      );
      expect(await homeOf("operator")).toMatch(new RegExp(`Nothing waits for you.*Under way.*${script.run}`, "s"));
    }),
  );

  it.concurrent(
    "opens the whole plan behind Details",
    onStage("socket")(async (stage) => {
      const script = await stage.begin();
      await stage.edge.notify(script.run);
      await stage.client.click("viewer", await parentOf(stage, script.run), "details");
      const view = await eventuallyView(stage, "viewer");
      expect(JSON.stringify(view.blocks)).toContain("make server.3 a participant of the ensemble");
    }),
  );

  it.concurrent(
    "passes a worker's answer on, also when the response address is used up",
    onStage("socket")(async (stage) => {
      const goal = {
        kind: "upgrade",
        ensemble: ensembleName("orders"),
        release: scriptRun().plan.release,
        gates: null,
        overrides: [],
      } as const;
      const replyTo = {
        channel: channelId(CHANNEL),
        user: userId("U0OPERATOR"),
        responseUrl: `${stage.workspace.url}/response/none`,
      };
      await stage.edge.reply(replyTo, { kind: "reserved", goal, by: runId("orders-7k2mx") });
      await privately(stage, "U0OPERATOR", "*orders* is taken by run `orders-7k2mx`");
    }),
  );

  it.concurrent(
    "says that nothing was started when Redis is gone, and explains a click",
    onStage("socket", { withQueue: false })(async (stage) => {
      const script = await stage.begin();
      await stage.edge.notify(script.run);
      const plan = await parentOf(stage, script.run);
      await stage.redis.kill();
      const { response, error } = await stage.client.command("operator", "zookeeper", "/zk upgrade orders 3.9.6");
      expect(error).toBeUndefined();
      const text = response?.text ?? (await privately(stage, "U0OPERATOR", "can't reach my store")).text;
      expect(text).toContain("nothing was started");
      await stage.client.click("approver", plan, "approve");
      await privately(stage, "U0APPROVER", "can't reach my store");
      await stage.redis.restart();
      await untilLogged(stage, script.run, 2);
    }),
  );

  it.concurrent(
    "keeps answering while one of its two sockets is recycled",
    onStage("socket")(async (stage) => {
      await new Promise((resolve) => setTimeout(resolve, 2500));
      await stage.client.faults({ recycleSockets: 1 });
      const answers = [];
      for (let i = 0; i < 20; i++) {
        answers.push(await stage.client.command("operator", "zookeeper", "/zk help"));
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
      expect(answers.filter(({ error }) => error !== undefined)).toEqual([]);
      expect(stage.edge.connected()).toBe(true);
    }),
  );
});

describe("the start", () => {
  it.concurrent(
    "waits for a Slack that does not answer yet",
    onStage("socket", { withQueue: false })(async (stage) => {
      await stage.client.faults({ downMs: 2_000 });
      const second = stage.bot();
      await second.start();
      expect(second.connected()).toBe(true);
    }),
  );

  it.concurrent(
    "ends with a sentence when Slack refuses the token",
    onStage("http", { withQueue: false })(async (stage) => {
      const wrong = stage.bot({ botToken: "xoxb-wrong" });
      await expect(wrong.start()).rejects.toMatchObject({
        kind: "input",
        failure: { what: "Slack refuses our tokens (invalid_auth).", next: expect.stringContaining("SLACK_BOT_TOKEN") },
      });
    }),
  );
});
