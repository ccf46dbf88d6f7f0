// The operations of a migration as a bare script does them, in the same careful order and without looking twice: what the
// migration by zkshift is measured beside.
import { cp } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { isBefore35, type MemberConfig } from "../sandbox/ensemble/config-text.ts";
import {
  launchServer,
  layOutServer,
  type SandboxServer,
  signalServer,
  waitUntilServing,
} from "../sandbox/ensemble/server.ts";
import type { SandboxEnsemble } from "../sandbox/ensemble.ts";
import { observeServer } from "../sandbox/four-letter-words.ts";
import { ensureReleases } from "../sandbox/releases.ts";
import type { Session } from "../src/ports.ts";
import { makeZooKeeper } from "../src/zookeeper/zookeeper.ts";

export type MovedByHand = {
  readonly totalMs: number;
  /** Of these: until servers that were started had all data, and until there was a leader again. */
  readonly zooKeeperMs: number;
};

const SERVING_MS = 120_000;

/** Moves the servers `from` to the servers `to`, as many, by dynamic reconfiguration. */
export const moveByHand = async (options: {
  readonly ensemble: SandboxEnsemble;
  readonly release: string;
  readonly from: readonly SandboxServer[];
  readonly to: readonly SandboxServer[];
  readonly heapMb: number;
  /** Where the copy of one server's data goes. */
  readonly backUpDir: string;
}): Promise<MovedByHand> => {
  const { ensemble, release, from, to, heapMb } = options;
  if (isBefore35(release)) throw new Error(`${release} has no dynamic reconfiguration`);
  const { files } = await ensureReleases([release], () => undefined);
  const password = ensemble.superAuth?.replace(/^super:/, "") ?? null;
  const memberOf = ({ id, address }: SandboxServer, role: MemberConfig["role"] = "participant"): MemberConfig => ({
    id,
    address,
    role,
  });
  const session = await makeZooKeeper().connect({
    servers: [...from, ...to].map(({ address, clientPort }) => ({ host: address, port: clientPort })),
    auth: ensemble.superAuth,
  });
  try {
    const began = Date.now();
    let zooKeeperMs = 0;
    const waited = async <T>(wait: () => Promise<T>): Promise<T> => {
      const since = Date.now();
      const result = await wait();
      zooKeeperMs += Date.now() - since;
      return result;
    };
    const leader = await leaderAmong(from);
    const others = from.filter(({ id }) => id !== leader.id);
    const backedUp = others[0] ?? leader;
    await cp(join(backedUp.data, "version-2"), options.backUpDir, { recursive: true });

    let members = [...from];
    for (const [index, comes] of to.entries()) {
      const config = {
        release,
        members: [...members.map((server) => memberOf(server)), memberOf(comes, "observer")],
        ports: ensemble.ports,
        reconfig: true,
        whitelist: "srvr,mntr,conf,cons,hash",
        settings: {},
        heapMb,
      };
      await layOutServer(comes, files.get(release) ?? "", config, password);
      await waited(async () => {
        await launchServer(comes, "zkServer.sh", password);
        await waitUntilServing(comes, SERVING_MS);
      });
      await reconfig(session, ensemble, comes, "participant");
      members = [...members, comes];
      const goes = others[index];
      if (goes === undefined) continue;
      await reconfig(session, ensemble, goes, null);
      members = members.filter(({ id }) => id !== goes.id);
    }
    await reconfig(session, ensemble, leader, "observer");
    await signalServer(leader, "SIGKILL");
    await waited(() => leaderAmong(to));
    await reconfig(session, ensemble, leader, null);
    for (const server of others) await signalServer(server, "SIGTERM");
    return { totalMs: Date.now() - began, zooKeeperMs };
  } finally {
    await session.close();
  }
};

/**
 * Gives a member its role, or (null) takes it out. The session may not have found its next server yet, and the answer to a
 * change that moves the leader may get lost: then the configuration says whether it was made.
 */
const reconfig = async (
  session: Session,
  ensemble: SandboxEnsemble,
  server: SandboxServer,
  role: MemberConfig["role"] | null,
): Promise<void> => {
  const { quorum, election, client } = ensemble.ports;
  const { id, address } = server;
  const line = `server.${id}=${address}:${quorum}:${election}:${role};${address}:${client}`;
  const deadline = Date.now() + 30_000;
  for (;;) {
    try {
      await session.sync("/zookeeper/config");
      const membership = await session.getMembership();
      if (membership?.version == null) throw new Error("there is no dynamic configuration");
      const now = membership.members.find((member) => member.id === id)?.role ?? null;
      if (now === role) return;
      const change = role === null ? { leaving: [id] } : { joining: [line] };
      await session.reconfig({ ...change, fromVersion: membership.version });
      return;
    } catch (error) {
      if (Date.now() > deadline) throw error;
      await sleep(20);
    }
  }
};

const leaderAmong = async (servers: readonly SandboxServer[]): Promise<SandboxServer> => {
  const deadline = Date.now() + 60_000;
  for (;;) {
    const seen = await Promise.all(servers.map(({ address, clientPort }) => observeServer(address, clientPort)));
    const leader = servers[seen.findIndex((one) => one?.mode === "leader")];
    if (leader !== undefined) return leader;
    if (Date.now() > deadline) throw new Error("no server leads after 60 s");
    await sleep(20);
  }
};
