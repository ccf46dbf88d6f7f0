// Trouble on request: rate limits, failing calls, lost answers, recycled sockets and an outage, as real Bolt clients live them.

import { setTimeout as sleep } from "node:timers/promises";
import { WebClient } from "@slack/web-api";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { WebSocket } from "ws";
import { createSandboxClient, type SandboxClient } from "../../sandbox/workspace/client.ts";
import { startWorkspace, type Workspace } from "../../sandbox/workspace/workspace.ts";
import { type BoltApp, type Listeners, silentLogger, startSocketApp } from "../support/bolt-app.ts";
import { eventually } from "../support/eventually.ts";

const channel = "C0ZOOKEEPER";
let workspace: Workspace;
let sandbox: SandboxClient;
const running: BoltApp[] = [];

beforeEach(async () => {
  workspace = await startWorkspace();
  sandbox = createSandboxClient(workspace.url);
});
afterEach(async () => {
  for (const app of running.splice(0)) await app.stop();
  await workspace.close();
});

const client = (options: object = {}) =>
  new WebClient(workspace.botToken, {
    slackApiUrl: workspace.apiUrl,
    logger: silentLogger,
    retryConfig: { retries: 0 },
    ...options,
  });

async function startApp(answer: string): Promise<void> {
  const listeners: Listeners = (app) => app.command("/zk", ({ ack }) => ack(answer));
  running.push(await startSocketApp(workspace, listeners, { reconnectMs: 600 }));
}
const ask = () => sandbox.command("operator", "zookeeper", "/zk status");
const sockets = async () =>
  ((await (await fetch(`${workspace.url}/sandbox/state`)).json()) as { sockets: number }).sockets;

describe("calls", () => {
  test("more than a burst of posts in one channel is told to wait a second", async () => {
    const slack = client({ rejectRateLimitedCalls: true });
    const posts = Array.from({ length: 6 }, (_, index) => slack.chat.postMessage({ channel, text: `${index}` }));
    const results = await Promise.allSettled(posts);
    const refused = results.filter((result) => result.status === "rejected");
    expect(refused).toHaveLength(1);
    expect(refused[0]?.reason).toMatchObject({ retryAfter: 1 });
    expect(await sandbox.messages({ channel })).toHaveLength(5);
  });

  test("Slack's client waits out a rate limit and posts once", async () => {
    await sandbox.faults({ rateLimit: 1 });
    const startedAt = Date.now();
    await client({ retryConfig: { retries: 1, minTimeout: 1 } }).chat.postMessage({ channel, text: "patient" });
    expect(Date.now() - startedAt).toBeGreaterThanOrEqual(990);
    expect(await sandbox.messages({ channel })).toHaveLength(1);
  });

  test("so many calls fail as were asked to, of the method that was asked for", async () => {
    await sandbox.faults({ failNext: 2, method: "chat.postMessage" });
    const slack = client();
    await slack.auth.test();
    await expect(slack.chat.postMessage({ channel, text: "1" })).rejects.toThrow();
    await expect(slack.chat.postMessage({ channel, text: "2" })).rejects.toThrow();
    await slack.chat.postMessage({ channel, text: "3" });
    const statuses = (await sandbox.calls("chat.postMessage")).map(({ status }) => status);
    expect(statuses).toEqual([500, 500, 200]);
  });

  test("a lost answer leaves the message posted", async () => {
    await sandbox.faults({ loseAnswers: 1 });
    await expect(client().chat.postMessage({ channel, text: "was it posted?" })).rejects.toThrow();
    expect(await sandbox.messages({ channel })).toHaveLength(1);
  });
});

describe("sockets", () => {
  test("each command reaches exactly one of two sockets", async () => {
    await startApp("first");
    await startApp("second");
    expect(await sockets()).toBe(2);
    const answers = [await ask(), await ask(), await ask(), await ask()].map(({ response }) => response?.text);
    expect(answers.toSorted()).toEqual(["first", "first", "second", "second"]);
    expect(await sandbox.messages({ channel })).toHaveLength(4);
  });

  test("sockets are recycled one after another, so with two of them no command fails", async () => {
    await startApp("first");
    await startApp("second");
    await sandbox.faults({ recycleSockets: true });
    const opened = async () => (await sandbox.calls("apps.connections.open")).length;
    const errors: (string | undefined)[] = [];
    const deadline = Date.now() + 15_000;
    while ((await opened()) < 4 && Date.now() < deadline) {
      errors.push((await ask()).error);
      await sleep(15);
    }
    expect(await opened()).toBe(4);
    expect(errors.filter((error) => error !== undefined)).toEqual([]);
    await eventually(sockets).toBe(2);
  });

  test("with one socket, commands fail while it is recycled and work again after", async () => {
    await startApp("only");
    await sandbox.faults({ recycleSockets: true });
    expect((await ask()).error).toContain("dispatch_failed");
    await eventually(async () => (await ask()).response?.text).toBe("only");
  });

  test("a ticket opens one socket, and a wrong one none", async () => {
    const opener = new WebClient(workspace.appToken, { slackApiUrl: workspace.apiUrl });
    const { url = "" } = await opener.apps.connections.open({});
    const outcome = (address: string) =>
      new Promise<string>((resolve) => {
        const socket = new WebSocket(address);
        socket.onmessage = ({ data }) => {
          resolve(JSON.parse(String(data)).type);
          socket.close();
        };
        socket.onerror = () => resolve("refused");
      });
    expect(await outcome(url)).toBe("hello");
    expect(await outcome(url)).toBe("refused");
    expect(await outcome(url.replace(/ticket=[^&]+/, "ticket=guess"))).toBe("refused");
  });

  test("an eleventh socket is turned away", async () => {
    const opener = new WebClient(workspace.appToken, { slackApiUrl: workspace.apiUrl });
    const firstWords: string[] = [];
    for (let count = 0; count < 11; count++) {
      const { url = "" } = await opener.apps.connections.open({});
      const socket = new WebSocket(url);
      const word = await new Promise<string>((resolve) => {
        socket.onmessage = ({ data }) => resolve(JSON.parse(String(data)).type);
      });
      firstWords.push(word);
    }
    expect(firstWords).toEqual([...Array(10).fill("hello"), "disconnect"]);
  });
});

test("an outage cuts everything off, and the app comes back by itself when it ends", async () => {
  await startApp("back");
  expect((await ask()).response?.text).toBe("back");
  await sandbox.faults({ downMs: 500 });
  await expect(client().auth.test()).rejects.toThrow();
  expect((await ask()).error).toContain("dispatch_failed");
  expect(await sockets()).toBe(0);
  await sleep(500);
  await client().auth.test();
  await eventually(async () => (await ask()).response?.text).toBe("back");
});

test("watchers are told of a change", async () => {
  const stop = new AbortController();
  const stream = await fetch(`${workspace.url}/sandbox/events`, { signal: stop.signal });
  const reader = stream.body?.getReader();
  const read = async () => new TextDecoder().decode((await reader?.read())?.value);
  expect(await read()).toBe(": open\n\n");
  await sandbox.post("viewer", "ops", "hello");
  expect(await read()).toBe('data: {"type":"change"}\n\n');
  stop.abort();
});

test("faults that make no sense are refused", async () => {
  await expect(sandbox.faults({ downMs: "soon" })).rejects.toThrow(/downMs must be a number/);
});
