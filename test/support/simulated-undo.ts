// Takes steps of a plan back on a simulated ensemble, as the steps' own undo is meant to.
import type { Member } from "../../src/model/ensemble.ts";
import type { ServerId } from "../../src/model/ids.ts";
import type { Plan, Step, StepOf } from "../../src/model/plan.ts";
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
  write,
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
    case "restart-with-members":
      return undoLists(ensemble, step, steps);
    case "retire-server": {
      // Dynamic: the undo of its removal starts it.
      if (ensemble.isDynamic || find(ensemble, step.server).state !== "stopped") return [ensemble];
      const round = roundOf(step.server, steps);
      return round.length === 0 ? [ensemble] : comeBack(ensemble, step.server, round.at(-1)?.before ?? []);
    }
    default:
      return [ensemble];
  }
};

type Restart = StepOf<"restart-with-members">;

const roundOf = (replacing: ServerId, steps: readonly Step[]): readonly Restart[] =>
  steps.filter((one): one is Restart => one.kind === "restart-with-members" && one.replacing === replacing);

/** Who came loses its vote, the others get the old list, and only then comes back who went: they must know it to let it in. */
const undoLists = (
  ensemble: SimulatedEnsemble,
  step: Restart,
  steps: readonly Step[],
): readonly SimulatedEnsemble[] => {
  const round = roundOf(step.replacing, steps);
  const [first, last] = [round.at(-2), round.at(-1)];
  if (first === undefined || last === undefined || (step !== first && step !== last)) return [ensemble];
  const instants = [ensemble];
  const [comer] = first.servers;
  if (comer !== undefined && find(ensemble, comer).member.role !== observedRole(first, comer)) {
    instants.push(...restartWith(lastOf(instants), [comer], () => first.before));
    // What only it and the leader had acknowledged so far is known to the others too, once a write needs them.
    instants.push(write(lastOf(instants)));
  }
  if (step !== last) return instants;
  instants.push(...restartWith(lastOf(instants), last.servers, () => last.before));
  instants.push(...comeBack(lastOf(instants), step.replacing, last.before));
  return instants;
};

const observedRole = ({ before }: Restart, id: ServerId) => before.find((member) => member.id === id)?.role;

const comeBack = (ensemble: SimulatedEnsemble, id: ServerId, list: readonly Member[]): readonly SimulatedEnsemble[] => {
  const known = change(ensemble, id, (server) => ({ ...server, file: list, retired: false }));
  const started = start(known, id);
  return [started, sync(started, id)];
};
