// Reading a JVM's command line, what java.env gives, and the sections of a script's answer.
import { describe, expect, it } from "vitest";
import { homeOfClassPath, parseGiven, readLaunch, setsDefaultHeap } from "../../../src/hosts/launch.ts";
import { homeOfJar, parseCommandLine } from "../../../src/hosts/process.ts";
import { parseSections } from "../../../src/hosts/script.ts";
import { systemProperty } from "../../../src/model/system-property.ts";

const raw = (...argv: string[]) => argv.map((argument) => `${argument}\0`).join("");

describe("a command line", () => {
  it("is told apart at the main class", () => {
    const line = parseCommandLine(
      raw("/jdk/bin/java", "-Da=b c", "--add-opens", "java.base/x=ALL", "-cp", "/a:/b", "-Xmx1g", "Main", "-Dnot=ours"),
    );
    expect(line).toEqual({
      java: "/jdk/bin/java",
      flags: ["-Da=b c", "--add-opens=java.base/x=ALL", "-Xmx1g"],
      classPath: "/a:/b",
    });
  });

  it("of a process that is gone is nothing", () => {
    expect(parseCommandLine("")).toBeNull();
  });

  it("gives a property, the last where there are several", () => {
    expect(systemProperty(["-Dx=1", "-Dx=2=3", "-Dxy=4"], "x")).toBe("2=3");
    expect(systemProperty([], "x")).toBeNull();
  });
});

describe("the distribution's folder", () => {
  it("is that of ZooKeeper's jar, above lib where there is one", () => {
    expect(homeOfJar("/opt/zk/lib/zookeeper-3.9.6.jar")).toBe("/opt/zk");
    expect(homeOfJar("/opt/zookeeper-3.4.13/zookeeper-3.4.13.jar")).toBe("/opt/zookeeper-3.4.13");
  });

  it("is found in a class path", () => {
    const path =
      "/conf:/opt/zk/bin/../lib/netty.jar:/opt/zk/bin/../lib/zookeeper-jute-3.9.6.jar:/opt/zk/bin/../lib/zookeeper-3.9.6.jar";
    expect(homeOfClassPath(path, "/")).toBe("/opt/zk");
    expect(homeOfClassPath("/conf:/opt/zk/lib/*", "/")).toBe("/opt/zk");
    expect(homeOfClassPath("lib/zookeeper.jar", "/srv/zk")).toBe("/srv/zk");
    expect(homeOfClassPath("/conf:/x.jar", "/")).toBeNull();
  });

  it("says by its jar whether the start script sets a heap", () => {
    expect(setsDefaultHeap("/a:/opt/zookeeper-3.4.13.jar")).toBe(false);
    expect(setsDefaultHeap("/a:/opt/lib/zookeeper-3.5.10.jar")).toBe(true);
  });
});

describe("what java.env gives", () => {
  it("is its flags, and whether it keeps those it finds", () => {
    const given = parseGiven("-Xmx2g -Dzkshift.mark=server\u0001-Dx=1\u0001512\u0001/jdk");
    expect(given).toEqual({
      flags: ["-Xmx2g", "-Dx=1"],
      heapMb: "512",
      keepsServerFlags: true,
      keepsFlags: false,
      javaHome: "/jdk",
    });
  });

  it("is nothing when it cannot be run", () => {
    expect(parseGiven("")).toMatchObject({ flags: [], heapMb: null, keepsServerFlags: false, keepsFlags: false });
  });
});

describe("a kept launch", () => {
  it("knows its log folder in full", () => {
    const kept = readLaunch(
      new Map([
        ["launch", raw("java", "-Dzookeeper.log.dir=logs", "-cp", "/zk/lib/zookeeper-3.8.0.jar", "Main", "zoo.cfg")],
        ["launch-cwd", "/srv/zk\n"],
      ]),
    );
    expect(kept).toMatchObject({ java: "java", logs: "/srv/zk/logs", home: "/zk", cwd: "/srv/zk" });
  });

  it("is absent where nothing was stopped", () => {
    expect(readLaunch(new Map())).toBeNull();
  });
});

describe("an answer", () => {
  it("is parted at its boundary only, each section as printed", () => {
    const sections = parseSections("noise\nB a\none\n\nB\ntwo\nB b\n\nB c\nx\0y", "B");
    expect([...sections]).toEqual([
      ["a", "one\n\nB\ntwo"],
      ["b", ""],
      ["c", "x\0y"],
    ]);
  });
});
