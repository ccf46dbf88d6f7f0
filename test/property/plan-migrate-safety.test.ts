// The checker of migrations against plans that were spoilt: it must refuse each that the simulated ensemble would suffer from.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { serverId } from "../../src/model/ids.ts";
import type { Plan, Step, StepKind, StepOf } from "../../src/model/plan.ts";
import { release } from "../../src/model/release.ts";
import { checkMigration } from "../../src/plan/check-migration.ts";
import { membersOf, type SimulatedEnsemble } from "../support/simulated-ensemble.ts";
import { Impossible, lastOf, playPlan } from "../support/simulated-steps.ts";
import { away, losesWrites, splitBrain, votersServing, writesWork } from "../support/simulated-votes.ts";
import { type MoveWithPlan, moveWithPlan, staticMoveWithPlan } from "./plan-arbitrary.ts";

const withSteps = (plan: Plan, steps: readonly Step[]): Plan => ({ ...plan, steps });

/** Places of a kind of step that a spoiler may touch. */
const placesOf = (plan: Plan, kind: StepKind, where: (step: Step, at: number) => boolean = () => true) =>
  plan.steps.flatMap((step, index) => (step.kind === kind && where(step, index) ? [index] : []));

const pickFrom = (places: readonly number[], pick: number): number | null =>
  places.length === 0 ? null : (places[pick % places.length] ?? null);

/** The plan with one step of a kind replaced by others; null when it has none. */
const replaced = <K extends StepKind>(
  plan: Plan,
  kind: K,
  pick: number,
  how: (step: StepOf<K>) => readonly Step[] | null,
  where?: (step: Step, at: number) => boolean,
): Plan | null => {
  const place = pickFrom(placesOf(plan, kind, where), pick);
  const step = place === null ? undefined : plan.steps[place];
  if (place === null || step === undefined) return null;
  const steps = how(step as StepOf<K>);
  return steps === null ? null : withSteps(plan, plan.steps.toSpliced(place, 1, ...steps));
};

type Spoil = (plan: Plan, pick: number, given: MoveWithPlan) => Plan | null;

const refused = (spoil: Spoil, from: typeof moveWithPlan = moveWithPlan) =>
  fc.assert(
    fc.property(from, fc.nat(), (given, pick) => {
      const spoilt = spoil(given.plan, pick, given);
      fc.pre(spoilt !== null);
      if (spoilt === null) return;
      expect(checkMigration(given.plan, given.seen)).toEqual([]);
      expect(checkMigration(spoilt, given.seen)).not.toEqual([]);
    }),
  );

