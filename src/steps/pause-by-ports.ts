// The pause by closed ports: the hosts' firewalls let nobody but zkshift to the client ports. Nothing of the ensemble is changed; who
// is connected is cut off. It opens by itself when it is not renewed, so it lasts only while a worker has the run in hand.
import { failureOf, OpsError } from "../errors.ts";
import type { Address } from "../model/ensemble.ts";
import { isEphemeral } from "../model/ephemeral.ts";
import type { RunId } from "../model/ids.ts";
import { getKey, parseZooCfg } from "../model/zoo-cfg.ts";
import type { FenceToken, Hosts, PortGate } from "../ports.ts";
import { onEveryServer } from "./on-every-server.ts";
import { walkOptions } from "./pause-by-acl.ts";
import type { PauseWay } from "./pause-way.ts";
import { walkZnodes } from "./walk-znodes.ts";
import type { ServerHandle, World } from "./world.ts";

/** A worker that takes over from one that was killed is there within 12 s; whoever waits longer for one opens the ports. */
const LIFE_MS = 30_000;

type Looked = Awaited<ReturnType<PortGate["look"]>> & { readonly server: ServerHandle };

export const pauseByPorts: PauseWay = {
  byAcl: false,
  whyNot: async (world) => {
    const looked = await lookAtAll(world).catch((error: unknown) => {
      if (error instanceof OpsError && error.kind === "refused") return error.failure;
      throw error;
    });
    if ("what" in looked) return { what: looked.what, left: "No port was closed.", next: looked.next };
    const shutOut = looked.find(({ problem }) => problem !== null);
    if (shutOut !== undefined)
      return {
        what: `Closing the client port of server.${shutOut.server.id} would shut zkshift out: ${shutOut.problem}`,
        left: "No port was closed.",
        next: INSTEAD,
      };
    if (looked.every(({ isOwnMachine }) => isOwnMachine))
      return {
        what: "Every server runs on zkshift's own machine, where a firewall cannot tell its connections from those of clients.",
        left: "No port was closed.",
        next: INSTEAD,
      };
    return null;
  },
  pause: async (world) => {
    world.waiting("client ports to be closed");
    const looked = await lookAtAll(world);
    await closeAll(world, looked);
    await world.keepUp(() => keepClosed(world));
    const counts = await countZnodes(world);
    return {
      ...counts,
      fenced: 0,
      saved: null,
      through: [...new Set(looked.flatMap(({ through }) => through))],
      ownMachine: looked.flatMap(({ server, isOwnMachine }) => (isOwnMachine ? [server.id] : [])),
    };
  },
  refusals: async (world) => {
    const looked = await lookAtAll(world);
    const seen = await world.observe({ withHosts: false });
    const serving = new Set(seen.servers.filter(({ seen: { status } }) => status === "serving").map(({ id }) => id));
    const tried = world.servers.filter(({ id }) => serving.has(id));
    const from = looked.filter(({ isOwnMachine }) => !isOwnMachine).map(({ server }) => server);
    const answers = await onEveryServer(
      from,
      "It could not be tried whether the ports are closed",
      async ({ control }) => control.portGate.tryFrom(tried.map(({ client }) => client)),
    );
    const open = tried.find((_, i) => answers.some((answer) => answer[i] === "connected"));
    if (open !== undefined)
      throw new OpsError("step-failed", {
        what: `server.${open.id} at ${open.client.host}:${open.client.port} could still be reached from another host although its port is closed there.`,
        left: "The ports open again at once.",
        next: `See \`nft list ruleset\` on ${open.host}: something lets the traffic in another way. ${INSTEAD}`,
      });
    return tried.flatMap(({ id }, i) => (answers.some((answer) => answer[i] === "refused") ? [id] : []));
  },
  keep: (world) => keepClosed(world),
  resume: async (world) => {
    await world.keepUp(null);
    world.waiting("client ports to be opened");
    const opened = await Promise.all(
      world.servers.map(async ({ control }): Promise<"open" | "closed" | "by itself"> => {
        try {
          return (await control.portGate.open(world.run, world.fence())) ? "closed" : "open";
        } catch (error) {
          world.signal.throwIfAborted();
          if (failureOf(error).kind === "bug") throw error;
          return "by itself";
        }
      }),
    );
    if (opened.includes("by itself")) {
      world.waiting("the client ports of a host that cannot be reached to open by themselves");
      await world.clock.sleep(LIFE_MS, world.signal);
    }
    return opened.filter((one) => one !== "open").length;
  },
};

