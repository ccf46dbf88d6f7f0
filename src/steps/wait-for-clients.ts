// Who is still connected to servers that are about to be stopped. The waiting itself is no work: between two looks the run
// rests, and people may say that it shall go on all the same (src/app/watch-clients.ts).

import { MOST_LISTED, type ServerClients } from "../model/clients.ts";
import type { StepEvidence } from "../model/evidence.ts";
import type { StepOf } from "../model/plan.ts";
import type { StepHandler } from "./step-handler.ts";
import type { World } from "./world.ts";

type ClientsStep = StepOf<"wait-for-clients">;

export const waitForClients: StepHandler<"wait-for-clients"> = {
  timeLimitMs: 0,
  check: async (step, world) => {
    const left = countOf(await clientsOn(step, world));
    return left === 0 ? { kind: "done" } : { kind: "wait", for: `${left} clients to leave`, againMs: 2_000 };
  },
  apply: async () => {},
  verify: async (step, world) => evidenceOf(step, await clientsOn(step, world)),
  undo: async () => "nothing-to-undo",
};

export const countOf = (servers: readonly ServerClients[]): number =>
  servers.reduce((sum, { count }) => sum + count, 0);

export const evidenceOf = (
  step: ClientsStep,
  servers: readonly ServerClients[],
): Extract<StepEvidence, { kind: "wait-for-clients" }> => ({
  kind: "wait-for-clients",
  servers,
  left: countOf(servers),
  connectString: step.connectString,
});

/** The clients of each server, zkshift's own sessions left out. A server that does not answer has none. */
export const clientsOn = (step: ClientsStep, world: World): Promise<readonly ServerClients[]> =>
  Promise.all(
    step.servers.map(async (id): Promise<ServerClients> => {
      const { host, client, admin } = world.server(id);
      const all = await world.zookeeper.connections(client, admin);
      if (all === null) return { server: id, host, connections: [], count: await unnamed(world, id) };
      const own = new Set(world.ownSessions());
      const theirs = all
        .filter(({ session }) => !own.has(session))
        .toSorted((a, b) => (a.since ?? 0) - (b.since ?? 0) || (a.address < b.address ? -1 : 1));
      return { server: id, host, connections: theirs.slice(0, MOST_LISTED), count: theirs.length };
    }),
  );

/** Where nobody may ask who they are, `srvr` still tells how many, the asking connection itself included. */
const unnamed = async (world: World, id: ClientsStep["servers"][number]): Promise<number> => {
  const { client, admin } = world.server(id);
  const seen = await world.zookeeper.see(client, admin);
  return seen.status === "serving" ? Math.max(0, seen.connections - 1) : 0;
};
