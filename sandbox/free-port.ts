// Asks the system about TCP ports on loopback addresses.
import { createServer, type Server } from "node:net";

/** Listens on the address for as long as the returned server is open; null when somebody else has the port. */
export const listenOn = (address: string, port: number): Promise<Server | null> =>
  new Promise((resolve, reject) => {
    const server = createServer((socket) => socket.destroy());
    server.once("error", (error: NodeJS.ErrnoException) => {
      if (error.code === "EADDRINUSE") resolve(null);
      else reject(error);
    });
    server.listen(port, address, () => resolve(server));
  });

/** True when nothing listens there now. */
export const isPortFree = async (address: string, port: number): Promise<boolean> => {
  const server = await listenOn(address, port);
  if (server === null) return false;
  await new Promise((closed) => server.close(closed));
  return true;
};

/** A port on 127.0.0.1 that nothing listens on now. */
export const findFreePort = async (): Promise<number> => {
  const server = await listenOn("127.0.0.1", 0);
  const address = server?.address();
  if (server === null || address === null || typeof address !== "object") throw new Error("no free port on 127.0.0.1");
  await new Promise((closed) => server.close(closed));
  return address.port;
};
