// Starts real ZooKeeper ensembles on loopback addresses, laid out on "hosts" as zkshift would find them. For the demo,
// the tests and the measurements; nothing here knows the app.
import { randomBytes } from "node:crypto";
import { rm } from "node:fs/promises";
import { join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { onExit } from "./cleanup.ts";
import { reserveAddresses, takenPorts } from "./ensemble/addresses.ts";
import { type EnsembleConfig, isBefore35, type Ports } from "./ensemble/config-text.ts";
import { type InventoryPolicy, inventoryText } from "./ensemble/inventory-text.ts";
import {
  hostLayout,
  type Launch,
  launchServer,
  layOutServer,
  type SandboxServer,
  type ServerPaths,
  serverProcesses,
  signalServer,
  waitUntilServing,
} from "./ensemble/server.ts";
import { askServer, observeServer } from "./four-letter-words.ts";
import { ensureReleases } from "./releases.ts";

export type EnsembleOptions = {
  readonly name: string;
  /** Holds one folder a server; made when missing. */
  readonly dir: string;
  readonly release: string;
  readonly size: number;
  /** Id of the first server, the others' follow; default 1. */
  readonly firstId?: number;
  /** Hosts beside those of the servers, addresses reserved and nothing on them: where a migration may go. Default 0. */
  readonly spares?: number;
  /** Ids of the servers that are observers. */
  readonly observers?: readonly number[];
  /** Further settings of zoo.cfg. */
  readonly settings?: Readonly<Record<string, string>>;
  readonly ports?: Partial<Ports>;
  /** One for each server and spare, in the order of their ids; by default 127.0.x.1, 127.0.x.2 … with a free x. */
  readonly addresses?: readonly string[];
  /** Allows dynamic reconfiguration. Default true from 3.5 on; 3.4 has none. */
  readonly reconfig?: boolean;
  /** The super user's password; null for an ensemble without super user. By default a random one where `reconfig` needs it. */
  readonly super?: string | null;
  /** Four-letter words to answer; null for the release's default (from 3.5 on `srvr` only). */
  readonly whitelist?: string | null;
  /** Where a server's things are, where it is not the layout that zkshift makes. */
  readonly layout?: (id: number, dir: string) => Partial<ServerPaths>;
  readonly launch?: Launch;
  /** Of each server's JVM where zkServer.sh starts it; default 160. */
  readonly heapMb?: number;
};

export type SandboxEnsemble = {
  readonly name: string;
  readonly servers: readonly SandboxServer[];
  readonly spares: readonly SandboxServer[];
  readonly ports: Ports;
  readonly connectString: string;
  /** `super:<password>`, to authenticate with the digest scheme; null without super user. */
  readonly superAuth: string | null;
  /** The environment variable that `inventoryYaml` names as super, with its value; empty without super user. */
  readonly environment: Readonly<Record<string, string>>;
  /** Ends every server, those too that were started on a spare host, and gives the addresses back. Files are kept. */
  stop(): Promise<void>;
  /** Sends one server a signal, SIGKILL unless told otherwise; waits for its death where the signal kills. */
  kill(id: number, signal?: NodeJS.Signals): Promise<void>;
  /** Starts one server again on the release that its `current` points at, and waits until it serves. */
  restart(id: number): Promise<void>;
  /** Id of the leader (or the standalone server); null while there is none. */
  leader(): Promise<number | null>;
  /** Waits until every server serves and the leader counts all others as synced. */
  waitUntilSynced(timeoutMs?: number): Promise<void>;
  /** The text of an `ensembles.yaml` for this ensemble and its spare hosts. */
  inventoryYaml(policy?: InventoryPolicy): string;
};

const defaultPorts: Ports = { client: 2181, quorum: 2888, election: 3888, admin: 8080 };

const sandboxWhitelist = "srvr,mntr,conf,cons,hash,ruok,isro,stat,dirs,wchs,dump";

// Generous: three servers come up in 3 to 5 s, and in several times that on a machine that is busy with other tests.
const serveTimeoutMs = 60_000;

/** Lays out and starts an ensemble; resolves when a leader and all others serve. It ends with this program, if not before. */
export const startEnsemble = async (options: EnsembleOptions): Promise<SandboxEnsemble> => {
  const { name, release, size, launch = "zkServer.sh" } = options;
  const ports = { ...defaultPorts, ...options.ports };
  const reconfig = options.reconfig ?? !isBefore35(release);
  if (reconfig && isBefore35(release)) throw new Error(`ZooKeeper ${release} has no dynamic reconfiguration`);
  const superPassword =
    options.super === undefined ? (reconfig ? randomBytes(9).toString("base64url") : null) : options.super;

  const { files } = await ensureReleases([release], () => undefined);
  const tarball = files.get(release) ?? "";
  const reserved = await addressesFor(options, ports);
  const all = reserved.addresses.map((address, index) =>
    serverAt(options, ports, (options.firstId ?? 1) + index, address),
  );
  const servers = all.slice(0, size);
  const config: EnsembleConfig = {
    release,
    members: servers.map(({ id, address }) => ({
      id,
      address,
      role: options.observers?.includes(id) ? "observer" : "participant",
    })),
    ports,
    reconfig,
    whitelist: options.whitelist === undefined ? sandboxWhitelist : options.whitelist,
    settings: options.settings ?? {},
    ...(options.heapMb === undefined ? {} : { heapMb: options.heapMb }),
  };

  const stopAll = async (): Promise<void> => {
    // SIGKILL, not SIGTERM: it also ends a server that a test has frozen, and ZooKeeper loses nothing by it.
    await Promise.all(all.map((server) => signalServer(server, "SIGKILL")));
    await Promise.all(all.map((server) => rm(join(server.data, "zookeeper_server.pid"), { force: true })));
    reserved.release();
  };
  const forget = onExit(stopAll);
  const stop = async (): Promise<void> => {
    forget();
    await stopAll();
  };
  const server = (id: number): SandboxServer => {
    const found = all.find((each) => each.id === id);
    if (found === undefined) throw new Error(`${name} has no server.${id}`);
    return found;
  };

  try {
    await Promise.all(servers.map((each) => layOutServer(each, tarball, config, superPassword)));
    await Promise.all(servers.map((each) => launchServer(each, launch, superPassword)));
    await waitUntilSynced(servers, serveTimeoutMs);
  } catch (error) {
    await stop();
    throw error;
  }

  const superVariable = superPassword === null ? null : `ZK_${name.toUpperCase().replace(/[^A-Z0-9]/g, "_")}_SUPER`;
  const superAuth = superPassword === null ? null : `super:${superPassword}`;
  return {
    name,
    servers,
    spares: all.slice(size),
    ports,
    connectString: servers.map(({ address, clientPort }) => `${address}:${clientPort}`).join(","),
    superAuth,
    environment: superVariable === null || superAuth === null ? {} : { [superVariable]: superAuth },
    stop,
    kill: (id, signal = "SIGKILL") => signalServer(server(id), signal),
    restart: async (id) => {
      await signalServer(server(id), "SIGKILL");
      await launchServer(server(id), launch, superPassword);
      await waitUntilServing(server(id), serveTimeoutMs);
    },
    leader: () => leaderOf(servers),
    waitUntilSynced: (timeoutMs = serveTimeoutMs) => waitUntilSynced(servers, timeoutMs),
    inventoryYaml: (policy = {}) =>
      inventoryText(
        name,
        new Map(servers.map(({ id, host }) => [id, host])),
        all.map((each) => inventoryHost(each, release)),
        options.ports === undefined ? null : ports,
        superVariable,
        policy,
      ),
  };
};

const addressesFor = async (options: EnsembleOptions, ports: Ports) => {
  const count = options.size + (options.spares ?? 0);
  if (options.addresses === undefined) return reserveAddresses(count, ports);
  if (options.addresses.length !== count) throw new Error(`${options.name} needs ${count} addresses`);
  const taken = await takenPorts(options.addresses, ports);
  if (taken.length > 0) throw new Error(`something listens on ${taken.join(", ")} already`);
  return { addresses: options.addresses, release: () => undefined };
};

const serverAt = (options: EnsembleOptions, ports: Ports, id: number, address: string): SandboxServer => {
  const dir = resolve(options.dir);
  const host = `zk${id}`;
  const paths = { ...hostLayout(join(dir, host), options.release), ...options.layout?.(id, dir) };
  return { ...paths, id, host, address, clientPort: ports.client, configFile: join(paths.conf, "zoo.cfg") };
};

const inventoryHost = (server: SandboxServer, release: string) => {
  const usual = hostLayout(server.root, release);
  const { conf, logs } = server;
  return {
    name: server.host,
    address: server.address,
    root: server.root,
    data: server.data,
    otherPaths: { ...(conf === usual.conf ? {} : { conf }), ...(logs === usual.logs ? {} : { logs }) },
  };
};

const leaderOf = async (servers: readonly SandboxServer[]): Promise<number | null> => {
  const seen = await Promise.all(servers.map(({ address, clientPort }) => observeServer(address, clientPort)));
  const at = seen.findIndex((each) => each?.mode === "leader" || each?.mode === "standalone");
  return servers[at]?.id ?? null;
};

const waitUntilSynced = async (servers: readonly SandboxServer[], timeoutMs: number): Promise<void> => {
  const deadline = Date.now() + timeoutMs;
  for (const each of servers) await waitUntilServing(each, timeoutMs);
  for (;;) {
    const id = await leaderOf(servers);
    const leader = servers.find((each) => each.id === id);
    if (leader !== undefined && (await countsAllAsSynced(leader, servers.length - 1))) return;
    if (Date.now() > deadline) throw new Error(`no leader with all others synced after ${timeoutMs / 1000} s`);
    await sleep(50);
  }
};

// Observers are not among the synced followers; where `mntr` is not answered there is nothing better than "serves".
const countsAllAsSynced = async (leader: SandboxServer, others: number): Promise<boolean> => {
  const answer = await askServer(leader.address, leader.clientPort, "mntr");
  const count = (key: string): number | null => {
    const found = new RegExp(`^${key}\\t(\\d+)`, "m").exec(answer ?? "");
    return found === null ? null : Number(found[1]);
  };
  const synced = count("zk_synced_followers");
  if (synced === null) return true;
  return synced + (count("zk_synced_observers") ?? 0) >= others;
};

/** Ids of the live processes of an ensemble's servers and spares; empty after `stop()`. */
export const ensembleProcesses = async (ensemble: SandboxEnsemble): Promise<readonly number[]> =>
  (await Promise.all([...ensemble.servers, ...ensemble.spares].map(serverProcesses))).flat();
