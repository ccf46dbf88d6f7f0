import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { type SandboxEnsemble, startEnsemble } from "../../sandbox/ensemble.ts";
import { startWriter } from "../../sandbox/writer.ts";
import { connectClient } from "../../sandbox/zookeeper-client.ts";

const dir = await mkdtemp(join(tmpdir(), "zkshift-writer-"));
let ensemble: SandboxEnsemble;
beforeAll(async () => {
  // Short ticks allow short sessions.
  ensemble = await startEnsemble({ name: "w", dir, release: "3.9.6", size: 1, settings: { tickTime: "200" } });
});
afterAll(async () => {
  await ensemble?.stop();
  await rm(dir, { recursive: true, force: true });
});

it("finds an acknowledged write that is missing, one that was changed, and a counter set back", async () => {
  const writer = await startWriter({ connectString: ensemble.connectString, path: "/writer/lost", everyMs: 2 });
  await vi.waitUntil(() => writer.stats().acknowledged > 20, { timeout: 30_000 });
  await writer.stop();
  const { acknowledged } = writer.stats();
  expect(await writer.verifyOn(ensemble.connectString)).toEqual({
    checked: acknowledged,
    missing: [],
    different: [],
    ephemeralIsThere: true,
  });

  const client = await connectClient(ensemble.connectString);
  const children = await client.children("/writer/lost");
  const [lost, changed] = children.filter((name) => name.startsWith("write-")).sort();
  const counter = children.find((name) => name.startsWith("counter-"));
  await client.remove(`/writer/lost/${lost}`);
  await client.setData(`/writer/lost/${changed}`, "something else");
  await client.setData(`/writer/lost/${counter}`, "1");
  await client.remove(writer.stats().ephemeral);
  await client.close();
  expect(await writer.verifyOn(ensemble.connectString)).toEqual({
    checked: acknowledged,
    missing: [`/writer/lost/${lost}`],
    different: [`/writer/lost/${changed}`, `/writer/lost/${counter}`],
    ephemeralIsThere: false,
  });
  expect(await writer.sessionAlive()).toBe(false);
  await writer.close();
});

it("goes on by itself after a crash of the server, and shows how long it could not write", async () => {
  const writer = await startWriter({ connectString: ensemble.connectString, path: "/writer/crash", everyMs: 2 });
  await sleep(100);
  const killedAt = Date.now();
  await ensemble.kill(1);
  await sleep(300);
  expect(writer.longestGapMs(killedAt, Date.now())).toBeGreaterThan(250);
  await ensemble.restart(1);
  const backAt = Date.now();
  const { acknowledged } = writer.stats();
  while (writer.stats().acknowledged === acknowledged) {
    expect(Date.now() - backAt).toBeLessThan(10_000);
    await sleep(10);
  }
  await writer.stop();
  expect(writer.stats()).toMatchObject({ refused: 0, sessionsLost: 0 });
  expect(await writer.verifyOn(ensemble.connectString)).toMatchObject({ missing: [], different: [] });
  expect(await writer.sessionAlive()).toBe(true);
  await writer.close();
});

it("notices the loss of its session and writes on in a new one", async () => {
  const writer = await startWriter({
    connectString: ensemble.connectString,
    path: "/writer/expired",
    everyMs: 2,
    sessionTimeoutMs: 1_000,
  });
  await sleep(100);
  // Nothing in this process runs meanwhile, so no ping leaves it.
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 2_500);
  const began = Date.now();
  while (writer.stats().sessionsLost === 0) {
    expect(Date.now() - began).toBeLessThan(10_000);
    await sleep(10);
  }
  const { acknowledged } = writer.stats();
  await sleep(500);
  await writer.stop();
  expect(writer.stats().acknowledged).toBeGreaterThan(acknowledged);
  expect(writer.stats().sessionsLost).toBe(1);
  expect(await writer.sessionAlive()).toBe(false);
  expect(await writer.verifyOn(ensemble.connectString)).toMatchObject({
    missing: [],
    different: [],
    ephemeralIsThere: false,
  });
  await writer.close();
});
