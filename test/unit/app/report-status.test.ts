// What `/zk status` says is wrong, from what was seen.
import { describe, expect, it } from "vitest";
import { statusOf } from "../../../src/app/report-status.ts";
import type { MemberSeen, Observation } from "../../../src/model/ensemble.ts";
import { ensembleName, hostName, serverId, zxid } from "../../../src/model/ids.ts";
import { release } from "../../../src/model/release.ts";

const serving = (mode: "leader" | "follower", at = 0x100000010n, runs = "3.9.6"): MemberSeen => ({
  status: "serving",
  mode,
  release: release(runs),
  zxid: zxid(at),
  connections: 1,
  outstanding: 0,
  latencyMs: { min: 0, avg: 0, max: 3 },
  monitor: null,
});

const observation = (seen: readonly MemberSeen[]): Observation => {
  const members = seen.map((_, i) => ({
    id: serverId(i + 1),
    role: "participant" as const,
    address: `10.0.0.${i + 1}`,
    quorumPort: 2888,
    electionPort: 3888,
    client: null,
  }));
  return {
    ensemble: ensembleName("orders"),
    seenAt: 1,
    membership: { source: "dynamic", version: "100000000", members },
    servers: members.map((member, i) => ({
      id: member.id,
      host: hostName(`zk${member.id}`),
      client: { host: member.address, port: 2181 },
      member,
      seen: seen[i] ?? { status: "unreachable", error: "no answer" },
      onHost: null,
    })),
  };
};

const wrong = (...seen: readonly MemberSeen[]): readonly string[] => {
  const report = statusOf(observation(seen));
  return report.kind === "seen" ? report.wrong : [];
};

describe("a status", () => {
  it("finds nothing wrong with a whole ensemble", () => {
    expect(wrong(serving("leader"), serving("follower"), serving("follower"))).toEqual([]);
  });

  it("names a server that a move took out and left serving", () => {
    const seen = observation([serving("leader"), serving("follower"), serving("follower")]);
    const strays = [{ id: serverId(9), host: hostName("zk9"), client: { host: "10.0.0.9", port: 2181 } }];
    const report = statusOf({ ...seen, strays });
    expect(report.kind === "seen" && report.wrong).toEqual([
      "server.9 on zk9 serves its clients although it is no member any more: a move took it out and has not retired it.",
    ]);
  });

  it("tells a stopped server from one that looks for a leader and one that does not answer", () => {
    expect(wrong(serving("leader"), serving("follower"), { status: "not-serving", reason: "refused" })).toEqual([
      "server.3 (10.0.0.3:2181) refuses connections: it is stopped, or listens elsewhere.",
      "One more failure would stop the ensemble.",
    ]);
    expect(wrong(serving("leader"), serving("follower"), { status: "not-serving", reason: "looking" })[0]).toContain(
      "looking for a leader",
    );
    expect(wrong(serving("leader"), serving("follower"), { status: "unreachable", error: "time-out" })[0]).toContain(
      "could not be asked: time-out",
    );
  });

  it("says that nobody leads, that a follower lags, and that releases differ", () => {
    const looking: MemberSeen = { status: "not-serving", reason: "looking" };
    expect(wrong(looking, looking, looking)[0]).toBe("No server leads: writes stop until one is elected.");
    expect(
      wrong(serving("leader", 0x200000001n), serving("follower", 0x100000010n), serving("follower", 0x200000001n))[0],
    ).toContain("server.2 is not synced");
    expect(wrong(serving("leader"), serving("follower"), serving("follower", 0x100000010n, "3.8.0"))).toEqual([
      "The servers run different releases: 3.9.6, 3.8.0.",
    ]);
  });
});
