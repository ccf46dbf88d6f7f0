// `server.N=` lines in the forms that releases 3.4 to 3.9 write and accept.
import { describe, expect, test } from "vitest";
import { dynamicMembership, formatMember, parseMembers, staticMembership } from "../../../src/model/dynamic-config.ts";
import type { Member } from "../../../src/model/ensemble.ts";
import { serverId } from "../../../src/model/ids.ts";

const member = (id: number, rest: Partial<Member> = {}): Member => ({
  id: serverId(id),
  role: "participant",
  address: "zk1",
  quorumPort: 2888,
  electionPort: 3888,
  client: null,
  ...rest,
});

const CONFIG_ZNODE = `server.1=127.0.0.11:2888:3888:participant;0.0.0.0:2181
server.3=127.0.0.13:2888:3888:participant;0.0.0.0:2181
server.2=127.0.0.12:2888:3888:observer;127.0.0.12:2181
version=10000004a`;

describe("reading members", () => {
  test("the data of /zookeeper/config gives a dynamic membership with its version, ordered by id", () => {
    const membership = dynamicMembership(CONFIG_ZNODE);
    expect(membership?.version).toBe("10000004a");
    expect(membership?.source).toBe("dynamic");
    expect(membership?.members.map((each) => [each.id, each.role, each.client])).toEqual([
      [1, "participant", { address: "0.0.0.0", port: 2181 }],
      [2, "observer", { address: "127.0.0.12", port: 2181 }],
      [3, "participant", { address: "0.0.0.0", port: 2181 }],
    ]);
  });

  test.each<[string, Member]>([
    ["server.1=zk1:2888:3888", member(1)],
    ["server.1=zk1:2888:3888:observer", member(1, { role: "observer" })],
    ["server.1=zk1:2888:3888;2181", member(1, { client: { address: null, port: 2181 } })],
    ["server.1=zk1:2888:3888:PARTICIPANT; 2181", member(1, { client: { address: null, port: 2181 } })],
    [
      "server.7=[2001:db8::1]:2888:3888:observer;[::]:2181",
      member(7, { address: "2001:db8::1", role: "observer", client: { address: "::", port: 2181 } }),
    ],
  ])("%s", (line, expected) => {
    expect(parseMembers(line)).toEqual({ version: null, members: [expected], problems: [] });
  });

  test("of several addresses the first is kept and the others are reported", () => {
    const read = parseMembers("server.1=zk1:2888:3888|zk1-net2:2889:3889;2181");
    expect(read.members).toEqual([member(1, { client: { address: null, port: 2181 } })]);
    expect(read.problems).toEqual([
      "server.1: has 2 addresses; only the first, zk1:2888:3888, is looked at, the others are left as they are",
    ]);
  });

  test.each([
    ["server.1=zk1:2888", "is not host:port:port"],
    ["server.1=zk1:2888:70000", "no two ports"],
    ["server.1=zk1:2888:3888:leader", "neither participant nor observer"],
    ["server.1=zk1:2888:3888;zk1", "is not [address:]port"],
    ["server.1=zk1:2888:3888;2181;2182", 'more than one ";"'],
  ])("%s is reported, not guessed", (line, problem) => {
    const read = parseMembers(line);
    expect(read.members).toEqual([]);
    expect(read.problems.join()).toContain(problem);
  });

  test("weights and groups are no members, and a zoo.cfg has no version", () => {
    const text = "tickTime=2000\nserver.1=zk1:2888:3888\ngroup.1=1:2\nweight.1=2\n";
    expect(staticMembership(text)).toEqual({ source: "static", version: null, members: [member(1)] });
  });

  test("a standalone server has no membership", () => {
    expect(staticMembership("tickTime=2000\nclientPort=2181\n")).toBeNull();
    expect(dynamicMembership("")).toBeNull();
  });
});

describe("writing members", () => {
  test("the dynamic form names the role, the static form only an observer's", () => {
    const client = { address: null, port: 2181 };
    expect(formatMember(member(1, { client }))).toBe("server.1=zk1:2888:3888:participant;2181");
    expect(formatMember(member(1))).toBe("server.1=zk1:2888:3888");
    expect(formatMember(member(1, { role: "observer" }))).toBe("server.1=zk1:2888:3888:observer");
  });
});
