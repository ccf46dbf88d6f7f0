import { cp, mkdtemp, open, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { holdsRelease } from "../../sandbox/releases/pack.ts";
import { ensureReleases } from "../../sandbox/releases.ts";
import { runCommand } from "../../sandbox/run-command.ts";

const releases = ["3.4.13", "3.8.0", "3.9.6"];

it("keeps releases in the layout of Apache's archive, and finds them again without doing anything", async () => {
  const { url, files } = await ensureReleases(releases, () => undefined);
  const said: string[] = [];
  expect(await ensureReleases(releases, (line) => said.push(line))).toEqual({
    url,
    directory: fileURLToPath(url),
    files,
  });
  expect(said).toEqual([]);
  expect(files.get("3.9.6")).toBe(join(fileURLToPath(url), "zookeeper-3.9.6/apache-zookeeper-3.9.6-bin.tar.gz"));
  expect(files.get("3.4.13")).toBe(join(fileURLToPath(url), "zookeeper-3.4.13/zookeeper-3.4.13.tar.gz"));
  expect(await readFile(`${files.get("3.9.6")}.sha512`, "utf8")).toMatch(
    /^[0-9a-f]{128} {2}apache-zookeeper-3\.9\.6-bin\.tar\.gz\n$/,
  );
});

it("packs what a server needs, in one directory", async () => {
  const { files } = await ensureReleases(releases, () => undefined);
  for (const [release, file] of files) {
    const top = release === "3.4.13" ? "zookeeper-3.4.13" : `apache-zookeeper-${release}-bin`;
    const entries = (await runCommand("tar", ["-tzf", file])).trim().split("\n");
    expect(entries.filter((entry) => !entry.startsWith(`${top}/`))).toEqual([]);
    for (const wanted of ["bin/zkServer.sh", "bin/zkEnv.sh", "bin/zkCli.sh", "conf/zoo_sample.cfg"]) {
      expect(entries).toContain(`${top}/${wanted}`);
    }
    const jar = release === "3.4.13" ? `zookeeper-${release}.jar` : `lib/zookeeper-${release}.jar`;
    expect(entries).toContain(`${top}/${jar}`);
    expect(entries.some((entry) => /conf\/(log4j\.properties|logback\.xml)$/.test(entry))).toBe(true);
  }
});

it("notices a tarball that is not what its sum says", async () => {
  const { directory } = await ensureReleases(["3.4.13"], () => undefined);
  const folder = await mkdtemp(join(tmpdir(), "zkshift-release-"));
  try {
    await cp(join(directory, "zookeeper-3.4.13"), folder, { recursive: true });
    expect(await holdsRelease("3.4.13", folder)).toBe(true);
    const file = await open(join(folder, "zookeeper-3.4.13.tar.gz"), "r+");
    await file.write("x", 1000);
    await file.close();
    expect(await holdsRelease("3.4.13", folder)).toBe(false);
    expect(await holdsRelease("3.8.0", folder)).toBe(false);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});

it("says what to do about a release that is not to be had", async () => {
  await expect(ensureReleases(["3.0.0"], () => undefined)).rejects.toThrow(
    /ZooKeeper 3\.0\.0 cannot be had: .*Put zookeeper-3\.0\.0\.tar\.gz and its \.sha512 into /,
  );
});
