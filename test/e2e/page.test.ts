// The workspace's page in a real browser: what an app posts is drawn, what a person does reaches the app, and what changes
// shows by itself.

import { App, LogLevel } from "@slack/bolt";
import type { KnownBlock } from "@slack/types";
import { type Browser, type BrowserContext, chromium, type Locator, type Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { startWorkspace, type Workspace } from "../../sandbox/workspace/workspace.ts";
import { chromiumArguments, chromiumPath } from "../support/chromium.ts";

/** What reached the app, oldest first. */
type Heard = { readonly what: string; readonly user: string; readonly value?: unknown };

let workspace: Workspace;
let app: App;
let browser: Browser;
let context: BrowserContext;
let page: Page;
const heard: Heard[] = [];
const pageErrors: string[] = [];

beforeAll(async () => {
  workspace = await startWorkspace({ rateLimits: "relaxed" });
  app = await startApp();
  browser = await chromium.launch({ executablePath: await chromiumPath(), args: [...chromiumArguments] });
});

afterAll(async () => {
  await browser?.close();
  await app?.stop();
  await workspace?.close();
});

beforeEach(async () => {
  heard.length = 0;
  pageErrors.length = 0;
  context = await browser.newContext({ viewport: { width: 1360, height: 860 } });
  page = await context.newPage();
  page.setDefaultTimeout(10_000);
  page.on("pageerror", (error) => pageErrors.push(error.message));
});

afterEach(async () => {
  await context.close();
  expect(pageErrors).toEqual([]);
});

/** An app as small as can be: it remembers what it hears, and opens a dialog that accepts only one word. */
async function startApp(): Promise<App> {
  const started = new App({
    token: workspace.botToken,
    appToken: workspace.appToken,
    socketMode: true,
    logLevel: LogLevel.ERROR,
    clientOptions: { slackApiUrl: workspace.apiUrl },
  });
  started.command("/zk", async ({ ack, command }) => {
    heard.push({ what: `/zk ${command.text}`, user: command.user_name });
    await ack({ response_type: "ephemeral", text: `I heard *${command.text}*` });
  });
  started.action("approve", async ({ ack, body, action }) => {
    await ack();
    heard.push({ what: "approve", user: body.user.id, value: "value" in action ? action.value : undefined });
  });
  started.action("soak", async ({ ack, body, action }) => {
    await ack();
    const value = action.type === "static_select" ? action.selected_option?.value : undefined;
    heard.push({ what: "soak", user: body.user.id, value });
  });
  started.action("more", async ({ ack, body, action }) => {
    await ack();
    const value = action.type === "overflow" ? action.selected_option.value : undefined;
    heard.push({ what: "more", user: body.user.id, value });
  });
  started.action("deny", async ({ ack, body, client }) => {
    await ack();
    if (!("trigger_id" in body)) return;
    await client.views.open({ trigger_id: body.trigger_id, view: denyDialog });
  });
  started.view("deny_dialog", async ({ ack, body, view }) => {
    const reason = view.state.values.reason?.text?.value;
    if (reason !== "not today") return ack({ response_action: "errors", errors: { reason: "Say “not today”." } });
    await ack();
    heard.push({ what: "denied", user: body.user.id, value: view.state.values });
  });
  started.event("app_home_opened", async ({ client, event }) => {
    heard.push({ what: "home", user: event.user });
    const blocks: KnownBlock[] = [{ type: "header", text: { type: "plain_text", text: "Waiting for you" } }];
    await client.views.publish({ user_id: event.user, view: { type: "home", blocks } });
  });
  await started.start();
  return started;
}

const denyDialog = {
  type: "modal" as const,
  callback_id: "deny_dialog",
  title: { type: "plain_text" as const, text: "Deny the upgrade" },
  submit: { type: "plain_text" as const, text: "Deny" },
  close: { type: "plain_text" as const, text: "Back" },
  blocks: [
    {
      type: "input" as const,
      block_id: "reason",
      label: { type: "plain_text" as const, text: "Reason" },
      hint: { type: "plain_text" as const, text: "Everyone can read it." },
      element: { type: "plain_text_input" as const, action_id: "text", multiline: true },
    },
    {
      type: "input" as const,
      block_id: "tell",
      optional: true,
      label: { type: "plain_text" as const, text: "Tell" },
      element: {
        type: "checkboxes" as const,
        action_id: "who",
        options: [
          { text: { type: "plain_text" as const, text: "the requester" }, value: "requester" },
          { text: { type: "plain_text" as const, text: "everyone" }, value: "everyone" },
        ],
      },
    },
  ],
};

const planBlocks: KnownBlock[] = [
  { type: "header", text: { type: "plain_text", text: "Upgrade orders: 3.8.0 → 3.9.6" } },
  { type: "section", text: { type: "mrkdwn", text: "One server at a time, *leader last*. <@U0OPERATOR> :warning:" } },
  {
    type: "table",
    column_settings: [{ align: "center" }, { is_wrapped: true }],
    rows: [
      [
        { type: "raw_text", text: "turn" },
        { type: "raw_text", text: "server" },
      ],
      [
        { type: "raw_text", text: "1" },
        {
          type: "rich_text",
          elements: [
            { type: "rich_text_section", elements: [{ type: "text", text: "server.1", style: { bold: true } }] },
          ],
        },
      ],
    ],
  },
  {
    type: "actions",
    elements: [
      {
        type: "button",
        action_id: "approve",
        style: "primary",
        value: "plan-1",
        text: { type: "plain_text", text: "Approve" },
        confirm: {
          title: { type: "plain_text", text: "Upgrade orders?" },
          text: { type: "mrkdwn", text: "Starts *now*." },
          confirm: { type: "plain_text", text: "Yes" },
          deny: { type: "plain_text", text: "No" },
        },
      },
      { type: "button", action_id: "deny", style: "danger", text: { type: "plain_text", text: "Deny…" } },
      {
        type: "static_select",
        action_id: "soak",
        placeholder: { type: "plain_text", text: "Soak" },
        options: [
          { text: { type: "plain_text", text: "5 s" }, value: "5" },
          { text: { type: "plain_text", text: "30 s" }, value: "30" },
        ],
      },
      {
        type: "overflow",
        action_id: "more",
        options: [{ text: { type: "plain_text", text: "Mute" }, value: "mute" }],
      },
    ],
  },
];

async function visit(user: string, channel = "zookeeper"): Promise<void> {
  await page.goto(`${workspace.url}/#channel=${channel}&user=${user}`);
  await page.getByTestId("composer").waitFor();
}

/** Posts as the app, into a channel no other test looks at closely, and gives the message's place on the page. */
async function post(message: { text: string; blocks?: KnownBlock[]; thread_ts?: string }): Promise<string> {
  const { ts } = await app.client.chat.postMessage({ channel: "C0ZOOKEEPER", ...message });
  if (ts === undefined) throw new Error("the workspace gave the message no ts");
  return ts;
}

const messageAt = (ts: string): Locator => page.locator(`main [data-message-ts="${ts}"]`);

describe("messages", () => {
  it("draws blocks: header, styled text, mentions, emoji, a table", async () => {
    const ts = await post({ text: "plan", blocks: planBlocks });
    await visit("operator");
    const message = messageAt(ts);
    await message.getByRole("heading", { name: "Upgrade orders: 3.8.0 → 3.9.6" }).waitFor();
    expect(await message.locator("strong", { hasText: "leader last" }).count()).toBe(1);
    expect(await message.getByText("@operator").count()).toBe(1);
    expect(await message.getByRole("img", { name: "warning" }).textContent()).toBe("⚠️");
    expect(await message.locator("thead th").allTextContents()).toEqual(["turn", "server"]);
    expect(await message.locator("tbody strong").textContent()).toBe("server.1");
  });

  it("shows a block it does not know as labelled JSON", async () => {
    const unknown = { type: "context_actions", elements: [] } as unknown as KnownBlock;
    await visit("operator");
    await page.route("**/sandbox/messages?*", async (route) => {
      const answer = await route.fetch();
      const messages = await answer.json();
      await route.fulfill({ json: messages.map((message: object) => ({ ...message, blocks: [unknown] })) });
    });
    await post({ text: "new" });
    const drawn = page.locator(".unknown").last();
    await drawn.getByText("context_actions").first().click();
    expect(await drawn.locator("pre").textContent()).toContain('"elements": []');
  });

  it("never reads a message as HTML", async () => {
    const ts = await post({ text: "<img src=x onerror=alert(1)> &lt;b&gt;bold&lt;/b&gt;" });
    await visit("operator");
    expect(await messageAt(ts).locator(".text").textContent()).toContain("<b>bold</b>");
    expect(await messageAt(ts).locator("img, b").count()).toBe(0);
  });

  it("shows new and changed messages by themselves, and marks the changed", async () => {
    await visit("viewer");
    const ts = await post({ text: "step 1 of 14" });
    await messageAt(ts).getByText("step 1 of 14").waitFor();
    await app.client.chat.update({ channel: "C0ZOOKEEPER", ts, text: "step 2 of 14" });
    await messageAt(ts).getByText("step 2 of 14").waitFor();
    expect(await messageAt(ts).getByText("(edited)").count()).toBe(1);
    await app.client.reactions.add({ channel: "C0ZOOKEEPER", timestamp: ts, name: "white_check_mark" });
    await messageAt(ts).locator("[data-reaction=white_check_mark]").waitFor();
  });

  it("keeps focus, typed text and place while messages change", async () => {
    const first = await post({ text: "far up" });
    for (let count = 0; count < 30; count += 1) await post({ text: `line ${count}` });
    await visit("operator");
    await messageAt(first).scrollIntoViewIfNeeded();
    await page.getByTestId("composer").fill("half a thou");
    const before = await messageAt(first).boundingBox();
    await post({ text: "something new below" });
    await page.getByText("something new below").waitFor();
    expect((await messageAt(first).boundingBox())?.y).toBe(before?.y);
    await page.keyboard.type("ght");
    expect(await page.getByTestId("composer").inputValue()).toBe("half a thought");
    await page.getByRole("button", { name: "Latest messages" }).click();
    await page.getByRole("button", { name: "Latest messages" }).waitFor({ state: "detached" });
  });

  it("shows a private message to its reader only", async () => {
    await app.client.chat.postEphemeral({ channel: "C0ZOOKEEPER", user: "U0OPERATOR", text: "just for you" });
    await visit("operator");
    const message = page.locator("article", { hasText: "just for you" });
    await message.getByText("Only visible to you").waitFor();
    await page.getByTestId("user-switch").selectOption({ label: "viewer" });
    await message.waitFor({ state: "detached" });
    expect(new URL(page.url()).hash).toBe("#channel=zookeeper&user=viewer");
  });

  it("opens the text of a shared file", async () => {
    await visit("operator");
    await app.client.filesUploadV2({
      channel_id: "C0ZOOKEEPER",
      filename: "report.md",
      content: "# Report\n\nAll **well**.",
    });
    const file = page.locator("details", { hasText: "report.md" }).last();
    await file.locator("summary").click();
    await file.getByRole("heading", { name: "Report" }).waitFor();
    expect(await file.locator("strong").textContent()).toBe("well");
  });
});

describe("elements", () => {
  it("asks before a button that wants it, and sends the click only after yes", async () => {
    const ts = await post({ text: "plan", blocks: planBlocks });
    await visit("approver");
    const approve = messageAt(ts).locator("[data-action-id=approve]");
    await approve.click();
    expect(await page.getByTestId("confirm").textContent()).toContain("Starts now.");
    await page.getByTestId("confirm-cancel").click();
    await page.getByTestId("confirm").waitFor({ state: "detached" });
    expect(heard).toEqual([]);
    await approve.click();
    await page.getByTestId("confirm-ok").click();
    await expect.poll(() => heard).toEqual([{ what: "approve", user: "U0APPROVER", value: "plan-1" }]);
  });

  it("reports what was chosen in a menu and in an overflow menu", async () => {
    const ts = await post({ text: "plan", blocks: planBlocks });
    await visit("operator");
    await messageAt(ts).locator("[data-action-id=soak]").selectOption("30");
    await expect.poll(() => heard).toEqual([{ what: "soak", user: "U0OPERATOR", value: "30" }]);
    await messageAt(ts).locator("[data-action-id=more]").click();
    await page.getByRole("menuitem", { name: "Mute" }).click();
    await expect.poll(() => heard.at(-1)).toEqual({ what: "more", user: "U0OPERATOR", value: "mute" });
  });

  it("fills and submits a dialog, shows what is wrong under the field, and gives the focus back", async () => {
    const ts = await post({ text: "plan", blocks: planBlocks });
    await visit("approver");
    await messageAt(ts).locator("[data-action-id=deny]").click();
    const dialog = page.getByTestId("modal");
    await dialog.getByRole("heading", { name: "Deny the upgrade" }).waitFor();
    const reason = dialog.getByLabel("Reason");
    await page.getByTestId("modal-submit").click();
    await dialog.getByText("Please complete this required field.").waitFor();
    await reason.fill("because");
    await dialog.getByText("everyone", { exact: true }).click();
    await page.getByTestId("modal-submit").click();
    await dialog.getByText("Say “not today”.").waitFor();
    expect(await reason.getAttribute("aria-invalid")).toBe("true");
    expect(await reason.inputValue()).toBe("because");
    await reason.fill("not today");
    await page.getByTestId("modal-submit").click();
    await dialog.waitFor({ state: "detached" });
    await expect.poll(() => heard.at(-1)?.what).toBe("denied");
    expect(heard.at(-1)).toMatchObject({
      user: "U0APPROVER",
      value: { reason: { text: { value: "not today" } }, tell: { who: { selected_options: [{ value: "everyone" }] } } },
    });
    await expect.poll(() => page.evaluate("document.activeElement.dataset.actionId")).toBe("deny");
  });

  it("closes a dialog with Escape", async () => {
    const ts = await post({ text: "plan", blocks: planBlocks });
    await visit("approver");
    await messageAt(ts).locator("[data-action-id=deny]").click();
    await page.getByTestId("modal").waitFor();
    await page.keyboard.press("Escape");
    await page.getByTestId("modal").waitFor({ state: "detached" });
    await page.reload();
    await messageAt(ts).waitFor();
    expect(await page.getByTestId("modal").count()).toBe(0);
  });
});

describe("composer", () => {
  it("offers commands, sends with Enter, shows the answer privately and recalls with arrow-up", async () => {
    await visit("operator");
    const composer = page.getByTestId("composer");
    await composer.pressSequentially("/zk st");
    await page.getByTestId("suggestions").getByText("/zk status [ensemble]").waitFor();
    await composer.press("Tab");
    expect(await composer.inputValue()).toBe("/zk status ");
    await composer.pressSequentially("orders");
    await composer.press("Enter");
    const answer = page.locator("article", { hasText: "I heard status orders" });
    await answer.getByText("Only visible to you").waitFor();
    expect(await answer.count()).toBe(1);
    expect(heard).toEqual([{ what: "/zk status orders", user: "operator" }]);
    await composer.press("ArrowUp");
    expect(await composer.inputValue()).toBe("/zk status orders");
  });

  it("says privately why a command did not work", async () => {
    await visit("operator");
    await page.getByTestId("composer").fill("/nonsense");
    await page.getByTestId("send").click();
    const notice = page.getByRole("alert").filter({ hasText: "/nonsense is not a valid command" });
    await notice.getByText("Only visible to you").waitFor();
    await notice.getByRole("button", { name: "Dismiss" }).click();
    await notice.waitFor({ state: "detached" });
  });

  it("posts plain messages as the chosen user", async () => {
    await visit("viewer", "ops");
    await page.getByTestId("composer").fill("good morning");
    await page.getByTestId("send").click();
    await page
      .getByRole("article", { name: /^viewer/ })
      .getByText("good morning")
      .waitFor();
  });
});

describe("places", () => {
  it("opens a thread, replies in it, and keeps it in the address", async () => {
    const ts = await post({ text: "the run" });
    await post({ text: "step one done", thread_ts: ts });
    await visit("operator");
    await messageAt(ts).getByText("1 reply").click();
    const thread = page.getByTestId("thread-pane");
    await thread.getByText("step one done").waitFor();
    await page.getByTestId("thread-composer").fill("thanks");
    await page.getByTestId("thread-composer").press("Enter");
    await thread
      .getByRole("article", { name: /^operator/ })
      .getByText("thanks")
      .waitFor();
    await messageAt(ts).getByText("2 replies").waitFor();
    await page.reload();
    await thread.getByText("step one done").waitFor();
    await page.getByTestId("close-thread").click();
    await thread.waitFor({ state: "detached" });
  });

  it("shows the App Home that the app publishes, and tells the app once that it was opened", async () => {
    await visit("operator");
    await page.getByTestId("app-home").click();
    await page.getByTestId("home").getByRole("heading", { name: "Waiting for you" }).waitFor();
    await post({ text: "a change elsewhere" });
    await page.waitForTimeout(700);
    await post({ text: "another change elsewhere" });
    await page.waitForTimeout(300);
    expect(heard.filter(({ what }) => what === "home")).toHaveLength(1);
  });

  it("fits a narrow screen without scrolling sideways", async () => {
    await page.setViewportSize({ width: 400, height: 760 });
    await post({ text: "plan", blocks: planBlocks });
    await visit("operator");
    expect(await page.getByTestId("user-switch").isVisible()).toBe(true);
    expect(await page.evaluate("document.documentElement.scrollWidth <= innerWidth")).toBe(true);
    expect(await page.evaluate("document.querySelector('.list').scrollWidth <= innerWidth")).toBe(true);
  });
});
