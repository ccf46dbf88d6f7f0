// Whole migrations as their events would be recorded, for tests of what people see: real plans, made-up evidence.
import type { ClientConnection, ServerClients } from "../../src/model/clients.ts";
import { MOST_LISTED } from "../../src/model/clients.ts";
import type { MigrateGoal } from "../../src/model/goal.ts";
import { serverId } from "../../src/model/ids.ts";
import type { Plan, Step } from "../../src/model/plan.ts";
import { release } from "../../src/model/release.ts";
import { planMigrate } from "../../src/plan/migrate.ts";
import {
  OPTIONS,
  type SampleServer,
  sampleDestination,
  sampleMigrateGoal,
  sampleObservation,
  sampleSpec,
  zooCfg,
} from "./sample-ensemble.ts";
import { APPROVER, byUser, type Script, scriptRun, T0, WORKER } from "./scripted-run.ts";

type Made = { readonly plan: Plan; readonly hash: string };

/** Servers 1 to `count`, the last leads. */
const voters = (count: number, change: Partial<SampleServer> = {}): readonly SampleServer[] =>
  Array.from({ length: count }, (_, i) => ({
    id: i + 1,
    mode: i + 1 === count ? ("leader" as const) : ("follower" as const),
    monitor: { syncedFollowers: count - 1 },
    ...change,
  }));

const made = (
  goal: MigrateGoal,
  servers: readonly SampleServer[],
  membership: Parameters<typeof sampleObservation>[1] = {},
): Made => {
  const seen = sampleObservation(servers, membership);
  const own = seen.servers.map(({ host }) => host);
  const destinations = goal.to.filter((host) => !own.includes(host)).map((host) => sampleDestination(host));
  const options = { ...OPTIONS, releases: [...OPTIONS.releases, release("3.4.13")] };
  const planned = planMigrate(goal, { ...seen, destinations, usedIds: [] }, sampleSpec(), options);
  if (planned.kind !== "plan") throw new Error(`the sample cannot be moved: ${JSON.stringify(planned)}`);
  return planned;
};

/** `from` servers of 3.8.0 to the hosts given. */
export const sampleMove = (
  to: readonly string[] = ["zk4", "zk5", "zk6"],
  change: Partial<MigrateGoal> = {},
  from = 3,
): Made => made(sampleMigrateGoal(to, change), voters(from));

/** The same with 3.4.13, whose lists of servers are rewritten. */
export const sampleStaticMove = (to: readonly string[] = ["zk4", "zk5", "zk6"]): Made =>
  made(
    sampleMigrateGoal(to),
    voters(to.length, {
      release: "3.4.13",
      member: { client: null },
      facts: {
        configText: zooCfg()
          .replace("reconfigEnabled=true\n", "")
          .replace(/admin.*\n/, ""),
      },
    }),
    { source: "static", version: null },
  );

/** As many clients as `counts` says, one number a server. */
export const sampleClients = (counts: readonly number[]): readonly ServerClients[] =>
  counts.map((count, i) => ({
    server: i + 1,
    host: `zk${i + 1}`,
    count,
    connections: Array.from(
      { length: Math.min(count, MOST_LISTED) },
      (_, j): ClientConnection => ({
        address: `10.0.9.${j + 1}:${51_000 + j}`,
        session: `0x${(0x1000004af + i * 4096 + j).toString(16)}`,
        since: j === 0 ? null : T0 - 86_400_000 + j * 61_000,
      }),
    ),
  }));

export const stepIndex = (plan: Plan, fits: (step: Step) => boolean): number => plan.steps.findIndex(fits);
const isRetireGate = (step: Step): boolean => step.kind === "ask-approval" && step.reason === "retire";
const isWait = ({ kind }: Step): boolean => kind === "wait-for-clients";
const LATER = T0 + 9 * 3_600_000;

