import { describe, expect, it } from "vitest";
import { parseSrvr } from "../../../sandbox/four-letter-words.ts";
import { parseJavaFeature } from "../../../sandbox/prerequisites.ts";
import { parseSum } from "../../../sandbox/releases/apache-archive.ts";
import { longestGap } from "../../../sandbox/writer.ts";

describe("what the sandbox reads from others", () => {
  it("finds Java's feature release in old and new numbering", () => {
    expect(parseJavaFeature('openjdk version "17.0.15" 2025-04-15')).toBe(17);
    expect(parseJavaFeature('java version "1.8.0_392"')).toBe(8);
    expect(parseJavaFeature("command not found")).toBeNull();
  });

  it("finds the sum in each of the ways Apache has written it", () => {
    const sum = "0123456789abcdef0123456789abcdef01234567";
    expect(parseSum(`${sum}  zookeeper-3.4.13.tar.gz\n`, 40)).toBe(sum);
    expect(parseSum(`zookeeper-3.4.13.tar.gz: ${sum.toUpperCase().replace(/(.{20})/g, "$1\n  ")}`, 40)).toBe(sum);
    expect(parseSum("<html>not found</html>", 40)).toBeNull();
  });

  it("reads mode, release and zxid of a serving server only", () => {
    const answer =
      "Zookeeper version: 3.9.6-$" + "{mvngit.commit.id}, built on 2026-01-01\nZxid: 0x10000000a\nMode: follower\n";
    expect(parseSrvr(answer)).toEqual({ mode: "follower", release: "3.9.6", zxid: "0x10000000a" });
    expect(parseSrvr("This ZooKeeper instance is not currently serving requests\n")).toBeNull();
  });

  it("measures the longest gap that touches a span of time", () => {
    const times = [0, 10, 50, 60, 160];
    expect(longestGap(times, 0, 1_000)).toBe(100);
    expect(longestGap(times, 20, 40)).toBe(40);
    expect(longestGap(times, 0, 5)).toBe(10);
    expect(longestGap([0], 0, 5)).toBe(0);
  });
});
