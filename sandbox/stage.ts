// Everything on one machine: a real Redis, a real ensemble, the local workspace, a bot and a worker. The demo, the
// end-to-end and chaos tests and the measurements all play here.
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type AppProcess, type AppRole, startApp } from "./app-process.ts";
import type { InventoryPolicy } from "./ensemble/inventory-text.ts";
import { type EnsembleOptions, type SandboxEnsemble, startEnsemble } from "./ensemble.ts";
import { type PrivateRedis, startRedis } from "./redis.ts";
import { ensureReleases } from "./releases.ts";
import { createSandboxClient, type SandboxClient } from "./workspace/client.ts";
import { startWorkspace, type Workspace, type WorkspaceOptions } from "./workspace/workspace.ts";

export type StageOptions = {
  /** Holds everything; made when missing. */
  readonly dir: string;
  readonly ensemble: Omit<EnsembleOptions, "dir">;
  /** Releases the repository must offer, beside the one the ensemble starts on. */
  readonly releases: readonly string[];
  readonly workspace?: WorkspaceOptions;
  readonly policy?: InventoryPolicy;
  /** Default: a bot and a worker apart, as in production. */
  readonly roles?: readonly AppRole[];
  /** Run the app as `npm run build` left it in `dist/`, instead of its sources. */
  readonly built?: boolean;
  readonly say?: (line: string) => void;
};

export type Stage = {
  readonly redis: PrivateRedis;
  readonly ensemble: SandboxEnsemble;
  readonly workspace: Workspace;
  readonly slack: SandboxClient;
  readonly apps: readonly AppProcess[];
  /** What an app process needs to know. */
  readonly environment: Readonly<Record<string, string>>;
  startApp(role: AppRole): Promise<AppProcess>;
  close(): Promise<void>;
};

/** Sets the stage; on any failure what was started is ended again. */
export const setStage = async (options: StageOptions): Promise<Stage> => {
  const { dir, say = () => undefined } = options;
  await mkdir(dir, { recursive: true });
  const { url: releasesUrl } = await ensureReleases([options.ensemble.release, ...options.releases], say);
  const closers: (() => Promise<unknown>)[] = [];
  const close = async (): Promise<void> => {
    for (let next = closers.pop(); next !== undefined; next = closers.pop()) await next();
  };
  try {
    const began = Date.now();
    say(`starting ${options.ensemble.size} ZooKeeper ${options.ensemble.release} servers and a Redis …`);
    const [redis, ensemble] = await Promise.all([
      startRedis({ dir: join(dir, "redis") }).then((started) => {
        closers.push(() => started.stop());
        return started;
      }),
      startEnsemble({ ...options.ensemble, dir: join(dir, "hosts") }).then((started) => {
        closers.push(() => started.stop());
        return started;
      }),
    ]);
    say(
      `${ensemble.servers.length} ZooKeeper ${options.ensemble.release} servers serve on ${ensemble.connectString} (${seconds(began)})`,
    );
    const workspace = await startWorkspace(options.workspace);
    closers.push(() => workspace.close());
    const inventoryFile = join(dir, "ensembles.yaml");
    await writeFile(inventoryFile, ensemble.inventoryYaml(policyFor(options.policy)));
    const environment = {
      SLACK_BOT_TOKEN: workspace.botToken,
      ...(options.workspace?.httpApp === undefined
        ? { SLACK_APP_TOKEN: workspace.appToken }
        : { SLACK_SIGNING_SECRET: workspace.signingSecret }),
      SLACK_API_URL: workspace.apiUrl,
      REDIS_URL: redis.url,
      ENSEMBLES_FILE: inventoryFile,
      RELEASES_URL: releasesUrl,
      STATE_DIR: join(dir, "state"),
      LOG_LEVEL: process.env.LOG_LEVEL ?? "info",
      ...ensemble.environment,
    };
    const start = async (role: AppRole): Promise<AppProcess> => {
      const app = await startApp({ role, dir, environment, built: options.built ?? false });
      closers.push(() => app.stop());
      return app;
    };
    const appsBegan = Date.now();
    say("starting the workspace and the app …");
    const apps = await Promise.all((options.roles ?? ["bot", "worker"]).map(start));
    say(`${apps.map(({ role }) => role).join(" and ")} ready (${seconds(appsBegan)})`);
    return {
      redis,
      ensemble,
      workspace,
      slack: createSandboxClient(workspace.url),
      apps,
      environment,
      startApp: start,
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
};

const seconds = (sinceMs: number): string => `${((Date.now() - sinceMs) / 1000).toFixed(1)} s`;

/** The workspace's group of approvers, unless the caller says otherwise. */
const policyFor = (policy: InventoryPolicy | undefined): InventoryPolicy => ({
  approvers: { groups: ["zk-approvers"], quorum: 1, selfApproval: false, expires: "4h" },
  ...policy,
});
