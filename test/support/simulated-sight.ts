// What zkshift would see of a simulated ensemble, its servers and the hosts it may be moved to.
import type { DestinationSeen, Observation } from "../../src/model/ensemble.ts";
import { ensembleName, hostName, zxid } from "../../src/model/ids.ts";
import { withWantedFlags } from "../../src/model/java-env.ts";
import { sampleDestination, sampleFacts } from "./sample-ensemble.ts";
import { addressOf, membersOf, type SimulatedEnsemble, type SimulatedServer, serversOf } from "./simulated-ensemble.ts";

/** `to`: the hosts that a migration asks about. */
export const observe = (ensemble: SimulatedEnsemble, to?: readonly string[]): Observation => {
  const members = membersOf(ensemble);
  const servers = serversOf(ensemble);
  const hosts = (to ?? []).filter((host, at, all) => all.indexOf(host) === at);
  const strays = ensemble.servers.filter(
    (server) => server.isListed && !servers.includes(server) && server.state !== "stopped",
  );
  return {
    ensemble: ensembleName(ensemble.name),
    seenAt: 1_764_000_000_000 + ensemble.epoch,
    membership: {
      source: ensemble.isDynamic ? "dynamic" : "static",
      version: ensemble.isDynamic ? ensemble.configVersion.toString(16) : null,
      members,
    },
    servers: servers.map((server) => ({
      id: server.id,
      host: hostName(server.host),
      client: { host: server.member.address, port: 2181 },
      member: members.find(({ id }) => id === server.id) ?? server.member,
      seen: seenOf(server, ensemble),
      onHost: sampleFacts(server.id, {
        configText: server.configText,
        javaEnvText: withWantedFlags(null, server.flags.file),
        nextFlags: server.flags.file,
        current: `/opt/zookeeper/releases/apache-zookeeper-${server.current}-bin`,
        installed: server.installed,
        snapshots: server.snapshots,
        process:
          server.state === "stopped"
            ? null
            : {
                pid: 4000 + server.id,
                home: `/opt/zookeeper/releases/apache-zookeeper-${server.release}-bin`,
                configFile: "/opt/zookeeper/conf/zoo.cfg",
                jvmFlags: [],
                awaitingStart: server.flags.file.filter((flag) => !server.flags.running.includes(flag)),
              },
      }),
    })),
    ...(strays.length === 0
      ? {}
      : {
          strays: strays.map(({ id, host, member }) => ({
            id,
            host: hostName(host),
            client: { host: member.address, port: 2181 },
          })),
        }),
    ...(to === undefined
      ? {}
      : {
          destinations: hosts
            .filter((host) => !servers.some((server) => server.host === host))
            .map((host) => destinationOf(ensemble, host)),
          usedIds: ensemble.usedIds,
        }),
  };
};

const seenOf = (server: SimulatedServer, ensemble: SimulatedEnsemble): Observation["servers"][number]["seen"] => {
  if (server.state === "stopped") return { status: "not-serving", reason: "refused" };
  if (ensemble.leader === null) return { status: "not-serving", reason: "looking" };
  const isLeader = server.id === ensemble.leader;
  const followers = serversOf(ensemble).filter(
    ({ id, state, member }) => member.role === "participant" && id !== ensemble.leader && state === "serving",
  );
  return {
    status: "serving",
    mode: ensemble.isStandalone
      ? "standalone"
      : isLeader
        ? "leader"
        : server.member.role === "observer"
          ? "observer"
          : "follower",
    release: server.release,
    zxid: zxid((BigInt(ensemble.epoch) << 32n) + (server.state === "joining" ? 0n : 7n)),
    connections: 1,
    outstanding: 0,
    latencyMs: { min: 0, avg: 1, max: 5 },
    monitor:
      isLeader && ensemble.tellsSynced
        ? {
            syncedFollowers: followers.length,
            learners: null,
            znodes: null,
            ephemerals: null,
            sessions: null,
            digestMismatches: null,
            maxBuffer: null,
          }
        : null,
  };
};

/** What was there before shows: data of retired servers, and servers that run although they are no members. */
const destinationOf = ({ name, servers }: SimulatedEnsemble, host: string): DestinationSeen => {
  const here = servers.filter((server) => server.host === host);
  const last = here.at(-1);
  const claims = here.map(({ id, retired }) => ({ ensemble: name, id, retired }));
  return sampleDestination(host, {
    address: addressOf(host),
    room: {
      holds:
        last === undefined
          ? null
          : { myid: `${last.id}\n`, retired: last.retired ? { ensemble: name, id: last.id, retired: true } : null },
      claims,
      problems: here.filter(({ state }) => state !== "stopped").map(({ id }) => `server.${id} runs here already.`),
    },
  });
};
