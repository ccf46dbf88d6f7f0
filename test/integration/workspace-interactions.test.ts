// Buttons, menus, modals, App Home and events through a real Bolt app, the same over Socket Mode and signed HTTP requests.

import { setTimeout as sleep } from "node:timers/promises";
import type { BlockAction, ButtonAction, StaticSelectAction } from "@slack/bolt";
import type { KnownBlock, ModalView } from "@slack/types";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createSandboxClient, type SandboxClient } from "../../sandbox/workspace/client.ts";
import { startWorkspace, type Workspace, type WorkspaceOptions } from "../../sandbox/workspace/workspace.ts";
import { type BoltApp, type Listeners, startHttpApp, startSocketApp } from "../support/bolt-app.ts";
import { eventually } from "../support/eventually.ts";

const channel = "C0ZOOKEEPER";
let workspace: Workspace;
let sandbox: SandboxClient;
let running: BoltApp | undefined;

async function open(options: WorkspaceOptions = {}): Promise<void> {
  workspace = await startWorkspace(options);
  sandbox = createSandboxClient(workspace.url);
}
/** Another workspace, with limits that a test can wait for. */
async function reopen(options: WorkspaceOptions): Promise<void> {
  await workspace.close();
  await open(options);
}

beforeEach(() => open());
afterEach(async () => {
  await running?.stop();
  running = undefined;
  await workspace.close();
});

const buttons: KnownBlock[] = [
  { type: "section", text: { type: "mrkdwn", text: "*Upgrade orders*" } },
  {
    type: "actions",
    block_id: "decision",
    elements: [
      { type: "button", action_id: "approve", text: { type: "plain_text", text: "Approve" }, value: "plan-1" },
      { type: "button", action_id: "deny", text: { type: "plain_text", text: "Deny…" }, value: "plan-1" },
      {
        type: "static_select",
        action_id: "gates",
        options: [
          { text: { type: "plain_text", text: "Once" }, value: "once" },
          { text: { type: "plain_text", text: "Leader" }, value: "leader" },
        ],
      },
      { type: "users_select", action_id: "owner" },
    ],
  },
];
const denyModal: ModalView = {
  type: "modal",
  callback_id: "deny",
  private_metadata: "plan-1",
  title: { type: "plain_text", text: "Deny" },
  submit: { type: "plain_text", text: "Deny" },
  blocks: [
    {
      type: "input",
      block_id: "reason",
      label: { type: "plain_text", text: "Why?" },
      element: { type: "plain_text_input", action_id: "text", max_length: 40 },
    },
  ],
};

