// The Web API, called with Slack's own client: what it answers, and what it refuses.

import { type ConversationsHistoryResponse, WebClient } from "@slack/web-api";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createSandboxClient, type SandboxClient } from "../../sandbox/workspace/client.ts";
import { startWorkspace, type Workspace } from "../../sandbox/workspace/workspace.ts";
import { silentLogger } from "../support/bolt-app.ts";

const channel = "C0ZOOKEEPER";
let workspace: Workspace;
let sandbox: SandboxClient;
let slack: WebClient;

const clientOf = (token: string | undefined, of: Workspace = workspace) =>
  new WebClient(token, { slackApiUrl: of.apiUrl, logger: silentLogger, retryConfig: { retries: 0 } });

beforeAll(async () => {
  workspace = await startWorkspace({ rateLimits: "relaxed", botChannels: ["zookeeper"] });
  sandbox = createSandboxClient(workspace.url);
  slack = clientOf(workspace.botToken);
});
afterAll(() => workspace.close());

/** Slack's error code for this call, or `ok`. */
async function errorOf(call: Promise<unknown>): Promise<string> {
  try {
    await call;
    return "ok";
  } catch (error) {
    const data = (error as { data?: { error?: string } }).data;
    return data?.error ?? String(error);
  }
}
const post = async (fields: object = {}) =>
  String((await slack.chat.postMessage({ channel, text: "hello", ...fields })).ts);