type Run = Pick<NonNullable<Parameters<typeof scriptRun>[0]>, "run" | "at">;
const scriptMove = (given: Made, run: Run = {}): Script => scriptRun({ plan: given.plan, hash: given.hash, ...run });

/** Up to and with the question before old servers are stopped. */
export const moveToRetireGate = (
  given: Made = sampleMove(),
  run: Run = {},
): { readonly script: Script; readonly gate: number } => {
  const gate = stepIndex(given.plan, isRetireGate);
  const script = scriptMove(given, run).grant("plan").steps(0, gate);
  return { script: script.add(WORKER, { type: "approval-asked", gate, needs: 1, expiresAt: LATER }), gate };
};

/** Up to and with the question about clients that are still connected. */
export const moveToClients = (
  clients: readonly ServerClients[] = sampleClients([2, 12, 0]),
  given: Made = sampleMove(),
  run: Run = {},
): { readonly script: Script; readonly gate: number } => {
  const { script, gate: before } = moveToRetireGate(given, run);
  const gate = stepIndex(given.plan, isWait);
  script.grant(before).add(WORKER, { type: "approval-asked", gate, needs: 1, expiresAt: LATER, clients });
  return { script, gate };
};

/** From beginning to its good end, every gate continued; `clients`: who is there when old servers are about to be stopped. */
export const moveWhole = (
  clients: readonly ServerClients[] = sampleClients([2, 12, 0]),
  given: Made = sampleMove(),
): Script => {
  const script = scriptMove(given).grant("plan");
  given.plan.steps.forEach((step, gate) => {
    if (step.kind === "ask-approval")
      script.add(WORKER, { type: "approval-asked", gate, needs: 1, expiresAt: LATER }).grant(gate);
    else if (isWait(step))
      script.add(WORKER, { type: "approval-asked", gate, needs: 1, expiresAt: LATER, clients }).grant(gate);
    else script.steps(gate, gate + 1);
  });
  return script.add(WORKER, { type: "finished", outcome: "succeeded", evidence: null });
};

/** Takes back every step done before `from`, those for which that means nothing included. */
export const takeBack = (script: Script, from: number): Script => {
  script.add(byUser(APPROVER), { type: "rollback-asked" });
  for (let step = from; step >= 0; step--) {
    const kind = script.plan.steps[step]?.kind;
    if (kind === undefined || script.state().steps[step]?.state === "todo") continue;
    const nothing = [
      "preflight",
      "back-up",
      "install-release",
      "ask-approval",
      "wait-for-clients",
      "wait-until-joined",
    ];
    script.add(WORKER, { type: "step-started", step, direction: "back", attempt: 1 }).add(WORKER, {
      type: "step-undone",
      step,
      how: nothing.includes(kind) ? "nothing-to-undo" : "undone",
      evidence: null,
    });
  }
  return script.add(WORKER, { type: "finished", outcome: "rolled-back", evidence: null });
};

/** Held because the second new server did not get the data. */
export const moveHeld = (given: Made = sampleMove()): { readonly script: Script; readonly step: number } => {
  const step = stepIndex(given.plan, (one) => one.kind === "wait-until-joined" && one.server === serverId(5));
  const script = scriptMove(given).grant("plan").steps(0, step);
  const failure = {
    kind: "step-failed",
    what: "server.5 did not get all data within 120 s of its start.",
    left: "server.5 runs on zk5 beside the ensemble and is no member. Nothing else changed.",
    next: "Look at its log below, then Retry; or Roll back.",
    detail: "Cannot open channel to 3 at election address zk3/10.0.0.3:3888",
  } as const;
  script
    .add(WORKER, { type: "step-started", step, direction: "forward", attempt: 1 })
    .add(WORKER, { type: "step-failed", step, direction: "forward", failure })
    .add(WORKER, {
      type: "held",
      why: "failed",
      step,
      failure,
      service: { serving: [2, 3, 4], notServing: [], leader: 3, margin: 1 },
    });
  return { script, step };
};
