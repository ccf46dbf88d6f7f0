// A client that is connected by TLS, to a real server: it is told among the others, and its port is among those that a pause closes.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect, type TLSSocket } from "node:tls";
import { afterEach, describe, expect, it } from "vitest";
import { startEnsemble } from "../../sandbox/ensemble.ts";
import { findFreePort } from "../../sandbox/free-port.ts";
import { runCommand } from "../../sandbox/run-command.ts";
import { makeHosts } from "../../src/hosts/hosts.ts";
import { makeLocalTransport } from "../../src/hosts/local.ts";
import { makeZooKeeper } from "../../src/zookeeper/zookeeper.ts";
import { eventually } from "../support/eventually.ts";
import { placementOf } from "../support/placement-of.ts";

/** A session by TLS, asked for by hand: the client library knows none. Answers when it was given. */
const openByTls = async (host: string, port: number): Promise<TLSSocket> => {
  const request = Buffer.alloc(4 + 44);
  request.writeInt32BE(44, 0);
  request.writeInt32BE(15_000, 4 + 12);
  request.writeInt32BE(16, 4 + 24);
  const socket = connect({ host, port, rejectUnauthorized: false });
  await new Promise<void>((resolve, reject) => {
    socket.once("error", reject);
    socket.once("secureConnect", () => socket.write(request));
    socket.once("data", () => resolve());
  });
  return socket;
};

describe("a server with a TLS port", () => {
  const closers: (() => unknown)[] = [];
  afterEach(async () => {
    for (let next = closers.pop(); next !== undefined; next = closers.pop()) await next();
  });

  it("tells who is connected there, and a pause closes that port as well", { timeout: 120_000 }, async () => {
    const dir = await mkdtemp(join(tmpdir(), "zkshift-tls-"));
    closers.push(() => rm(dir, { recursive: true, force: true }));
    const [store, password] = [join(dir, "server.p12"), "of-the-store"];
    const [port, adminPort] = [await findFreePort(), 8080];
    await runCommand("keytool", [
      ...["-genkeypair", "-alias", "server", "-keyalg", "RSA", "-dname", "CN=server", "-storetype", "PKCS12"],
      ...["-keystore", store, "-storepass", password, "-keypass", password],
    ]);
    const ensemble = await startEnsemble({
      name: "orders",
      dir: join(dir, "hosts"),
      release: "3.9.6",
      size: 1,
      whitelist: "*",
      ports: { admin: adminPort },
      settings: {
        secureClientPort: String(port),
        serverCnxnFactory: "org.apache.zookeeper.server.NettyServerCnxnFactory",
        "ssl.keyStore.location": store,
        "ssl.keyStore.password": password,
        "ssl.clientAuth": "none",
      },
    });
    closers.push(() => ensemble.stop());
    const server = ensemble.servers[0];
    if (server === undefined) throw new Error("there is no server");
    const client = { host: server.address, port: server.clientPort };
    const zookeeper = makeZooKeeper();
    const plain = await zookeeper.connect({ servers: [client] });
    closers.push(() => plain.close());
    const tls = await openByTls(server.address, port);
    closers.push(() => tls.destroy());
    const from = `${tls.localAddress}:${tls.localPort}`;

    const byWord = await zookeeper.connections(client, null);
    expect(byWord?.map(({ address }) => address)).not.toContain(from);
    const admin = { host: server.address, port: adminPort };
    await eventually(async () => {
      const told = await zookeeper.connections(client, admin);
      expect(told?.find(({ address }) => address === from)?.timeoutMs).toBe(15_000);
      expect(told?.filter(({ session }) => session === plain.id())).toHaveLength(1);
    });

    const hosts = makeHosts({ transport: () => makeLocalTransport("zk1") });
    const ports = { client: server.clientPort, quorum: 2888, election: 3888, admin: adminPort };
    const { places } = await hosts
      .server(placementOf(server, ports))
      .portGate.look({ ports: [server.clientPort, port], client });
    expect(places.map((place) => place.port)).toEqual([server.clientPort, port]);
    expect(places[1]).toEqual({ address: null, port });
  });
});
