import { describe, expect, it } from "vitest";
import type { Member } from "../../../src/model/ensemble.ts";
import { joinerConfig } from "../../../src/plan/joiner-config.ts";
import { withMembers } from "../../../src/plan/member-lines.ts";
import { sampleMember } from "../../support/sample-ensemble.ts";

const PLACE = { client: "10.0.0.4:2181", dataDir: "/new/data", dataLogDir: null, adminPort: 8080 };
const text = (...lines: readonly string[]): string => ["# by hand", "tickTime=2000", ...lines, ""].join("\n");
const lines = (config: string): readonly string[] => config.split("\n").filter((line) => line !== "");

describe("zoo.cfg of a new server with a dynamic configuration", () => {
  const made = (...had: readonly string[]): readonly string[] =>
    lines(
      joinerConfig({
        text: text(...had),
        member: sampleMember(4),
        place: PLACE,
        changes: [{ key: "autopurge.snapRetainCount", from: null, to: "5" }],
        members: { dynamicFile: "/conf/zoo.cfg.dynamic" },
        hasAdminServer: true,
      }),
    );

  it("keeps comments and settings, and has its own folders and members file", () => {
    expect(made("dataDir=/old/data", "dataLogDir=/old/log", "dynamicConfigFile=/old/zoo.cfg.dynamic.1")).toEqual([
      "# by hand",
      "tickTime=2000",
      "dataDir=/new/data",
      "autopurge.snapRetainCount=5",
      "dynamicConfigFile=/conf/zoo.cfg.dynamic",
    ]);
  });

  it("takes an address of the template's own for its own, and leaves one that is true on every host", () => {
    expect(made("dataDir=/d", "admin.serverAddress=10.0.0.1", "clientPort=2181")).toContain(
      "admin.serverAddress=10.0.0.4",
    );
    expect(made("dataDir=/d", "admin.serverAddress=0.0.0.0")).toContain("admin.serverAddress=0.0.0.0");
    expect(made("dataDir=/d", "admin.serverAddress=127.0.0.1")).toContain("admin.serverAddress=127.0.0.1");
    expect(made("clientPort=2181").some((line) => line.startsWith("clientPort"))).toBe(false);
  });
});

describe("zoo.cfg of a new server with a static configuration", () => {
  const today: readonly Member[] = [1, 2, 3].map((id) => sampleMember(id, { client: null }));
  const self = sampleMember(4, { client: null, role: "observer" });

  it("lists today's members and itself as an observer", () => {
    const config = joinerConfig({
      text: text("dataDir=/d", "clientPort=2181", "clientPortAddress=10.0.0.1", "server.1=10.0.0.1:2888:3888"),
      member: self,
      place: PLACE,
      changes: [],
      members: { list: [...today, self] },
      hasAdminServer: false,
    });
    expect(lines(config)).toEqual([
      "# by hand",
      "tickTime=2000",
      "dataDir=/new/data",
      "clientPort=2181",
      "clientPortAddress=10.0.0.4",
      "peerType=observer",
      "server.1=10.0.0.1:2888:3888",
      "server.2=10.0.0.2:2888:3888",
      "server.3=10.0.0.3:2888:3888",
      "server.4=10.0.0.4:2888:3888:observer",
    ]);
  });

  it("is left letter for letter where it lists them already, whatever their order", () => {
    const had = text("server.2=10.0.0.2:2888:3888", "server.1=10.0.0.1:2888:3888", "server.3=10.0.0.3:2888:3888");
    expect(withMembers(had, today, today[0]?.id ?? self.id)).toBe(had);
    expect(withMembers(had, today.slice(1), self.id)).not.toBe(had);
  });

  it("makes a voter of an observer by taking peerType out", () => {
    const observer = withMembers(text("dataDir=/d"), [...today, self], self.id);
    const voter = withMembers(observer, [...today.slice(1), { ...self, role: "participant" }], self.id);
    expect(lines(voter)).toEqual([
      "# by hand",
      "tickTime=2000",
      "dataDir=/d",
      "server.2=10.0.0.2:2888:3888",
      "server.3=10.0.0.3:2888:3888",
      "server.4=10.0.0.4:2888:3888",
    ]);
  });
});
