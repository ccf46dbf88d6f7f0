// A worker's insides in the test's own process: real store, real ZooKeeper and hosts, no Slack and no queue.
import { join } from "node:path";
import type { Redis } from "ioredis";
import { type Advanced, advance } from "../../src/app/advance.ts";
import type { AppDeps } from "../../src/app/app-deps.ts";
import { type Proposed, propose } from "../../src/app/propose.ts";
import { makeBackups } from "../../src/backups/backups.ts";
import { systemClock } from "../../src/clock.ts";
import { makeHosts } from "../../src/hosts/hosts.ts";
import { makeReleaseRepository } from "../../src/hosts/release-repository.ts";
import { parseInventory } from "../../src/inventory.ts";
import type { Goal } from "../../src/model/goal.ts";
import { channelId, type RunId, userId } from "../../src/model/ids.ts";
import type { Gate, RunEvent } from "../../src/model/run-event.ts";
import { reduceRun } from "../../src/run/reduce.ts";
import type { RunState } from "../../src/run/state.ts";
import { readSecret } from "../../src/secrets.ts";
import { makeLeases } from "../../src/store/lease.ts";
import { makeLiveBoard } from "../../src/store/live-board.ts";
import { makeRunLog } from "../../src/store/run-log.ts";
import { makeZooKeeper } from "../../src/zookeeper/zookeeper.ts";

export type TestWorker = {
  readonly deps: AppDeps;
  readonly proposedAgain: Goal[];
  propose(goal: Goal, run: RunId, dryRun?: boolean): Promise<Proposed>;
  advance(run: RunId, signal?: AbortSignal): Promise<Advanced>;
  state(run: RunId): Promise<RunState>;
  /** Appends what a person's click appends. */
  click(run: RunId, event: RunEvent): Promise<void>;
  approve(run: RunId, gate: Gate): Promise<void>;
};

export const makeTestWorker = (options: {
  readonly redis: Redis;
  readonly dir: string;
  readonly inventoryYaml: string;
  readonly releasesUrl: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly leaseMs?: number;
  readonly change?: (deps: AppDeps) => AppDeps;
}): TestWorker => {
  const { redis, dir } = options;
  const inventory = parseInventory(options.inventoryYaml, join(dir, "ensembles.yaml"));
  const proposedAgain: Goal[] = [];
  const plain: AppDeps = {
    inventory: () => inventory,
    readSecret: (ref) => readSecret(ref, options.environment),
    zookeeper: makeZooKeeper(),
    hosts: makeHosts({ readSecret: (ref) => readSecret(ref, options.environment) }),
    releases: makeReleaseRepository({ url: options.releasesUrl, cacheDir: join(dir, "state", "releases") }),
    backups: makeBackups({ stateDir: join(dir, "state") }),
    runLog: makeRunLog(redis),
    leases: makeLeases(redis, options.leaseMs === undefined ? {} : { ttlMs: options.leaseMs }),
    live: makeLiveBoard(redis),
    clock: systemClock,
    log: { info: () => {}, warn: () => {}, error: () => {} },
    metrics: { runStarted: () => {}, stepEnded: () => {}, runEnded: () => {}, canaryPause: () => {} },
    notify: () => {},
    proposeAgain: async ({ goal }) => {
      proposedAgain.push(goal);
    },
    stateDir: join(dir, "state"),
    workerName: "test/1",
  };
  const deps = options.change?.(plain) ?? plain;
  const state = async (run: RunId): Promise<RunState> => {
    const folded = reduceRun(await deps.runLog.read(run));
    if (folded === null) throw new Error(`there is no run ${run}`);
    return folded;
  };
  const click = async (run: RunId, event: RunEvent): Promise<void> => {
    for (;;) {
      const { head } = await state(run);
      const entry = { actor: { kind: "user", id: userId("UAPPROVER") }, at: Date.now(), event } as const;
      if ((await deps.runLog.append(run, head, entry)).kind === "appended") return;
    }
  };
  return {
    deps,
    proposedAgain,
    propose: (goal, run, dryRun = false) =>
      propose({ run, goal, dryRun, requester: userId("UOPERATOR"), channel: channelId("CZOOKEEPER") }, deps),
    advance: (run, signal = new AbortController().signal) => advance(run, deps, signal),
    state,
    click,
    approve: async (run, gate) => {
      const { planHash } = await state(run);
      await click(run, { type: "approval-granted", gate, planHash });
    },
  };
};