const INSTEAD = "Ask again with `pause acl`, which needs nothing on the hosts, or without a pause.";

/** Ports that a server takes clients at: its own, and the TLS ports that any of the servers has (they are alike). */
const lookAtAll = async (world: World): Promise<readonly Looked[]> => {
  const secure = new Set(
    (
      await Promise.all(
        world.plan.basis.servers.map(async ({ id }) => {
          const text = await world.server(id).control.readConfig();
          return Number(getKey(parseZooCfg(text), "secureClientPort") ?? 0);
        }),
      )
    ).filter((port) => port > 0),
  );
  return onEveryServer(world.servers, "It could not be looked whether ports can be closed", async (server) => ({
    ...(await server.control.portGate.look({
      ports: [...new Set([server.client.port, ...secure])],
      client: server.client,
    })),
    server,
  }));
};

const closeAll = async (world: World, looked: readonly Looked[]): Promise<void> => {
  const of = new Map(looked.map((each) => [each.server.id, each]));
  await onEveryServer(
    looked.map(({ server }) => server),
    "The client ports could not be closed",
    async ({ id, control }) => {
      const { places = [], through = [] } = of.get(id) ?? {};
      await control.portGate.close({ run: world.run, places, through, lifeMs: LIFE_MS }, world.fence());
    },
    "Ports that were closed open by themselves within half a minute.",
  );
};

/**
 * For a worker that has taken over: keeps closed what is closed and lets its own addresses through, before it looks at the ensemble.
 * What fails here is tried again by whoever keeps the ports closed. True when all of them were found closed.
 */
export const letThrough = async (
  run: RunId,
  servers: readonly { readonly client: Address; readonly gate: PortGate }[],
  { hosts, fence }: { readonly hosts: Pick<Hosts, "sourcesTo">; readonly fence: () => FenceToken },
): Promise<boolean> => {
  const renewed = await Promise.allSettled(
    servers.map(async ({ client, gate }) =>
      gate.renew({ run, through: await hosts.sourcesTo(client), lifeMs: LIFE_MS }, fence()),
    ),
  );
  return renewed.every((one) => one.status === "fulfilled" && one.value);
};

/** A host that cannot be reached opens by itself; where that has happened it is closed again, and the proof tells what was written. */
const keepClosed = async (world: World): Promise<void> => {
  const renewed = await Promise.allSettled(
    world.servers.map(async (server) => {
      const through = await world.hosts.sourcesTo(server.client);
      const isClosed = await server.control.portGate.renew({ run: world.run, through, lifeMs: LIFE_MS }, world.fence());
      return isClosed ? null : server.id;
    }),
  );
  const open = new Set(renewed.flatMap((one) => (one.status === "fulfilled" && one.value !== null ? [one.value] : [])));
  if (open.size > 0)
    await closeAll(
      world,
      (await lookAtAll(world)).filter(({ server }) => open.has(server.id)),
    );
  const failed = renewed.find((one) => one.status === "rejected");
  if (failed?.status === "rejected") throw failed.reason;
};

/** Counted when nobody writes any more, for the comparison at the end. */
const countZnodes = async (world: World): Promise<{ readonly znodes: number; readonly persistent: number }> => {
  const session = await world.session();
  await session.sync("/");
  const counts = { znodes: 0, persistent: 0 };
  await walkZnodes(session, walkOptions(world), async (path) => {
    const stat = await session.exists(path);
    if (stat === null) return false;
    counts.znodes++;
    if (!isEphemeral(stat)) counts.persistent++;
    world.waiting(`znodes to be counted (${counts.znodes} so far)`);
    return true;
  });
  return counts;
};
