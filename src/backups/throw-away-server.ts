// Starts a ZooKeeper server of its own on a backup's files, on the worker, to see what they hold. It listens on loopback only,
// works on a copy, and dies with whoever started it.
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { copyFile, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { promisify } from "node:util";
import { OpsError } from "../errors.ts";
import { BACKUP_ARCHIVE } from "../model/backup.ts";
import type { ReleaseArchive, ThrowAway } from "../ports.ts";

const run = promisify(execFile);

/** A znode of the backup may be as large as its servers allowed; a higher limit than theirs lets all of them be read. */
const LARGEST_ZNODE = 128 * 1024 * 1024;
const UNPACK_MS = 1_800_000;

/** The worker's Java. Throws `refused` (`NO_JAVA`) where there is none that runs. */
const findJava = async (): Promise<string> => {
  const home = process.env.JAVA_HOME;
  const java = home === undefined || home === "" ? "java" : join(home, "bin", "java");
  try {
    await run(java, ["-version"], { timeout: 20_000 });
    return java;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new OpsError(
      "refused",
      {
        what: `The worker's machine has no Java that runs (${java}: ${code === "ENOENT" ? "not found" : "ended with an error"}).`,
        left: "The backup was left as it is.",
        next: "Install a Java runtime (8 or later, as the release needs) on the worker's machine, or set its JAVA_HOME.",
      },
      { code: "NO_JAVA" },
    );
  }
};

const freePort = (): Promise<number> =>
  new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const at = server.address();
      server.close(() => resolve(typeof at === "object" && at !== null ? at.port : 0));
    });
  });

const unpack = async (
  archive: string,
  folder: string,
  { only = [], signal }: { readonly only?: readonly string[]; readonly signal: AbortSignal | undefined },
): Promise<void> => {
  try {
    const argv = ["-xzf", archive, "--no-same-owner", "-C", folder, ...only];
    await run("tar", argv, { timeout: UNPACK_MS, ...(signal === undefined ? {} : { signal }) });
  } catch (cause) {
    signal?.throwIfAborted();
    throw new OpsError(
      "refused",
      {
        what: `The archive ${archive} could not be unpacked.`,
        left: "No server was touched.",
        next: "See whether the worker's disk is full; if it is not, the archive is damaged: use another backup.",
        detail: String((cause as { stderr?: unknown }).stderr ?? cause).slice(-500),
      },
      { cause, code: "CANNOT_UNPACK" },
    );
  }
};

/** The backup's data as a data folder: the archive's version-2, and beside it the snapshot that lies open. */
const layOut = async (
  {
    backup,
    files,
    signal,
  }: { readonly backup: string; readonly files: readonly string[]; readonly signal?: AbortSignal },
  data: string,
): Promise<void> => {
  await unpack(join(backup, BACKUP_ARCHIVE), data, { only: ["version-2"], signal });
  for (const name of files) {
    if (name.startsWith("snapshot.")) await copyFile(join(backup, name), join(data, "version-2", name));
  }
};

/** A reader waits at a pipe that only this process holds: when it ends, however it ends, so does the server. */
const WATCHED = `exec 3<&0
"$@" >"$SAID" 2>&1 </dev/null 3<&- & server=$!
{ read -r x; kill -9 $server; } <&3 2>/dev/null & reader=$!
wait $server
kill $reader 2>/dev/null`;

const launch = (
  java: string,
  home: string,
  work: string,
  { password, extendedTypes }: { readonly password: string; readonly extendedTypes: boolean },
): ChildProcess => {
  const sum = createHash("sha1").update(`super:${password}`).digest("base64");
  return spawn(
    "sh",
    [
      "-c",
      WATCHED,
      "throw-away",
      java,
      "-XX:+UseSerialGC",
      "-XX:TieredStopAtLevel=1",
      `-Djute.maxbuffer=${LARGEST_ZNODE}`,
      "-Dzookeeper.admin.enableServer=false",
      "-Dzookeeper.4lw.commands.whitelist=*",
      "-Dzookeeper.snapshot.trust.empty=true",
      "-Dzookeeper.forceSync=no",
      // Else it takes znodes with a time to live for ephemerals of dead sessions, and removes them when it starts.
      `-Dzookeeper.extendedTypesEnabled=${extendedTypes}`,
      // Empty containers stay as they are.
      "-Dznode.container.checkIntervalMs=86400000",
      // The digest of a random password that lives as long as this process; the server listens on loopback only.
      `-Dzookeeper.DigestAuthenticationProvider.superDigest=super:${sum}`,
      `-Dzookeeper.log.dir=${work}`,
      "-cp",
      `${home}/conf:${home}/lib/*:${home}/*`,
      "org.apache.zookeeper.server.quorum.QuorumPeerMain",
      join(work, "zoo.cfg"),
    ],
    {
      cwd: work,
      stdio: ["pipe", "ignore", "ignore"],
      env: { PATH: process.env.PATH ?? "", SAID: join(work, "said") },
    },
  );
};

