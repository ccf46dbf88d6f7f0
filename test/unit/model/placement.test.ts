import { expect, test } from "vitest";
import { parseInventory } from "../../../src/inventory.ts";
import { ensembleName, serverId } from "../../../src/model/ids.ts";
import { hostAt, placementOf } from "../../../src/model/placement.ts";

const inventory = parseInventory(
  `hosts:
  zk1: { driver: ssh, address: zk1.internal, root: /zk }
  a: { driver: local, address: 127.0.0.1, root: /zk/a, ports: { client: 2181, quorum: 2888, election: 3888, admin: 8080 } }
  b: { driver: local, address: 127.0.0.1, root: /zk/b, ports: { client: 2182, quorum: 2889, election: 3889, admin: 8081 } }
  spare: { driver: local, address: 127.0.0.9, root: /zk/spare }
ensembles:
  orders: { servers: { 1: zk1, 7: a, 8: b }, channel: ops, approvers: { groups: [g] }, ports: { admin: 9000 } }
`,
  "ensembles.yaml",
);
const orders = ensembleName("orders");

test("a server is placed on the host that the inventory names", () => {
  expect(placementOf(inventory, orders, serverId(1))).toMatchObject({
    ensemble: "orders",
    id: 1,
    host: { name: "zk1", ports: { client: 2181, admin: 9000 } },
  });
});

test("a server or an ensemble that the inventory does not name has no place", () => {
  expect(placementOf(inventory, orders, serverId(2))).toBeNull();
  expect(placementOf(inventory, ensembleName("trades"), serverId(1))).toBeNull();
});

test("a host is found by its address, and by the client port where several share the address", () => {
  expect(hostAt(inventory, "zk1.internal", null)?.name).toBe("zk1");
  expect(hostAt(inventory, "127.0.0.9", 4711)?.name).toBe("spare");
  expect(hostAt(inventory, "127.0.0.1", 2182)?.name).toBe("b");
  expect(hostAt(inventory, "127.0.0.1", null)).toBeNull();
  expect(hostAt(inventory, "127.0.0.1", 4711)).toBeNull();
  expect(hostAt(inventory, "nowhere", 2181)).toBeNull();
});
