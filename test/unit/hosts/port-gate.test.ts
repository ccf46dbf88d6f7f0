// Where a server's client ports are closed, and the firewall's table that does it.
import { expect, test } from "vitest";
import { gateTable, placesOf } from "../../../src/hosts/port-gate.ts";

const at = (address: string | null, port: number, pid: number | null) => ({ address, port, pid });

const ALONE = { told: ["10.0.0.1"], answers: true };
const everywhere = (port: number) => ({ address: null, port });

test("a server's ports are closed at the addresses at which it listens, and nobody else's", () => {
  const listeners = [at("10.0.0.1", 2181, 7), at("10.0.0.2", 2181, 8), at(null, 2281, 7), at("10.0.0.1", 2888, 7)];
  expect(placesOf([2181, 2281], { ...ALONE, pid: 7, listeners })).toEqual([
    { address: "10.0.0.1", port: 2181 },
    { address: null, port: 2281 },
  ]);
});

test("of a server that does not run the port is closed everywhere, but where somebody else listens there only its own address", () => {
  const stopped = { ...ALONE, pid: null, answers: false };
  expect(placesOf([2181], { ...stopped, listeners: [] })).toEqual([everywhere(2181)]);
  const own = [{ address: "10.0.0.1", port: 2181 }];
  expect(placesOf([2181], { ...stopped, listeners: [at("10.0.0.2", 2181, 8)] })).toEqual(own);
  // Whoever they are, another user's too.
  expect(placesOf([2181], { ...stopped, listeners: [at("10.0.0.2", 2181, null)] })).toEqual(own);
  // Of a name with both kinds of address.
  const told = ["10.0.0.1", "fd00::1"];
  expect(placesOf([2181], { ...stopped, told, listeners: [at("fd00::2", 2181, 8)] })).toEqual([
    ...own,
    { address: "fd00::1", port: 2181 },
  ]);
});

test("a port that is another server's at that very address stays open: here a TLS port that only other servers of the ensemble have", () => {
  for (const address of [null, "10.0.0.1"])
    for (const pid of [8, null]) {
      const listeners = [at("10.0.0.1", 2181, 7), at(address, 2281, pid)];
      expect(placesOf([2181, 2281], { ...ALONE, pid: 7, listeners })).toEqual([{ address: "10.0.0.1", port: 2181 }]);
    }
  const v6 = { told: ["fd00:0:0::1"], pid: 7, answers: true };
  expect(placesOf([2281], { ...v6, listeners: [at("fd00::1", 2181, 7), at("fd00::1", 2281, 8)] })).toEqual([]);
});

test("of a server whose sockets are another user's, or in a container, every address is closed where it listens at every address", () => {
  for (const pid of [7, null]) {
    expect(placesOf([2181], { ...ALONE, pid, listeners: [at(null, 2181, null)] })).toEqual([everywhere(2181)]);
    const both = [at("10.0.0.1", 2181, null), at("10.0.0.2", 2181, null)];
    expect(placesOf([2181], { ...ALONE, pid, listeners: both })).toEqual([{ address: "10.0.0.1", port: 2181 }]);
  }
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