describe("the checker of migrations refuses a plan", () => {
  test.each<StepKind>([
    "preflight",
    "install-release",
    "ask-approval",
    "prepare-server",
    "start-server",
    "wait-until-joined",
    "add-member",
    "remove-member",
    "wait-for-clients",
    "hand-over-leadership",
    "retire-server",
    "verify-ensemble",
  ])("without one %s", (kind) => refused((plan, pick) => replaced(plan, kind, pick, () => [])));

  test("without one restart-with-members of a round", () =>
    refused((plan, pick) => {
      // A list to wait with is left out without harm.
      const isOfRound = (step: Step) => step.kind === "restart-with-members" && !step.members.some(isWaiting(step));
      return replaced(plan, "restart-with-members", pick, () => [], isOfRound);
    }, staticMoveWithPlan));

  test.each<StepKind>(["prepare-server", "start-server", "add-member", "remove-member", "retire-server"])(
    "with one %s done twice",
    (kind) => refused((plan, pick) => replaced(plan, kind, pick, (step) => [step, step])),
  );

  test("with a member added before it was waited for", () =>
    refused((plan, pick) => {
      const place = pickFrom(placesOf(plan, "add-member"), pick);
      if (place === null) return null;
      const add = plan.steps[place];
      const wait = plan.steps.findIndex(
        (step) => step.kind === "wait-until-joined" && add?.kind === "add-member" && step.server === add.member.id,
      );
      return add === undefined ? null : withSteps(plan, plan.steps.toSpliced(place, 1).toSpliced(wait, 0, add));
    }));

  test("with the leader taken out like any other", () =>
    refused((plan, pick) => replaced(plan, "hand-over-leadership", pick, () => [])));

  test("with the leader's turn before another's", () =>
    refused((plan, pick) => {
      const from = placesOf(plan, "hand-over-leadership")[0];
      const before = pickFrom(
        placesOf(plan, "remove-member", (_, at) => from !== undefined && at < from),
        pick,
      );
      if (from === undefined || before === null) return null;
      const turn = plan.steps.slice(from, from + 2);
      return withSteps(plan, plan.steps.toSpliced(from, 2).toSpliced(before, 0, ...turn));
    }));

  test("that shrinks before it grows", () =>
    refused((plan, pick) => {
      const place = pickFrom(placesOf(plan, "remove-member"), pick);
      const step = place === null ? undefined : plan.steps[place];
      const early = plan.steps.findIndex(({ kind }) => kind === "prepare-server");
      if (place === null || step === undefined || early < 0 || early > place) return null;
      // A surplus one may go at any time, as long as no voter is missed.
      const { id } = step.kind === "remove-member" ? step.member : { id: null };
      if (!plan.steps.some((one) => one.kind === "prepare-server" && one.replaces === id)) return null;
      return withSteps(plan, plan.steps.toSpliced(place, 1).toSpliced(early, 0, step));
    }));

  test("that gives an id again, or none that there is", () =>
    refused((plan, pick, { seen }) => {
      const ids = plan.steps.flatMap((step) => (step.kind === "prepare-server" ? [step.server] : []));
      const id = ids[pick % Math.max(1, ids.length)];
      const others = [0, 255, ...(seen.usedIds ?? [])];
      const other = serverId(others[pick % others.length] ?? 0);
      return id === undefined ? null : (JSON.parse(renumbered(JSON.stringify(plan), id, other)) as Plan);
    }));

  test("that gives a new server another role", () =>
    refused((plan, pick) => {
      const place = pickFrom(placesOf(plan, "prepare-server"), pick);
      const step = place === null ? undefined : plan.steps[place];
      if (step?.kind !== "prepare-server") return null;
      const role = step.member.role === "observer" ? ("participant" as const) : ("observer" as const);
      const steps = plan.steps.map(
        (one): Step =>
          (one.kind === "prepare-server" || one.kind === "add-member") && one.member.id === step.server
            ? { ...one, member: { ...one.member, role } }
            : one,
      );
      return withSteps(plan, steps);
    }));

  test("that puts a server elsewhere than was looked at", () =>
    refused((plan, pick) =>
      replaced(plan, "prepare-server", pick, (step) => [
        pick % 2 === 0
          ? { ...step, member: { ...step.member, address: "10.9.9.9" } }
          : { ...step, place: { ...step.place, dataDir: "/elsewhere" } },
      ]),
    ));

  test("that starts another release than is asked for", () =>
    refused((plan, pick) => replaced(plan, "start-server", pick, (step) => [{ ...step, release: release("3.9.4") }])));

  test("that sends clients to others than those that stay", () =>
    refused((plan, pick) =>
      replaced(plan, "wait-for-clients", pick, (step) => [
        { ...step, connectString: step.connectString.split(",").slice(1).join(",") },
      ]),
    ));

  test("that waits for the clients of some only", () =>
    refused((plan, pick) =>
      replaced(plan, "wait-for-clients", pick, (step) => [
        { ...step, servers: step.servers.toSpliced(pick % step.servers.length, 1) },
      ]),
    ));

  test("that stops an old server before people were asked", () =>
    refused((plan, pick) => {
      const gate = plan.steps.findIndex((step) => step.kind === "ask-approval" && step.reason === "retire");
      const place = pickFrom(
        placesOf(plan, "retire-server", (_, at) => at > gate),
        pick,
      );
      const step = place === null ? undefined : plan.steps[place];
      if (gate < 0 || place === null || step === undefined) return null;
      return withSteps(plan, plan.steps.toSpliced(place, 1).toSpliced(gate, 0, step));
    }));

  test("that was made for another ensemble", () =>
    refused((plan) => ({ ...plan, basis: { ...plan.basis, servers: plan.basis.servers.slice(1) } })));
});

const isWaiting = (step: StepOf<"restart-with-members">) => (member: { readonly id: number; readonly role: string }) =>
  step.servers.some((id) => id === member.id) && member.role === "observer";

