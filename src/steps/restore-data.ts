// Exchanges the data of all servers for a backup's, and takes that back. Nobody serves meanwhile, so it is one step: it ends with
// every server on the same data and serving, or is held; nothing else can end it. What is done is read from the hosts each time.
import { OpsError } from "../errors.ts";
import type { Member, Observation } from "../model/ensemble.ts";
import { epochOf, zxid } from "../model/ids.ts";
import type { StepOf } from "../model/plan.ts";
import { epochToKeep } from "../model/restore.ts";
import type { RestoringSeen } from "../ports.ts";
import { onEveryServer } from "./on-every-server.ts";
import { setMembershipRight } from "./restored-membership.ts";
import { leaderOf, notYetSynced, seenServer } from "./seeing.ts";
import { stepFailed } from "./step-failed.ts";
import type { StepHandler } from "./step-handler.ts";
import { howItEnded } from "./still-runs.ts";
import type { ServerHandle, World } from "./world.ts";

type RestoreStep = StepOf<"restore-data">;
type Applied = { readonly stoppedAt: number | null; readonly membershipSet: boolean };

/** A JVM needs about a second to open its client port; asking before then whether it lives only slows it down. */
const JVM_START_MS = 1_500;

export const LEFT_AFTER_EXCHANGE = "Every server was started, all of them with the same data.";
export const NEXT_AFTER_EXCHANGE =
  "Mend the cause, which the end of its log should tell; then Retry, which goes on; or Roll back, which puts the former data of every server back.";

export const restoreData: StepHandler<"restore-data"> = {
  // `apply` waits for all that it needs by itself.
  timeLimitMs: 0,
  check: async () => ({ kind: "ready" }),
  apply: async (step, world): Promise<Applied> => {
    const servers = serversOf(step, world);
    let stoppedAt: number | null = null;
    if (!(await lookAll(servers, world)).every(({ laid }) => laid)) {
      stoppedAt = world.clock.now();
      await exchange(step, servers, world);
    }
    await startAll(servers, world);
    await untilSynced(step.members, servers, step.timeoutMs, world);
    world.waiting("the members that the servers tell clients");
    const membershipSet = await setMembershipRight(servers, step.members, world);
    return { stoppedAt, membershipSet };
  },
  verify: async (step, world, applied) => {
    const { stoppedAt, membershipSet } = applied as Applied;
    const servers = serversOf(step, world);
    const looks = await lookAll(servers, world);
    const seen = await world.observeMembers(step.members);
    return {
      kind: "restore-data",
      backup: step.backup,
      downMs: stoppedAt === null ? null : world.clock.now() - stoppedAt,
      epoch: `0x${epochOf(leaderOf(seen)?.seen.zxid ?? zxid(0n)).toString(16)}`,
      servers: seen.servers.map(({ id, seen: now }) => ({
        id,
        mode: now.status === "serving" ? now.mode : now.status,
      })),
      kept: servers.map(({ id, host }, i) => ({ server: id, host, folders: looks[i]?.kept ?? [] })),
      membershipSet,
    };
  },
  undo: async (step, world) => {
    const servers = serversOf(step, world);
    const looks = await lookAll(servers, world);
    if (looks.every(({ ran }) => ran === null)) return "nothing-to-undo";
    await stopAll(step.members, servers, world);
    const epoch = epochToKeep(await lookAll(servers, world));
    world.waiting("the former data to be put back on every server");
    await onEveryServer(servers, "The former data could not be put back", ({ control }) =>
      control.putBack(world.run, epoch, world.fence()),
    );
    // Those that were down before stay down: what they had did not serve.
    await startAll(
      servers.filter((_, i) => looks[i]?.ran === true),
      world,
    );
    const before = new Set(world.plan.basis.servers.map(({ id }) => id));
    await untilSynced(
      step.members,
      servers.filter(({ id }) => before.has(id)),
      step.timeoutMs,
      world,
    );
    return "undone";
  },
};

const serversOf = (step: RestoreStep, world: World): readonly ServerHandle[] =>
  step.members.map(({ id }) => world.server(id));

const lookAll = (servers: readonly ServerHandle[], world: World): Promise<readonly RestoringSeen[]> =>
  onEveryServer(servers, "How far the restore has come could not be read", ({ control }) =>
    control.restoring(world.run),
  );

