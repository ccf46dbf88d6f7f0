import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, expect, it } from "vitest";
import { serverId } from "../../../src/model/ids.ts";
import { askOwnAdminServer } from "../../../src/zookeeper/admin-server.ts";

let server: Server | null = null;

const adminServerOf = async (id: number): Promise<number> => {
  server = createServer((request, response) => {
    const answers: Readonly<Record<string, unknown>> = {
      "/commands/configuration": { client_port: 2181, server_id: id, command: "configuration", error: null },
      "/commands/monitor": { server_state: "leader", error: null },
    };
    response.end(JSON.stringify(answers[request.url ?? ""] ?? { error: "unknown" }, null, 2));
  });
  await new Promise<void>((done) => server?.listen(0, "127.0.0.1", done));
  return (server.address() as AddressInfo).port;
};

afterEach(() => {
  server?.close();
});

it("believes the AdminServer of the server that is meant", async () => {
  const port = await adminServerOf(2);
  expect(
    await askOwnAdminServer({ host: "127.0.0.1", port, of: { id: serverId(2), clientPort: 2181 } }, "monitor", 2_000),
  ).toContain("leader");
});

it("does not take another server's answer, though it listens where this one's AdminServer should", async () => {
  const port = await adminServerOf(2);
  await expect(
    askOwnAdminServer({ host: "127.0.0.1", port, of: { id: serverId(1), clientPort: 2181 } }, "monitor", 2_000),
  ).rejects.toMatchObject({
    code: "NOT_ITS_OWN",
    message: expect.stringContaining("is not that of server.1 with client port 2181, but of server.2 with 2181"),
  });
});

it("does not take the answer of the server with the same id of another ensemble", async () => {
  const port = await adminServerOf(2);
  const admin = { host: "127.0.0.1", port, of: { id: serverId(2), clientPort: 2182 } };
  await expect(askOwnAdminServer(admin, "monitor", 2_000)).rejects.toMatchObject({ code: "NOT_ITS_OWN" });
});

it("takes anybody's answer where no id is given", async () => {
  const port = await adminServerOf(0);
  expect(await askOwnAdminServer({ host: "127.0.0.1", port }, "monitor", 2_000)).toContain("leader");
});
