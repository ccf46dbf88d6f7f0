// Hosts that are reached by ssh with an ensemble on the first three, a client that writes all through, and a worker that a test
// drives step by step while links, connections and sshds fail.
import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type AppProcess, startApp } from "../../sandbox/app-process.ts";
import { findProcesses } from "../../sandbox/processes.ts";
import { type PrivateRedis, startRedis } from "../../sandbox/redis.ts";
import { ensureReleases } from "../../sandbox/releases.ts";
import { startWriter } from "../../sandbox/writer.ts";
import { makeSshPool } from "../../src/hosts/ssh/pool.ts";
import type { RunId } from "../../src/model/ids.ts";
import type { RecordedEvent } from "../../src/model/run-event.ts";
import { connectRedis } from "../../src/store/redis.ts";
import { disturbed, type Moment } from "./move-site.ts";
import { startSshEnsemble } from "./ssh-ensemble.ts";
import { openSshHosts, type SshHost } from "./ssh-hosts.ts";
import { makeTestWorker, type TestWorker } from "./worker.ts";
import { type RemoteWriter, startWriterIn } from "./writer-elsewhere.ts";

export type SshSite = {
  readonly hosts: readonly SshHost[];
  readonly host: (name: string) => SshHost;
  readonly worker: TestWorker;
  readonly redis: PrivateRedis;
  readonly writer: RemoteWriter;
  /** Acted on by the worker's runs; each comes once. */
  readonly moments: Moment[];
  /** Ids of the ZooKeeper processes on a host. */
  serversOn(host: SshHost): Promise<readonly number[]>;
  events(run: RunId): Promise<readonly RecordedEvent[]>;
  /** A worker as a process of its own, with the same store and inventory; ended by `close` if not before. */
  startWorker(): Promise<AppProcess>;
  close(): Promise<void>;
};

export const openSshSite = async (options: {
  readonly release: string;
  readonly releases?: readonly string[];
  readonly hosts: number;
  /** Where the client writes, to all the other hosts; default beside the worker, with the worker's address, to the members. */
  readonly writerOn?: string;
  /** Lines of the nth host's sshd_config. */
  readonly sshdLines?: (number: number) => readonly string[];
}): Promise<SshSite> => {
  const dir = await mkdtemp(join(tmpdir(), "zkshift-hosts-"));
  const closers: (() => unknown)[] = [() => rm(dir, { recursive: true, force: true })];
  const close = async (): Promise<void> => {
    for (let next = closers.pop(); next !== undefined; next = closers.pop()) await next();
  };
  try {
    await chmod(dir, 0o755);
    const { hosts, close: closeHosts } = await openSshHosts(dir, options.hosts, options.sshdLines);
    closers.push(closeHosts);
    const pool = makeSshPool(() => "");
    const ensemble = await startSshEnsemble(hosts, options.release, pool);
    closers.push(() => ensemble.stop());
    // What was started stays when the connections that started it end.
    pool.close();
    const privateRedis = await startRedis({ dir: join(dir, "redis") });
    closers.push(() => privateRedis.stop());
    const redis = connectRedis(privateRedis.url, "worker");
    closers.push(() => redis.disconnect());
    const away = hosts.find(({ name }) => name === options.writerOn);
    const writer =
      away === undefined
        ? await startWriter({ connectString: ensemble.connectString, path: "/client", everyMs: 20 })
        : await startWriterIn(
            away.netns,
            hosts.flatMap((each) => (each === away ? [] : [`${each.address}:2181`])).join(","),
          );
    closers.push(() => writer.close());
    const moments: Moment[] = [];
    const { url: releasesUrl } = await ensureReleases([options.release, ...(options.releases ?? [])], () => undefined);
    const worker = makeTestWorker({
      redis,
      dir,
      inventoryYaml: ensemble.inventoryYaml,
      releasesUrl,
      environment: ensemble.environment,
      change: disturbed(moments),
    });
    return {
      hosts,
      host: (name) => {
        const found = hosts.find((each) => each.name === name);
        if (found === undefined) throw new Error(`there is no host ${name}`);
        return found;
      },
      worker,
      redis: privateRedis,
      writer,
      moments,
      serversOn: (host) =>
        findProcesses(
          (argv) =>
            argv.some((word) => word.endsWith(".QuorumPeerMain")) &&
            argv.some((word) => word.startsWith(`${host.dir}/`) && word.endsWith("zoo.cfg")),
        ),
      events: (run) => worker.deps.runLog.read(run),
      startWorker: async () => {
        const file = join(dir, "ensembles.yaml");
        await writeFile(file, ensemble.inventoryYaml);
        const app = await startApp({
          role: "worker",
          dir,
          environment: {
            REDIS_URL: privateRedis.url,
            ENSEMBLES_FILE: file,
            RELEASES_URL: releasesUrl,
            STATE_DIR: join(dir, "state"),
            ...ensemble.environment,
          },
        });
        closers.push(() => app.stop(0));
        return app;
      },
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
};