/** Stops all, then exchanges their data. Until the first exchange a failure brings the servers back as they were. */
const exchange = async (step: RestoreStep, servers: readonly ServerHandle[], world: World): Promise<void> => {
  let isUntouched = false;
  try {
    await onEveryServer(servers, "It could not be noted which servers run", ({ control }) =>
      control.noteBeforeRestore(world.run, world.fence()),
    );
    isUntouched = !(await lookAll(servers, world)).some(({ laid }) => laid);
    await stopAll(step.members, servers, world);
    const looks = await lookAll(servers, world);
    const missing = servers.find((_, i) => looks[i]?.staged !== true);
    if (missing !== undefined) throw notStaged(missing);
    const epoch = epochToKeep(looks.filter((_, i) => step.members[i]?.role === "participant"));
    world.waiting("the backup's data to take their place on every server");
    // From here on servers may hold different data: none is started before all are through.
    isUntouched = false;
    await onEveryServer(servers, "The backup's data could not be put in their place", ({ control }) =>
      control.layBackup(world.run, Math.max(epoch, ...looks.map((look) => look.epoch)), world.fence()),
    );
  } catch (error) {
    if (isUntouched && !world.signal.aborted) await bringBackAll(servers, world);
    throw error;
  }
};

/** Best effort: what went wrong before is what people have to know. */
const bringBackAll = async (servers: readonly ServerHandle[], world: World): Promise<void> => {
  await Promise.allSettled(
    servers.map(async ({ control }) => {
      const { ran, pid } = await control.restoring(world.run);
      if (ran === true && pid === null) await control.start(world.fence());
    }),
  );
};

/** Whoever follows first, so that no election comes in between, which would cost an epoch; then who leads. */
const stopAll = async (members: readonly Member[], servers: readonly ServerHandle[], world: World): Promise<void> => {
  const leader = leaderOf(await world.observeMembers(members))?.id ?? null;
  world.waiting("every server to stop");
  const stop = (some: readonly ServerHandle[]) =>
    onEveryServer(some, "A server could not be stopped", ({ control }) => control.stop("TERM", world.fence()));
  await stop(servers.filter(({ id }) => id !== leader));
  await stop(servers.filter(({ id }) => id === leader));
};

const startAll = async (servers: readonly ServerHandle[], world: World): Promise<void> => {
  world.waiting("every server to start");
  await onEveryServer(
    servers,
    "A server could not be started",
    ({ control }) => control.start(world.fence()),
    "Servers that were started run. Whichever are down are down with their data in place.",
  );
};

/** Throws `step-failed` when one of `servers` has ended, or is not synced in time. */
const untilSynced = async (
  members: readonly Member[],
  servers: readonly ServerHandle[],
  timeoutMs: number,
  world: World,
): Promise<void> => {
  const startedAt = world.clock.now();
  const pids = await onEveryServer(servers, "A server's process could not be looked for", ({ control }) =>
    control.pid(),
  );
  for (;;) {
    world.signal.throwIfAborted();
    const seen = await world.observeMembers(members);
    const waiting = servers.find(({ id }) => notYetSynced(seen, id) !== null);
    if (waiting === undefined) return;
    const why = notYetSynced(seen, waiting.id) ?? "";
    await beginEpoch(seen, world);
    const waited = world.clock.now() - startedAt;
    if (waited > JVM_START_MS) await failIfEnded(servers, pids, seen, world);
    if (waited > timeoutMs) {
      throw await notBack(
        world,
        waiting,
        `Not all servers are back ${Math.round(timeoutMs / 1000)} s after their start: still waiting for ${why}.`,
      );
    }
    world.waiting(why);
    await world.clock.sleep(100, world.signal);
  }
};

/**
 * Followers show the new epoch only from its first transaction on, and where no client comes there is none: a session's beginning
 * is one. Where it does not come about yet, it is tried again at the next look.
 */
const beginEpoch = async (seen: Observation, world: World): Promise<void> => {
  const leader = leaderOf(seen);
  if (leader === null || (leader.seen.zxid & 0xffffffffn) !== 0n) return;
  const { client } = seenServer(seen, leader.id);
  await world.zookeeper
    .connect({ servers: [client], timeoutMs: 5_000 })
    .then((session) => session.close())
    .catch(() => undefined);
};

const failIfEnded = async (
  servers: readonly ServerHandle[],
  pids: readonly (number | null)[],
  seen: Observation,
  world: World,
): Promise<void> => {
  for (const [i, server] of servers.entries()) {
    if (seenServer(seen, server.id).seen.status === "serving") continue;
    const ended = await howItEnded(server, pids[i] ?? null);
    if (ended !== null) throw await notBack(world, server, ended);
  }
};

/** With the end of the server's log, as any step's failure; what was left is another here. */
const notBack = async (world: World, server: ServerHandle, what: string): Promise<OpsError> => {
  const { failure } = await stepFailed(world, server, what);
  return new OpsError("step-failed", {
    ...failure,
    left: LEFT_AFTER_EXCHANGE,
    next: NEXT_AFTER_EXCHANGE,
  });
};

const notStaged = ({ host }: ServerHandle): OpsError =>
  new OpsError("step-failed", {
    what: `The backup's data no longer lie beside the server's on ${host}: somebody has removed them.`,
    left: "No server's data were exchanged; the servers that ran are started again.",
    next: "Roll back, then ask for the restore again.",
  });
