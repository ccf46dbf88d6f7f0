// Restarts one server with another static list of members: stopped with care, rewritten while it is down, waited for.
import type { Member, Observation } from "../model/ensemble.ts";
import type { ServerId } from "../model/ids.ts";
import { withMembers } from "../plan/member-lines.ts";
import { behindLeader, mayRestart } from "../plan/safety.ts";
import { seeServer } from "./joiner.ts";
import { leaderOf, notYetSynced } from "./seeing.ts";
import { stepFailed } from "./step-failed.ts";
import type { World } from "./world.ts";

/** How a server is to be: which members it lists, and who has to serve meanwhile. */
export type Relist = {
  readonly id: ServerId;
  /** What its zoo.cfg shall list. */
  readonly list: readonly Member[];
  /** Those whose service is watched while it is down, itself among them. */
  readonly watch: readonly Member[];
  readonly timeoutMs: number;
  /** True: a quorum need not be left while it is down. */
  readonly mayPause?: boolean;
};

type Watched = Omit<Relist, "list">;

/**
 * True when its process runs with that list. It is only rewritten while it is down, so a running process has read what
 * stands in its file.
 */
export const runsWith = async ({ id, list }: Pick<Relist, "id" | "list">, world: World): Promise<boolean> => {
  const { control } = world.server(id);
  const text = await control.readConfig();
  return withMembers(text, list, id) === text && (await control.isRunning());
};

/** Converges; safe to enter half-done. Answers how long it took to be back, and whether it led. */
export const relist = async (
  given: Relist,
  world: World,
): Promise<{ readonly server: number; readonly syncedMs: number; readonly led: boolean }> => {
  const { id, list } = given;
  const handle = world.server(id);
  const { control } = handle;
  const text = await control.readConfig();
  const wanted = withMembers(text, list, id);
  let led = false;
  if (wanted !== text) {
    if (await control.isRunning()) {
      const seen = await untilItMay(given, world);
      led = leaderOf(seen)?.id === id;
      await world.useServers(others(given));
      // A leader that is killed keeps writers waiting for less time than one that is asked to end.
      await control.stop(led ? "KILL" : "TERM", world.fence());
    }
    await control.writeConfig(wanted, world.fence());
  }
  const startedAt = world.clock.now();
  await control.start(world.fence());
  await untilBack(given, world);
  return { server: id, syncedMs: world.clock.now() - startedAt, led };
};

/** Waits until it may go down without the others' service suffering; answers what was seen then. */
const untilItMay = async ({ id, watch, timeoutMs, mayPause = false }: Watched, world: World): Promise<Observation> => {
  let last: Observation | null = null;
  await waitFor({ id, timeoutMs, what: "may not be restarted yet" }, world, async () => {
    last = await world.observeMembers(watch);
    const allowed = mayRestart(last, id, { mayPause });
    return allowed.ok ? null : allowed.why;
  });
  return last ?? world.observeMembers(watch);
};

/**
 * Waits until all of `watch` are one ensemble: they serve, in one epoch, and the leader counts them all as synced. Only then
 * may the next server leave for good: going on before it lost acknowledged writes.
 */
export const untilWhole = async ({ id, watch, timeoutMs }: Watched, world: World): Promise<Observation> => {
  let last: Observation | null = null;
  await waitFor({ id, timeoutMs, what: "is not one ensemble with the others yet" }, world, async () => {
    last = await world.observeMembers(watch);
    const seen = last;
    for (const server of seen.servers) {
      const missing = notYetSynced(seen, server.id);
      if (missing !== null) return missing;
    }
    return behindLeader(seen)[0] ?? null;
  });
  return last ?? world.observeMembers(watch);
};

/** It serves again. Whom the leader counts is asked when all have the list. */
const untilBack = async ({ id, timeoutMs }: Relist, world: World): Promise<void> => {
  const { control } = world.server(id);
  await waitFor({ id, timeoutMs, what: "did not come back" }, world, async () => {
    if ((await seeServer(world, id)).status === "serving") return null;
    if (await control.isRunning()) return `server.${id} to serve`;
    throw await stepFailed(world, world.server(id), `server.${id} ended by itself after its start.`);
  });
};

const others = ({ id, watch }: Watched): readonly ServerId[] =>
  watch.flatMap((member) => (member.id === id ? [] : [member.id]));

const waitFor = async (
  { id, timeoutMs, what }: { readonly id: ServerId; readonly timeoutMs: number; readonly what: string },
  world: World,
  missingNow: () => Promise<string | null>,
): Promise<void> => {
  const until = world.clock.now() + timeoutMs;
  for (;;) {
    const missing = await missingNow();
    if (missing === null) return;
    if (world.clock.now() > until) {
      const seconds = Math.round(timeoutMs / 1000);
      throw await stepFailed(
        world,
        world.server(id),
        `server.${id} ${what} after ${seconds} s: still waiting for ${missing}`,
      );
    }
    world.waiting(missing);
    await world.clock.sleep(100, world.signal);
  }
};
