// Packs a distribution and puts its SHA-512 beside it, as Apache publishes them; and checks such a pair.
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { runCommand } from "../run-command.ts";
import { distributionName, tarballName } from "./naming.ts";

/** Packs `<staging>/<distribution name>/` into `<folder>/<tarball>` with its `.sha512`. */
export const packRelease = async (release: string, staging: string, folder: string): Promise<void> => {
  const tarball = join(folder, tarballName(release));
  const owner = ["--owner=0", "--group=0", "--numeric-owner", "--sort=name"];
  await runCommand("tar", [...owner, "-C", staging, "-czf", tarball, distributionName(release)]);
  await writeSum(release, folder);
};

/** Writes the `.sha512` of a release's tarball in `folder`. */
export const writeSum = async (release: string, folder: string): Promise<void> => {
  const name = tarballName(release);
  const sum = await hashFile(join(folder, name), "sha512");
  await writeFile(join(folder, `${name}.sha512`), `${sum}  ${name}\n`);
};

/** True when the folder holds the release's tarball and it has the sum that is written beside it. */
export const holdsRelease = async (release: string, folder: string): Promise<boolean> => {
  const tarball = join(folder, tarballName(release));
  try {
    const expected = (await readFile(`${tarball}.sha512`, "utf8")).trim().split(/\s+/)[0];
    return expected === (await hashFile(tarball, "sha512"));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return false;
    throw error;
  }
};

/** A file's hash in hexadecimal. */
export const hashFile = async (path: string, algorithm: string): Promise<string> => {
  const hash = createHash(algorithm);
  await pipeline(createReadStream(path), hash);
  return hash.digest("hex");
};
