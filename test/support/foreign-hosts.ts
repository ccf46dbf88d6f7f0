// Hosts with nothing on them, where a migration may go: like those of foreign-ensemble.ts all on one address, each with ports
// and paths of its own, which only the inventory tells.
import { resolve } from "node:path";
import { findFreePort } from "../../sandbox/free-port.ts";
import { findProcesses, signalProcess, waitUntilDead } from "../../sandbox/processes.ts";

export type BareHost = {
  /** In the inventory. */
  readonly name: string;
  readonly address: string;
  readonly ports: {
    readonly client: number;
    readonly quorum: number;
    readonly election: number;
    readonly admin: number;
  };
  readonly root: string;
  readonly conf: string;
  /** Where zkshift puts zoo.cfg. */
  readonly configFile: string;
  readonly dataDir: string;
  readonly dataLogDir: string;
  readonly logs: string;
};

const MAIN = "org.apache.zookeeper.server.quorum.QuorumPeerMain";

/** `new1`, `new2` …; nothing is made on disk. */
export const describeBareHosts = async (dir: string, count: number): Promise<readonly BareHost[]> => {
  const taken = new Set<number>();
  const port = async (): Promise<number> => {
    for (;;) {
      const free = await findFreePort();
      if (taken.has(free)) continue;
      taken.add(free);
      return free;
    }
  };
  const hosts: BareHost[] = [];
  for (let number = 1; number <= count; number++) {
    const conf = resolve(dir, "etc", `new-${number}`);
    hosts.push({
      name: `new${number}`,
      address: "127.0.0.1",
      ports: { client: await port(), quorum: await port(), election: await port(), admin: await port() },
      root: resolve(dir, "zkshift", `new-${number}`),
      conf,
      configFile: resolve(conf, "zoo.cfg"),
      dataDir: resolve(dir, "var", `new-${number}`, "snapshots"),
      dataLogDir: resolve(dir, "fast-disk", `new-${number}`, "transactions"),
      logs: resolve(dir, "log", `new-${number}`),
    });
  }
  return hosts;
};

/** Its entry under `hosts` of `ensembles.yaml`. */
export const bareHostEntry = ({ address, ports, root, conf, dataDir, dataLogDir, logs }: BareHost) => ({
  driver: "local",
  address,
  root,
  conf,
  data: dataDir,
  dataLog: dataLogDir,
  logs,
  ports,
});

/** Process of the server that was started on the host since; null when there is none. */
export const pidOn = async (host: BareHost): Promise<number | null> => (await pidsOn(host))[0] ?? null;

/** Sends what runs on the host a signal; waits for its death where the signal kills. */
export const signalOn = async (host: BareHost, signal: NodeJS.Signals): Promise<void> => {
  for (const pid of await pidsOn(host)) {
    signalProcess(pid, signal);
    if (signal === "SIGKILL" || signal === "SIGTERM") await waitUntilDead(pid, 15_000);
  }
};

const pidsOn = ({ configFile }: BareHost): Promise<readonly number[]> =>
  findProcesses((argv) => argv.includes(MAIN) && argv.some((word) => resolve(word) === configFile));
