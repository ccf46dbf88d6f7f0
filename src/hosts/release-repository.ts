// Releases to install, from a repository in Apache's archive layout (`zookeeper-3.9.6/apache-zookeeper-3.9.6-bin.tar.gz` and `.sha512`),
// over https, http or from a folder. Nothing gets its final name in the cache before its sum was right.
import { createHash, randomBytes } from "node:crypto";
import { createReadStream } from "node:fs";
import { mkdir, open, readdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { OpsError } from "../errors.ts";
import { compareReleases, parseRelease, type Release } from "../model/release.ts";
import type { ReleaseArchive, ReleaseRepository } from "../ports.ts";
import { makeReleaseSource, type ReleaseSource } from "./release-source.ts";
import { parseSha512File } from "./sha512-file.ts";

/** A sum file is a line or two; more is something else, such as a page of HTML. */
const SUM_FILE_LIMIT = 64 * 1024;

/** An unfinished download older than this belongs to nobody any more. */
const LEFTOVER_MS = 60 * 60_000;

/** Names an archive may have: from 3.5.5 on with `apache-` and `-bin`, before without (archive.apache.org/dist/zookeeper). */
const archiveNames = (release: Release): readonly string[] => {
  const names = [`apache-zookeeper-${release}-bin.tar.gz`, `zookeeper-${release}.tar.gz`];
  return compareReleases(release, "3.5.0" as Release) < 0 ? names.reverse() : names;
};

const sumOf = async (file: string): Promise<string | null> => {
  try {
    const hash = createHash("sha512");
    for await (const piece of createReadStream(file)) hash.update(piece as Buffer);
    return hash.digest("hex");
  } catch {
    return null;
  }
};

const readText = async (source: ReleaseSource, path: string): Promise<string | null> => {
  const content = await source.read(path);
  if (content === null) return null;
  const pieces: Buffer[] = [];
  let size = 0;
  for await (const piece of content) {
    pieces.push(Buffer.from(piece));
    size += piece.length;
    if (size > SUM_FILE_LIMIT) break;
  }
  return Buffer.concat(pieces).toString("utf8");
};

const clearLeftovers = async (cacheDir: string): Promise<void> => {
  for (const name of await readdir(cacheDir)) {
    if (!name.endsWith(".part")) continue;
    const file = join(cacheDir, name);
    const seen = await stat(file).catch(() => null);
    if (seen !== null && Date.now() - seen.mtimeMs > LEFTOVER_MS) await rm(file, { force: true });
  }
};

/** What the cache holds of a release, if its sum is still right. */
const fromCache = async (cacheDir: string, release: Release): Promise<ReleaseArchive | null> => {
  for (const name of archiveNames(release)) {
    const file = join(cacheDir, name);
    const known = (await readFile(`${file}.sha512`, "utf8").catch(() => "")).split(/\s/)[0] ?? "";
    if (known === "" || (await sumOf(file)) !== known) continue;
    return { release, file, sha512: known, bytes: (await stat(file)).size };
  }
  return null;
};

const cacheFailed = (cacheDir: string, cause: unknown): OpsError =>
  cause instanceof OpsError
    ? cause
    : new OpsError(
        "transient",
        {
          what: `The release cache ${cacheDir} could not be written (${(cause as Error).message}).`,
          next: "Check free space and permissions of STATE_DIR on the worker, then try again.",
        },
        { cause, code: (cause as NodeJS.ErrnoException).code ?? "CACHE" },
      );

const download = async (source: ReleaseSource, cacheDir: string, release: Release): Promise<ReleaseArchive> => {
  await mkdir(cacheDir, { recursive: true });
  await clearLeftovers(cacheDir);
  for (const name of archiveNames(release)) {
    const path = `zookeeper-${release}/${name}`;
    const sumText = await readText(source, `${path}.sha512`);
    if (sumText === null) continue;
    const sha512 = parseSha512File(sumText, name);
    if (sha512 === null) {
      throw new OpsError(
        "refused",
        {
          what: `${source.describe(`${path}.sha512`)} holds no SHA-512 of ${name}.`,
          next: "Put the right sum file beside the archive in the repository, or use another RELEASES_URL.",
        },
        { code: "BAD_SUM_FILE" },
      );
    }
    const content = await source.read(path);
    if (content === null) continue;
    const file = join(cacheDir, name);
    const unfinished = `${file}.${randomBytes(4).toString("hex")}.part`;
    try {
      const hash = createHash("sha512");
      const target = await open(unfinished, "wx", 0o644);
      let bytes = 0;
      try {
        for await (const piece of content) {
          hash.update(piece);
          bytes += piece.length;
          await target.writeFile(piece);
        }
        await target.sync();
      } finally {
        await target.close();
      }
      if (hash.digest("hex") !== sha512) {
        throw new OpsError(
          "refused",
          {
            what: `${source.describe(path)} does not have the SHA-512 that stands beside it.`,
            left: "The download was thrown away; nothing was installed.",
            next: "Compare the archive with Apache's, repair the repository, then try again.",
          },
          { code: "WRONG_SUM" },
        );
      }
      // The sum goes first: an archive without one is downloaded again, never trusted.
      await writeFile(`${unfinished}.sum`, `${sha512}  ${name}\n`);
      await rename(`${unfinished}.sum`, `${file}.sha512`);
      await rename(unfinished, file);
      return { release, file, sha512, bytes };
    } finally {
      await rm(unfinished, { force: true });
      await rm(`${unfinished}.sum`, { force: true });
    }
  }
  throw new OpsError(
    "input",
    {
      what: `The release repository ${source.describe("")} has no ${release}.`,
      next: "`/zk help upgrade` names the releases on offer; RELEASES_URL on the worker says where they come from.",
    },
    { code: "NO_SUCH_RELEASE" },
  );
};

/**
 * A repository with a cache on the worker. `url`: `https:`, `http:` or `file:`. Two calls for one release share one
 * download. Errors name the address (without a password in it).
 */
export const makeReleaseRepository = (options: {
  readonly url: string;
  readonly cacheDir: string;
  /** A server that sends nothing for so long is given up. */
  readonly silenceMs?: number;
}): ReleaseRepository => {
  const source = makeReleaseSource(options.url, options.silenceMs ?? 30_000);
  const underWay = new Map<Release, Promise<ReleaseArchive>>();
  const fetchOnce = async (release: Release): Promise<ReleaseArchive> => {
    try {
      return (await fromCache(options.cacheDir, release)) ?? (await download(source, options.cacheDir, release));
    } catch (cause) {
      throw cacheFailed(options.cacheDir, cause);
    }
  };
  return {
    async list() {
      const releases = new Set<Release>();
      for (const name of await source.list()) {
        const release = parseRelease(/^zookeeper-(\d+\.\d+\.\d+)$/.exec(name)?.[1] ?? "");
        if (release !== null) releases.add(release);
      }
      return [...releases].sort(compareReleases).reverse();
    },
    fetch(release) {
      const running = underWay.get(release);
      if (running !== undefined) return running;
      const started = fetchOnce(release).finally(() => underWay.delete(release));
      underWay.set(release, started);
      return started;
    },
  };
};
