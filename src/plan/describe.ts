// A plan in plain words, for whoever shows it: turns, reasons, what clients notice, how long. No markup of any chat tool.
import type { Mode } from "../model/ensemble.ts";
import { assertNever, type HostName, type ServerId } from "../model/ids.ts";
import { type ConfigChange, type Plan, type Step, turnOf } from "../model/plan.ts";
import { compareReleases, type Release } from "../model/release.ts";
import { EXPECTED_RECONNECT_MS, expectedPauseMs } from "./expect.ts";

type TurnWords = {
  /** 1, 2, 3 … */
  readonly turn: number;
  readonly server: ServerId;
  readonly host: HostName;
  readonly mode: Mode;
  /** What it runs now. */
  readonly release: Release;
  /** Why a person is asked again before this turn; null when nobody is. */
  readonly gate: "leader" | "each" | null;
  /** Indices of its steps in the plan, the gate apart. */
  readonly steps: readonly number[];
  /** The same in words: `stop`, `write configuration (2 lines change)`, … */
  readonly words: readonly string[];
};

export type PlanWords = {
  /** `Upgrade orders: 3.8.0 → 3.9.6` */
  readonly title: string;
  /** Releases that servers with a turn run now, oldest first. */
  readonly from: readonly Release[];
  /** What is done before the first turn: `back up server.1`, `install 3.9.6 on 3 hosts (nothing restarts)`. */
  readonly before: readonly string[];
  readonly turns: readonly TurnWords[];
  readonly after: readonly string[];
  /** Servers that need no turn. */
  readonly skipped: readonly ServerId[];
  /** Why in this order, a sentence each. */
  readonly order: readonly string[];
  /** What clients notice, a sentence each. */
  readonly clients: readonly string[];
  /** Longest pause of writes to expect; 0 when leadership does not move, null when service stops. */
  readonly pauseMs: number | null;
  /** `about 1 min` */
  readonly time: string;
  readonly rollback: string;
  /** Sentence on what the approvals are for; null when the plan needs no more than policy says. */
  readonly overridden: string | null;
};

export const describePlan = (plan: Plan): PlanWords => {
  const turns = turnsOf(plan);
  const from = [...new Set(turns.map((turn) => turn.release))].sort(compareReleases);
  const isDown = from.some((release) => compareReleases(release, plan.goal.release) > 0);
  const first = plan.steps.findIndex((step) => turnOf(step) !== null);
  const last = plan.steps.findLastIndex((step) => turnOf(step) !== null);
  return {
    title: `${isDown ? "Take back" : "Upgrade"} ${plan.goal.ensemble}: ${from.join(", ")} → ${plan.goal.release}`,
    from,
    before: plan.steps.slice(0, first).filter(isTold).map(planned),
    turns,
    after: plan.steps
      .slice(last + 1)
      .filter(isTold)
      .map(planned),
    skipped: plan.basis.servers.filter(({ id }) => !turns.some(({ server }) => server === id)).map(({ id }) => id),
    order: orderOf(turns),
    ...clientsOf(plan, turns),
    time: aboutTime(plan.expectedMs),
    rollback: "Can be rolled back at every step: the old release stays installed.",
    overridden: overriddenOf(plan),
  };
};

/** What a step does, as part of a plan: `stop`, `start 3.9.6`. */
const planned = (step: Step): string => {
  switch (step.kind) {
    case "preflight":
      return "look at everything once more";
    case "back-up":
      return `back up server.${step.server}`;
    case "install-release":
      return `install ${step.release} on ${hosts(step.servers.length)} beside the present release (nothing restarts)`;
    case "ask-approval":
      return step.reason === "leader" ? "ask again before the leader" : `ask again before server.${step.server}`;
    case "stop-server":
      return "stop";
    case "hand-over-leadership":
      return step.method === "observer-then-kill"
        ? "hand leadership over (make it observer, end it at once)"
        : "hand leadership over (end it at once)";
    case "write-config":
      return `write configuration (${changed(step.changes)})`;
    case "run-hook":
      return `run ${step.argv[0] ?? "the configured command"}`;
    case "start-server":
      return `start ${step.release}`;
    case "wait-until-synced":
      return "wait until synced";
    case "reconfigure":
      return `make it ${step.member.role} again`;
    case "soak":
      return `watch it for ${aboutTime(step.ms)}`;
    case "verify-ensemble":
      return `compare data on every server, check that all run ${step.release}`;
    default:
      return assertNever(step);
  }
};

/** What is going on while a step runs: `server.2 · waiting until synced`. */
export const doing = (step: Step): string => {
  const server = turnOf(step);
  return server === null ? doingWhat(step) : `server.${server} · ${doingWhat(step)}`;
};

