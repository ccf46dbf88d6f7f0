// Backups and restores at the Slack edge: what is asked of a worker, what its answers look like, and the form in which an approver of
// a restore types the ensemble's name.
import { afterEach, beforeEach, expect, it } from "vitest";
import type { ShownMessage } from "../../sandbox/workspace/client.ts";
import { channelId, ensembleName, userId } from "../../src/model/ids.ts";
import { CHANNEL, type EdgeStage, startEdgeStage } from "../support/edge-stage.ts";
import { BACKUP, planSampleRestore, sampleManifest } from "../support/sample-backup.ts";
import { scriptToGate } from "../support/scripted-run.ts";

let stage: EdgeStage;
beforeEach(async () => {
  stage = await startEdgeStage("socket");
});
afterEach(() => stage?.close());

const buttonsOf = ({ blocks }: ShownMessage): readonly string[] =>
  blocks.flatMap((block) =>
    block.type === "actions" && Array.isArray(block.elements) ? block.elements.map((one) => String(one.action_id)) : [],
  );

const privately = (user: string, text: string) =>
  stage.client.waitForMessage(
    { channel: CHANNEL, user },
    (message) => message.ephemeralFor === user && JSON.stringify(message.blocks).includes(text),
    10_000,
  );

const viewOf = async (user: string) =>
  expect
    .poll(async () => (await stage.client.views(user)).at(-1) ?? null, { timeout: 10_000 })
    .not.toBeNull()
    .then(async () => {
      const [view] = (await stage.client.views(user)).slice(-1);
      if (view === undefined) throw new Error("no form");
      return view;
    });

const planned = () => {
  const { planned: made } = planSampleRestore();
  if (made.kind !== "plan") throw new Error("no plan");
  return made;
};

it("puts backups and restores on the queue and says at once what is looked at", async () => {
  const say = async (text: string) => (await stage.client.command("operator", "zookeeper", text)).response?.text;
  expect(await say("/zk backup orders")).toMatch(/^Backing up \*orders\*/);
  expect(await say("/zk backups orders")).toMatch(/^Looking for the backups of \*orders\*/);
  expect(await say(`/zk restore orders from billing/${BACKUP} dry-run`)).toMatch(
    /^Looking at \*orders\* \(3 servers\) and at the backup `billing\/20261122T180000Z`/,
  );
  expect(await say("/zk restore orders")).toContain("Restore *orders* from which backup?");
  expect(await stage.jobs()).toMatchObject([
    { kind: "back-up", ensemble: "orders" },
    { kind: "list-backups", ensemble: "orders" },
    {
      kind: "propose",
      goal: { kind: "restore", ensemble: "orders", of: "billing", backup: BACKUP, release: null, overrides: [] },
      dryRun: true,
    },
  ]);
});

it("shows a worker's answers on backups to who asked, and to nobody else", async () => {
  const replyTo = { channel: channelId(CHANNEL), user: userId("U0OPERATOR"), responseUrl: null };
  const manifest = sampleManifest();
  const folder = "/state/backups/orders";
  await stage.producers.reply(replyTo, {
    kind: "backed-up",
    report: { manifest, folder, removed: ["20261101T180000Z"] },
  });
  await privately("U0OPERATOR", `It lies on the worker in \`${folder}/${BACKUP}\``);
  const listed = [
    { name: BACKUP, manifest },
    { name: "20261120T180000Z", manifest: null, problem: "It is damaged." },
  ];
  await stage.producers.reply(replyTo, { kind: "backups", ensemble: ensembleName("orders"), folder, listed });
  const list = await privately("U0OPERATOR", "2 backups, newest first");
  expect(JSON.stringify(list.blocks)).toContain("cannot be used: It is damaged.");
  const others = await stage.client.messages({ channel: CHANNEL, user: "U0VIEWER" });
  expect(others.filter(({ ephemeralFor }) => ephemeralFor !== undefined)).toEqual([]);
});

it("has an approver type the ensemble's name before the plan, and again before the servers are stopped", async () => {
  const made = planned();
  const script = await stage.begin(made);
  await stage.edge.notify(script.run);
  const plan = await stage.client.waitForMessage({ channel: CHANNEL }, (message) =>
    buttonsOf(message).includes("approve"),
  );
  expect(JSON.stringify(plan.blocks)).toContain("is lost");
  expect(plan.blocks).toContainEqual(
    expect.objectContaining({
      elements: expect.arrayContaining([expect.objectContaining({ action_id: "approve", style: "danger" })]),
    }),
  );

  await stage.client.click("operator", plan, "approve");
  await privately("U0OPERATOR", "You asked for this restore, so someone else must approve it");
  expect(await stage.client.views("operator")).toEqual([]);

  await stage.client.click("approver", plan, "approve");
  const form = await viewOf("approver");
  expect(JSON.stringify(form.blocks)).toContain("is lost");
  const wrong = await stage.client.submit("approver", form.id, { name: "order" });
  expect(JSON.stringify(wrong.errors)).toContain("not the name of the ensemble, orders");
  expect(await stage.runLog.read(script.run)).toHaveLength(2);
  await stage.client.submit("approver", form.id, { name: " orders " });
  await expect
    .poll(async () => (await stage.runLog.read(script.run)).at(-1)?.event.type, { timeout: 5_000 })
    .toBe("approval-granted");
  expect(await stage.jobs()).toContainEqual({ kind: "advance", run: script.run });

  const { script: whole, gate } = scriptToGate({ ...made, run: script.run, at: Date.now(), channel: CHANNEL });
  await stage.play(script.run, whole.entries.slice(3));
  await stage.edge.notify(script.run);
  const prompt = await stage.client.waitForMessage(
    { channel: CHANNEL, thread: plan.ts },
    (message) => message.ts !== plan.ts && buttonsOf(message).includes("continue"),
  );
  await stage.client.click("approver", prompt, "continue");
  const again = await viewOf("approver");
  expect(JSON.stringify(again.blocks)).toContain("all servers are stopped at once");
  await stage.client.submit("approver", again.id, { name: "orders" });
  await expect
    .poll(async () => (await stage.runLog.read(script.run)).at(-1)?.event, { timeout: 5_000 })
    .toMatchObject({ type: "approval-granted", gate });
});

