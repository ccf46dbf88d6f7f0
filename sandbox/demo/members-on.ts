// Whom one server takes for members, read without any of the app's own code.
import { readFile } from "node:fs/promises";
import type { SandboxServer } from "../ensemble/server.ts";
import { connectClient } from "../zookeeper-client.ts";

/** Ids of the members that a text of `server.N=…` lines lists, ascending. */
export const idsIn = (text: string): readonly number[] =>
  [...text.matchAll(/^\s*server\.(\d+)\s*=/gm)].map(([, id]) => Number(id)).toSorted((a, b) => a - b);

/** As the server's configuration znode has them; where there is none (3.4), as its zoo.cfg does. */
export const membersOn = async (server: SandboxServer): Promise<readonly number[]> => {
  const client = await connectClient(`${server.address}:${server.clientPort}`);
  try {
    await client.sync("/");
    const ids = idsIn((await client.read("/zookeeper/config"))?.data ?? "");
    return ids.length > 0 ? ids : idsIn(await readFile(server.configFile, "utf8"));
  } finally {
    await client.close();
  }
};
