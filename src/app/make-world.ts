// Builds what a step sees: the servers of the plan on their hosts, one shared session, the canary, the fence.
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { codeOf, OpsError } from "../errors.ts";
import type { Address, Member, Observation } from "../model/ensemble.ts";
import type { HostName, ServerId } from "../model/ids.ts";
import type { EnsembleSpec, Inventory, Placement } from "../model/inventory.ts";
import { placeOn } from "../model/placement.ts";
import type { Plan } from "../model/plan.ts";
import { plan as planFor } from "../plan/planner.ts";
import type { Lease, Session } from "../ports.ts";
import { listInForce } from "../run/members-now.ts";
import { pauseInForce } from "../run/pause.ts";
import type { Canary } from "../steps/canary.ts";
import { startCanary } from "../steps/canary.ts";
import { letThrough } from "../steps/pause-by-ports.ts";
import { wayOf } from "../steps/pause-writes.ts";
import type { ServerHandle, World } from "../steps/world.ts";
import { type AppDeps, ensembleSpec } from "./app-deps.ts";
import { makeKeepUp } from "./keep-up.ts";
import { lookFor, type ObserveOptions, observe, observeMembers } from "./observe.ts";
import { adminOf, clientOf, placeMember } from "./place-member.ts";
import { planOptions } from "./plan-options.ts";
import type { RunWriter } from "./run-writer.ts";
import { placeOfBackupsOf, withBackup } from "./see-backup.ts";

/** A world that outlives one step: made when a worker takes a run up, closed when it puts it down. */
export type RunWorld = {
  /** The world as a step entered now sees it. */
  enter(): World;
  /** Starts the canary if it does not write yet; throws what its first write throws. */
  ensureCanary(): Promise<void>;
  canary(): Canary | null;
  stopCanary(): Promise<void>;
  lastSeen(): Observation | null;
  waitingFor(): string | null;
  close(): Promise<void>;
};

export const makeRunWorld = async (
  writer: RunWriter,
  deps: AppDeps,
  lease: Lease,
  signal: AbortSignal,
): Promise<RunWorld> => {
  const inventory = deps.inventory();
  const { run, plan, goal } = writer.state();
  const ensemble = ensembleSpec(inventory, goal.ensemble);
  const auth = ensemble.super === null ? null : deps.readSecret(ensemble.super);
  let session: Session | null = null;
  let canary: Canary | null = null;
  let lastSeen: Observation | null = null;
  let waiting: string | null = null;
  const keeping = makeKeepUp(deps);

  const lookAt = async (members: readonly Member[], withHosts: boolean): Promise<Observation> => {
    const membership = { source: "static", version: null, members } as const;
    lastSeen = await observeMembers(inventory, ensemble, deps, membership, { withHosts });
    return lastSeen;
  };

  let portsStayedClosed = true;
  if (pauseInForce(writer.state())?.method === "ports") {
    // Through closed ports a worker with another address than the one before it would see nobody serve.
    portsStayedClosed = await letThrough(run, gatesIn(plan, inventory, ensemble, deps), {
      hosts: deps.hosts,
      fence: () => {
        lease.assertHeld();
        return lease.token;
      },
    });
  }

  const known = listInForce(writer.state());
  const firstSeen =
    known === null ? await observe(inventory, ensemble, deps, { withHosts: false }) : await lookAt(known, false);
  lastSeen = firstSeen;
  const servers = serversOf(plan, firstSeen, inventory, ensemble, deps);
  /** Where zkshift's own sessions go; null: to the members that were seen last. */
  let preferred: readonly Address[] | null = null;
  const reachable = (): readonly Address[] => preferred ?? (lastSeen ?? firstSeen).servers.map(({ client }) => client);

  const sharedSession = async (): Promise<Session> => {
    if (session !== null && session.state() === "connected") return session;
    const broken = session;
    session = await deps.zookeeper.connect({ servers: reachable(), auth, timeoutMs: 10_000 });
    await broken?.close().catch(() => {});
    return session;
  };

  const look = async (options: Pick<ObserveOptions, "withHosts" | "to" | "closing">): Promise<Observation> => {
    const list = listInForce(writer.state());
    if (list !== null) return lookAt(list, options.withHosts);
    // The shared session spares each look a session of its own, which would be a write to the ensemble.
    // Where nobody served a moment ago, waiting for one to answer would only take time.
    const isServed = (lastSeen ?? firstSeen).servers.some(({ seen }) => seen.status === "serving");
    const shared = isServed ? await sharedSession().catch(() => null) : null;
    lastSeen = await observe(inventory, ensemble, deps, {
      ...options,
      ...(shared === null ? {} : { session: shared }),
    });
    return lastSeen;
  };

  const backupDirectory = join(deps.stateDir, "backups", goal.ensemble, run);
  mkdirSync(backupDirectory, { recursive: true, mode: 0o700 });

  const enter = (): World => ({
    run,
    plan,
    state: writer.state(),
    ensemble,
    auth,
    zookeeper: deps.zookeeper,
    hosts: deps.hosts,
    releases: deps.releases,
    clock: deps.clock,
    signal,
    canary,
    backups: deps.backups,
    backupsOf: (of) => placeOfBackupsOf(inventory, ensemble, of),
    backupDirectory,
    servers,
    server: (id: ServerId) => {
      const found = servers.find((server) => server.id === id);
      if (found === undefined) {
        throw new OpsError("stale", {
          what: `server.${id} is no longer a member of ${ensemble.name}.`,
          next: "Look at the configuration: somebody else changed the membership.",
        });
      }
      return found;
    },
    observe: ({ withHosts }) => look({ withHosts }),
    observeMembers: (members) => lookAt(members, false),
    planAgain: async () => {
      const looked = await look({ withHosts: true, ...lookFor(goal) });
      const seen = await withBackup(looked, goal, inventory, ensemble, deps.backups);
      return planFor(goal, seen, ensemble, await planOptions(inventory, ensemble, deps, goal));
    },
    session: sharedSession,
    membership: async () => {
      const shared = await sharedSession();
      // Its server may not have heard yet of a change that was made through another one.
      await shared.sync("/");
      return shared.getMembership();
    },
    useServers: async (ids) => {
      const next = servers.filter(({ id }) => ids.includes(id)).map(({ client }) => client);
      if (next.length === 0) return;
      preferred = next;
      const old = session;
      session = null;
      // Where none of them answers just now, the next request opens one.
      await sharedSession().catch(() => {});
      await old?.close().catch(() => {});
      await canary?.use(next);
    },
    ownSessions: () => [session?.id(), canary?.sessionId()].filter((id) => id !== undefined),
    writeTest: async (over) => {
      if (canary === null) throw new OpsError("bug", { what: "A write test was asked for without a canary." });
      try {
        return await over.setData(canary.path, Buffer.from("proof"));
      } catch (error) {
        if (codeOf(error) !== "NO_NODE") throw error;
        // It is ephemeral: gone for a moment when the canary has lost its session, and made again by its next write.
        throw new OpsError("transient", {
          what: "The canary's znode is just being made again.",
          next: "It is tried again.",
        });
      }
    },
    fence: () => {
      signal.throwIfAborted();
      lease.assertHeld();
      return lease.token;
    },
    keepUp: (keep) => keeping.use(keep),
    portsStayedClosed,
    isEndAsked: async () => {
      const { resumeWritesAsked, stopAsked } = await writer.refresh();
      return resumeWritesAsked !== null || stopAsked !== null;
    },
    waiting: (what) => {
      waiting = what;
    },
  });

  // Another worker may have made the pause that is in force.
  const pause = pauseInForce(writer.state());
  if (pause !== null && writer.state().steps[pause.step]?.state === "done") {
    const { keep } = wayOf({ method: pause.method });
    if (keep !== undefined) {
      await keep(enter()).catch((error: unknown) => deps.log.warn({ err: error }, "could not be renewed"));
      await keeping.use(() => keep(enter()));
    }
  }

  return {
    enter,
    ensureCanary: async () => {
      canary ??= await startCanary(deps, {
        run,
        parent: ensemble.canaryPath,
        servers: reachable(),
        auth,
      });
    },
    canary: () => canary,
    stopCanary: async () => {
      await canary?.stop();
      canary = null;
    },
    lastSeen: () => lastSeen,
    waitingFor: () => waiting,
    close: async () => {
      await keeping.use(null);
      await canary?.stop();
      canary = null;
      await session?.close().catch(() => {});
      session = null;
    },
  };
};

