// A TCP proxy that fails as networks do: silent, cut, cut in the middle of an answer. For tests; it knows no protocol.
import { connect, createServer, type Socket } from "node:net";
import type { Address } from "../../src/model/ensemble.ts";

export type TcpProxy = {
  readonly address: Address;
  /** Connections open now. */
  connections(): number;
  /** Nothing passes any more, in either direction; connections stay open and new ones are accepted. */
  freeze(): void;
  /** What was held back passes, and everything after it. */
  thaw(): void;
  /** Closes every connection; new ones are served. */
  cut(): void;
  /** Lets `bytes` of the next answer through, then closes its connection. Resolves when that has happened. */
  cutInsideNextAnswer(bytes: number): Promise<void>;
  stop(): Promise<void>;
};

/** A proxy on a free port of 127.0.0.1. `from`: as which of the machine's addresses it comes to the target. */
export const startTcpProxy = async (target: Address, from?: string): Promise<TcpProxy> => {
  const pairs = new Set<{ readonly client: Socket; readonly server: Socket }>();
  let frozen = false;
  let cutter: { readonly bytes: number; readonly done: () => void } | null = null;

  const listener = createServer({ allowHalfOpen: true }, (client) => {
    const { host, port } = target;
    const server = connect({ host, port, allowHalfOpen: true, ...(from === undefined ? {} : { localAddress: from }) });
    const pair = { client, server };
    pairs.add(pair);
    const close = (): void => {
      pairs.delete(pair);
      client.destroy();
      pair.server.destroy();
    };
    for (const socket of [client, pair.server]) {
      socket.on("error", close);
      socket.on("close", close);
      if (frozen) socket.pause();
    }
    client.on("data", (chunk) => pair.server.write(chunk));
    client.on("end", () => pair.server.end());
    pair.server.on("end", () => client.end());
    pair.server.on("data", (chunk) => {
      if (cutter === null || chunk.length <= cutter.bytes) {
        client.write(chunk);
        return;
      }
      const { bytes, done } = cutter;
      cutter = null;
      client.end(chunk.subarray(0, bytes), () => {
        close();
        done();
      });
    });
  });
  await new Promise<void>((resolve, reject) => {
    listener.once("error", reject);
    listener.listen(0, "127.0.0.1", resolve);
  });
  const bound = listener.address();
  if (bound === null || typeof bound === "string") throw new Error("the proxy has no port");

  const forAll = (act: (socket: Socket) => void): void => {
    for (const { client, server } of [...pairs]) for (const socket of [client, server]) act(socket);
  };
  return {
    address: { host: "127.0.0.1", port: bound.port },
    connections: () => pairs.size,
    freeze: () => {
      frozen = true;
      forAll((socket) => socket.pause());
    },
    thaw: () => {
      frozen = false;
      forAll((socket) => socket.resume());
    },
    cut: () => forAll((socket) => socket.destroy()),
    cutInsideNextAnswer: (bytes) =>
      new Promise((done) => {
        cutter = { bytes, done };
      }),
    stop: () =>
      new Promise((resolve) => {
        listener.close(() => resolve());
        forAll((socket) => socket.destroy());
      }),
  };
};
