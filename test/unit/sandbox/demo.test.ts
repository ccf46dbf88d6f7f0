import { describe, expect, it } from "vitest";
import { idsIn } from "../../../sandbox/demo/members-on.ts";
import { isSceneName, sceneOf, sparesOf } from "../../../sandbox/demo/scenes.ts";
import { hostLayout, type SandboxServer } from "../../../sandbox/ensemble/server.ts";

const server = (id: number): SandboxServer => ({
  ...hostLayout(`/hosts/zk${id}`, "3.8.0"),
  id,
  host: `zk${id}`,
  address: `127.0.1.${id}`,
  clientPort: 2181,
  configFile: `/hosts/zk${id}/conf/zoo.cfg`,
});

const ensemble = { name: "orders", servers: [1, 2, 3].map(server), spares: [4, 5, 6].map(server) };
const releases = { from: "3.8.0", to: "3.9.6" };

describe("scenes of the demo", () => {
  it("an upgrade stays where it is", () => {
    const scene = sceneOf("upgrade", ensemble, releases);
    expect(scene).toMatchObject({ command: "/zk upgrade orders 3.9.6", release: "3.9.6", gone: [] });
    expect(scene.servers.map(({ id }) => id)).toEqual([1, 2, 3]);
    expect(sparesOf("upgrade")).toBe(0);
  });

  it("a migration leaves the old servers, on the release there is or on another", () => {
    const moved = sceneOf("migrate", ensemble, releases);
    expect(moved).toMatchObject({ command: "/zk migrate orders to zk4,zk5,zk6", release: "3.8.0" });
    expect(moved.servers.map(({ id }) => id)).toEqual([4, 5, 6]);
    expect(moved.gone.map(({ id }) => id)).toEqual([1, 2, 3]);
    const both = sceneOf("migrate+upgrade", ensemble, releases);
    expect(both).toMatchObject({ command: "/zk migrate orders to zk4,zk5,zk6 release 3.9.6", release: "3.9.6" });
  });

  it("knows its scenes by name", () => {
    expect(["upgrade", "migrate", "migrate+upgrade", "downgrade"].map(isSceneName)).toEqual([true, true, true, false]);
  });
});

describe("members that a text lists", () => {
  it("of a configuration znode, in the order of their ids", () => {
    expect(idsIn("server.10=a:1:2:participant;a:3\nserver.4=b:1:2:observer;b:3\nversion=100000000")).toEqual([4, 10]);
  });

  it("of a zoo.cfg, comments and other settings aside", () => {
    expect(idsIn("dataDir=/data\n# server.1=old\n server.4 = b:1:2\nserver.5=c:1:2\n")).toEqual([4, 5]);
  });
});
