// Proves a backup: a server that is started on it, for that alone, says what it holds, and that is compared with the ensemble.
// Touches no server of the ensemble; reads of one.
import { codeOf, OpsError } from "../errors.ts";
import type { BackupCompared, BackupProof } from "../model/backup.ts";
import type { Address } from "../model/ensemble.ts";
import { formatZxid, type Zxid, zxid } from "../model/ids.ts";
import { isAtLeast, release as releaseOf } from "../model/release.ts";
import type { Session, ThrowAway } from "../ports.ts";
import { compareBackup } from "./compare-backup.ts";
import type { ServerHandle, World } from "./world.ts";

export type ProofTools = Pick<World, "zookeeper" | "releases" | "clock" | "signal" | "auth" | "backups">;

/** A large backup is read in seconds; one whose server has said nothing for so long does not come up. */
const LOAD_MS = 600_000;
const LOOK_AGAIN_MS = 50;
/** Of one request: the worker's disk may be slow. */
const REQUEST_MS = 30_000;

type Proved = Extract<BackupProof, { proved: true }>;
type Live = Pick<ServerHandle, "id" | "client" | "admin">;

/**
 * The proof of the files in folder `backup`. `live`: the server they were taken from, to compare with; null where there is none to
 * compare with. `countTtl`: znodes with a time to live are counted, which takes another start. `proved: false` where the worker cannot prove (no Java, release not to be had); throws `refused`
 * (`BACKUP_UNREADABLE`, `BACKUP_DIFFERS`) where it can and the backup is no good.
 */
export const proveBackup = async (
  tools: ProofTools,
  what: { readonly backup: string; readonly files: readonly string[]; readonly release: string },
  live: Live | null,
  options: { readonly countTtl: boolean },
): Promise<BackupProof> => {
  const startedAt = tools.clock.now();
  try {
    const archive = await tools.releases.fetch(releaseOf(what.release));
    const { proof, loaded } = await tools.backups.throwAwayServer(
      { ...what, release: archive, signal: tools.signal },
      async (server) => lookAt(tools, server, what.release, live),
    );
    const ttl = await countTtlZnodes(tools, { ...what, release: archive }, loaded, options);
    return { ...proof, ttl, at: new Date(tools.clock.now()).toISOString(), tookMs: tools.clock.now() - startedAt };
  } catch (error) {
    if (codeOf(error) === "NO_JAVA" && error instanceof OpsError) return { proved: false, why: error.failure.what };
    if (error instanceof OpsError && error.kind === "input") {
      return { proved: false, why: `the release repository has no ${what.release} to start it with` };
    }
    throw error;
  }
};

/**
 * Servers show znodes with a time to live as any other, so they are counted by what is missing from a server that loses them. Null
 * where they were not to be counted.
 */
const countTtlZnodes = async (
  { backups, ...tools }: ProofTools,
  what: Parameters<ProofTools["backups"]["throwAwayServer"]>[0],
  all: Loaded,
  { countTtl }: { readonly countTtl: boolean },
): Promise<number | null> => {
  // Before 3.5.3 there are none.
  if (!isAtLeast(what.release.release, "3.5.3")) return 0;
  if (!countTtl) return null;
  const left = await backups.throwAwayServer({ ...what, extendedTypes: false, signal: tools.signal }, (server) =>
    untilItServes({ backups, ...tools }, server),
  );
  return all.znodes === null || left.znodes === null ? null : Math.max(0, all.znodes - left.znodes);
};

const lookAt = async (
  tools: ProofTools,
  server: ThrowAway,
  release: string,
  live: Live | null,
): Promise<{ readonly proof: Omit<Proved, "ttl" | "at" | "tookMs">; readonly loaded: Loaded }> => {
  const { zookeeper, signal } = tools;
  // Before the first session: that is a transaction of its own.
  const loaded = await untilItServes(tools, server);
  assertDigestsFit(loaded);
  const digests = await zookeeper.digests(server.address, null);
  const sessions: Session[] = [];
  try {
    const session = await zookeeper.connect({
      servers: [server.address],
      auth: server.auth,
      requestTimeoutMs: REQUEST_MS,
    });
    sessions.push(session);
    const tree = await zookeeper.treeDigest(session, { lasting: true, signal });
    let compared: Proved["compared"] = null;
    let shared: Proved["shared"] = null;
    if (live !== null) {
      shared = sharedDigest(digests, await zookeeper.digests(live.client, live.admin));
      const there = await zookeeper.connect({ servers: [live.client], auth: tools.auth, requestTimeoutMs: REQUEST_MS });
      sessions.push(there);
      const comparison = await compareBackup(session, there, loaded.zxid, signal);
      if (comparison.kind === "different") {
        throw differs(`of ${comparison.path}, ${comparison.why} (server.${live.id})`);
      }
      const { same, since, unreadable } = comparison;
      compared = { same, since, unreadable };
    }
    const { znodes, largestBytes, digest } = tree;
    const { mismatches } = loaded;
    const at = formatZxid(loaded.zxid);
    const counted = { znodes, largestBytes, digest, mismatches, shared, compared };
    return { proof: { proved: true, release, zxid: at, ...counted }, loaded };
  } finally {
    await Promise.all(sessions.map((session) => session.close().catch(() => undefined)));
  }
};

