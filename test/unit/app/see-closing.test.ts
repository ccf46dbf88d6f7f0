// Whose sessions closed ports would cost.
import { expect, test } from "vitest";
import { seeClosing } from "../../../src/app/see-closing.ts";
import { parseInventory } from "../../../src/inventory.ts";
import type { ClientConnection } from "../../../src/model/clients.ts";
import { ensembleName, hostName, serverId } from "../../../src/model/ids.ts";

const YAML = `
hosts: { zk1: { driver: local, address: "fd00::1", root: /zk, data: /zk/data } }
ensembles: { orders: { servers: { 1: zk1 }, channel: "#zookeeper", approvers: { groups: [zk-approvers] } } }
`;

const timeoutsOf = async (connected: readonly ClientConnection[]) => {
  const inventory = parseInventory(YAML, "ensembles.yaml");
  const spec = inventory.ensembles.get(ensembleName("orders"));
  if (spec === undefined) throw new Error("the inventory has no orders");
  const member = {
    id: serverId(1),
    role: "participant" as const,
    address: "fd00::1",
    quorumPort: 2888,
    electionPort: 3888,
    client: null,
  };
  const server = { id: serverId(1), host: hostName("zk1"), client: { host: "fd00::1", port: 2181 }, member };
  const deps = {
    zookeeper: { connections: async () => connected },
    hosts: {
      server: () => ({
        portGate: { look: async () => ({ through: ["fd00::9", "10.0.0.9"], isOwnMachine: false, problem: null }) },
      }),
    },
  } as unknown as Parameters<typeof seeClosing>[2];
  const observation = { servers: [server] } as unknown as Parameters<typeof seeClosing>[3];
  return (await seeClosing(inventory, spec, deps, observation, [])).timeoutsMs;
};

test("zkshift's own sessions cost nothing, over IPv4 and over IPv6", async () => {
  const from = (address: string, timeoutMs: number) => ({ address, session: `0x${timeoutMs}`, since: null, timeoutMs });
  expect(
    await timeoutsOf([
      from("[fd00::9]:51234", 4_000),
      from("10.0.0.9:51234", 5_000),
      from("[fd00::10]:51234", 7_000),
      from("10.0.0.10:51234", 6_000),
    ]),
  ).toEqual([6_000, 7_000]);
});