it("judges again when the name comes: a plan that was denied meanwhile is not approved", async () => {
  const script = await stage.begin(planned());
  await stage.edge.notify(script.run);
  const plan = await stage.client.waitForMessage({ channel: CHANNEL }, (message) =>
    buttonsOf(message).includes("approve"),
  );
  await stage.client.click("approver", plan, "approve");
  const form = await viewOf("approver");
  await stage.play(script.run, [
    {
      actor: { kind: "user", id: userId("U0OPERATOR") },
      at: Date.now(),
      event: { type: "approval-denied", gate: "plan", reason: "no" },
    },
  ]);
  await stage.client.submit("approver", form.id, { name: "orders" });
  await privately("U0APPROVER", "This was denied by");
  expect((await stage.runLog.read(script.run)).at(-1)?.event.type).toBe("approval-denied");
});

/** The form that `/zk` opens, submitted for a restore of orders. */
const askForRestore = async () => {
  await stage.client.command("operator", "zookeeper", "/zk");
  const form = await viewOf("operator");
  await stage.client.submit("operator", form.id, { ensemble: "orders", action: "restore" });
  const [job] = await stage.jobs();
  if (job?.kind !== "list-backups") throw new Error(`no list is asked for: ${JSON.stringify(job)}`);
  return { form, job };
};
const textIn = async (): Promise<string> =>
  JSON.stringify((await stage.client.views("operator")).at(-1)?.blocks ?? null);

it("offers the backups there are in the form, newest first, and asks for a restore from the one chosen", async () => {
  const { form, job } = await askForRestore();
  expect(job).toMatchObject({ ensemble: "orders", replyTo: { channel: CHANNEL, form: form.id } });
  expect(await textIn()).toContain("Looking for the backups of *orders*");
  const older = sampleManifest({ name: "20261120T180000Z", takenAt: "2026-11-20T18:00:00.000Z" });
  const listed = [sampleManifest(), older].map((manifest) => ({ name: manifest.name, manifest }));
  await stage.producers.reply(job.replyTo, { kind: "backups", ensemble: job.ensemble, folder: "/state", listed });
  await expect.poll(textIn, { timeout: 10_000 }).toContain("2026-11-22 18:00 UTC");
  const shown = await textIn();
  expect(shown.indexOf("2026-11-22 18:00")).toBeLessThan(shown.indexOf("2026-11-20 18:00"));
  expect(shown).toContain("every write after it is lost");
  await stage.client.submit("operator", form.id, { backup: older.name, action: "restore" });
  await privately("U0OPERATOR", "and at the backup `20261120T180000Z`");
  expect(await stage.client.views("operator")).toEqual([]);
  expect(await stage.jobs()).toMatchObject([
    { kind: "propose", goal: { kind: "restore", of: "orders", backup: older.name }, dryRun: false, channel: CHANNEL },
  ]);
});

it("says in the form that there is no backup, or why they cannot be listed, and bears that the form is closed", async () => {
  const { form, job } = await askForRestore();
  const none = { kind: "backups", ensemble: job.ensemble, folder: "/state/orders", listed: [] } as const;
  await stage.producers.reply(job.replyTo, none);
  await expect.poll(textIn, { timeout: 10_000 }).toContain("There is no backup of *orders* in `/state/orders`");
  const failure = {
    kind: "transient",
    what: "The folder is gone.",
    left: "",
    next: "Mount it.",
    detail: null,
  } as const;
  const failed = { kind: "failed", doing: "listing the backups of orders", failure } as const;
  await stage.producers.reply(job.replyTo, failed);
  await expect.poll(textIn, { timeout: 10_000 }).toContain("Mount it.");
  await stage.client.closeView("operator", form.id);
  await stage.producers.reply(job.replyTo, none);
  await stage.producers.reply(job.replyTo, failed);
  await privately("U0OPERATOR", "Mount it.");
  const others = await stage.client.messages({ channel: CHANNEL, user: "U0OPERATOR" });
  expect(JSON.stringify(others)).not.toContain("/state/orders");
});
