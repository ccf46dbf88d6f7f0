// Where a server's client ports are closed, and the firewall's table that does it.
import { expect, test } from "vitest";
import { gateTable, placesOf } from "../../../src/hosts/port-gate.ts";

const at = (address: string | null, port: number, pid: number | null) => ({ address, port, pid });

test("a server's ports are closed at the addresses at which it listens, and nobody else's", () => {
  const listeners = [at("10.0.0.1", 2181, 7), at("10.0.0.2", 2181, 8), at(null, 2281, 7), at("10.0.0.1", 2888, 7)];
  expect(placesOf([2181, 2281], { pid: 7, listeners, told: "zk1" })).toEqual([
    { address: "10.0.0.1", port: 2181 },
    { address: null, port: 2281 },
  ]);
});

test("of a server that does not run the port is closed everywhere, but where somebody else listens there only its own address", () => {
  expect(placesOf([2181], { pid: null, listeners: [], told: "10.0.0.1" })).toEqual([{ address: null, port: 2181 }]);
  const listeners = [at("10.0.0.2", 2181, 8)];
  expect(placesOf([2181], { pid: null, listeners, told: "10.0.0.1" })).toEqual([{ address: "10.0.0.1", port: 2181 }]);
});

test("the table lets zkshift through, counts only while its element lives, and names addresses of both families", () => {
  const places = [
    { address: "10.0.0.1", port: 2181 },
    { address: "fd00::1", port: 2181 },
    { address: null, port: 2281 },
  ];
  const table = gateTable("zkshift-orders-7k2mx-1", { places, through: ["10.0.0.9", "fd00::9"], lifeMs: 30_000 });
  for (const line of [
    "set through4 { type ipv4_addr; elements = { 10.0.0.9 }; }",
    "set through6 { type ipv6_addr; elements = { fd00::9 }; }",
    "set closed4 { type ipv4_addr . inet_service; elements = { 10.0.0.1 . 2181 }; }",
    "set closed6 { type ipv6_addr . inet_service; elements = { fd00::1 . 2181 }; }",
    "set closed { type inet_service; elements = { 2281 }; }",
    "tcp timeout 30s",
    "meta l4proto != @alive return",
  ])
    expect(table).toContain(line);
});
