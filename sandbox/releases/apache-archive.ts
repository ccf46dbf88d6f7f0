// Fetches a release from Apache's public archive, where that answers.
import { createWriteStream } from "node:fs";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { releaseFolder, tarballName } from "./naming.ts";
import { hashFile, writeSum } from "./pack.ts";

const archive = "https://archive.apache.org/dist/zookeeper";

// Long enough for a slow link's handshake, short enough for a person to wait where there is no way out at all.
const probeTimeoutMs = 4_000;

let answering: Promise<boolean> | null = null;

/** True when the archive answers; asked once a process. */
export const archiveAnswers = (): Promise<boolean> => {
  answering ??= fetch(`${archive}/`, { method: "HEAD", signal: AbortSignal.timeout(probeTimeoutMs) }).then(
    (response) => response.ok,
    () => false,
  );
  return answering;
};

/**
 * Downloads a release into `folder`, checks it against the sum that Apache publishes, and writes its `.sha512`.
 * False when the archive has no such release.
 */
export const fetchFromArchive = async (
  release: string,
  folder: string,
  say: (line: string) => void,
): Promise<boolean> => {
  const url = `${archive}/${releaseFolder(release)}/${tarballName(release)}`;
  const published = await publishedSum(url);
  if (published === null) return false;
  const response = await fetch(url);
  if (response.status === 404) return false;
  if (!response.ok || response.body === null) throw new Error(`${url} answers ${response.status}`);
  const megabytes = Math.round(Number(response.headers.get("content-length") ?? 0) / 1_000_000);
  say(`ZooKeeper ${release}: downloading ${megabytes} MB from archive.apache.org`);
  const tarball = join(folder, tarballName(release));
  await pipeline(Readable.fromWeb(response.body), createWriteStream(tarball));
  if ((await hashFile(tarball, published.algorithm)) !== published.sum) {
    throw new Error(`${url} does not have the ${published.algorithm} sum published beside it`);
  }
  await writeSum(release, folder);
  return true;
};

// Releases before 2018-09 were published with older sums only.
const publishedSum = async (url: string): Promise<{ readonly algorithm: string; readonly sum: string } | null> => {
  for (const [algorithm, length] of [
    ["sha512", 128],
    ["sha256", 64],
    ["sha1", 40],
  ] as const) {
    const response = await fetch(`${url}.${algorithm}`, { signal: AbortSignal.timeout(30_000) });
    if (response.status === 404) continue;
    if (!response.ok) throw new Error(`${url}.${algorithm} answers ${response.status}`);
    const sum = parseSum(await response.text(), length);
    if (sum !== null) return { algorithm, sum };
  }
  return null;
};

/**
 * The hexadecimal sum of `length` digits in a sum file, in lower case; null when there is none.
 * Apache wrote these files in several ways over the years: `<sum>  <file>`, and `<file>: AB CD …` over several lines.
 */
export const parseSum = (text: string, length: number): string | null => {
  const plain = new RegExp(`\\b[0-9a-fA-F]{${length}}\\b`).exec(text);
  if (plain !== null) return plain[0].toLowerCase();
  const spaced = text
    .slice(text.indexOf(":") + 1)
    .replace(/\s+/g, "")
    .toLowerCase();
  return new RegExp(`^[0-9a-f]{${length}}$`).test(spaced) ? spaced : null;
};
