// Znodes that zkshift itself never makes: with a time to live, containers, and such as are larger than a default server takes.
import type { SandboxServer } from "../../sandbox/ensemble/server.ts";
import { makeConnection } from "../../src/zookeeper/connection.ts";
import { bytes, int, long, text } from "../../src/zookeeper/jute.ts";

/** ZooDefs.OpCode and CreateMode. */
const CREATE = 1;
const PERSISTENT = 0;
const CREATE_CONTAINER = 19;
const CONTAINER = 4;
const CREATE_TTL = 21;
const PERSISTENT_WITH_TTL = 5;
const OPEN_ACL = Buffer.concat([int(1), int(31), text("world"), text("anyone")]);

const create = (
  { address, clientPort }: SandboxServer,
  code: number,
  path: string,
  data: string | Buffer,
  rest: readonly Buffer[],
): Promise<void> =>
  new Promise((resolve, reject) => {
    const connection = makeConnection({
      servers: [{ host: address, port: clientPort }],
      sessionTimeoutMs: 10_000,
      auth: null,
      onEvent: (event) => {
        if (event !== "connected") return;
        connection.send(code, [text(path), bytes(Buffer.from(data)), OPEN_ACL, ...rest], (failed) => {
          void connection.end(2_000);
          if (failed === 0) resolve();
          else reject(new Error(`create ${path}: ${failed}`));
        });
      },
    });
  });

/** Fails (-6, Unimplemented) on a server without `zookeeper.extendedTypesEnabled`. */
export const createWithTtl = (server: SandboxServer, path: string, ttlMs: number): Promise<void> =>
  create(server, CREATE_TTL, path, "lives", [int(PERSISTENT_WITH_TTL), long(BigInt(ttlMs))]);

export const createContainer = (server: SandboxServer, path: string): Promise<void> =>
  create(server, CREATE_CONTAINER, path, "holds", [int(CONTAINER)]);

/** The server must have a jute.maxbuffer for it, or cuts the connection. */
export const createLarge = (server: SandboxServer, path: string, size: number): Promise<void> =>
  create(server, CREATE, path, Buffer.alloc(size, "x"), [int(PERSISTENT)]);
