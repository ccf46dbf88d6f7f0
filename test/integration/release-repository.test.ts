// Releases from a folder and from a web server, right ones and wrong ones.
import { createHash } from "node:crypto";
import { mkdir, mkdtemp, readdir, readFile, rm, stat, utimes, writeFile } from "node:fs/promises";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ensureReleases } from "../../sandbox/releases.ts";
import { makeReleaseRepository } from "../../src/hosts/release-repository.ts";
import { type Release, release } from "../../src/model/release.ts";
import { failureOf } from "../support/failure-of.ts";

let dir: string;
let folder: string;
let cacheDir: string;
let servers: Server[] = [];

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "zkshift-repository-"));
  folder = join(dir, "repository");
  cacheDir = join(dir, "cache");
});
afterEach(async () => {
  for (const server of servers) {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
  servers = [];
  await rm(dir, { recursive: true, force: true });
});

const sumOf = (content: Buffer): string => createHash("sha512").update(content).digest("hex");

/** Puts a release into the folder: its content is only bytes, which is all a repository knows of it. */
const offer = async (of: string, sum?: string, name = `apache-zookeeper-${of}-bin.tar.gz`): Promise<Buffer> => {
  const content = Buffer.from(`release ${of} `.repeat(50_000));
  await mkdir(join(folder, `zookeeper-${of}`), { recursive: true });
  await writeFile(join(folder, `zookeeper-${of}`, name), content);
  await writeFile(join(folder, `zookeeper-${of}`, `${name}.sha512`), sum ?? `${sumOf(content)}  ${name}\n`);
  return content;
};

const listen = async (answer: (request: IncomingMessage, response: ServerResponse) => void): Promise<string> => {
  const server = createServer(answer);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
};

/** The folder as a web server would offer it, below /dist. Counts requests by path. */
const serveFolder = async (counts = new Map<string, number>()): Promise<string> => {
  const base = await listen(async (request, response) => {
    const path = decodeURIComponent((request.url ?? "").replace(/^\/dist\//, ""));
    counts.set(path, (counts.get(path) ?? 0) + 1);
    try {
      if (path === "") {
        const links = (await readdir(folder)).map((name) => `<a href="${name}/">${name}/</a>`);
        response.end(`<html><a href="../">up</a>${links.join("\n")}</html>`);
        return;
      }
      response.end(await readFile(join(folder, path)));
    } catch {
      response.writeHead(404).end("<html>not here</html>");
    }
  });
  return `${base}/dist`;
};

const urls: readonly [string, () => Promise<string>][] = [
  ["a folder", async () => pathToFileURL(folder).href],
  ["a web server", () => serveFolder()],
];

describe.each(urls)("a repository in %s", (_, urlOf) => {
  it("lists its releases, newest first", async () => {
    for (const of of ["3.9.6", "3.10.0", "3.8.0"]) await offer(of);
    await mkdir(join(folder, "stable"));
    await mkdir(join(folder, "zookeeper-3.5.4-beta"));
    const repository = makeReleaseRepository({ url: await urlOf(), cacheDir });
    expect(await repository.list()).toEqual(["3.10.0", "3.9.6", "3.8.0"]);
  });

  it("gives a verified file, from the cache the second time", async () => {
    const content = await offer("3.9.6");
    const repository = makeReleaseRepository({ url: await urlOf(), cacheDir });
    const first = await repository.fetch(release("3.9.6"));
    expect(first).toMatchObject({ release: "3.9.6", sha512: sumOf(content), bytes: content.length });
    expect(await readFile(first.file)).toEqual(content);
    await rm(folder, { recursive: true });
    expect(await repository.fetch(release("3.9.6"))).toEqual(first);
    expect(await makeReleaseRepository({ url: "https://unused.invalid/", cacheDir }).fetch(release("3.9.6"))).toEqual(
      first,
    );
  });

  it("finds 3.4's archive under its own name", async () => {
    await offer("3.4.13", undefined, "zookeeper-3.4.13.tar.gz");
    const { file } = await makeReleaseRepository({ url: await urlOf(), cacheDir }).fetch(release("3.4.13"));
    expect(file).toMatch(/zookeeper-3\.4\.13\.tar\.gz$/);
  });

  it("refuses a file with a wrong sum and keeps nothing of it", async () => {
    await offer("3.9.6", `${"0".repeat(128)}  apache-zookeeper-3.9.6-bin.tar.gz\n`);
    const error = await failureOf(makeReleaseRepository({ url: await urlOf(), cacheDir }).fetch(release("3.9.6")));
    expect([error.kind, error.code]).toEqual(["refused", "WRONG_SUM"]);
    expect(error.message).toMatch(/zookeeper-3\.9\.6\/apache-zookeeper-3\.9\.6-bin\.tar\.gz/);
    expect(await readdir(cacheDir)).toEqual([]);
    // Once it is repaired, it works.
    await offer("3.9.6");
    expect((await makeReleaseRepository({ url: await urlOf(), cacheDir }).fetch(release("3.9.6"))).release).toBe(
      "3.9.6",
    );
  });

  it("refuses a sum file without a sum", async () => {
    await offer("3.9.6", "<html>moved</html>");
    const error = await failureOf(makeReleaseRepository({ url: await urlOf(), cacheDir }).fetch(release("3.9.6")));
    expect([error.kind, error.code]).toEqual(["refused", "BAD_SUM_FILE"]);
  });

  it("says that it has no such release, or no archive of it", async () => {
    await offer("3.9.6");
    await rm(join(folder, "zookeeper-3.9.6/apache-zookeeper-3.9.6-bin.tar.gz"));
    const repository = makeReleaseRepository({ url: await urlOf(), cacheDir });
    for (const of of ["3.9.6", "3.7.2"]) {
      const error = await failureOf(repository.fetch(release(of)));
      expect([error.kind, error.code]).toEqual(["input", "NO_SUCH_RELEASE"]);
      expect(error.message).toContain(of);
    }
  });

  it("downloads again what was damaged in the cache", async () => {
    const content = await offer("3.9.6");
    const repository = makeReleaseRepository({ url: await urlOf(), cacheDir });
    const { file } = await repository.fetch(release("3.9.6"));
    await writeFile(file, "damaged");
    expect((await repository.fetch(release("3.9.6"))).bytes).toBe(content.length);
    expect(await readFile(file)).toEqual(content);
  });

  it("clears away what an earlier download left, but not one that may be under way", async () => {
    await offer("3.9.6");
    await mkdir(cacheDir);
    const [old, young] = [join(cacheDir, "x.0000.part"), join(cacheDir, "y.0000.part")];
    await writeFile(old, "half");
    await writeFile(young, "half");
    await utimes(old, new Date(0), new Date(0));
    await makeReleaseRepository({ url: await urlOf(), cacheDir }).fetch(release("3.9.6"));
    await expect(stat(old)).rejects.toThrow();
    expect((await stat(young)).size).toBe(4);
  });
});

describe("a repository", () => {
  it("is asked once when several want the same release at once", async () => {
    await offer("3.9.6");
    const counts = new Map<string, number>();
    const repository = makeReleaseRepository({ url: await serveFolder(counts), cacheDir });
    const wanted = await Promise.all([1, 2, 3].map(() => repository.fetch(release("3.9.6"))));
    expect(new Set(wanted.map(({ file }) => file)).size).toBe(1);
    expect(counts.get("zookeeper-3.9.6/apache-zookeeper-3.9.6-bin.tar.gz")).toBe(1);
  });

  it("that cuts a download short is unreachable, and nothing of it is kept", async () => {
    const base = await listen((request, response) => {
      if (request.url?.endsWith(".sha512")) response.end(`${"a".repeat(128)}\n`);
      else {
        response.writeHead(200, { "content-length": "1000000" });
        response.write("half", () => response.destroy());
      }
    });
    const error = await failureOf(makeReleaseRepository({ url: base, cacheDir }).fetch(release("3.9.6")));
    expect([error.kind, error.code]).toEqual(["transient", "REPOSITORY_UNREACHABLE"]);
    expect(error.message).toContain(base);
    expect(await readdir(cacheDir)).toEqual([]);
  });

  it("that falls silent is given up", async () => {
    const base = await listen((request, response) => {
      if (request.url?.endsWith(".sha512")) response.end(`${"a".repeat(128)}\n`);
      else response.write("and then nothing");
    });
    const repository = makeReleaseRepository({ url: base, cacheDir, silenceMs: 300 });
    const error = await failureOf(repository.fetch(release("3.9.6")));
    expect([error.kind, error.code]).toEqual(["transient", "REPOSITORY_UNREACHABLE"]);
    expect(error.message).toMatch(/no answer for/);
  });

  it("that fails is unreachable, with its address and its answer", async () => {
    const base = await listen((_request, response) => response.writeHead(503).end());
    const repository = makeReleaseRepository({ url: base, cacheDir });
    for (const call of [() => repository.list(), () => repository.fetch(release("3.9.6"))]) {
      const error = await failureOf(call());
      expect(error.kind).toBe("transient");
      expect(error.message).toMatch(/127\.0\.0\.1.* 503/);
    }
    const nobody = makeReleaseRepository({ url: "http://127.0.0.1:1/", cacheDir });
    expect((await failureOf(nobody.list())).message).toMatch(/ECONNREFUSED|refused|bad port/i);
  });

  it("that is not there is a matter of configuration", async () => {
    const absent = makeReleaseRepository({ url: pathToFileURL(join(dir, "absent")).href, cacheDir });
    const error = await failureOf(absent.list());
    expect([error.kind, error.code]).toEqual(["input", "NO_REPOSITORY"]);
    expect(error.message).toContain(join(dir, "absent"));
  });

  it("gets name and password, and shows neither", async () => {
    const seen: (string | undefined)[] = [];
    const base = await listen((request, response) => {
      seen.push(request.headers.authorization);
      response.writeHead(401).end();
    });
    const url = base.replace("http://", "http://deploy:pa%3Ass@");
    const error = await failureOf(makeReleaseRepository({ url, cacheDir }).fetch(release("3.9.6")));
    expect(seen[0]).toBe(`Basic ${Buffer.from("deploy:pa:ss").toString("base64")}`);
    expect(JSON.stringify(error.failure)).not.toMatch(/pa:ss|pa%3Ass/);
  });

  it("whose cache cannot be written says so", async () => {
    await offer("3.9.6");
    await writeFile(cacheDir, "a file where the folder should be");
    const repository = makeReleaseRepository({ url: pathToFileURL(folder).href, cacheDir });
    const error = await failureOf(repository.fetch(release("3.9.6")));
    expect(error.kind).toBe("transient");
    expect(error.message).toContain(cacheDir);
  });

  it("gives the sandbox's real releases", async () => {
    const { url } = await ensureReleases(["3.8.0"], () => undefined);
    const repository = makeReleaseRepository({ url, cacheDir });
    expect(await repository.list()).toContain("3.8.0" as Release);
    expect((await repository.fetch(release("3.8.0"))).bytes).toBeGreaterThan(1_000_000);
  });
});
