// Takes steps of a plan back on a simulated ensemble, as the steps' own undo is meant to.
import type { Plan, Step } from "../../src/model/plan.ts";
import type { SimulatedEnsemble } from "./simulated-ensemble.ts";
import {
  addMember,
  change,
  find,
  giveRole,
  lastOf,
  removeMember,
  restartWith,
  start,
  stop,
  sync,
} from "./simulated-steps.ts";

/** Every instant of undoing the first `done` steps of a plan, the last one first. */
export const undoPlan = (
  ensemble: SimulatedEnsemble,
  plan: Pick<Plan, "steps">,
  done: number,
): readonly SimulatedEnsemble[] => {
  const instants = [ensemble];
  for (const step of plan.steps.slice(0, done).reverse()) instants.push(...undo(lastOf(instants), step, plan));
  return instants;
};

const undo = (
  ensemble: SimulatedEnsemble,
  step: Step,
  { steps }: Pick<Plan, "steps">,
): readonly SimulatedEnsemble[] => {
  switch (step.kind) {
    case "prepare-server":
      return [{ ...ensemble, servers: ensemble.servers.filter(({ id }) => id !== step.server) }];
    case "start-server":
      return [stop(ensemble, step.server)];
    case "add-member":
      return [removeMember(ensemble, step.member.id)];
    case "remove-member": {
      const { id } = step.member;
      const instants = [ensemble];
      if (find(ensemble, id).state === "stopped") {
        const lines = ensemble.servers.filter(({ isMember }) => isMember).map(({ member }) => member);
        const file = [...lines, { ...step.member, role: "observer" as const }];
        instants.push(
          start(
            change(ensemble, id, (server) => ({ ...server, file, retired: false })),
            id,
          ),
        );
        instants.push(sync(lastOf(instants), id));
      }
      return [...instants, addMember(lastOf(instants), step.member)];
    }
    case "hand-over-leadership": {
      const instants = [ensemble];
      if (find(ensemble, step.server).state === "stopped") {
        instants.push(start(ensemble, step.server));
        instants.push(sync(lastOf(instants), step.server));
      }
      const { member } = find(ensemble, step.server);
      return member.role === "observer"
        ? [...instants, giveRole(lastOf(instants), step.server, "participant")]
        : instants;
    }
    case "restart-with-members": {
      const comes = step.members.find(({ id }) => !step.before.some((member) => member.id === id && member.role === "participant"));
      return comes === undefined || step.servers.join() === String(comes.id)
        ? backToObserver(ensemble, step.servers, step.before)
        : undoRound(ensemble, step, comes.id);
    }
    case "retire-server": {
      // Dynamic: the undo of its removal starts it.
      if (ensemble.isDynamic || find(ensemble, step.server).state !== "stopped") return [ensemble];
      const round = steps.findLast((one) => one.kind === "restart-with-members" && one.replacing === step.server);
      return round?.kind === "restart-with-members" ? comeBack(ensemble, step.server, round.before) : [ensemble];
    }
    default:
      return [ensemble];
  }
};

/**
 * A round is undone like a round, the other way about: who came loses its vote, who went comes back, then the others get
 * the old list. The plain reverse would wait for ever: a server with the old list cannot follow the one who came.
 */
const undoRound = (
  ensemble: SimulatedEnsemble,
  { replacing, servers, before }: StepOf<"restart-with-members">,
  comes: ServerId,
): readonly SimulatedEnsemble[] => {
  const instants = [ensemble];
  const line = find(ensemble, comes).member;
  instants.push(...backToObserver(ensemble, [comes], [...before, { ...line, role: "observer" }]));
  instants.push(...comeBack(lastOf(instants), replacing, before));
  instants.push(...restartWith(lastOf(instants), servers, () => before));
  return instants;
};
