// Asks the app for an ensemble's status as a person would, and reads its answer.
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { startApp } from "../app-process.ts";
import { startRedis } from "../redis.ts";
import type { Stage } from "../stage.ts";
import type { ShownMessage } from "../workspace/client.ts";
import type { Scene } from "./scenes.ts";

const channel = "zookeeper";
const asker = "operator";

/** The answer to `/zk status`, which only who asked can see. */
const askStatus = async (stage: Stage, withinMs: number): Promise<ShownMessage> => {
  const asked = { channel, user: asker };
  const known = new Set((await stage.slack.messages(asked)).map(({ ts }) => ts));
  const deadline = Date.now() + withinMs;
  for (;;) {
    const { error } = await stage.slack.command(asker, channel, `/zk status ${stage.ensemble.name}`);
    if (error === undefined) break;
    // An app that has just started is ready a moment before its socket to the workspace is.
    if (Date.now() > deadline) throw new Error(`/zk status was refused: ${error}`);
    await sleep(200);
  }
  return stage.slack.waitForMessage(
    asked,
    ({ ts, text }) => !known.has(ts) && text.startsWith(`${stage.ensemble.name}: `),
    withinMs,
  );
};

/** Hosts whose names stand in a message as words of their own. */
const named = (message: ShownMessage, hosts: readonly string[]): readonly string[] => {
  const words = new Set(JSON.stringify([message.text, message.blocks]).split(/[^A-Za-z0-9._-]+/));
  return hosts.filter((host) => words.has(host));
};

export type StatusSeen = { readonly allWell: boolean; readonly says: string };

/** What `/zk status` says of the scene's servers. `allWell`: it names all of them, none that is gone, and nothing is wrong. */
export const seeStatus = async (stage: Stage, scene: Pick<Scene, "servers" | "gone">): Promise<StatusSeen> => {
  const message = await askStatus(stage, 30_000);
  const there = scene.servers.map(({ host }) => host);
  const shown = named(message, there);
  const stale = named(
    message,
    scene.gone.map(({ host }) => host),
  );
  return {
    allWell: shown.length === there.length && stale.length === 0 && message.text.endsWith("all well"),
    says: `${shown.join(", ")}${stale.length === 0 ? "" : `, and ${stale.join(", ")} still`}: ${message.text}`,
  };
};

/**
 * The same of an app that starts with an empty Redis: whatever it says it has from the inventory, the hosts and the
 * servers. Ends the stage's own apps.
 */
export const seeStatusAfresh = async (
  stage: Stage,
  scene: Pick<Scene, "servers" | "gone">,
  dir: string,
): Promise<StatusSeen> => {
  await Promise.all(stage.apps.map((app) => app.stop()));
  const redis = await startRedis({ dir: join(dir, "fresh-redis") });
  try {
    const app = await startApp({ role: "all", dir, environment: { ...stage.environment, REDIS_URL: redis.url } });
    try {
      return await seeStatus(stage, scene);
    } finally {
      await app.stop();
    }
  } finally {
    await redis.stop();
  }
};
