// Answers of real servers, as captured, and what zkshift reads from them.
import { describe, expect, test } from "vitest";
import { parseAdminHash, parseHash } from "../../../src/zookeeper/hash.ts";
import { parseMntr, parseMonitor } from "../../../src/zookeeper/mntr.ts";
import { parseServerStats, parseSrvr } from "../../../src/zookeeper/srvr.ts";

const SRVR_3_4_13 = `Zookeeper version: 3.4.13-6--1, built on Sat, 28 Oct 2023 23:16:44 +0200
Latency min/avg/max: 0/1/12
Received: 4
Sent: 3
Connections: 7
Outstanding: 2
Zxid: 0x1000004af
Mode: leader
Node count: 4
Proposal sizes last/min/max: -1/-1/-1
`;

const SRVR_3_9_6 = `Zookeeper version: 3.9.6-\${mvngit.commit.id}, built on 2026-10-16 16:58 UTC
Latency min/avg/max: 0/0.4545/5
Received: 4
Sent: 3
Connections: 1
Outstanding: 0
Zxid: 0x0
Mode: follower
Node count: 5
`;

const SERVER_STATS_3_9_6 = `{
  "version" : "3.9.6-\${mvngit.commit.id}, built on 2026-10-16 16:58 UTC",
  "read_only" : false,
  "server_stats" : {
    "packets_sent" : 8,
    "client_response_stats" : {
      "last_buffer_size" : -1
    },
    "server_state" : "follower",
    "outstanding_requests" : 3,
    "min_latency" : 0,
    "avg_latency" : 0.4545,
    "max_latency" : 5,
    "last_processed_zxid" : 9223372036854775806,
    "num_alive_client_connections" : 2,
    "uptime" : 43620
  },
  "node_count" : 5,
  "command" : "server_stats",
  "error" : null
}`;

const NOT_SERVING = "This ZooKeeper instance is not currently serving requests\n";

describe("srvr", () => {
  test("of 3.4.13", () => {
    expect(parseSrvr(SRVR_3_4_13)).toEqual({
      status: "serving",
      mode: "leader",
      release: "3.4.13",
      zxid: 0x1000004afn,
      connections: 7,
      outstanding: 2,
      latencyMs: { min: 0, avg: 1, max: 12 },
      monitor: null,
    });
  });

  test("of 3.9.6, with fractions of a millisecond and an unfinished release string", () => {
    expect(parseSrvr(SRVR_3_9_6)).toMatchObject({
      status: "serving",
      mode: "follower",
      release: "3.9.6",
      zxid: 0n,
      latencyMs: { min: 0, avg: 0.4545, max: 5 },
    });
  });

  test("the AdminServer's server_stats says the same, with every digit of the zxid", () => {
    expect(parseServerStats(SERVER_STATS_3_9_6)).toEqual({
      status: "serving",
      mode: "follower",
      release: "3.9.6",
      zxid: 9223372036854775806n,
      connections: 2,
      outstanding: 3,
      latencyMs: { min: 0, avg: 0.4545, max: 5 },
      monitor: null,
    });
  });

  test("a server without quorum is looking, also in read-only mode", () => {
    const looking = { status: "not-serving", reason: "looking" };
    expect(parseSrvr(NOT_SERVING)).toEqual(looking);
    expect(parseServerStats(`{ "error" : "${NOT_SERVING.trim()}" }`)).toEqual(looking);
    expect(parseSrvr(SRVR_3_9_6.replace("follower", "read-only"))).toEqual(looking);
  });

  test.each(["", "HTTP/1.1 400 Bad Request\r\n\r\n", "Mode: leader\n", SRVR_3_9_6.replace("follower", "king")])(
    "what is no answer of a ZooKeeper server is unreachable: %j",
    (answer) => {
      expect(parseSrvr(answer).status).toBe("unreachable");
    },
  );
});

describe("mntr", () => {
  test("of a 3.4.13 leader, which calls its learners followers", () => {
    const answer =
      "zk_version\t3.4.13-6--1, built on Sat, 28 Oct 2023 23:16:44 +0200\nzk_server_state\tleader\n" +
      "zk_znode_count\t4\nzk_ephemerals_count\t1\nzk_followers\t2\nzk_synced_followers\t2\nzk_pending_syncs\t0\n";
    expect(parseMntr(answer)).toEqual({
      syncedFollowers: 2,
      learners: 2,
      znodes: 4,
      ephemerals: 1,
      sessions: null,
      digestMismatches: null,
      maxBuffer: null,
    });
  });

  test("of a 3.9.6 leader, and its AdminServer's monitor", () => {
    const values = [
      ["peer_state", '"leading - broadcast"', "leading - broadcast"],
      ["ephemerals_count", 0],
      ["znode_count", 100103],
      ["global_sessions", 12],
      ["max_proposal_size", -1],
      ["synced_followers", 2],
      ["synced_non_voting_followers", 1],
      ["learners", 3],
      ["digest_mismatches_count", 303],
    ];
    const expected = {
      // Two are synced; one of them is no member, and so counts for no quorum.
      syncedFollowers: 1,
      learners: 3,
      znodes: 100103,
      ephemerals: 0,
      sessions: 12,
      digestMismatches: 303,
      maxBuffer: null,
    };
    expect(parseMntr(values.map(([name, json, plain]) => `zk_${name}\t${plain ?? json}\n`).join(""))).toEqual(expected);
    expect(parseMonitor(`{\n${values.map(([name, json]) => `  "${name}" : ${json}`).join(",\n")}\n}`)).toEqual(
      expected,
    );
  });

  test("a server that does not serve tells nothing", () => {
    expect(parseMntr(NOT_SERVING)).toBeNull();
    expect(parseMonitor(`{ "error" : "${NOT_SERVING.trim()}" }`)).toBeNull();
  });
});

describe("hash", () => {
  test("the word and the AdminServer give the same digests", () => {
    const expected = new Map([
      [0x100000080n, "276181303312"],
      [0x100000100n, "9007199254740993"],
    ]);
    expect(parseHash("100000080: 276181303312\n100000100: 9007199254740993\n")).toEqual(expected);
    expect(
      parseAdminHash(`{
  "digests" : [ {
    "zxid" : 4294967424,
    "digestVersion" : 2,
    "digest" : 276181303312
  }, {
    "zxid" : 4294967552,
    "digestVersion" : 2,
    "digest" : 9007199254740993
  } ],
  "command" : "hash",
  "error" : null
}`),
    ).toEqual(expected);
  });

  test("no digests yet is an empty map", () => {
    expect(parseHash("")).toEqual(new Map());
    expect(parseAdminHash('{\n  "digests" : [ ],\n  "command" : "hash",\n  "error" : null\n}')).toEqual(new Map());
  });
});
