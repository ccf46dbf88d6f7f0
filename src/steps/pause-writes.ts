// Pauses writes, by the method that was asked for. Finished only when every server has refused a write of an ordinary client.
// How the pause is made and ended stands in the file of its method.
import { OpsError } from "../errors.ts";
import { formatZxid, zxid as zxidOf } from "../model/ids.ts";
import type { StepOf } from "../model/plan.ts";
import { pauseByAcl } from "./pause-by-acl.ts";
import { pauseByPorts } from "./pause-by-ports.ts";
import type { Paused, PauseWay } from "./pause-way.ts";
import type { StepHandler } from "./step-handler.ts";

const WAYS: Readonly<Record<StepOf<"pause-writes">["method"], PauseWay>> = {
  acl: pauseByAcl,
  ports: pauseByPorts,
};

export const wayOf = ({ method }: Pick<StepOf<"pause-writes">, "method">): PauseWay => WAYS[method];

export const pauseWrites: StepHandler<"pause-writes"> = {
  // `apply` itself goes on until there is nothing left to do: a further look would tell no more.
  timeLimitMs: 0,
  check: async (step, world) => {
    const why = await wayOf(step).whyNot(world);
    return why === null ? { kind: "ready" } : { kind: "refuse", failure: new OpsError("refused", why).failure };
  },
  apply: (step, world): Promise<Paused> => wayOf(step).pause(world),
  verify: async (step, world, applied) => {
    const paused = applied as Paused;
    world.waiting("a test write of an ordinary client to be refused");
    const refusedBy = await wayOf(step).refusals(world);
    // Whatever others have written has a lower zxid than this.
    const { mzxid } = await world.writeTest(await world.session());
    world.waiting(null);
    return { kind: "pause-writes", method: step.method, ...paused, refusedBy, zxid: formatZxid(zxidOf(mzxid)) };
  },
  undo: async (step, world) => {
    const restored = await wayOf(step).resume(world);
    world.waiting(null);
    return restored === 0 ? "nothing-to-undo" : "undone";
  },
};