/** The servers of the plan, members or not: those that come and those that have gone have their handles too. */
const serversOf = (
  plan: Plan,
  seen: Observation,
  inventory: Inventory,
  ensemble: EnsembleSpec,
  deps: Pick<AppDeps, "hosts">,
): readonly ServerHandle[] => {
  const handle = (placement: Placement, client: Address): ServerHandle => ({
    id: placement.id,
    host: placement.host.name,
    client,
    admin: adminOf(placement, ensemble, client),
    ports: placement.host.ports,
    control: deps.hosts.server(placement),
    dynamicFile: `${placement.host.paths.conf}/zoo.cfg.dynamic`,
  });
  const handles = new Map<ServerId, ServerHandle>();
  for (const { member, client } of seen.servers) {
    handles.set(member.id, handle(placeMember(inventory, ensemble, member), client));
  }
  for (const { id, host, client } of comingAndGoing(plan)) {
    const spec = inventory.hosts.get(host);
    if (spec === undefined || handles.has(id)) continue;
    const placement = placeOn(ensemble, id, spec);
    handles.set(id, handle(placement, client ?? clientOf(placement, null)));
  }
  return [...handles.values()];
};

/** Where a run may have client ports closed, as the plan alone tells it. */
const gatesIn = (plan: Plan, inventory: Inventory, ensemble: EnsembleSpec, deps: Pick<AppDeps, "hosts">) =>
  comingAndGoing(plan).flatMap(({ id, host, client }) => {
    const spec = inventory.hosts.get(host);
    if (spec === undefined || client === null) return [];
    return [{ client, gate: deps.hosts.server(placeOn(ensemble, id, spec)).portGate }];
  });

type Placed = { readonly id: ServerId; readonly host: HostName; readonly client: Address | null };

const comingAndGoing = ({ basis, steps }: Plan): readonly Placed[] => [
  ...basis.servers.map(({ id, host, client }) => ({ id, host, client: addressIn(client) })),
  ...steps.flatMap((step): readonly Placed[] => {
    switch (step.kind) {
      case "prepare-server":
        return [{ id: step.server, host: step.host, client: addressIn(step.place.client) }];
      case "retire-server":
        return [{ id: step.server, host: step.host, client: null }];
      default:
        return [];
    }
  }),
];

/** `10.0.0.1:2181`, `::1:2181` → address. */
const addressIn = (text: string): Address => {
  const colon = text.lastIndexOf(":");
  return { host: text.slice(0, colon), port: Number(text.slice(colon + 1)) };
};