describe("tokens", () => {
  test.each([
    ["no token", undefined, "not_authed"],
    ["a wrong token", "xoxb-wrong", "invalid_auth"],
    ["the app's token", "xapp-local", "not_allowed_token_type"],
    ["the bot's token", "xoxb-local", "ok"],
  ])("%s", async (_name, token, error) => {
    expect(await errorOf(clientOf(token).auth.test())).toBe(error);
  });

  test("sockets are opened with the app's token only", async () => {
    expect(await errorOf(slack.apps.connections.open({}))).toBe("not_allowed_token_type");
    const { url } = await clientOf(workspace.appToken).apps.connections.open({});
    expect(url).toMatch(/^ws:\/\/127\.0\.0\.1:\d+\/link\//);
  });
});

describe("messages", () => {
  test("are posted, changed, deleted and linked", async () => {
    const ts = await post({ text: "first" });
    await slack.chat.update({ channel, ts, text: "second" });
    const link = await slack.chat.getPermalink({ channel, message_ts: ts });
    expect(link.permalink).toContain(ts.replace(".", ""));
    const shown = (await sandbox.messages({ channel })).find((message) => message.ts === ts);
    expect(shown).toMatchObject({ text: "second", user: "U0ZKSHIFT", editedTs: expect.any(String) });
    await slack.chat.delete({ channel, ts });
    expect(await errorOf(slack.chat.update({ channel, ts, text: "third" }))).toBe("message_not_found");
  });

  test("metadata comes back only to who asks for it", async () => {
    const metadata = { event_type: "zkshift_event", event_payload: { run: "r1", sequence: 7 } };
    const ts = await post({ metadata });
    const read = async (include_all_metadata: boolean) =>
      (await slack.conversations.history({ channel, latest: ts, inclusive: true, limit: 1, include_all_metadata }))
        .messages?.[0];
    expect(await read(true)).toMatchObject({ ts, metadata });
    expect(await read(false)).not.toHaveProperty("metadata");
  });

  test("replies stand in their thread, broadcasts also in the channel", async () => {
    const parent = await post({ text: "parent" });
    const quiet = await post({ text: "quiet", thread_ts: parent });
    const loud = await post({ text: "loud", thread_ts: quiet, reply_broadcast: true });
    const { messages } = await slack.conversations.replies({ channel, ts: parent });
    expect(messages?.map((message) => message.text)).toEqual(["parent", "quiet", "loud"]);
    expect(messages?.[0]).toMatchObject({ reply_count: 2, latest_reply: loud });
    const top = (await sandbox.messages({ channel })).map((message) => message.ts);
    expect(top).toContain(loud);
    expect(top).not.toContain(quiet);
    expect(await sandbox.messages({ channel, thread: parent })).toHaveLength(3);
  });

  test("history comes newest first, page by page", async () => {
    const sent = [await post(), await post(), await post(), await post(), await post()];
    const pages: (string | undefined)[][] = [];
    const oldest = String(Number(sent[0]) - 0.000001);
    for await (const page of slack.paginate("conversations.history", { channel, limit: 2, oldest, inclusive: true })) {
      pages.push((page as ConversationsHistoryResponse).messages?.map(({ ts }) => ts) ?? []);
    }
    expect(pages).toEqual([[sent[4], sent[3]], [sent[2], sent[1]], [sent[0]]]);
  });

  const long = "x".repeat(40_001);
  test.each<readonly [string, object, string]>([
    ["no such channel", { channel: "C0NOWHERE" }, "channel_not_found"],
    ["a channel the bot has not joined", { channel: "C0OPS" }, "not_in_channel"],
    ["nothing to say", { text: "" }, "no_text"],
    ["too much to say", { text: long }, "msg_too_long"],
    ["blocks that are no list", { blocks: "nonsense" }, "invalid_blocks_format"],
    ["wrong blocks", { blocks: [{ type: "header" }] }, "invalid_blocks"],
    ["no such thread", { thread_ts: "1700000000.000001" }, "thread_not_found"],
    ["a thread that is no timestamp", { thread_ts: "1700000000" }, "invalid_thread_ts"],
    ["metadata without a type", { metadata: { event_payload: {} } }, "invalid_metadata_format"],
  ])("refused: %s", async (_name, fields, error) => {
    expect(await errorOf(post(fields))).toBe(error);
  });

  test("what is wrong with blocks is said in words", async () => {
    const failure = await post({
      blocks: [{ type: "header", text: { type: "plain_text", text: "x".repeat(151) } }],
    }).catch((error: { data: { response_metadata: { messages: string[] } } }) => error.data.response_metadata.messages);
    expect(failure).toEqual([expect.stringContaining("151 characters")]);
  });

  test("a person's message cannot be changed, and a long update is refused", async () => {
    const { ts } = await sandbox.post("viewer", "zookeeper", "mine");
    expect(await errorOf(slack.chat.update({ channel, ts, text: "x" }))).toBe("cant_update_message");
    expect(await errorOf(slack.chat.delete({ channel, ts }))).toBe("cant_delete_message");
    const own = await post();
    expect(await errorOf(slack.chat.update({ channel, ts: own, text: "x".repeat(4001) }))).toBe("msg_too_long");
  });

  test("an update keeps the blocks it does not mention and drops those it empties", async () => {
    const blocks = [{ type: "divider" as const, block_id: "line" }];
    const ts = await post({ blocks });
    const now = async () => (await sandbox.messages({ channel })).find((message) => message.ts === ts)?.blocks;
    await slack.chat.update({ channel, ts, text: "second" });
    expect(await now()).toEqual(blocks);
    await slack.chat.update({ channel, ts, text: "third", blocks: [] });
    expect(await now()).toEqual([]);
  });

  test("a user's id as channel is a direct message", async () => {
    const sent = await slack.chat.postMessage({ channel: "U0VIEWER", text: "psst" });
    const opened = await slack.conversations.open({ users: "U0VIEWER" });
    expect(sent.channel).toBe(opened.channel?.id);
  });
});

test("reactions are added once and removed once", async () => {
  const timestamp = await post();
  const eyes = { channel, timestamp, name: "eyes" };
  await slack.reactions.add(eyes);
  expect(await errorOf(slack.reactions.add(eyes))).toBe("already_reacted");
  expect(await errorOf(slack.reactions.add({ ...eyes, name: "Not a name" }))).toBe("invalid_name");
  const shown = (await sandbox.messages({ channel })).find(({ ts }) => ts === timestamp);
  expect(shown?.reactions).toEqual([{ name: "eyes", users: ["U0ZKSHIFT"], count: 1 }]);
  await slack.reactions.remove(eyes);
  expect(await errorOf(slack.reactions.remove(eyes))).toBe("no_reaction");
});

test("a file is uploaded into a thread and can be read back", async () => {
  const thread_ts = await post();
  const content = "# Plan\n\none\r\n--two\n";
  await slack.files.uploadV2({
    channel_id: channel,
    thread_ts,
    filename: "plan.md",
    title: "The plan",
    content,
    initial_comment: "see",
  });
  const shown = await sandbox.waitForMessage({ channel, thread: thread_ts }, ({ files }) => files.length === 1);
  expect(shown).toMatchObject({ text: "see", files: [{ name: "plan.md", title: "The plan" }] });
  const [file] = shown.files;
  expect(await sandbox.fileText(file ?? { url_private: "" })).toBe(content);
  expect((await slack.files.info({ file: file?.id ?? "" })).file).toMatchObject({ mimetype: "text/markdown" });
  const raw = await slack.files.getUploadURLExternal({ filename: "a.bin", length: 3 });
  expect((await fetch(raw.upload_url ?? "", { method: "POST", body: "four" })).status).toBe(400);
  expect((await fetch(raw.upload_url ?? "", { method: "POST", body: "abc" })).status).toBe(200);
  expect(await errorOf(slack.files.completeUploadExternal({ files: [{ id: "F0NONE" }] }))).toBe("file_not_found");
});

test("user groups have the members that were set", async () => {
  const members = async () => (await slack.usergroups.users.list({ usergroup: "S0APPROVERS" })).users;
  expect(await members()).toEqual(["U0APPROVER"]);
  await sandbox.setGroup("@zk-approvers", ["approver", "viewer"]);
  expect(await members()).toEqual(["U0APPROVER", "U0VIEWER"]);
  const { usergroups } = await slack.usergroups.list({ include_users: true });
  expect(usergroups?.[0]).toMatchObject({ handle: "zk-approvers", users: ["U0APPROVER", "U0VIEWER"] });
  expect(await errorOf(slack.usergroups.users.list({ usergroup: "S0NONE" }))).toBe("no_such_subteam");
  await sandbox.setGroup("zk-approvers", ["approver"]);
});

test("a free workspace has no user groups, and an older one not every block", async () => {
  const plain = await startWorkspace({ freePlan: true, refuseBlocks: ["table"] });
  const client = clientOf(plain.botToken, plain);
  expect(await errorOf(client.usergroups.list())).toBe("plan_upgrade_required");
  const table = { type: "table" as const, rows: [[{ type: "raw_text" as const, text: "a" }]] };
  expect(await errorOf(client.chat.postMessage({ channel, text: "a", blocks: [table] }))).toBe("invalid_blocks");
  await plain.close();
});

test("users are found by id and by address", async () => {
  const { user } = await slack.users.info({ user: "U0APPROVER" });
  expect(user).toMatchObject({ name: "approver", is_bot: false });
  const byEmail = await slack.users.lookupByEmail({ email: "viewer@example.com" });
  expect(byEmail.user?.id).toBe("U0VIEWER");
  expect(await errorOf(slack.users.info({ user: "U0NOBODY" }))).toBe("user_not_found");
  expect((await slack.users.list({})).members).toHaveLength(4);
});

test("a wrong view is refused before anyone sees it", async () => {
  const view = { type: "home" as const, blocks: [{ type: "header" }] };
  expect(await errorOf(slack.views.publish({ user_id: "U0VIEWER", view }))).toBe("invalid_arguments");
  expect(await sandbox.peekHome("viewer")).toBeNull();
  expect(
    await errorOf(
      slack.views.open({
        trigger_id: "1.none",
        view: { ...view, type: "modal", title: { type: "plain_text", text: "a" }, blocks: [] },
      }),
    ),
  ).toBe("invalid_trigger_id");
  expect(await errorOf(slack.views.update({ view_id: "V0NONE", view: { type: "home", blocks: [] } }))).toBe(
    "not_found",
  );
});

test("a view changed by someone else meanwhile is a hash_conflict", async () => {
  const publish = (text: string, hash?: string) =>
    slack.views.publish({
      user_id: "U0OPERATOR",
      view: { type: "home", blocks: [{ type: "header", text: { type: "plain_text", text } }] },
      ...(hash === undefined ? {} : { hash }),
    });
  const first = await publish("one");
  await publish("two", first.view?.hash);
  expect(await errorOf(publish("three", first.view?.hash))).toBe("hash_conflict");
});

test("an unknown method is said to be one", async () => {
  expect(await errorOf(slack.apiCall("chat.whisper"))).toBe("unknown_method");
});

test("a page from elsewhere cannot press buttons here", async () => {
  const headers = { Origin: "https://elsewhere.example", "Content-Type": "application/json" };
  const answer = await fetch(`${workspace.url}/sandbox/faults`, { method: "POST", headers, body: "{}" });
  expect(answer.status).toBe(403);
});