describe.each([
  ["sockets", startSocketApp],
  ["signed requests", startHttpApp],
] as const)("over %s", (_name, startApp) => {
  const start = async (listeners: Listeners): Promise<BoltApp> => {
    running = await startApp(workspace, listeners);
    return running;
  };
  const post = async ({ app }: BoltApp, fields: object = {}) => {
    const { ts } = await app.client.chat.postMessage({ channel, text: "Upgrade orders", blocks: buttons, ...fields });
    return { channel, ts: ts ?? "" };
  };

  test("a button says who pressed it, and the message changes in place", async () => {
    const { app } = await start((bolt) => {
      bolt.action<BlockAction<ButtonAction>>("approve", async ({ ack, body, action, client }) => {
        await ack();
        const text = `approved by ${body.user.id}: ${action.value} in ${action.block_id}`;
        await client.chat.update({ channel, ts: body.message?.ts ?? "", text, blocks: [] });
      });
    });
    const message = await post({ app, stop: async () => undefined });
    const { error, ackMs } = await sandbox.click("approver", message, "approve");
    expect(error).toBeUndefined();
    expect(ackMs).toBeGreaterThan(0);
    const changed = await sandbox.waitForMessage({ channel }, ({ editedTs }) => editedTs !== undefined);
    expect(changed).toMatchObject({ ts: message.ts, text: "approved by U0APPROVER: plan-1 in decision", blocks: [] });
    expect((await sandbox.click("approver", message, "approve")).error).toContain("has the action id approve");
  });

  test("menus send what was chosen, and only what can be chosen", async () => {
    const chosen: unknown[] = [];
    const bot = await start((app) => {
      app.action<BlockAction<StaticSelectAction>>("gates", async ({ ack, action, body }) => {
        await ack();
        chosen.push(action.selected_option.value, body.state?.values.decision?.gates?.type);
      });
      app.action("owner", async ({ ack, action }) => {
        await ack();
        chosen.push("selected_user" in action && action.selected_user);
      });
    });
    const message = await post(bot);
    await sandbox.click("operator", message, "gates", "leader");
    await sandbox.click("operator", message, "owner", "viewer");
    await eventually(() => chosen).toEqual(["leader", "static_select", "U0VIEWER"]);
    expect((await sandbox.click("operator", message, "gates", "never")).error).toContain("once, leader");
    expect((await sandbox.click("operator", message, "approve", "plan-2")).error).toContain("plan-2");
  });

  test("a click on a private message changes it only through its response address", async () => {
    let hasMessage: boolean | undefined;
    const { app } = await start((bolt) => {
      bolt.action("approve", async ({ ack, body, respond }) => {
        await ack();
        hasMessage = "message" in body;
        await respond({ replace_original: true, text: "done" });
      });
      bolt.action("deny", async ({ ack, respond }) => {
        await ack();
        await respond({ delete_original: true });
      });
    });
    const { message_ts: ts = "" } = await app.client.chat.postEphemeral({
      channel,
      user: "U0OPERATOR",
      text: "Only you",
      blocks: buttons,
    });
    const update = app.client.chat.update({ channel, ts, text: "x" });
    await expect(update).rejects.toThrow(/message_not_found/);
    expect((await sandbox.click("viewer", { channel, ts }, "approve")).error).toContain("viewer can see");
    await sandbox.click("operator", { channel, ts }, "approve");
    await sandbox.waitForMessage(
      { channel, user: "operator" },
      (message) => message.ts === ts && message.text === "done",
    );
    expect(hasMessage).toBe(false);
  });

  test("a click nobody acknowledges is an error for the person", async () => {
    await reopen({ ackMs: 200 });
    const bot = await start(() => undefined);
    const { error, ackMs } = await sandbox.click("operator", await post(bot), "approve");
    expect(error).toContain("operation_timeout");
    expect(ackMs).toBeGreaterThanOrEqual(195);
  });

  test("a modal is checked, sent back with errors, and closes when the app is content", async () => {
    const reasons: (string | null | undefined)[] = [];
    const bot = await start((app) => {
      app.action("deny", async ({ ack, body, client }) => {
        await ack();
        if ("trigger_id" in body) await client.views.open({ trigger_id: body.trigger_id, view: denyModal });
      });
      app.view("deny", async ({ ack, view }) => {
        const reason = view.state.values.reason?.text?.value;
        reasons.push(reason);
        if (reason === "no") await ack({ response_action: "errors", errors: { reason: "Say more" } });
        else await ack();
      });
    });
    await sandbox.click("approver", await post(bot), "deny");
    await eventually(async () => (await sandbox.views("approver")).length).toBe(1);
    expect(await sandbox.views("operator")).toEqual([]);
    const [view] = await sandbox.views("approver");
    const id = view?.id ?? "";
    expect(view).toMatchObject({ type: "modal", private_metadata: "plan-1", callback_id: "deny" });

    const required = { reason: "Please complete this required field." };
    expect((await sandbox.submit("approver", id, {})).errors).toEqual(required);
    expect((await sandbox.submit("approver", id, { text: "x".repeat(41) })).errors?.reason).toContain("40");
    expect(reasons).toEqual([]);
    expect((await sandbox.submit("approver", id, { reason: { text: "no" } })).errors).toEqual({ reason: "Say more" });
    expect(await sandbox.views("approver")).toHaveLength(1);
    expect((await sandbox.submit("approver", id, { txt: "a" })).error).toContain("reason.text");

    const last = await sandbox.submit("approver", id, { text: "not today" });
    expect(last.errors ?? last.error).toBeUndefined();
    expect(await sandbox.views("approver")).toEqual([]);
    expect(reasons).toEqual(["no", "not today"]);
  });

  test("a modal can be replaced, stacked and cleared by the answer to its submission", async () => {
    const answers = ["update", "push", "clear"] as const;
    let turn = 0;
    const bot = await start((app) => {
      app.action("deny", async ({ ack, body, client }) => {
        await ack();
        if ("trigger_id" in body) await client.views.open({ trigger_id: body.trigger_id, view: denyModal });
      });
      app.view("deny", async ({ ack }) => {
        const response_action = answers[turn++] ?? "clear";
        if (response_action === "clear") return ack({ response_action });
        return ack({ response_action, view: { ...denyModal, private_metadata: response_action } });
      });
    });
    await sandbox.click("approver", await post(bot), "deny");
    await eventually(async () => (await sandbox.views("approver")).length).toBe(1);
    const submit = async () => {
      const top = (await sandbox.views("approver")).at(-1);
      const { error } = await sandbox.submit("approver", top?.id ?? "", { text: "a reason" });
      expect(error).toBeUndefined();
      return (await sandbox.views("approver")).map((view) => view.private_metadata);
    };
    expect(await submit()).toEqual(["update"]);
    expect(await submit()).toEqual(["update", "push"]);
    expect(await submit()).toEqual([]);
  });

  test.each([
    ["a trigger opens one modal", 3_000, 0, ["ok", "exchanged_trigger_id"]],
    ["a trigger is good for a short time", 50, 120, ["expired_trigger_id", "expired_trigger_id"]],
  ])("%s", async (_rule, triggerMs, pauseMs, expected) => {
    await reopen({ triggerMs });
    const results: unknown[] = [];
    const bot = await start((app) => {
      app.action<BlockAction>("deny", async ({ ack, body, client }) => {
        await ack();
        await sleep(pauseMs);
        for (let attempt = 0; attempt < 2; attempt++) {
          const opened = client.views.open({ trigger_id: body.trigger_id, view: denyModal });
          await opened.then(
            () => results.push("ok"),
            (error: { data?: { error?: string } }) => results.push(error.data?.error),
          );
        }
      });
    });
    await sandbox.click("approver", await post(bot), "deny");
    await eventually(() => results).toEqual(expected);
  });

  test("App Home is published when it is opened, and its buttons work", async () => {
    const opened: string[] = [];
    const pressed: string[] = [];
    await start((app) => {
      app.event("app_home_opened", async ({ event, client }) => {
        opened.push(event.user);
        await client.views.publish({ user_id: event.user, view: { type: "home", blocks: buttons } });
      });
      app.action("approve", async ({ ack, body }) => {
        await ack();
        pressed.push(body.user.id, "view" in body ? (body.view?.type ?? "") : "");
      });
    });
    const home = await sandbox.home("viewer");
    expect(opened).toEqual(["U0VIEWER"]);
    expect(home?.blocks).toHaveLength(2);
    await sandbox.clickInView("viewer", home?.id ?? "", "approve");
    await eventually(() => pressed).toEqual(["U0VIEWER", "home"]);
    expect(await sandbox.peekHome("operator")).toBeNull();
    expect(opened).toEqual(["U0VIEWER"]);
  });

  test("a mention and a message reach the app, with their thread", async () => {
    const heard: string[] = [];
    await start((app) => {
      app.event("app_mention", async ({ event, say }) => {
        heard.push(`mention ${event.text} ${event.thread_ts ?? "-"}`);
        await say({ text: "here", ...(event.thread_ts === undefined ? {} : { thread_ts: event.thread_ts }) });
      });
      app.message("weather", async ({ message }) => void heard.push(`message ${message.ts}`));
    });
    const { ts } = await sandbox.post("viewer", "ops", "the weather is fine");
    await sandbox.mention("viewer", "ops", "status orders", ts);
    await eventually(() => heard).toEqual([`message ${ts}`, `mention <@U0ZKSHIFT> status orders ${ts}`]);
    await sandbox.waitForMessage({ channel: "ops", thread: ts }, ({ text }) => text === "here");
    expect(await sandbox.messages({ channel: "ops" })).toHaveLength(1);
  });
});

