// What tests of restores do to a site: data with ACLs, a backup, changes after it, and the restore from request to end.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parse, stringify } from "yaml";
import { type EnsembleOptions, type SandboxEnsemble, startEnsemble } from "../../sandbox/ensemble.ts";
import { startRedis } from "../../sandbox/redis.ts";
import { ensureReleases } from "../../sandbox/releases.ts";
import type { AppDeps } from "../../src/app/app-deps.ts";
import { backUpEnsemble } from "../../src/app/back-up-ensemble.ts";
import type { BackupManifest } from "../../src/model/backup.ts";
import type { RestoreGoal } from "../../src/model/goal.ts";
import { type EnsembleName, ensembleName, type RunId, runId, userId } from "../../src/model/ids.ts";
import type { Session } from "../../src/ports.ts";
import type { RunState } from "../../src/run/state.ts";
import { connectRedis } from "../../src/store/redis.ts";
import { makeZooKeeper } from "../../src/zookeeper/zookeeper.ts";
import { makeTestWorker, type TestWorker } from "./worker.ts";

export const ORDERS = ensembleName("orders");

export const restoreGoal = (backup: string, change: Partial<RestoreGoal> = {}): RestoreGoal => ({
  kind: "restore",
  ensemble: ORDERS,
  of: ORDERS,
  backup,
  release: null,
  gates: null,
  overrides: [],
  ...change,
});

export const backUp = async ({ deps }: TestWorker, ensemble: EnsembleName = ORDERS): Promise<BackupManifest> =>
  (await backUpEnsemble({ ensemble, by: userId("UOPERATOR") }, deps, new AbortController().signal)).manifest;

/** Deletes, changes and creates znodes of a tree that `createAclTree` made; the session is super's. */
export const spoil = async (session: Session): Promise<void> => {
  for (const child of await session.getChildren("/app/1")) await session.remove(`/app/1/${child}`);
  await session.remove("/app/1");
  await session.setData("/app/2", Buffer.from("changed"));
  await session.setAcl("/app/3", [{ perms: 31, scheme: "world", id: "anyone" }]);
  await session.create("/later", Buffer.from("after the backup"));
};

/** Proposes and approves; throws with the reasons when nothing was proposed. */
export const beginRestore = async (worker: TestWorker, goal: RestoreGoal, id: string): Promise<RunId> => {
  const run = runId(`${goal.ensemble}-${id}`);
  const proposed = await worker.propose(goal, run);
  if (proposed.kind !== "proposed") throw new Error(JSON.stringify(proposed, null, 2));
  await worker.approve(run, "plan");
  return run;
};

/** Advances, and says yes at the gate, until the run has ended or is held. */
export const goOnRestoring = async (worker: TestWorker, run: RunId): Promise<RunState> => {
  for (;;) {
    await worker.advance(run);
    const state = await worker.state(run);
    if (state.phase === "finished" || state.phase === "held") return state;
    if (state.gate !== null) await worker.approve(run, state.gate.gate);
  }
};

export const restore = async (worker: TestWorker, goal: RestoreGoal, id: string): Promise<RunState> =>
  goOnRestoring(worker, await beginRestore(worker, goal, id));

/** The evidence of a run's step. */
export const shown = <K extends string>(state: RunState, kind: K) => {
  const at = state.plan.steps.findIndex((step) => step.kind === kind);
  return state.steps[at]?.evidence?.step;
};

/** Two ensembles and one worker that knows both; the second's servers have other ids. */
export type TwoEnsembles = {
  readonly orders: SandboxEnsemble;
  readonly orders2: SandboxEnsemble;
  readonly worker: TestWorker;
  close(): Promise<void>;
};

export const openTwoEnsembles = async (
  first: Omit<EnsembleOptions, "name" | "dir">,
  second: Omit<EnsembleOptions, "name" | "dir">,
): Promise<TwoEnsembles> => {
  const dir = await mkdtemp(join(tmpdir(), "zkshift-restore-"));
  const closers: (() => Promise<unknown>)[] = [() => rm(dir, { recursive: true, force: true })];
  const close = async (): Promise<void> => {
    for (let next = closers.pop(); next !== undefined; next = closers.pop()) await next();
  };
  try {
    const { url } = await ensureReleases([first.release, second.release], () => undefined);
    const orders = await startEnsemble({ name: "orders", dir: join(dir, "orders"), ...first });
    closers.push(() => orders.stop());
    const orders2 = await startEnsemble({ name: "orders2", dir: join(dir, "orders2"), ...second });
    closers.push(() => orders2.stop());
    const privateRedis = await startRedis({ dir: join(dir, "redis") });
    closers.push(() => privateRedis.stop());
    const redis = connectRedis(privateRedis.url, "worker");
    closers.push(async () => redis.disconnect());
    const [one, two] = [parse(orders.inventoryYaml()), parse(orders2.inventoryYaml())];
    const both = { hosts: { ...one.hosts, ...two.hosts }, ensembles: { ...one.ensembles, ...two.ensembles } };
    const worker = makeTestWorker({
      redis,
      dir,
      inventoryYaml: stringify(both, { aliasDuplicateObjects: false }),
      releasesUrl: url,
      environment: { ...orders.environment, ...orders2.environment },
    });
    return { orders, orders2, worker, close };
  } catch (error) {
    await close();
    throw error;
  }
};

/** A session as super where there is one. */
export const withSession = async <T>(
  { servers, superAuth }: SandboxEnsemble,
  work: (session: Session) => Promise<T>,
): Promise<T> => {
  const addresses = servers.map(({ address, clientPort }) => ({ host: address, port: clientPort }));
  const session = await makeZooKeeper().connect({ servers: addresses, auth: superAuth });
  return work(session).finally(() => session.close());
};

/** Dies, as kill -9 would end it, right before the nth call of one kind on any host. */
export const dyingBefore =
  (call: "stop" | "layBackup" | "start" | "putBack", nth: number) =>
  (deps: AppDeps): AppDeps => {
    let left = nth;
    const die = (): never => {
      throw Object.assign(new Error("killed"), { name: "AbortError" });
    };
    return {
      ...deps,
      hosts: {
        ...deps.hosts,
        server: (placement) => {
          const control = deps.hosts.server(placement);
          const counted =
            <A extends readonly unknown[], T>(name: string, work: (...args: A) => Promise<T>) =>
            async (...args: A): Promise<T> => {
              if (left <= 0) die();
              if (name === call && --left <= 0) die();
              return work(...args);
            };
          return {
            ...control,
            restoring: counted("restoring", control.restoring),
            stop: counted("stop", control.stop),
            layBackup: counted("layBackup", control.layBackup),
            start: counted("start", control.start),
            putBack: counted("putBack", control.putBack),
          };
        },
      },
    };
  };
