// A release repository in the layout of Apache's archive, kept in the user's cache folder: what `RELEASES_URL` points at
// in the sandbox and in tests. Apache's archive is the first choice, Debian's packages the second.
import { mkdir, mkdtemp, rename, rm } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { onExit } from "./cleanup.ts";
import { withLock } from "./lock.ts";
import { archiveAnswers, fetchFromArchive } from "./releases/apache-archive.ts";
import { buildFromDebian, debianReleases } from "./releases/debian.ts";
import { releaseFolder, tarballName } from "./releases/naming.ts";
import { holdsRelease } from "./releases/pack.ts";

export type Releases = {
  /** The repository's address, for `RELEASES_URL`. */
  readonly url: string;
  readonly directory: string;
  /** Release → path of its tarball, for the releases asked for. */
  readonly files: ReadonlyMap<string, string>;
};

/** The user's cache folder for everything that the sandbox fetches or builds. */
const cacheDirectory = (): string => join(process.env.XDG_CACHE_HOME || join(homedir(), ".cache"), "zkshift");

/**
 * Makes sure that the repository holds these releases, each verified against its `.sha512`.
 * Safe to call from several processes at once. Throws with what a person can do when a release cannot be had.
 */
export const ensureReleases = async (releases: readonly string[], say: (line: string) => void): Promise<Releases> => {
  const directory = join(cacheDirectory(), "releases");
  await mkdir(directory, { recursive: true });
  const files = new Map<string, string>();
  for (const release of releases) {
    await ensureRelease(release, directory, say);
    files.set(release, join(directory, releaseFolder(release), tarballName(release)));
  }
  return { url: pathToFileURL(directory).href, directory, files };
};

const ensureRelease = async (release: string, directory: string, say: (line: string) => void): Promise<void> => {
  const folder = join(directory, releaseFolder(release));
  if (await holdsRelease(release, folder)) return;
  const waiting = () => say(`ZooKeeper ${release}: another process is fetching it`);
  await withLock(join(directory, `.lock-${release}`), waiting, async () => {
    if (await holdsRelease(release, folder)) return;
    const started = Date.now();
    const workspace = await mkdtemp(join(directory, ".build-"));
    const removeWorkspace = () => rm(workspace, { recursive: true, force: true });
    const forget = onExit(removeWorkspace);
    try {
      const made = join(workspace, "made");
      await mkdir(made);
      await obtain(release, made, workspace, folder, say);
      // Whole or not at all: a reader sees the tarball together with its sum.
      await rm(folder, { recursive: true, force: true });
      await rename(made, folder);
    } finally {
      forget();
      await removeWorkspace();
    }
    say(`ZooKeeper ${release}: ready after ${((Date.now() - started) / 1000).toFixed(1)} s`);
  });
};

const obtain = async (
  release: string,
  made: string,
  workspace: string,
  folder: string,
  say: (line: string) => void,
): Promise<void> => {
  const answers = await archiveAnswers();
  if (answers && (await fetchFromArchive(release, made, say))) return;
  const archive = answers ? "archive.apache.org does not have it" : "archive.apache.org does not answer";
  const remedy = `Put ${tarballName(release)} and its .sha512 into ${folder} and run this again.`;
  if (!debianReleases.includes(release)) {
    throw new Error(
      `ZooKeeper ${release} cannot be had: ${archive}, and Debian only has ${debianReleases.join(", ")}. ${remedy}`,
    );
  }
  try {
    await buildFromDebian(release, made, workspace, say);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new Error(`ZooKeeper ${release} cannot be had: ${archive}; from Debian's packages: ${why}. ${remedy}`);
  }
};
