// Builds what a step sees: the servers of the plan on their hosts, one shared session, the canary, the fence.
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { OpsError } from "../errors.ts";
import type { Observation } from "../model/ensemble.ts";
import type { ServerId } from "../model/ids.ts";
import { plan as planFor } from "../plan/planner.ts";
import type { Lease, Session } from "../ports.ts";
import type { Canary } from "../steps/canary.ts";
import { startCanary } from "../steps/canary.ts";
import type { ServerHandle, World } from "../steps/world.ts";
import { type AppDeps, ensembleSpec } from "./app-deps.ts";
import { adminOf, observe, placeMember } from "./observe.ts";
import { planOptions } from "./plan-options.ts";
import type { RunWriter } from "./run-writer.ts";

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

  const firstSeen = await observe(inventory, ensemble, deps, { withHosts: false });
  lastSeen = firstSeen;
  const servers: readonly ServerHandle[] = firstSeen.servers.map((server) => {
    const placement = placeMember(inventory, ensemble, server.member);
    return {
      id: server.id,
      host: server.host,
      client: server.client,
      admin: adminOf(placement, ensemble, server.client),
      ports: placement.host.ports,
      control: deps.hosts.server(placement),
    };
  });

  const sharedSession = async (): Promise<Session> => {
    if (session !== null && session.state() === "connected") return session;
    const broken = session;
    session = await deps.zookeeper.connect({ servers: servers.map((s) => s.client), auth, timeoutMs: 10_000 });
    await broken?.close().catch(() => {});
    return session;
  };

  const look = async (withHosts: boolean): Promise<Observation> => {
    // The shared session spares each look a session of its own, which would be a write to the ensemble.
    const shared = await sharedSession().catch(() => null);
    lastSeen = await observe(inventory, ensemble, deps, { withHosts, ...(shared === null ? {} : { session: shared }) });
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
    observe: ({ withHosts }) => look(withHosts),
    planAgain: async () => planFor(goal, await look(true), ensemble, await planOptions(inventory, ensemble, deps)),
    session: sharedSession,
    membership: async () => (await sharedSession()).getMembership(),
    writeTest: async (over) => {
      if (canary === null) throw new OpsError("bug", { what: "A write test was asked for without a canary." });
      await over.setData(canary.path, Buffer.from("proof"));
    },
    fence: () => {
      signal.throwIfAborted();
      lease.assertHeld();
      return lease.token;
    },
    waiting: (what) => {
      waiting = what;
    },
  });

  return {
    enter,
    ensureCanary: async () => {
      canary ??= await startCanary(deps, {
        run,
        parent: ensemble.canaryPath,
        servers: servers.map((server) => server.client),
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
      await canary?.stop();
      canary = null;
      await session?.close().catch(() => {});
      session = null;
    },
  };
};