const PREFIX = "throw-away-";

/** A proof takes minutes; what is older than this was left by a worker that was killed. */
const ABANDONED_MS = 24 * 3_600_000;

const sweep = async (scratch: string): Promise<void> => {
  for (const name of await readdir(scratch)) {
    const path = join(scratch, name);
    const { mtimeMs } = await stat(path).catch(() => ({ mtimeMs: Date.now() }));
    if (name.startsWith(PREFIX) && Date.now() - mtimeMs > ABANDONED_MS)
      await rm(path, { recursive: true, force: true });
  }
};

/**
 * Starts a server of `release` on the backup in folder `backup` and ends it when `work` has ended. `files`: names in that folder.
 * Throws `refused` (`NO_JAVA`, `CANNOT_UNPACK`), and what `work` throws.
 */
export const withThrowAwayServer = async <T>(
  options: {
    readonly scratch: string;
    readonly backup: string;
    readonly files: readonly string[];
    readonly release: ReleaseArchive;
    readonly extendedTypes?: boolean;
    readonly signal?: AbortSignal;
  },
  work: (server: ThrowAway) => Promise<T>,
): Promise<T> => {
  const java = await findJava();
  await mkdir(options.scratch, { recursive: true, mode: 0o700 });
  await sweep(options.scratch);
  const folder = await mkdtemp(join(options.scratch, PREFIX));
  let child: ChildProcess | null = null;
  try {
    const [dist, data] = [join(folder, "release"), join(folder, "data")];
    await Promise.all([mkdir(dist), mkdir(data)]);
    // Both are waited for: what still writes would keep the folder from going.
    const { signal } = options;
    const laid = await Promise.allSettled([unpack(options.release.file, dist, { signal }), layOut(options, data)]);
    for (const one of laid) if (one.status === "rejected") throw one.reason;
    signal?.throwIfAborted();
    const port = await freePort();
    const lines = [
      "tickTime=2000",
      `dataDir=${data}`,
      `clientPort=${port}`,
      "clientPortAddress=127.0.0.1",
      "maxClientCnxns=0",
      "admin.enableServer=false",
    ];
    await writeFile(join(folder, "zoo.cfg"), `${lines.join("\n")}\n`);
    const password = randomBytes(18).toString("base64url");
    // `apache-zookeeper-3.9.6-bin`; archives of 3.4 call it `zookeeper-3.4.14`.
    const [folderInside = ""] = await readdir(dist);
    const home = join(dist, folderInside);
    child = launch(java, home, folder, { password, extendedTypes: options.extendedTypes !== false });
    let alive = true;
    child.once("exit", () => {
      alive = false;
    });
    const started = child;
    await new Promise<void>((resolve, reject) => {
      started.once("spawn", resolve);
      started.once("error", reject);
    });
    return await work({
      address: { host: "127.0.0.1", port },
      auth: `super:${password}`,
      alive: () => alive,
      log: async () => (await readFile(join(folder, "said"), "utf8").catch(() => "")).slice(-3000),
    });
  } finally {
    if (child !== null) await ended(child);
    await rm(folder, { recursive: true, force: true, maxRetries: 3 }).catch(() => undefined);
  }
};

/** Closing the pipe ends the server. */
const ended = (child: ChildProcess): Promise<void> =>
  new Promise((resolve) => {
    child.stdin?.destroy();
    if (child.exitCode !== null || child.signalCode !== null) return resolve();
    const late = setTimeout(resolve, 5_000);
    child.once("exit", () => {
      clearTimeout(late);
      resolve();
    });
  });
