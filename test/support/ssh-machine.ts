// The test's own machine as a host that is reached by ssh, by its own user: the same files and processes as the local driver has,
// so that the same tests hold for both.
import { findFreePort } from "../../sandbox/free-port.ts";
import { makeSshPool } from "../../src/hosts/ssh/pool.ts";
import { makeSshTransport } from "../../src/hosts/ssh/transport.ts";
import type { Transport } from "../../src/hosts/transport.ts";
import { type Sshd, startSshd } from "./sshd.ts";

export type SshMachine = {
  /** Starts its sshd, with its files in `dir`. */
  open(dir: string): Promise<void>;
  /** The transport to it, once it is open. */
  to(host: string): Transport;
  close(): Promise<void>;
};

export const makeSshMachine = (): SshMachine => {
  const pool = makeSshPool(() => "");
  let sshd: Sshd | null = null;
  return {
    open: async (dir) => {
      sshd = await startSshd({ dir, address: "127.0.0.1", port: await findFreePort() });
    },
    to: (host) => {
      if (sshd === null) throw new Error("the machine is not open");
      return makeSshTransport(pool.to(host, sshd.access), null);
    },
    close: async () => {
      pool.close();
      await sshd?.stop();
    },
  };
};
