// The demo's own look at the result, which trusts nothing that zkshift says: every server asked by itself.
import { runId } from "../../src/model/ids.ts";
import { verifyChain } from "../../src/run/chain.ts";
import { connectRedis } from "../../src/store/redis.ts";
import { makeRunLog } from "../../src/store/run-log.ts";
import { type SandboxServer, serverProcesses } from "../ensemble/server.ts";
import { observeServer } from "../four-letter-words.ts";
import type { Stage } from "../stage.ts";
import type { Writer } from "../writer.ts";
import { examplePaths, missingOn } from "./example-data.ts";
import { membersOn } from "./members-on.ts";
import type { Scene } from "./scenes.ts";
import { seeStatus, seeStatusAfresh } from "./status.ts";

export type Proof = { readonly what: string; readonly holds: boolean };

type Expected = Pick<Scene, "release" | "servers" | "gone">;

/** One line a check; the writer must have been stopped. Of a migration the stage's apps are ended by the last one. */
export const proveRun = async (
  stage: Stage,
  writer: Writer,
  expected: Expected & { readonly run: string; readonly dir: string },
): Promise<readonly Proof[]> => [
  ...(await proveServers(expected)),
  ...(await proveData(expected.servers, writer)),
  ...(await proveClient(writer)),
  ...(expected.gone.length === 0 ? [] : await proveMove(expected)),
  await proveLog(stage, expected.run),
  ...(expected.gone.length === 0 ? [] : await proveStatus(stage, expected)),
];

const at = ({ address, clientPort }: SandboxServer): string => `${address}:${clientPort}`;

/** One after the other: a busy machine is no reason to doubt a server. */
const each = async (
  servers: readonly SandboxServer[],
  prove: (server: SandboxServer) => Promise<Proof>,
): Promise<readonly Proof[]> => {
  const proofs: Proof[] = [];
  for (const server of servers) proofs.push(await prove(server));
  return proofs;
};

const proveServers = ({ servers, release }: Expected): Promise<readonly Proof[]> =>
  each(servers, async ({ id, address, clientPort }) => {
    const seen = await observeServer(address, clientPort);
    return {
      holds: seen?.release === release,
      what: `server.${id} runs ${seen?.release ?? "nothing"} (${seen?.mode ?? "not serving"})`,
    };
  });

const proveData = async (servers: readonly SandboxServer[], writer: Writer): Promise<readonly Proof[]> => [
  ...(await each(servers, async (server) => {
    const missing = await missingOn(at(server));
    return {
      holds: missing.length === 0,
      what: `server.${server.id} holds ${examplePaths.length - missing.length} of ${examplePaths.length} example znodes`,
    };
  })),
  ...(await each(servers, async (server) => {
    const found = await writer.verifyOn(at(server));
    const lost = found.missing.length + found.different.length;
    return {
      holds: lost === 0 && found.checked > 0 && found.ephemeralIsThere,
      what: `server.${server.id} holds ${found.checked - lost} of ${found.checked} acknowledged writes${found.ephemeralIsThere ? "" : ", and not the ephemeral"}`,
    };
  })),
];

const proveClient = async (writer: Writer): Promise<readonly Proof[]> => {
  const stats = writer.stats();
  return [
    {
      holds: await writer.sessionAlive(),
      what: `the client's session and its ephemeral ${stats.ephemeral} lived through it`,
    },
    {
      holds: stats.refused === 0,
      what: `${stats.acknowledged} writes acknowledged, ${stats.refused} refused, ${stats.unknown} cut off in the middle and repeated; worst stall ${stats.longestGapMs} ms`,
    },
  ];
};

/** The old servers are stopped, and the new ones list themselves and nobody else. */
const proveMove = async ({ servers, gone }: Expected): Promise<readonly Proof[]> => [
  ...(await each(gone, async (server) => {
    const running = (await serverProcesses(server)).length;
    const answers = (await observeServer(server.address, server.clientPort)) !== null;
    return {
      holds: running === 0 && !answers,
      what: `server.${server.id}, an old one, ${running === 0 && !answers ? "is stopped" : "still runs"}`,
    };
  })),
  ...(await each(servers, async (server) => {
    const ids = await membersOn(server);
    const wanted = servers.map(({ id }) => id);
    return {
      holds: ids.length === wanted.length && wanted.every((id) => ids.includes(id)),
      what: `server.${server.id} lists ${ids.map((id) => `server.${id}`).join(", ")} as members`,
    };
  })),
];

const proveLog = async (stage: Stage, run: string): Promise<Proof> => {
  const redis = connectRedis(stage.redis.url, "bot");
  try {
    await new Promise((resolve) => redis.once("ready", resolve));
    const events = await makeRunLog(redis).read(runId(run));
    const chain = verifyChain(events);
    return {
      holds: chain.ok && events.length > 0,
      what: chain.ok
        ? `the run's log is whole: ${events.length} entries, head ${chain.head.hash.slice(0, 8)}…`
        : `the run's log is broken at entry ${chain.atSeq}: ${chain.why}`,
    };
  } finally {
    redis.disconnect();
  }
};

/** `ensembles.yaml` still lists the old servers: where the ensemble is now must be found without it. */
const proveStatus = async (stage: Stage, expected: Expected & { readonly dir: string }): Promise<readonly Proof[]> => {
  const now = await seeStatus(stage, expected);
  const afresh = await seeStatusAfresh(stage, expected, expected.dir);
  return [
    { holds: now.allWell, what: `/zk status shows ${now.says}` },
    { holds: afresh.allWell, what: `/zk status of an app with an empty Redis shows ${afresh.says}` },
  ];
};
