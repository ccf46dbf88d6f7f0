// A TCP proxy in front of a server, which can let a request through and cut the connection instead of bringing the answer.
import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";

export type CuttingProxy = {
  readonly port: number;
  /** The next request that contains `text` reaches the server; its answer does not come back, and the connection is cut. */
  loseAnswerTo(text: string): void;
  /** How many answers were lost. */
  lost(): number;
  close(): Promise<void>;
};

export const startCuttingProxy = async (targetPort: number): Promise<CuttingProxy> => {
  const open = new Set<Socket>();
  let wanted: string | null = null;
  let lost = 0;
  const server = createServer((client) => {
    const upstream = connect(targetPort, "127.0.0.1");
    let cutting = false;
    for (const socket of [client, upstream]) {
      open.add(socket);
      socket.on("error", () => {});
      socket.on("close", () => {
        open.delete(socket);
        client.destroy();
        upstream.destroy();
      });
    }
    client.on("data", (data) => {
      if (wanted !== null && data.includes(wanted)) {
        wanted = null;
        cutting = true;
      }
      upstream.write(data);
    });
    upstream.on("data", (data) => {
      if (cutting) {
        lost += 1;
        client.destroy();
      } else {
        client.write(data);
      }
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the proxy has no port");
  return {
    port: address.port,
    loseAnswerTo: (text) => {
      wanted = text;
    },
    lost: () => lost,
    close: async () => {
      server.close();
      for (const socket of open) socket.destroy();
      await once(server, "close");
    },
  };
};
