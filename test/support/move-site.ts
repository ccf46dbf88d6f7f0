// A real ensemble with bare hosts to move to, a client that writes all through and knows old and new servers, and a worker
// that a test drives step by step.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { SandboxServer } from "../../sandbox/ensemble/server.ts";
import { type EnsembleOptions, type SandboxEnsemble, startEnsemble } from "../../sandbox/ensemble.ts";
import { startRedis } from "../../sandbox/redis.ts";
import { ensureReleases } from "../../sandbox/releases.ts";
import { startWriter, type Writer } from "../../sandbox/writer.ts";
import type { AppDeps } from "../../src/app/app-deps.ts";
import { observe } from "../../src/app/observe.ts";
import type { Observation } from "../../src/model/ensemble.ts";
import type { Goal, MigrateGoal } from "../../src/model/goal.ts";
import { ensembleName, hostName, type RunId, runId } from "../../src/model/ids.ts";
import type { Step } from "../../src/model/plan.ts";
import { reduceRun } from "../../src/run/reduce.ts";
import type { RunState } from "../../src/run/state.ts";
import { connectRedis } from "../../src/store/redis.ts";
import { makeTestWorker, type TestWorker } from "./worker.ts";

export type MoveSite = {
  readonly ensemble: SandboxEnsemble;
  readonly worker: TestWorker;
  readonly writer: Writer;
  readonly redisUrl: string;
  /** Servers and spares, by host name. */
  readonly at: (host: string) => SandboxServer;
  /** The ensemble as a worker that knows nothing but the inventory finds it. */
  look(): Promise<Observation>;
  close(): Promise<void>;
};

export const openMoveSite = async (options: {
  readonly ensemble: Omit<EnsembleOptions, "name" | "dir">;
  readonly releases?: readonly string[];
  /** Where they are, if not in the sandbox's repository. */
  readonly releasesUrl?: string;
  readonly policy?: Parameters<SandboxEnsemble["inventoryYaml"]>[0];
  readonly everyMs?: number;
  readonly change?: (deps: AppDeps) => AppDeps;
}): Promise<MoveSite> => {
  const dir = await mkdtemp(join(tmpdir(), "zkshift-move-"));
  const closers: (() => Promise<unknown>)[] = [() => rm(dir, { recursive: true, force: true })];
  const close = async (): Promise<void> => {
    for (let next = closers.pop(); next !== undefined; next = closers.pop()) await next();
  };
  try {
    const { url } = await ensureReleases([options.ensemble.release, ...(options.releases ?? [])], () => undefined);
    const ensemble = await startEnsemble({ name: "orders", dir: join(dir, "hosts"), ...options.ensemble });
    closers.push(() => ensemble.stop());
    const privateRedis = await startRedis({ dir: join(dir, "redis") });
    closers.push(() => privateRedis.stop());
    const redis = connectRedis(privateRedis.url, "worker");
    closers.push(async () => redis.disconnect());
    const all = [...ensemble.servers, ...ensemble.spares];
    const writer = await startWriter({
      connectString: all.map(({ address, clientPort }) => `${address}:${clientPort}`).join(","),
      path: "/client",
      everyMs: options.everyMs ?? 10,
    });
    closers.push(() => writer.close());
    const worker = makeTestWorker({
      redis,
      dir,
      inventoryYaml: ensemble.inventoryYaml(options.policy ?? {}),
      releasesUrl: options.releasesUrl ?? url,
      environment: ensemble.environment,
      ...(options.change === undefined ? {} : { change: options.change }),
    });
    return {
      ensemble,
      worker,
      writer,
      redisUrl: privateRedis.url,
      at: (host) => {
        const found = all.find((server) => server.host === host);
        if (found === undefined) throw new Error(`there is no host ${host}`);
        return found;
      },
      look: () => {
        const inventory = worker.deps.inventory();
        const spec = inventory.ensembles.get(ensembleName("orders"));
        if (spec === undefined) throw new Error("the inventory has no orders");
        return observe(inventory, spec, worker.deps, { withHosts: true });
      },
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
};

export const moveGoal = (to: readonly string[], change: Partial<MigrateGoal> = {}): MigrateGoal => ({
  kind: "migrate",
  ensemble: ensembleName("orders"),
  to: to.map(hostName),
  release: null,
  gates: "once",
  overrides: [],
  ...change,
});

/** What happens at a moment of a run: told right after a step's start or end was recorded, and waited for. */
export type Moment = {
  readonly what: "started" | "done";
  readonly kind: Step["kind"];
  /** Of the steps of that kind, which; the first is 0. */
  readonly nth?: number;
  /** Which attempt of it; default the first. */
  readonly attempt?: number;
  readonly act: (run: RunId) => Promise<void>;
};

/** A worker to which things happen at moments of its runs; each moment comes once. */
export const disturbed =
  (moments: Moment[]) =>
  (deps: AppDeps): AppDeps => ({
    ...deps,
    runLog: {
      ...deps.runLog,
      append: async (run, head, entry, fence) => {
        const appended = await deps.runLog.append(run, head, entry, fence);
        const { event } = entry;
        if (event.type !== "step-started" && event.type !== "step-done") return appended;
        const state = reduceRun(await deps.runLog.read(run));
        const step = state?.plan.steps[event.step];
        const nth = state?.plan.steps.slice(0, event.step).filter(({ kind }) => kind === step?.kind).length;
        const at = moments.findIndex(
          (moment) =>
            `step-${moment.what}` === event.type &&
            moment.kind === step?.kind &&
            (moment.nth ?? 0) === nth &&
            (event.type === "step-done" || (moment.attempt ?? 1) === event.attempt),
        );
        const [moment] = at === -1 ? [] : moments.splice(at, 1);
        await moment?.act(run);
        return appended;
      },
    },
  });

/** Proposes and approves; throws with the reasons when nothing was proposed. */
export const begin = async ({ worker }: Pick<MoveSite, "worker">, goal: Goal, id: string): Promise<RunId> => {
  const run = runId(`orders-${id}`);
  const proposed = await worker.propose(goal, run);
  if (proposed.kind !== "proposed") throw new Error(JSON.stringify(proposed, null, 2));
  await worker.approve(run, "plan");
  return run;
};

/** Advances, and says yes at every gate, until the run has ended or is held. */
export const goOn = async ({ worker }: Pick<MoveSite, "worker">, run: RunId): Promise<RunState> => {
  for (;;) {
    await worker.advance(run);
    const state = await worker.state(run);
    if (state.phase === "finished" || state.phase === "held") return state;
    if (state.gate !== null) await worker.approve(run, state.gate.gate);
  }
};

/** The run from its request to its end. */
export const move = async (site: MoveSite, goal: MigrateGoal, id: string): Promise<RunState> =>
  goOn(site, await begin(site, goal, id));