test("modals are stacked three high by the buttons in them, and updated by their own name", async () => {
  const errors: unknown[] = [];
  const step = (name: string): ModalView => ({
    type: "modal",
    external_id: name,
    title: { type: "plain_text", text: name },
    blocks: [
      {
        type: "actions",
        elements: [{ type: "button", action_id: "next", text: { type: "plain_text", text: "Next" } }],
      },
    ],
  });
  running = await startSocketApp(workspace, (app) => {
    app.command("/zk", async ({ ack, body, client }) => {
      await ack();
      await client.views.open({ trigger_id: body.trigger_id, view: step("step 1") });
    });
    app.action<BlockAction>("next", async ({ ack, body, client }) => {
      await ack();
      const count = (await sandbox.views("viewer")).length;
      await client.views
        .push({ trigger_id: body.trigger_id, view: step(`step ${count + 1}`) })
        .catch((error: { data?: { error?: string } }) => errors.push(error.data?.error));
    });
  });
  const titles = async () => (await sandbox.views("viewer")).map((view) => view.external_id);
  await sandbox.command("viewer", "ops", "/zk");
  await eventually(titles).toEqual(["step 1"]);
  const next = async () => {
    const top = (await sandbox.views("viewer")).at(-1);
    return sandbox.clickInView("viewer", top?.id ?? "", "next");
  };
  await next();
  await eventually(titles).toEqual(["step 1", "step 2"]);
  await next();
  await eventually(titles).toEqual(["step 1", "step 2", "step 3"]);
  await next();
  await eventually(() => errors).toEqual(["push_limit_reached"]);
  await running.app.client.views.update({ external_id: "step 3", view: step("renamed") });
  expect(await titles()).toEqual(["step 1", "step 2", "renamed"]);
});

