// The ZooKeeper port, put together. The only file of this folder that the rest of the program imports.
import type { ZooKeeper } from "../ports.ts";
import { streamSnapshot } from "./admin-snapshot.ts";
import { askFourLetterWord } from "./four-letter-word.ts";
import { seeConnections, seeDigests, seeServer } from "./see.ts";
import { openSession } from "./session.ts";
import { digestTree } from "./tree-digest.ts";

/** `lookTimeoutMs` is for one question to one server; the others stand in for what `connect` is not told. */
export type ZooKeeperOptions = {
  readonly lookTimeoutMs?: number;
  readonly sessionTimeoutMs?: number;
  readonly requestTimeoutMs?: number;
  readonly connectTimeoutMs?: number;
};

/** A ZooKeeper port over real connections. It holds none itself: every session is closed by who opened it. */
export const makeZooKeeper = (options: ZooKeeperOptions = {}): ZooKeeper => {
  // A JVM that collects garbage on a busy machine answers within two seconds; one that does not is taken as frozen.
  const lookTimeoutMs = options.lookTimeoutMs ?? 3000;
  return {
    see: (server, admin) => seeServer(server, admin, lookTimeoutMs),
    fourLetterWord: (server, word) => askFourLetterWord(server, word, lookTimeoutMs),
    digests: (server, admin) => seeDigests(server, admin, lookTimeoutMs),
    connections: (server, admin) => seeConnections(server, admin, lookTimeoutMs),
    streamSnapshot,
    connect: (asked) =>
      openSession({
        servers: asked.servers,
        // Longer than any election, within the 40 s that a server with tickTime 2000 grants at most.
        sessionTimeoutMs: asked.sessionTimeoutMs ?? options.sessionTimeoutMs ?? 20_000,
        requestTimeoutMs: asked.requestTimeoutMs ?? options.requestTimeoutMs ?? 5000,
        timeoutMs: asked.timeoutMs ?? options.connectTimeoutMs ?? 10_000,
        auth: asked.auth ?? null,
      }),
    treeDigest: digestTree,
  };
};
