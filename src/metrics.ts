// What Prometheus may ask: how often, how long, how many. Every metric is defined here, and counted through a typed function, so
// that no label is misspelled and none grows without end (no run ids, no names of people).
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from "prom-client";

type QueueDepth = { readonly queue: string; readonly state: string; readonly jobs: number };

export type Metrics = {
  runStarted(): void;
  runEnded(outcome: string): void;
  stepEnded(kind: string, direction: "forward" | "back", outcome: "done" | "failed", seconds: number): void;
  /** Longest time between two acknowledged canary writes in a step. */
  canaryPause(ms: number): void;
  /** One call of Slack's Web API; `error` is Slack's error code, null when it went well. */
  slackCall(method: string, error: string | null): void;
  /** Says how to look at the queues; they are looked at when somebody asks for metrics. */
  watchQueues(look: () => Promise<readonly QueueDepth[]>): void;
  /** Everything, as Prometheus reads it. */
  text(): Promise<string>;
  readonly contentType: string;
};

/** A scrape waits no longer than this for the queues; without an answer it tells everything else. */
const LOOK_TIMEOUT_MS = 1_000;

const within = async <T>(ms: number, promise: Promise<T>): Promise<T | null> => {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<null>((resolve) => {
    timer = setTimeout(() => resolve(null), ms);
  });
  try {
    return await Promise.race([promise, timeout]);
  } finally {
    clearTimeout(timer);
  }
};

/** Metrics in a registry of their own, with Node's default ones. */
export const makeMetrics = (): Metrics => {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  let look: (() => Promise<readonly QueueDepth[]>) | null = null;

  const runsStarted = new Counter({ name: "zkshift_runs_started_total", help: "Runs proposed.", registers });
  const runsEnded = new Counter({
    name: "zkshift_runs_ended_total",
    help: "Runs that have ended, by how.",
    labelNames: ["outcome"] as const,
    registers,
  });
  const stepSeconds = new Histogram({
    name: "zkshift_step_seconds",
    help: "Time from the start of a step to its end, by its kind, its direction and how it ended.",
    labelNames: ["kind", "direction", "outcome"] as const,
    buckets: [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 900],
    registers,
  });
  const canaryPauses = new Histogram({
    name: "zkshift_canary_pause_seconds",
    help: "Longest time between two acknowledged canary writes in a step.",
    buckets: [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 5, 10, 30],
    registers,
  });
  const slackCalls = new Counter({
    name: "zkshift_slack_calls_total",
    help: "Calls of Slack's Web API, by method.",
    labelNames: ["method"] as const,
    registers,
  });
  const slackErrors = new Counter({
    name: "zkshift_slack_errors_total",
    help: "Calls of Slack's Web API that failed, by method and Slack's error code.",
    labelNames: ["method", "error"] as const,
    registers,
  });
  new Gauge({
    name: "zkshift_queue_jobs",
    help: "Jobs in a queue, by state.",
    labelNames: ["queue", "state"] as const,
    registers,
    async collect() {
      // Numbers of the last time would be lies.
      this.reset();
      const depths =
        look === null
          ? null
          : await within(
              LOOK_TIMEOUT_MS,
              look().catch(() => null),
            );
      for (const { queue, state, jobs } of depths ?? []) this.set({ queue, state }, jobs);
    },
  });

  return {
    runStarted: () => runsStarted.inc(),
    runEnded: (outcome) => runsEnded.inc({ outcome }),
    stepEnded: (kind, direction, outcome, seconds) => stepSeconds.observe({ kind, direction, outcome }, seconds),
    canaryPause: (ms) => canaryPauses.observe(ms / 1000),
    slackCall: (method, error) => {
      slackCalls.inc({ method });
      if (error !== null) slackErrors.inc({ method, error });
    },
    watchQueues: (how) => {
      look = how;
    },
    text: () => registry.metrics(),
    contentType: registry.contentType,
  };
};