/** Every mention of a server by number in a plan's JSON. */
const renumbered = (text: string, from: number, to: number): string =>
  text
    .replace(new RegExp(`"(id|server)":${from}(?=[,}])`, "g"), `"$1":${to}`)
    .replace(/"servers":\[([\d,]*)\]/g, (_all, ids: string) => {
      const changed = ids.split(",").map((id) => (id === String(from) ? String(to) : id));
      return `"servers":[${changed.join(",")}]`;
    });

describe("with lists before 3.5, the checker refuses a plan", () => {
  test("that stops the old server only after the new one votes", () =>
    refused((plan, pick) => {
      const place = pickFrom(placesOf(plan, "retire-server"), pick);
      const retire = place === null ? undefined : plan.steps[place];
      if (place === null || retire === undefined) return null;
      return withSteps(plan, plan.steps.toSpliced(place, 1).toSpliced(place + 1, 0, retire));
    }, staticMoveWithPlan));

  test("that gives the others the list before the new one votes", () =>
    refused((plan, pick) => {
      const place = pickFrom(placesOf(plan, "retire-server"), pick);
      const [first, second] = place === null ? [] : plan.steps.slice(place + 1, place + 3);
      if (place === null || first === undefined || second === undefined) return null;
      return withSteps(plan, plan.steps.toSpliced(place + 1, 2, second, first));
    }, staticMoveWithPlan));

  test("that replaces two at once", () =>
    refused((plan) => {
      const [one, other] = placesOf(plan, "retire-server");
      const retire = other === undefined ? undefined : plan.steps[other];
      if (one === undefined || other === undefined || retire === undefined) return null;
      return withSteps(plan, plan.steps.toSpliced(other, 1).toSpliced(one + 1, 0, retire));
    }, staticMoveWithPlan));

  test("that retires one with a list it is in itself, or one that lacks somebody", () =>
    refused(
      (plan, pick, { seen }) =>
        replaced(plan, "retire-server", pick, (step) => {
          const own = seen.membership.members.find(({ id }) => id === step.server);
          if (own === undefined) return null;
          return [{ ...step, members: pick % 2 === 0 ? [...step.members, own] : step.members.slice(1) }];
        }),
      staticMoveWithPlan,
    ));

  test("that adds all at once and then shrinks", () =>
    refused((plan, _pick, { seen }) => allAtOnce(plan, seen.membership.members), wholeStaticMove));
});

/** The order that lost acknowledged writes: all lists name old and new servers first, then only the new ones. */
const allAtOnce = (plan: Plan, old: StepOf<"restart-with-members">["members"]): Plan | null => {
  const comes = plan.steps.flatMap((step) => (step.kind === "prepare-server" ? [step.member] : []));
  const goes = plan.steps.flatMap((step) => (step.kind === "retire-server" ? [step] : []));
  const begin = plan.steps.findIndex(({ kind }) => kind === "retire-server" || kind === "restart-with-members");
  const [one] = goes;
  if (one === undefined || comes.length < 2 || goes.length < old.length) return null;
  const restart = (
    servers: StepOf<"restart-with-members">["servers"],
    members: typeof old,
    before: typeof old,
  ): Step => ({ kind: "restart-with-members", replacing: one.server, servers, members, before, timeoutMs: 1 });
  const all = [...old, ...comes];
  const ids = (members: typeof old) => members.map(({ id }) => id);
  return withSteps(plan, [
    ...plan.steps.slice(0, begin),
    ...comes.map((member) => restart([member.id], all, [...old, { ...member, role: "observer" }])),
    restart(ids(old), all, old),
    ...goes.map((step) => ({ ...step, members: comes })),
    restart(ids(comes), comes, all),
    { kind: "verify-ensemble", release: plan.release },
  ]);
};

/** Nobody stays. */
const wholeStaticMove = staticMoveWithPlan.filter(
  ({ plan, seen }) => allAtOnce(plan, seen.membership.members) !== null,
);

// ---------------------------------------------------------------- whatever is spoilt

const votersIn = (ensemble: SimulatedEnsemble): number =>
  membersOf(ensemble).filter(({ role }) => role === "participant").length;

