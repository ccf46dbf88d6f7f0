// Ensembles and wishes as fast-check makes them up: three to seven voters, up to two observers, the leader anywhere,
// releases mixed, membership dynamic or static.
import fc from "fast-check";
import type { Observation } from "../../src/model/ensemble.ts";
import type { UpgradeGoal } from "../../src/model/goal.ts";
import type { EnsembleSpec, Gates } from "../../src/model/inventory.ts";
import { type Release, release } from "../../src/model/release.ts";
import { type PlanOptions, planUpgrade } from "../../src/plan/upgrade.ts";
import { sampleGoal, sampleSpec } from "../support/sample-ensemble.ts";
import { observe, type SimulatedEnsemble, simulateEnsemble } from "../support/simulated-ensemble.ts";

export type Wish = {
  readonly ensemble: SimulatedEnsemble;
  readonly goal: UpgradeGoal;
  readonly spec: EnsembleSpec;
  readonly options: PlanOptions;
};

const TARGET = release("3.9.6");
/** Old releases a mixed ensemble may still run; a line each, so that a mix is one that occurs. */
const OLD: readonly (readonly string[])[] = [["3.8.0"], ["3.8.0", "3.8.6"], ["3.9.4", "3.9.5"], ["3.4.13"], ["3.9.7"]];

export const wish: fc.Arbitrary<Wish> = fc
  .record({
    voters: fc.integer({ min: 3, max: 7 }),
    observers: fc.integer({ min: 0, max: 2 }),
    leader: fc.nat(6),
    old: fc.constantFrom(...OLD),
    picks: fc.array(fc.nat(9), { minLength: 9, maxLength: 9 }),
    noSnapshot: fc.nat(511),
    isDynamic: fc.boolean(),
    reconfigEnabled: fc.boolean(),
    tellsSynced: fc.boolean(),
    superKnown: fc.boolean(),
    gates: fc.constantFrom<Gates>("once", "leader", "each"),
    soakMs: fc.constantFrom(0, 5_000),
    hook: fc.constantFrom(null, ["ansible-playbook", "-l", "{host}"]),
    settings: fc.constantFrom<Record<string, string>>({}, { maxClientCnxns: "60", "autopurge.snapRetainCount": "5" }),
    observersFirst: fc.boolean(),
  })
  .map((given): Wish => {
    const is34 = given.old[0] === "3.4.13";
    const roles = [
      ...Array<"participant">(given.voters).fill("participant"),
      ...Array<"observer">(given.observers).fill("observer"),
    ];
    const ensemble = simulateEnsemble({
      servers: (given.observersFirst ? roles.reverse() : roles).map((role, index) => {
        const pick = given.picks[index] ?? 0;
        return {
          role,
          release: pick < 3 ? TARGET : (given.old[pick % given.old.length] ?? TARGET),
          snapshots: is34 && pick >= 3 && (given.noSnapshot >> index) % 2 === 1 ? 0 : 2,
        };
      }),
      leader: given.leader,
      // 3.4 knows neither dynamic membership nor reconfig.
      isDynamic: given.isDynamic && !is34,
      reconfigEnabled: given.reconfigEnabled && !is34,
      tellsSynced: given.tellsSynced,
    });
    return {
      ensemble,
      goal: sampleGoal({ release: TARGET, gates: given.gates, overrides: is34 ? ["path-hop"] : [] }),
      spec: sampleSpec({ soakMs: given.soakMs, hooks: { configure: given.hook }, settings: given.settings }),
      options: { releases: [TARGET, release("3.8.0")] as readonly Release[], superKnown: given.superKnown },
    };
  });

export const planFor = ({ goal, spec, options }: Wish, seen: Observation) => planUpgrade(goal, seen, spec, options);

/** A wish with its plan; wishes that are fulfilled already are left out. */
export const wishWithPlan = wish
  .map((given) => ({ ...given, seen: observe(given.ensemble), planned: planFor(given, observe(given.ensemble)) }))
  .filter(({ planned }) => planned.kind !== "nothing-to-do")
  .map(({ planned, ...given }) => {
    if (planned.kind !== "plan") throw new Error(`an ensemble that is whole was refused: ${JSON.stringify(planned)}`);
    return { ...given, plan: planned.plan, hash: planned.hash };
  });
