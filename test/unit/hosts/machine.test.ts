// Reading what a machine says of itself.
import { describe, expect, it } from "vitest";
import { clockOffsetMs, freeBytes, installedReleases, namesAmong, parseJavaMajor } from "../../../src/hosts/machine.ts";

describe("a machine", () => {
  it("has Java's release number, old and new style", () => {
    expect(parseJavaMajor('"17.0.15"\n')).toBe(17);
    expect(parseJavaMajor('"1.8.0_392"')).toBe(8);
    expect(parseJavaMajor('"21"')).toBe(21);
    expect(parseJavaMajor("")).toBeNull();
  });

  it("has the releases whose folder has the right name, oldest first", () => {
    const names = "apache-zookeeper-3.10.0-bin\napache-zookeeper-3.9.6-bin\napache-zookeeper-x-bin\nzookeeper-3.4.13\n";
    expect(installedReleases(names)).toEqual(["3.9.6", "3.10.0"]);
    expect(installedReleases(undefined)).toEqual([]);
  });

  it("has as much room as its fuller disk", () => {
    const df = `Filesystem 1024-blocks Used Available Capacity Mounted on
/dev/sda1 100 50 50 50% /
/dev/sdb1 100 90 10 90% /log
`;
    expect(freeBytes(df)).toBe(10 * 1024);
    expect(freeBytes("")).toBe(0);
  });

  it("has a clock that the way there and back does not disturb", () => {
    expect(clockOffsetMs({ before: "1500", after: "1600" }, { asked: 1000, answered: 1100 })).toBe(500);
    expect(clockOffsetMs({ before: "1130", after: "1140" }, { asked: 1000, answered: 1270 })).toBe(0);
    expect(clockOffsetMs({ before: undefined, after: "x" }, { asked: 1, answered: 2 })).toBe(0);
  });

  it("is asked to resolve names only, each once", () => {
    expect(namesAmong(["zk1", "10.0.0.1", "::1", "zk1", "a.b"])).toEqual(["zk1", "a.b"]);
  });
});
