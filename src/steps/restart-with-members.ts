// Static configuration: brings servers to a new list of members, one at a time, those that follow first and who leads last.
// The leader must be the last: before it is restarted, a majority that can elect knows the new list.
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
    const pending = await pendingIn(step, step.members, world);
    return pending.length === 0 ? { kind: "done" } : { kind: "ready" };
  },
  apply: async (step, world) => inOrder(step, step.members, world),
  verify: async (step, world, applied) => {
    const [id] = step.servers;
    // Before that the new voter is none to a leader that counts by its own list.
    if (id !== undefined && isLastOfRound(step, world)) {
      await untilWhole({ id, watch: step.members, timeoutMs: step.timeoutMs }, world);
    }
    const servers: readonly Restarted[] = Array.isArray(applied) ? applied : [];
    for (const id of step.servers) await proveServes(world, world.server(id));
    return {
      kind: "restart-with-members",
      members: step.members.map(({ id }) => id),
      servers: step.servers.map(
        (id) => servers.find(({ server }) => server === id) ?? { server: id, syncedMs: 0, led: false },
      ),
    };
  },
  undo: async (step, world) => {
    await inOrder(step, step.before, world);
    return "undone";
  },
};

/** Afterwards every server has the list. */
const isLastOfRound = (step: RestartStep, { plan }: World): boolean =>
  plan.steps.findLast((one) => one.kind === "restart-with-members" && one.replacing === step.replacing) === step;

const pendingIn = async (step: RestartStep, list: RestartStep["members"], world: World) => {
  const pending: RestartStep["servers"][number][] = [];
  for (const id of step.servers) if (!(await runsWith({ id, list }, world))) pending.push(id);
  return pending;
};

const inOrder = async (
  step: RestartStep,
  list: RestartStep["members"],
  world: World,
): Promise<readonly Restarted[]> => {
  const done: Restarted[] = [];
  for (;;) {
    const pending = await pendingIn(step, list, world);
    if (pending.length === 0) return done;
    const leader = leaderOf(await world.observeMembers(step.members))?.id;
    const next = pending.find((id) => id !== leader) ?? pending[0];
    if (next === undefined) return done;
    done.push(await relist({ id: next, list, watch: step.members, timeoutMs: step.timeoutMs }, world));
  }
};
