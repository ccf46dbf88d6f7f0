// Directory indexes of web servers, and addresses that are no repository.
import { describe, expect, it } from "vitest";
import { makeReleaseSource, parseIndex } from "../../../src/hosts/release-source.ts";

describe("a directory index", () => {
  it("names its folders, whoever wrote it", () => {
    const apache = `<a href="?C=N;O=D">Name</a><a href="/dist/">Parent</a><a href="zookeeper-3.9.6/">zookeeper-3.9.6/</a>`;
    const nginx = `<a href="../">../</a>\n<a href='zookeeper-3.8.6/'>x</a> <A HREF=./zookeeper-3.4.13/>y</A>`;
    const full = `<a href="https://repo.example/zk/zookeeper-3.5.10/">z</a>`;
    expect(parseIndex(apache)).toContain("zookeeper-3.9.6");
    expect(parseIndex(nginx)).toEqual(["zookeeper-3.8.6", "zookeeper-3.4.13"]);
    expect(parseIndex(full)).toEqual(["zookeeper-3.5.10"]);
    expect(parseIndex("nothing")).toEqual([]);
  });
});

describe("a repository's address", () => {
  it.each(["", "releases", "ftp://example.org/", "/srv/releases"])("is refused: %j", (address) => {
    expect(() => makeReleaseSource(address, 1000)).toThrow(/RELEASES_URL/);
  });

  it("is shown without its password", () => {
    const source = makeReleaseSource("https://user:pa%20ss@repo.example/zk", 1000);
    expect(source.describe("zookeeper-3.9.6/x")).toBe("https://repo.example/zk/zookeeper-3.9.6/x");
  });
});
