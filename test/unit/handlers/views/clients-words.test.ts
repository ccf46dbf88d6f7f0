import { expect, it } from "vitest";
import { clientsLeft, clientsLines, clientsPerServer } from "../../../../handlers/views/clients-words.ts";
import { sampleClients } from "../../../support/scripted-migration.ts";

it("counts clients over all servers and for each", () => {
  const clients = sampleClients([2, 1204, 0]);
  expect(clientsLeft(clients)).toBe(1206);
  expect(clientsPerServer(clients)).toBe("server.1: 2, server.2: 1,204, server.3: none");
});

it("cuts a long list with a count, and names the servers without clients", () => {
  const lines = clientsLines(sampleClients([50, 1204, 0]));
  expect(lines).toHaveLength(3);
  expect(lines[0]).toMatch(/^\*server\.1\* zk1: 50 connections\n```\n10\.0\.9\.1:51000 .*\nand 32 more\n```$/s);
  expect(lines[1]).toContain("and 1,186 more");
  expect(lines[2]).toBe("No client on server.3.");
});

it("says so where a server tells a number and no names", () => {
  expect(clientsLines([{ server: 1, host: "zk1", connections: [], count: 7 }])).toEqual([
    "*server.1* zk1: 7 connections; it does not tell from where",
  ]);
});
