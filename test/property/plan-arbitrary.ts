// Ensembles and wishes as fast-check makes them up: three to seven voters, up to two observers, the leader anywhere,
// releases mixed, membership dynamic or static.
import fc from "fast-check";
import type { Observation } from "../../src/model/ensemble.ts";
import type { MigrateGoal, UpgradeGoal } from "../../src/model/goal.ts";
import type { PlanHash } from "../../src/model/ids.ts";
import type { EnsembleSpec, Gates } from "../../src/model/inventory.ts";
import type { Plan } from "../../src/model/plan.ts";
import { type Release, release } from "../../src/model/release.ts";
import { planMigrate } from "../../src/plan/migrate.ts";
import type { PlanOptions } from "../../src/plan/situation.ts";
import { planUpgrade } from "../../src/plan/upgrade.ts";
import { sampleGoal, sampleMigrateGoal, sampleSpec } from "../support/sample-ensemble.ts";
import { type SimulatedEnsemble, simulateEnsemble } from "../support/simulated-ensemble.ts";
import { observe } from "../support/simulated-sight.ts";

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

// ---------------------------------------------------------------- migrations

export type MoveWish = {
  readonly ensemble: SimulatedEnsemble;
  readonly goal: MigrateGoal;
  readonly spec: EnsembleSpec;
  readonly options: PlanOptions;
};

/** Releases of a whole ensemble, and what it may be moved to with them. */
const MOVED: readonly { readonly from: readonly string[]; readonly to: readonly (string | null)[] }[] = [
  { from: ["3.8.0"], to: [null, "3.9.6"] },
  { from: ["3.9.5"], to: [null, "3.9.6"] },
  { from: ["3.8.0", "3.8.6"], to: [null, "3.9.6"] },
];
const MOVED_34: typeof MOVED = [{ from: ["3.4.13"], to: [null, "3.9.6"] }];

const often = fc.nat(9).map((pick) => pick > 0);

/** Ids as they grow over years: mostly few and low, at times at the end of the range. */
const someIds = fc.oneof(
  { weight: 3, arbitrary: fc.constant(null) },
  { weight: 1, arbitrary: fc.uniqueArray(fc.integer({ min: 1, max: 40 }), { minLength: 9, maxLength: 9 }) },
  { weight: 1, arbitrary: fc.uniqueArray(fc.integer({ min: 238, max: 254 }), { minLength: 9, maxLength: 9 }) },
);

const moveOf = (isStatic: boolean): fc.Arbitrary<MoveWish> =>
  fc
    .record({
      voters: fc.integer({ min: isStatic ? 2 : 1, max: 7 }),
      observers: fc.integer({ min: 0, max: 2 }),
      observersFirst: fc.boolean(),
      ids: someIds,
      formerIds: fc.array(fc.integer({ min: 1, max: 254 }), { maxLength: 4 }),
      leader: fc.nat(6),
      // Bit by bit, whose hosts are kept.
      kept: fc.oneof({ weight: 2, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.nat(511) }),
      sameSize: isStatic ? often : fc.boolean(),
      size: fc.integer({ min: 1, max: 7 }),
      shuffle: fc.array(fc.nat(), { minLength: 16, maxLength: 16 }),
      releases: fc.constantFrom(...(isStatic ? MOVED_34 : MOVED)),
      picks: fc.array(fc.nat(19), { minLength: 9, maxLength: 9 }),
      target: fc.nat(1),
      isDynamic: often,
      reconfigEnabled: often,
      standaloneDisabled: often,
      superKnown: often,
      tellsSynced: fc.boolean(),
      gates: fc.constantFrom<Gates | null>("once", "leader", "each", null),
      soakMs: fc.constantFrom(0, 5_000),
      hook: fc.constantFrom(null, ["ansible-playbook", "-l", "{host}"]),
      settings: fc.constantFrom<Record<string, string>>({}, { maxClientCnxns: "60" }),
    })
    .map((given): MoveWish => {
      const roles = [
        ...Array<"participant">(given.voters).fill("participant"),
        ...Array<"observer">(given.observers).fill("observer"),
      ];
      const { from, to } = given.releases;
      const ensemble = simulateEnsemble({
        servers: (given.observersFirst ? roles.reverse() : roles).map((role, index) => {
          const mixed = from[(given.picks[index] ?? 0) < 1 ? 1 : 0] ?? from[0] ?? "";
          return { role, release: mixed, snapshots: 2, ...(given.ids === null ? {} : { id: given.ids[index] ?? 1 }) };
        }),
        leader: given.leader,
        isDynamic: given.isDynamic && !isStatic,
        reconfigEnabled: given.reconfigEnabled && !isStatic,
        tellsSynced: given.tellsSynced,
        usedIds: given.formerIds,
        lines: given.standaloneDisabled ? ["standaloneEnabled=false"] : [],
      });
      const kept = ensemble.servers.map(({ host }) => host).filter((_, index) => (given.kept >> index) % 2 === 1);
      const size = given.sameSize ? roles.length : given.size;
      const fresh = Array.from({ length: Math.max(0, size - kept.length) }, (_, index) => `zk${20 + index}`);
      const hosts = [...kept, ...fresh]
        .map((host, index) => ({ host, rank: given.shuffle[index] ?? 0 }))
        .sort((a, b) => a.rank - b.rank)
        .map(({ host }) => host);
      const wanted = to[given.target] ?? null;
      return {
        ensemble,
        goal: sampleMigrateGoal(hosts.length === 0 ? ["zk20"] : hosts, {
          release: wanted === null ? null : release(wanted),
          gates: given.gates,
          overrides: isStatic && wanted !== null ? ["path-hop"] : [],
        }),
        spec: sampleSpec({ soakMs: given.soakMs, hooks: { configure: given.hook }, settings: given.settings }),
        options: {
          releases: ["3.9.6", "3.9.5", "3.8.6", "3.8.0", "3.4.13"].map(release),
          superKnown: given.superKnown,
        },
      };
    });

/** One to seven voters to one to seven, part of the hosts kept, observers, ids of any kind; one in four before 3.5. */
export const move: fc.Arbitrary<MoveWish> = fc.oneof(
  { weight: 3, arbitrary: moveOf(false) },
  { weight: 1, arbitrary: moveOf(true) },
);

export const seeMove = ({ ensemble, goal }: Pick<MoveWish, "ensemble" | "goal">): Observation =>
  observe(ensemble, goal.to);

export const planMove = ({ goal, spec, options }: MoveWish, seen: Observation) =>
  planMigrate(goal, seen, spec, options);

export type MoveWithPlan = MoveWish & { readonly seen: Observation; readonly plan: Plan; readonly hash: PlanHash };

const planned = (wishes: fc.Arbitrary<MoveWish>): fc.Arbitrary<MoveWithPlan> =>
  wishes
    .map((given) => ({ ...given, seen: seeMove(given) }))
    .map((given) => ({ ...given, planned: planMove(given, given.seen) }))
    .filter(({ planned }) => planned.kind === "plan")
    .map(({ planned, ...given }) => {
      if (planned.kind !== "plan") throw new Error("filtered out");
      return { ...given, plan: planned.plan, hash: planned.hash };
    });

/** A move with its plan; those that are refused, and those that are done, are left out. */
export const moveWithPlan = planned(move);
/** Only those of ensembles before 3.5. */
export const staticMoveWithPlan = planned(moveOf(true));