/** How a plan goes; what the simulation finds no harm in may still be refused, for what it does not know of people. */
const harmOf = ({ ensemble, goal }: MoveWithPlan, plan: Plan): string | null => {
  try {
    const instants = playPlan(ensemble, plan);
    const end = lastOf(instants);
    const least = Math.min(votersIn(ensemble), votersIn(end)) - (ensemble.isDynamic ? 0 : 1);
    const mayPause = !ensemble.isDynamic && votersIn(ensemble) < 5 && !plan.release.startsWith("3.4.");
    for (const instant of instants) {
      if (!mayPause && !writesWork(instant)) return "writes stop";
      if (splitBrain(instant) !== null) return "two ensembles";
      if (instant.leader !== null && away(instant).length > 1) return "two are away";
      if (votersServing(instant) < least) return "too few voters";
    }
    if (!ensemble.isDynamic && losesWrites(instants)) return "writes are lost";
    const members = membersOf(end);
    const servers = end.servers.filter(({ id }) => members.some((member) => member.id === id));
    const hosts = servers.map(({ host }) => host).sort();
    if (hosts.join() !== [...goal.to].sort().join()) return "the goal is not reached";
    if (servers.some(({ state, release }) => state !== "serving" || release !== plan.release)) return "not all serve";
    if (end.servers.some((server) => !servers.includes(server) && server.state !== "stopped"))
      return "one is left over";
    return null;
  } catch (error) {
    if (error instanceof Impossible) return error.message;
    throw error;
  }
};

const spoil = fc.record({ kind: fc.constantFrom("drop", "double", "swap", "move"), at: fc.nat(), to: fc.nat() });

const survives = (from: typeof moveWithPlan, numRuns: number) => {
  const seen = { allowed: 0, harmful: 0 };
  const property = fc.property(from, fc.array(spoil, { minLength: 1, maxLength: 3 }), (given, spoils) => {
    const steps = spoils.reduce<readonly Step[]>((now, { kind, at, to }) => {
      const i = at % Math.max(1, now.length);
      const j = to % Math.max(1, now.length);
      const one = now[i];
      const other = now[j];
      if (one === undefined || other === undefined) return now;
      if (kind === "drop") return now.toSpliced(i, 1);
      if (kind === "double") return now.toSpliced(j, 0, one);
      if (kind === "swap") return now.with(i, other).with(j, one);
      return now.toSpliced(i, 1).toSpliced(j, 0, one);
    }, given.plan.steps);
    const spoilt = withSteps(given.plan, steps);
    const harm = harmOf(given, spoilt);
    if (checkMigration(spoilt, given.seen).length > 0) {
      if (harm !== null) seen.harmful++;
      return;
    }
    seen.allowed++;
    expect(harm).toBeNull();
  });
  // A short draw may hold only one of the two: then another is drawn.
  for (let draws = 0; draws < 5 && (seen.allowed === 0 || seen.harmful === 0); draws++)
    fc.assert(property, { numRuns });
  // Both must have occurred, or the property says nothing.
  expect(seen.allowed).toBeGreaterThan(0);
  expect(seen.harmful).toBeGreaterThan(0);
};

describe("whatever steps are left out, doubled, swapped or moved: what the checker allows, the ensemble survives", () => {
  test("moves of any kind", () => survives(moveWithPlan, 120));
  test("moves by lists", () => survives(staticMoveWithPlan, 60));
});

test("what is known to lose writes does so in the simulation, and the checker knows it", () => {
  const seen = { two: 0, lost: 0 };
  fc.assert(
    fc.property(wholeStaticMove, (given) => {
      const bad = allAtOnce(given.plan, given.seen.membership.members);
      if (bad === null) return;
      const instants = [given.ensemble];
      try {
        for (const instant of bad.steps) instants.push(...playPlan(lastOf(instants), { steps: [instant] }).slice(1));
      } catch (error) {
        if (!(error instanceof Impossible)) throw error;
      }
      if (instants.some((instant) => splitBrain(instant) !== null)) seen.two++;
      if (losesWrites(instants)) seen.lost++;
      expect(checkMigration(bad, given.seen).join("\n")).toMatch(/two ensembles/);
    }),
  );
  expect(seen.two).toBeGreaterThan(0);
  expect(seen.lost).toBeGreaterThan(0);
});
