// What a migration's plan says of servers: who comes for whom, who goes, who is there at the end, and from where on going
// back is no longer cheap. Pure: read from the steps, so that it is true of whatever was planned.
import type { Plan, Step, StepKind, StepOf } from "../../src/model/plan.ts";
import type { RunState } from "../../src/run/state.ts";

const stepsOf = <K extends StepKind>(plan: Plan, kind: K): readonly StepOf<K>[] =>
  plan.steps.filter((step): step is StepOf<K> => step.kind === kind);

/** A server that comes. */
export type Comer = StepOf<"prepare-server">;

export const comers = (plan: Plan): readonly Comer[] => stepsOf(plan, "prepare-server");

type OldServer = { readonly id: number; readonly host: string };

/** Servers that go, by id: those that are retired, and any that only leave the ensemble. */
export const leavers = (plan: Plan): readonly OldServer[] => {
  const hosts = new Map<number, string>(plan.basis.servers.map(({ id, host }) => [id, host]));
  for (const { server, host } of stepsOf(plan, "retire-server")) hosts.set(server, host);
  const ids = [
    ...stepsOf(plan, "retire-server").map(({ server }) => Number(server)),
    ...stepsOf(plan, "remove-member").map(({ member }) => Number(member.id)),
  ];
  return [...new Set(ids)].sort((a, b) => a - b).map((id) => ({ id, host: hosts.get(id) ?? "" }));
};

/** Servers of today that are there afterwards too. */
export const stayers = (plan: Plan): Plan["basis"]["servers"] => {
  const gone = leavers(plan).map(({ id }) => id);
  return plan.basis.servers.filter(({ id }) => !gone.includes(id));
};

type Resident = { readonly id: number; readonly host: string; readonly client: string };

/** Who is in the ensemble at the end, by id. */
export const serversAfter = (plan: Plan): readonly Resident[] =>
  [
    ...stayers(plan).map(({ id, host, client }) => ({ id, host, client })),
    ...comers(plan).map(({ server, host, place }) => ({ id: server, host, client: place.client })),
  ].sort((a, b) => a.id - b.id);

/** What clients are given from now on. */
export const newConnectString = (plan: Plan): string =>
  stepsOf(plan, "wait-for-clients")[0]?.connectString ??
  serversAfter(plan)
    .map(({ client }) => client)
    .join(",");

/** True where lists are rewritten by restarts (3.4) instead of by reconfig. */
export const isByRestarts = (plan: Plan): boolean => stepsOf(plan, "restart-with-members").length > 0;

/** True of the restart in which a new server takes an old one's place; before that it may be restarted to be known to more. */
export const takesPlace = ({ members, replacing }: StepOf<"restart-with-members">): boolean =>
  members.every(({ id }) => id !== replacing);

/** Old servers are stopped, or restarted with another list: to take that back costs a start. */
const COSTS: readonly StepKind[] = ["hand-over-leadership", "retire-server", "restart-with-members"];

/** Index of the first step whose taking back costs the start of a server; null when there is none. */
export const pointOfNoCheapReturn = (plan: Plan): number | null => {
  const index = plan.steps.findIndex(({ kind }) => COSTS.includes(kind));
  return index === -1 ? null : index;
};

const isTouched = (state: RunState, index: number): boolean => {
  const now = state.steps[index]?.state;
  return now !== undefined && now !== "todo" && now !== "undone";
};

/** True once going back costs the start of servers. */
export const isPastCheapReturn = (state: RunState): boolean =>
  state.plan.steps.some(({ kind }, index) => COSTS.includes(kind) && isTouched(state, index));

/** Whether a step was done and not taken back. */
export const isDone = (state: RunState, fits: (step: Step) => boolean): boolean =>
  state.plan.steps.some((step, index) => state.steps[index]?.state === "done" && fits(step));