/**
 * Compares what each of `servers` holds with the files in folder `backup`, over a throw-away server that is started on them. Throws
 * `step-failed` (`DIFFERS`) where one differs, `refused` (`NO_JAVA`, `BACKUP_UNREADABLE`) where it cannot be compared.
 */
export const compareWithBackup = async (
  tools: ProofTools,
  what: { readonly backup: string; readonly files: readonly string[]; readonly release: string },
  servers: readonly Pick<ServerHandle, "id" | "client">[],
): Promise<readonly BackupCompared[]> => {
  const archive = await tools.releases.fetch(releaseOf(what.release));
  return tools.backups.throwAwayServer({ ...what, release: archive, signal: tools.signal }, async (server) => {
    const loaded = await untilItServes(tools, server);
    assertDigestsFit(loaded);
    const { zxid: last } = loaded;
    const sessions: Session[] = [];
    const open = async (address: Address, auth: string | null): Promise<Session> => {
      const session = await tools.zookeeper.connect({ servers: [address], auth, requestTimeoutMs: REQUEST_MS });
      sessions.push(session);
      return session;
    };
    try {
      const backup = await open(server.address, server.auth);
      // All at once: most of the time is the way to the servers and back. The first that differs ends it, and all are waited for: what
      // went on would meet a throw-away server that has gone.
      const failed = new AbortController();
      const signal = AbortSignal.any([tools.signal, failed.signal]);
      const ended = await Promise.allSettled(
        servers.map(async ({ id, client }): Promise<BackupCompared> => {
          try {
            const live = await open(client, tools.auth);
            await live.sync("/");
            const found = await compareBackup(backup, live, last, signal);
            if (found.kind === "different") throw notRestored(`of ${found.path}, ${found.why} (server.${id})`);
            const { same, since, unreadable } = found;
            return { same, since, unreadable };
          } catch (error) {
            failed.abort(error);
            throw error;
          }
        }),
      );
      signal.throwIfAborted();
      return ended.flatMap((one) => (one.status === "fulfilled" ? [one.value] : []));
    } finally {
      await Promise.all(sessions.map((session) => session.close().catch(() => undefined)));
    }
  });
};

const notRestored = (how: string): OpsError =>
  new OpsError(
    "step-failed",
    {
      what: `A server does not hold what the backup holds: ${how}.`,
      left: "All servers were left running as they are; their former data are kept beside.",
      next: "Roll back, which puts the former data back on every server; or look at that znode on each server, then Retry.",
    },
    { code: "DIFFERS" },
  );

/** A server counts one for every transaction whose digest in the log is not that of the tree it has come to. */
const assertDigestsFit = ({ mismatches }: Loaded): void => {
  if (mismatches !== null && mismatches > 0) throw differs(`the log's digests do not fit the data ${mismatches} times`);
};

/** As a server tells of itself when it serves first. `znodes`: all of them, its own and those of sessions too. */
type Loaded = { readonly zxid: Zxid; readonly znodes: number | null; readonly mismatches: number | null };

const untilItServes = async ({ zookeeper, clock, signal }: ProofTools, server: ThrowAway): Promise<Loaded> => {
  const deadline = clock.now() + LOAD_MS;
  for (;;) {
    signal.throwIfAborted();
    const seen = await zookeeper.see(server.address, null);
    if (seen.status === "serving") {
      const { monitor } = seen;
      return { zxid: seen.zxid, znodes: monitor?.znodes ?? null, mismatches: monitor?.digestMismatches ?? null };
    }
    if (!server.alive() || clock.now() > deadline) {
      const how = server.alive() ? `does not serve after ${LOAD_MS / 60_000} minutes` : "ended";
      throw new OpsError(
        "refused",
        {
          what: `A server that was started on the backup ${how}: it cannot be restored from.`,
          left: "No server of the ensemble was touched.",
          next: "Read what it said below; take another backup, from another server if this one's data folder is damaged.",
          detail: await server.log(),
        },
        { code: "BACKUP_UNREADABLE" },
      );
    }
    await clock.sleep(LOOK_AGAIN_MS, signal);
  }
};

const differs = (how: string): OpsError =>
  new OpsError(
    "refused",
    {
      what: `The backup does not hold what the ensemble holds: ${how}.`,
      left: "No server was touched. The backup was not kept.",
      next: "Compare the servers (`/zk status`, docs/runbooks/backup-and-restore.md): the one it was taken from may differ from the others. Then take it again.",
    },
    { code: "BACKUP_DIFFERS" },
  );

/** The newest digest that both noted; throws where they noted different ones. */
const sharedDigest = (
  ours: ReadonlyMap<bigint, string> | null,
  theirs: ReadonlyMap<bigint, string> | null,
): Proved["shared"] => {
  const common = [...(ours?.keys() ?? [])].filter((at) => theirs?.has(at) === true).sort((a, b) => (a < b ? 1 : -1));
  for (const at of common) {
    const [mine, other] = [ours?.get(at), theirs?.get(at)];
    if (mine !== other) throw differs(`at ${formatZxid(zxid(at))} the digest is ${mine}, the server's was ${other}`);
  }
  const [newest] = common;
  return newest === undefined ? null : { zxid: formatZxid(zxid(newest)), digest: ours?.get(newest) ?? "" };
};