const doingWhat = (step: Step): string => {
  switch (step.kind) {
    case "preflight":
      return "looking at everything once more";
    case "back-up":
      return `backing up server.${step.server}`;
    case "install-release":
      return `installing ${step.release} on ${hosts(step.servers.length)}`;
    case "ask-approval":
      return "waiting for approval";
    case "stop-server":
      return "stopping";
    case "hand-over-leadership":
      return "handing leadership over";
    case "write-config":
      return "writing configuration";
    case "run-hook":
      return `running ${step.argv[0] ?? "the configured command"}`;
    case "start-server":
      return `starting ${step.release}`;
    case "wait-until-synced":
      return "waiting until synced";
    case "reconfigure":
      return `becoming ${step.member.role} again`;
    case "soak":
      return `watched for ${aboutTime(step.ms)}`;
    case "verify-ensemble":
      return "comparing data on every server";
    default:
      return assertNever(step);
  }
};

/** `about 20 s`, `about 3 min`, `about 2 h`: rounded up, so that it is sooner rather than later. */
export const aboutTime = (ms: number): string => {
  const seconds = ms / 1000;
  if (seconds < 1) return "under 1 s";
  if (seconds <= 10) return `about ${Math.ceil(seconds)} s`;
  if (seconds <= 50) return `about ${Math.ceil(seconds / 5) * 5} s`;
  if (seconds <= 90 * 60) return `about ${Math.ceil(seconds / 60)} min`;
  return `about ${Math.ceil(seconds / 3600)} h`;
};

/** One line of zoo.cfg that changes: `autopurge.snapRetainCount: 3 → 5`, `+ admin.serverPort=8080`, `− …`. */
export const describeChange = ({ key, from, to }: ConfigChange): string => {
  if (from === null) return `+ ${key}=${to ?? ""}`;
  return to === null ? `− ${key}=${from}` : `${key}: ${from} → ${to}`;
};

const hosts = (count: number): string => (count === 1 ? "1 host" : `${count} hosts`);

const changed = (changes: readonly ConfigChange[]): string => {
  if (changes.length === 0) return "no line changes";
  return changes.length === 1 ? "1 line changes" : `${changes.length} lines change`;
};

/** Preflight is not told: looking is no effect. */
const isTold = (step: Step): boolean => step.kind !== "preflight";

const turnsOf = ({ steps, basis }: Plan): readonly TurnWords[] => {
  const order = [...new Set(steps.flatMap((step) => turnOf(step) ?? []))];
  return order.flatMap((server, index) => {
    const known = basis.servers.find(({ id }) => id === server);
    if (known === undefined) return [];
    const own = steps.flatMap((step, at) => (turnOf(step) === server ? [{ step, at }] : []));
    const gate = own.find(({ step }) => step.kind === "ask-approval")?.step;
    const work = own.filter(({ step }) => step.kind !== "ask-approval");
    return [
      {
        turn: index + 1,
        server,
        host: known.host,
        mode: known.mode,
        release: known.release,
        gate: gate?.kind === "ask-approval" ? gate.reason : null,
        steps: work.map(({ at }) => at),
        words: work.map(({ step }) => planned(step)),
      },
    ];
  });
};

const orderOf = (turns: readonly TurnWords[]): readonly string[] => {
  const has = (mode: Mode): boolean => turns.some((turn) => turn.mode === mode);
  if (turns.length < 2) return [];
  return [
    "One server at a time, and the next only when the one before is synced: so a quorum serves all through.",
    ...(has("observer")
      ? ["Observers first: they have no vote, so the new release is tried where it can do least."]
      : []),
    ...(has("leader")
      ? ["The leader last: leadership moves once, and to a server that already runs the new release."]
      : []),
  ];
};

const clientsOf = (plan: Plan, turns: readonly TurnWords[]): Pick<PlanWords, "clients" | "pauseMs"> => {
  const losesQuorum = plan.findings.some(({ rule }) => rule === "standalone-stops" || rule === "no-quorum-margin");
  if (losesQuorum) {
    return {
      pauseMs: null,
      clients: [
        "Service stops for some seconds while a server restarts; sessions live on if they time out later than that.",
      ],
    };
  }
  const handOver = plan.steps.find((step) => step.kind === "hand-over-leadership");
  const pauseMs = handOver === undefined ? 0 : expectedPauseMs(handOver.method);
  const moved = `Clients of the server that restarts move to another one within about ${EXPECTED_RECONNECT_MS / 1000} s and keep their sessions.`;
  return {
    pauseMs,
    clients: [
      ...(turns.length === 0 ? [] : [moved]),
      pauseMs === 0
        ? "Leadership does not move: no pause of writes."
        : `Expect one pause of writes of about ${pauseMs / 1000} s, when leadership moves.`,
    ],
  };
};

const overriddenOf = (plan: Plan): string | null => {
  const rules = [...new Set(plan.findings.filter(({ severity }) => severity === "override").map(({ rule }) => rule))];
  return rules.length === 0
    ? null
    : `Overridden by the requester: ${rules.join(", ")}. This needs one approval more, ${plan.approvals} in all.`;
};
