// The connections of a worker, one a host and login, so that all servers and steps share them.
import type { SecretRef, SshAccess } from "../../model/inventory.ts";
import { type Connection, makeConnection } from "./connection.ts";

export type SshPool = {
  /** The connection by which a host is reached; nothing is opened yet. `host`: its name for texts. */
  to(host: string, access: SshAccess): Connection;
  /** Ends all connections. */
  close(): void;
};

export const makeSshPool = (readSecret: (ref: SecretRef) => string): SshPool => {
  const connections = new Map<string, Connection>();
  const to = (host: string, access: SshAccess): Connection => {
    // Without `sudo`: whom commands run as is no matter of the connection.
    const key = JSON.stringify({ ...access, sudo: null });
    const had = connections.get(key);
    if (had !== undefined) return had;
    const jump = access.jump === null ? null : to(access.jump.name, access.jump.access);
    const made = makeConnection({ host, access, readSecret, jump });
    connections.set(key, made);
    return made;
  };
  return {
    to,
    close: () => {
      for (const connection of connections.values()) connection.close();
      connections.clear();
    },
  };
};
