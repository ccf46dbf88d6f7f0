// Slash commands through a real Bolt app, the same over Socket Mode and over signed HTTP requests.

import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createSandboxClient, type SandboxClient } from "../../sandbox/workspace/client.ts";
import { startWorkspace, type Workspace, type WorkspaceOptions } from "../../sandbox/workspace/workspace.ts";
import { type BoltApp, type Listeners, startHttpApp, startSocketApp } from "../support/bolt-app.ts";
import { eventually } from "../support/eventually.ts";

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

describe.each([
  ["sockets", startSocketApp],
  ["signed requests", startHttpApp],
] as const)("over %s", (_name, startApp) => {
  const start = async (listeners: Listeners) => {
    running = await startApp(workspace, listeners);
  };

  test("the app is told who typed what where, with names as ids", async () => {
    let told: Record<string, string> = {};
    await start((app) => {
      app.command("/zk", async ({ ack, command }) => {
        told = { user: command.user_id, channel: command.channel_id, text: command.text, name: command.user_name };
        await ack();
      });
    });
    const result = await sandbox.command("@operator", "#zookeeper", "/zk upgrade orders 3.9.6 for @approver");
    expect(result.error).toBeUndefined();
    expect(result.response).toBeUndefined();
    expect(result.ackMs).toBeLessThan(3_000);
    expect(told).toEqual({
      user: "U0OPERATOR",
      channel: "C0ZOOKEEPER",
      text: "upgrade orders 3.9.6 for <@U0APPROVER|approver>",
      name: "operator",
    });
  });

  test("an acknowledgement with text is seen by the person alone", async () => {
    await start((app) => app.command("/zk", ({ ack }) => ack("Looking at orders")));
    const { response } = await sandbox.command("operator", "zookeeper", "/zk status");
    expect(response).toMatchObject({ text: "Looking at orders", ephemeralFor: "U0OPERATOR" });
    expect(await sandbox.messages({ channel: "zookeeper", user: "operator" })).toHaveLength(1);
    expect(await sandbox.messages({ channel: "zookeeper", user: "approver" })).toHaveLength(0);
    expect(await sandbox.messages({ channel: "zookeeper" })).toHaveLength(1);
  });

  test("later answers replace the first one, or go to everyone", async () => {
    await start((app) => {
      app.command("/zk", async ({ ack, respond }) => {
        await ack("Looking…");
        await respond({ text: "3 servers", replace_original: true });
        await respond({ text: "For all", response_type: "in_channel" });
      });
    });
    await sandbox.command("operator", "zookeeper", "/zk status");
    await sandbox.waitForMessage({ channel: "zookeeper" }, ({ text }) => text === "For all");
    const texts = async (user: string) =>
      (await sandbox.messages({ channel: "zookeeper", user })).map((message) => message.text);
    expect(await texts("operator")).toEqual(["3 servers", "For all"]);
    expect(await texts("viewer")).toEqual(["For all"]);
  });

  test("a response address takes five answers and no sixth", async () => {
    const failures: number[] = [];
    let finished = false;
    await start((app) => {
      app.command("/zk", async ({ ack, respond }) => {
        await ack();
        for (let answer = 1; answer <= 6; answer++) {
          await respond(`answer ${answer}`).catch(() => failures.push(answer));
        }
        finished = true;
      });
    });
    await sandbox.command("operator", "zookeeper", "/zk status");
    await eventually(() => finished).toBe(true);
    expect(failures).toEqual([6]);
    expect(await sandbox.messages({ channel: "zookeeper" })).toHaveLength(5);
  });

  test("a response address too old is refused", async () => {
    await reopen({ responseUrlMs: 100 });
    let outcome = "waiting";
    await start((app) => {
      app.command("/zk", async ({ ack, respond }) => {
        await ack();
        await sleep(200);
        outcome = await respond("late").then(
          () => "taken",
          () => "refused",
        );
      });
    });
    await sandbox.command("operator", "zookeeper", "/zk status");
    await eventually(() => outcome).toBe("refused");
    expect(await sandbox.messages({ channel: "zookeeper" })).toEqual([]);
  });

  test("an acknowledgement that comes too late is an operation_timeout for the person", async () => {
    await reopen({ ackMs: 200 });
    await start((app) => {
      app.command("/zk", async ({ ack }) => {
        await sleep(350);
        await ack("too late").catch(() => undefined);
      });
    });
    const { error, ackMs, response } = await sandbox.command("operator", "zookeeper", "/zk status");
    expect(error).toContain("operation_timeout");
    expect(ackMs).toBeGreaterThanOrEqual(195);
    expect(response).toBeUndefined();
    await sleep(250);
    expect(await sandbox.messages({ channel: "zookeeper" })).toEqual([]);
  });

  test("an acknowledgement Slack would refuse is told, not shown", async () => {
    await start((app) => {
      app.command("/zk", ({ ack }) => ack({ blocks: [{ type: "section", text: { type: "mrkdwn", text: "" } }] }));
    });
    const { error } = await sandbox.command("operator", "zookeeper", "/zk status");
    expect(error).toContain("invalid_blocks");
    expect(await sandbox.messages({ channel: "zookeeper" })).toEqual([]);
  });

  test("a command in a thread never reaches the app", async () => {
    let reached = false;
    await start((app) => {
      app.command("/zk", async ({ ack }) => {
        reached = true;
        await ack();
      });
    });
    const { ts } = await sandbox.post("operator", "zookeeper", "a thread");
    const { error } = await sandbox.command("operator", "zookeeper", "/zk status", { threadTs: ts });
    expect(error).toContain("not supported in threads");
    expect(reached).toBe(false);
  });
});

test("a command while no app is connected is a dispatch_failed for the person", async () => {
  const { error } = await sandbox.command("operator", "zookeeper", "/zk status");
  expect(error).toContain('/zk failed with the error "dispatch_failed"');
});

test("an app that holds another signing secret refuses every request", async () => {
  let reached = false;
  const listeners: Listeners = (app) => {
    app.command("/zk", async ({ ack }) => {
      reached = true;
      await ack();
    });
  };
  running = await startHttpApp(workspace, listeners, "another-secret");
  const { error } = await sandbox.command("operator", "zookeeper", "/zk status");
  expect(error).toContain("dispatch_failed");
  expect(error).toContain("401");
  expect(reached).toBe(false);
});

test("an unknown command, user or channel is named in the error", async () => {
  expect((await sandbox.command("operator", "zookeeper", "/kz status")).error).toContain("/kz is not a valid command");
  await expect(sandbox.command("nobody", "zookeeper", "/zk")).rejects.toThrow(/operator, approver, viewer/);
  await expect(sandbox.command("operator", "nowhere", "/zk")).rejects.toThrow(/#zookeeper, #ops/);
  await expect(sandbox.command("operator", "zookeeper", "status")).rejects.toThrow(/slash command/);
});
