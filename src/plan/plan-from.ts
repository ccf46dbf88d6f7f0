// From a situation to a plan: what every plan has in common, whatever its steps. Pure.
import type { Gates } from "../model/inventory.ts";
import type { Basis, Plan, Planned, Step } from "../model/plan.ts";
import { expectedMs } from "./expect.ts";
import { planHash } from "./hash.ts";
import { checkRules } from "./rules.ts";
import type { Situation } from "./situation.ts";
import { withPause } from "./with-pause.ts";

/** `blocked` with every reason at once when a rule stands against it, else the plan with the steps that `stepsOf` gives. */
export const planFrom = (situation: Situation, stepsOf: (gates: Gates) => readonly Step[]): Planned => {
  const { goal, release, ensemble } = situation;
  const { stopping, staying, overridden, rulesChecked } = checkRules(situation);
  if (stopping.length > 0) return { kind: "blocked", findings: stopping, rulesChecked };

  const gates = goal.gates ?? ensemble.gates;
  const steps = withPause(stepsOf(gates), goal.pause);
  const plan: Plan = {
    goal,
    release,
    gates,
    basis: basisOf(situation),
    steps,
    findings: staying,
    rulesChecked,
    approvals: ensemble.approvers.quorum + (overridden ? 1 : 0),
    expectedMs: expectedMs(steps),
  };
  return { kind: "plan", plan, hash: planHash(plan) };
};

const basisOf = ({ seen, subjects }: Situation): Basis => ({
  seenAt: seen.seenAt,
  configSource: seen.membership.source,
  configVersion: seen.membership.version,
  servers: subjects.flatMap(({ id, server, serving }) =>
    serving === null
      ? []
      : [
          {
            id,
            host: server.host,
            role: server.member.role,
            mode: serving.mode,
            release: serving.release,
            client: `${server.client.host}:${server.client.port}`,
          },
        ],
  ),
});
