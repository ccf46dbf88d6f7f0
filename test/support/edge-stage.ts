// A Slack edge on a stage: the local workspace, a real Redis, the real edge with its queue, and a script in a worker's place.

import { Queue } from "bullmq";
import { makeSlackEdge, type SlackEdge } from "../../handlers/app.ts";
import { ENSEMBLE_QUEUE, type EnsembleJob, makeProducers, type Producers, QUEUE_PREFIX } from "../../jobs/queues.ts";
import { type JobWorker, startSlackWorker } from "../../jobs/worker.ts";
import { createSandboxClient, type SandboxClient } from "../../sandbox/workspace/client.ts";
import type { WorkspaceOptions } from "../../sandbox/workspace/settings.ts";
import { startWorkspace, type Workspace } from "../../sandbox/workspace/workspace.ts";
import type { Log } from "../../src/app/app-deps.ts";
import { systemClock } from "../../src/clock.ts";
import { ensembleName, type RunId, runId } from "../../src/model/ids.ts";
import type { EnsembleSpec, Inventory } from "../../src/model/inventory.ts";
import { GENESIS, type Head } from "../../src/model/run-event.ts";
import type { LiveBoard, Posted, RunLog } from "../../src/ports.ts";
import type { Entry } from "../../src/run/chain.ts";
import { makeLiveBoard } from "../../src/store/live-board.ts";
import { makePosted } from "../../src/store/posted.ts";
import { connectRedis, untilReady } from "../../src/store/redis.ts";
import { makeRunLog } from "../../src/store/run-log.ts";
import { startTestRedis, type TestRedis } from "./private-redis.ts";
import { sampleSpec } from "./sample-ensemble.ts";
import { sampleInventory } from "./sample-inventory.ts";
import { samplePolicy, scriptRun } from "./scripted-run.ts";

export const CHANNEL = "C0ZOOKEEPER";

const specOf = (name: string): EnsembleSpec =>
  sampleSpec({ name: ensembleName(name), approvers: samplePolicy(), channel: "#zookeeper" });

export type EdgeStage = {
  readonly workspace: Workspace;
  readonly client: SandboxClient;
  readonly redis: TestRedis;
  readonly runLog: RunLog;
  readonly posted: Posted;
  readonly live: LiveBoard;
  readonly producers: Producers;
  readonly warnings: string[];
  /** Another edge over the same Redis and workspace, as a second bot. */
  bot(change?: { readonly posted?: Posted; readonly botToken?: string }): SlackEdge;
  readonly edge: SlackEdge;
  /** Begins a run under a new id with its first two events. */
  begin(options?: Parameters<typeof scriptRun>[0]): Promise<ReturnType<typeof scriptRun>>;
  /** Appends what a script has from `from` on, one after another. */
  play(run: RunId, entries: readonly Entry[]): Promise<void>;
  /** What the handlers put on the queue for workers, oldest first; empties it. */
  jobs(): Promise<readonly EnsembleJob[]>;
  close(): Promise<void>;
};

export const startEdgeStage = async (
  mode: "socket" | "http",
  options: WorkspaceOptions & { readonly withQueue?: boolean; readonly ensembles?: readonly string[] } = {},
): Promise<EdgeStage> => {
  const { withQueue = true, ensembles = ["orders", "billing"], ...workspaceOptions } = options;
  const [redis, workspace] = await Promise.all([startTestRedis(), startWorkspace(workspaceOptions)]);
  const connection = connectRedis(redis.url, "bot");
  const blocking = connectRedis(redis.url, "blocking");
  await untilReady(connection, 10_000);
  const warnings: string[] = [];
  const log: Log = {
    info: () => {},
    warn: (data, text) => warnings.push(`${text} ${JSON.stringify(data)}`),
    error: (data, text) => warnings.push(`ERROR ${text} ${String((data as { err?: unknown }).err)}`),
  };
  const producers = makeProducers(connection);
  const runLog = makeRunLog(connection);
  const posted = makePosted(connection);
  const live = makeLiveBoard(connection);
  const inventory: Inventory = {
    hosts: sampleInventory().hosts,
    ensembles: new Map(ensembles.map((name) => [ensembleName(name), specOf(name)])),
  };
  const edges: SlackEdge[] = [];
  const bot: EdgeStage["bot"] = (change = {}) => {
    const edge = makeSlackEdge({
      config: {
        botToken: change.botToken ?? workspace.botToken,
        apiUrl: workspace.apiUrl,
        receive:
          mode === "socket"
            ? { mode, appToken: workspace.appToken }
            : { mode, signingSecret: workspace.signingSecret, host: "127.0.0.1", port: 0 },
      },
      inventory: () => inventory,
      runLog,
      live,
      posted: change.posted ?? posted,
      producers,
      clock: systemClock,
      log,
      metrics: { slackCall: () => {} },
    });
    edges.push(edge);
    return edge;
  };
  const edge = bot();
  await edge.start();
  const address = edge.httpAddress();
  if (address !== null) workspace.useHttpApp(address);
  const worker: JobWorker | null = withQueue ? startSlackWorker(blocking, edge, log) : null;
  const queue = new Queue<EnsembleJob>(ENSEMBLE_QUEUE, { connection, prefix: QUEUE_PREFIX });
  // Redis is stopped in some tests; what waits for it rejects by itself.
  queue.on("error", () => {});

  let runs = 0;
  return {
    workspace,
    client: createSandboxClient(workspace.url),
    redis,
    runLog,
    posted,
    live,
    producers,
    warnings,
    bot,
    edge,
    async begin(given = {}) {
      runs += 1;
      const name = given.run === undefined ? `orders-t${String(runs).padStart(4, "0")}` : given.run;
      const script = scriptRun({ at: Date.now(), channel: CHANNEL, ...given, run: runId(name) });
      const begun = await runLog.begin(script.run, script.entries);
      if (begun.kind !== "begun") throw new Error(`the ensemble is reserved by ${begun.by}`);
      return script;
    },
    async play(run, entries) {
      const events = await runLog.read(run);
      const last = events.at(-1);
      let head: Head = last === undefined ? GENESIS : { seq: last.seq, hash: last.hash };
      for (const entry of entries) {
        const appended = await runLog.append(run, head, entry);
        if (appended.kind !== "appended") throw new Error(`the script could not go on: ${appended.kind}`);
        head = { seq: appended.recorded.seq, hash: appended.recorded.hash };
      }
    },
    async jobs() {
      const jobs = await queue.getJobs(["waiting", "prioritized", "delayed"], 0, -1, true);
      const found = jobs.map((job) => job.data);
      await Promise.all(jobs.map((job) => job.remove()));
      return found;
    },
    async close() {
      await Promise.all(edges.map((one) => one.stop()));
      await worker?.close();
      await queue.close();
      await producers.close();
      connection.disconnect();
      blocking.disconnect();
      await workspace.close();
      await redis.close();
    },
  };
};
