import { expect, test } from "vitest";
import { parseInventory } from "../../../src/inventory.ts";
import { ensembleName, hostName, serverId } from "../../../src/model/ids.ts";
import { hostAt, placementOf, placeOn } from "../../../src/model/placement.ts";

const inventory = parseInventory(
  `hosts:
  zk1: { driver: ssh, address: zk1.internal, root: /zk }
  a: { driver: local, address: 127.0.0.1, root: /zk/a, ports: { client: 2181, quorum: 2888, election: 3888, admin: 8080 } }
  b: { driver: local, address: 127.0.0.1, root: /zk/b, ports: { client: 2182, quorum: 2889, election: 3889, admin: 8081 } }
  spare: { driver: local, address: 127.0.0.9, root: /zk/spare }
  c: { driver: local, address: 127.0.0.3, root: /zk/c }
  spare2: { driver: local, address: 127.0.0.3, root: /zk/spare2 }
ensembles:
  orders: { servers: { 1: zk1, 7: a, 8: b }, channel: ops, approvers: { groups: [g] }, ports: { admin: 9000 } }
  trades: { servers: { 1: c }, channel: ops, approvers: { groups: [g] }, ports: { client: 2191, quorum: 2898 } }
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
  expect(placementOf(inventory, ensembleName("nobody"), serverId(1))).toBeNull();
});

const spec = (name: string) => {
  const found = inventory.ensembles.get(ensembleName(name));
  if (found === undefined) throw new Error(`no ensemble ${name}`);
  return found;
};
const found = (ensemble: string, address: string, client: number | null, quorumPort = 2888) =>
  hostAt(inventory, spec(ensemble), { address, quorumPort, client: client === null ? null : { port: client } });

test("a server is placed on any host, with the host's own ports, then its ensemble's, then the usual ones", () => {
  const place = (ensemble: string, name: string) => {
    const host = inventory.hosts.get(hostName(name));
    return host === undefined ? null : placeOn(spec(ensemble), serverId(12), host);
  };
  expect(place("orders", "spare")).toMatchObject({
    ensemble: "orders",
    id: 12,
    host: { name: "spare", ports: { client: 2181, quorum: 2888, election: 3888, admin: 9000 } },
  });
  expect(place("trades", "spare")?.host.ports).toEqual({ client: 2191, quorum: 2898, election: 3888, admin: 8080 });
  expect(place("trades", "a")?.host.ports).toEqual({ client: 2181, quorum: 2888, election: 3888, admin: 8080 });
});

test("a host is found by its address, and by the client port where several share the address", () => {
  expect(found("orders", "zk1.internal", null)?.name).toBe("zk1");
  expect(found("orders", "127.0.0.9", 4711)?.name).toBe("spare");
  expect(found("orders", "127.0.0.1", 2182)?.name).toBe("b");
  expect(found("orders", "127.0.0.1", 4711)).toBeNull();
  expect(found("orders", "nowhere", 2181)).toBeNull();
});

test("a static member names no client port: its quorum port tells which host of an address is meant", () => {
  expect(found("orders", "127.0.0.1", null, 2889)?.name).toBe("b");
  expect(found("orders", "127.0.0.1", null, 4711)).toBeNull();
  // The only one there, whatever its port.
  expect(found("orders", "127.0.0.9", null, 4711)?.name).toBe("spare");
});

test("an unlisted host has the ports of the ensemble that is looked for, a listed one those of its own", () => {
  expect(found("trades", "127.0.0.9", 2191)?.ports).toMatchObject({ client: 2191, quorum: 2898 });
  // c is listed for trades and spare2 for nobody; both share an address.
  expect(found("orders", "127.0.0.3", 2181)?.name).toBe("spare2");
  expect(found("trades", "127.0.0.3", null, 2898)).toBeNull();
  expect(found("orders", "127.0.0.3", null, 2898)?.name).toBe("c");
});