test("closing a modal tells the app that asked to be told", async () => {
  const closed: string[] = [];
  running = await startSocketApp(workspace, (app) => {
    app.command("/zk", async ({ ack, body, client }) => {
      await ack();
      await client.views.open({ trigger_id: body.trigger_id, view: { ...denyModal, notify_on_close: true } });
    });
    app.view({ callback_id: "deny", type: "view_closed" }, async ({ ack, body }) => {
      await ack();
      closed.push(body.user.id);
    });
  });
  await sandbox.command("viewer", "ops", "/zk");
  await eventually(async () => (await sandbox.views("viewer")).length).toBe(1);
  const [view] = await sandbox.views("viewer");
  await sandbox.closeView("viewer", view?.id ?? "");
  expect(await sandbox.views("viewer")).toEqual([]);
  await eventually(() => closed).toEqual(["U0VIEWER"]);
});

test("a page that looks at App Home after every change comes to rest", async () => {
  running = await startSocketApp(workspace, (app) => {
    app.event("app_home_opened", async ({ event, client }) => {
      await client.views.publish({ user_id: event.user, view: { type: "home", blocks: buttons } });
    });
  });
  const stream = await fetch(`${workspace.url}/sandbox/events`);
  let looks = 0;
  const watch = (async () => {
    for await (const chunk of stream.body ?? []) {
      if (!new TextDecoder().decode(chunk).includes("change")) continue;
      looks += 1;
      await sandbox.home("viewer");
    }
  })().catch(() => undefined);
  await sandbox.home("viewer");
  await sandbox.post("viewer", "ops", "a change");
  await sleep(900);
  expect(looks).toBeGreaterThan(0);
  expect(looks).toBeLessThan(5);
  // Opened anew, the app publishes the same again, which is no change to look at.
  const before = looks;
  await sandbox.home("viewer");
  await sleep(200);
  expect(looks).toBe(before);
  await running.stop();
  running = undefined;
  await workspace.close();
  await watch;
  await open();
});

test("an event that is not acknowledged is delivered again, as a retry", async () => {
  await reopen({ eventRetryMs: [50, 500, 500] });
  const heard: string[] = [];
  await sandbox.mention("viewer", "ops", "is anyone there");
  running = await startSocketApp(workspace, (app) => {
    app.event("app_mention", async ({ event, context }) => void heard.push(`${event.text} ${context.retryNum}`));
  });
  await eventually(() => heard).toHaveLength(1);
  expect(heard[0]).toMatch(/is anyone there [123]$/);
});

test("a message shortcut carries the message it was used on", async () => {
  let used = "";
  running = await startSocketApp(workspace, (app) => {
    app.shortcut({ type: "message_action", callback_id: "explain" }, async ({ ack, shortcut }) => {
      await ack();
      used = `${shortcut.user.id} ${shortcut.message.text}`;
    });
  });
  const { ts } = await sandbox.post("viewer", "ops", "what is this");
  const body = JSON.stringify({ user: "viewer", channel: "ops", ts, callbackId: "explain" });
  const answer = await fetch(`${workspace.url}/sandbox/shortcut`, { method: "POST", body });
  expect(await answer.json()).toEqual({ ackMs: expect.any(Number) });
  await eventually(() => used).toBe("U0VIEWER what is this");
});
