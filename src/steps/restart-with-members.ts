// Static configuration: brings servers to a new list of members, one at a time, those that follow first and who leads last.
// The leader must be the last: before it is restarted, a majority that can elect knows the new list.
import { OpsError } from "../errors.ts";
import type { Member } from "../model/ensemble.ts";
import type { ServerId } from "../model/ids.ts";
import type { StepOf } from "../model/plan.ts";
import { relist, runsWith, untilWhole } from "./relist.ts";
import { leaderOf, proveServes } from "./seeing.ts";
import type { StepHandler } from "./step-handler.ts";
import type { World } from "./world.ts";

type RestartStep = StepOf<"restart-with-members">;
type Restarted = { readonly server: number; readonly syncedMs: number; readonly led: boolean };

export const restartWithMembers: StepHandler<"restart-with-members"> = {
  timeLimitMs: (step) => step.timeoutMs * (step.servers.length + 1),
  check: async (step, world) => {
    const pending = await pendingIn(step.servers, step.members, world);
    return pending.length === 0 ? { kind: "done" } : { kind: "ready" };
  },
  apply: async (step, world) => inOrder(step, step.members, world),
  verify: async (step, world, applied) => {
    const [id] = step.servers;
    // Before that the new voter is none to a leader that counts by its own list.
    if (id !== undefined && roundOf(step, world).last === step) {
      await untilWhole({ id, watch: step.members, timeoutMs: step.timeoutMs }, world);
    }
    const servers: readonly Restarted[] = Array.isArray(applied) ? applied : [];
    for (const each of step.servers) await proveServes(world, world.server(each));
    return {
      kind: "restart-with-members",
      members: step.members.map((member) => member.id),
      servers: step.servers.map(
        (each) => servers.find(({ server }) => server === each) ?? { server: each, syncedMs: 0, led: false },
      ),
    };
  },
  /**
   * A round is not taken back step by step from its end: with the old list a server could not follow the new one, which
   * mostly leads by then. So the new voter becomes an observer first, then the others get the old list, and only then comes
   * back who had gone: a server calls only those of its list, and who has the lower id waits to be called. Of three or
   * four voters none may be missing meanwhile, so writes pause for some seconds.
   */
  undo: async (step, world) => {
    const { first, last } = roundOf(step, world);
    const [comer] = first.servers;
    // Before its round a server was only given a newer list to wait with: it waits as well with that one.
    if (comer === undefined || (step !== first && step !== last)) return "nothing-to-undo";
    const { timeoutMs } = step;
    await relist({ id: comer, list: first.before, watch: step.members, timeoutMs }, world);
    if (step !== last) return "undone";
    const others = step.before.filter(({ id }) => id !== step.replacing);
    await inOrder({ ...step, members: others }, step.before, world, "writes may pause");
    await relist({ id: step.replacing, list: step.before, watch: step.before, timeoutMs }, world);
    await world.server(step.replacing).control.markRetired(null, world.fence());
    return "undone";
  },
};

/** The steps in which a round's new server becomes a voter, and in which the others get the list. */
const roundOf = ({ replacing }: RestartStep, { plan }: World) => {
  const round = plan.steps.filter(
    (one): one is RestartStep => one.kind === "restart-with-members" && one.replacing === replacing,
  );
  const last = round.at(-1);
  const first = round.at(-2);
  if (first === undefined || last === undefined) {
    throw new OpsError("bug", { what: `The plan replaces server.${replacing} in half a round.` });
  }
  return { first, last };
};

const pendingIn = async (
  servers: readonly ServerId[],
  list: readonly Member[],
  world: World,
): Promise<readonly ServerId[]> => {
  const pending: ServerId[] = [];
  for (const id of servers) if (!(await runsWith({ id, list }, world))) pending.push(id);
  return pending;
};

const inOrder = async (
  { servers, members: watch, timeoutMs }: RestartStep,
  list: readonly Member[],
  world: World,
  quorum: "keeps serving" | "writes may pause" = "keeps serving",
): Promise<readonly Restarted[]> => {
  const done: Restarted[] = [];
  for (;;) {
    const pending = await pendingIn(servers, list, world);
    const leader = leaderOf(await world.observeMembers(watch))?.id;
    const next = pending.find((id) => id !== leader) ?? pending[0];
    if (next === undefined) return done;
    done.push(await relist({ id: next, list, watch, timeoutMs, mayPause: quorum === "writes may pause" }, world));
  }
};
