// What servers really hold, each asked by itself past zkshift: acknowledged writes, ephemerals with their sessions, clients.
import { askServer } from "../../sandbox/four-letter-words.ts";
import type { Writer } from "../../sandbox/writer.ts";
import { connectClient } from "../../sandbox/zookeeper-client.ts";

type Where = { readonly address: string; readonly port: number };

/** Of any server that has ports, sandbox or foreign, old or new. */
export const whereOf = (server: {
  readonly address: string;
  readonly ports?: { readonly client: number };
  readonly clientPort?: number;
}): Where => ({ address: server.address, port: server.ports?.client ?? server.clientPort ?? 2181 });

const textOf = ({ address, port }: Where): string => `${address}:${port}`;

export type LookedUp = {
  readonly server: string;
  /** Acknowledged writes that were looked up. */
  readonly checked: number;
  /** Paths that are missing, or hold something else than was acknowledged. */
  readonly lost: readonly string[];
  readonly ephemeralIsThere: boolean;
};

/** Every acknowledged write on every one of the servers. */
export const lookUp = async (writer: Writer, servers: readonly Where[]): Promise<readonly LookedUp[]> => {
  const found: LookedUp[] = [];
  for (const server of servers) {
    const { checked, missing, different, ephemeralIsThere } = await writer.verifyOn(textOf(server));
    found.push({ server: textOf(server), checked, lost: [...missing, ...different], ephemeralIsThere });
  }
  return found;
};

/** One line for each of the servers that does not have everything; none when all is well. */
export const lossesOn = async (writer: Writer, servers: readonly Where[]): Promise<readonly string[]> =>
  (await lookUp(writer, servers)).flatMap(({ server, checked, lost, ephemeralIsThere }) => [
    ...(checked === 0 ? [`${server}: there was nothing to look up`] : []),
    ...(lost.length === 0 ? [] : [`${server}: ${lost.length} of ${checked} lost, such as ${lost[0]}`]),
    ...(ephemeralIsThere ? [] : [`${server}: the ephemeral is gone`]),
  ]);

/** Ephemerals below `root` as one server has them after a sync: path → session (16 hex digits). */
export const ephemeralsOn = async (server: Where, root = "/"): Promise<ReadonlyMap<string, string>> => {
  const client = await connectClient(textOf(server));
  const found = new Map<string, string>();
  const walk = async (path: string): Promise<void> => {
    const owner = (await client.read(path))?.ephemeralOwner ?? "";
    if (/[1-9a-f]/.test(owner)) {
      found.set(path, owner);
      return;
    }
    for (const name of await client.children(path)) await walk(path === "/" ? `/${name}` : `${path}/${name}`);
  };
  try {
    await client.sync("/");
    await walk(root);
    return found;
  } finally {
    await client.close();
  }
};

/** Sessions (16 hex digits) with a connection to this very server; needs `cons` to be whitelisted. */
export const sessionsOn = async (server: Where): Promise<readonly string[]> =>
  [...((await askServer(server.address, server.port, "cons")) ?? "").matchAll(/\bsid=0x([0-9a-f]+)/g)].map(
    ([, sid = ""]) => sid.padStart(16, "0"),
  );
