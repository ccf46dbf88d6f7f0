// The two queues: their names, the payloads that cross them, and typed producers. `ensemble` goes to workers, `slack` to bots.
import { type ConnectionOptions, Queue } from "bullmq";
import type { BackupReport } from "../src/app/back-up-ensemble.ts";
import type { Failure } from "../src/errors.ts";
import type { BackupListed } from "../src/model/backup.ts";
import type { DriftReport } from "../src/model/drift-report.ts";
import type { Goal } from "../src/model/goal.ts";
import type { ChannelId, EnsembleName, RunId, UserId } from "../src/model/ids.ts";
import type { Finding, Plan } from "../src/model/plan.ts";
import type { StatusReport } from "../src/model/status-report.ts";

/** Where a private answer goes: the command's response_url while it lives (30 min, 5 uses), else an ephemeral message. */
export type ReplyTo = {
  readonly channel: ChannelId;
  readonly user: UserId;
  readonly responseUrl: string | null;
  /** Slack's id of a form that waits for the answer and shows it; only there where one does. */
  readonly form?: string;
};

/** What a worker has to tell one person; the bot puts it into words. */
export type Reply =
  | { readonly kind: "status"; readonly reports: readonly StatusReport[] }
  | { readonly kind: "drift"; readonly report: DriftReport }
  | { readonly kind: "dry-run"; readonly plan: Plan; readonly planHash: string }
  | { readonly kind: "proposed"; readonly run: RunId; readonly ensemble: EnsembleName }
  | { readonly kind: "nothing-to-do"; readonly goal: Goal; readonly why: string }
  | {
      readonly kind: "blocked";
      readonly goal: Goal;
      readonly findings: readonly Finding[];
      readonly rulesChecked: number;
      /** What the repository offers, newest first. */
      readonly releases: readonly string[];
    }
  | { readonly kind: "reserved"; readonly goal: Goal; readonly by: RunId }
  | { readonly kind: "backed-up"; readonly report: BackupReport }
  | {
      readonly kind: "backups";
      readonly ensemble: EnsembleName;
      readonly folder: string;
      readonly listed: readonly BackupListed[];
    }
  | { readonly kind: "failed"; readonly doing: string; readonly failure: Failure };

export type EnsembleJob =
  | { readonly kind: "advance"; readonly run: RunId }
  | {
      readonly kind: "propose";
      readonly goal: Goal;
      readonly dryRun: boolean;
      readonly requester: UserId;
      readonly channel: ChannelId;
      readonly replyTo: ReplyTo;
    }
  | { readonly kind: "back-up"; readonly ensemble: EnsembleName; readonly replyTo: ReplyTo }
  | { readonly kind: "list-backups"; readonly ensemble: EnsembleName; readonly replyTo: ReplyTo }
  | { readonly kind: "observe"; readonly ensembles: readonly EnsembleName[]; readonly replyTo: ReplyTo }
  | { readonly kind: "drift"; readonly ensemble: EnsembleName; readonly replyTo: ReplyTo };

export type SlackJob =
  | { readonly kind: "notify"; readonly run: RunId }
  | { readonly kind: "reply"; readonly replyTo: ReplyTo; readonly reply: Reply };

export const ENSEMBLE_QUEUE = "ensemble";
export const SLACK_QUEUE = "slack";
/** Shared by every key of BullMQ; the braces keep a queue on one node of a Redis Cluster. */
export const QUEUE_PREFIX = "{zkshift}";

/** What the rest of the program may put on the queues. */
export type Producers = {
  /** Wakes a run. Of many calls while one is waiting or active, one is kept. */
  wake(run: RunId): Promise<void>;
  propose(job: Omit<Extract<EnsembleJob, { kind: "propose" }>, "kind">): Promise<void>;
  observe(job: Omit<Extract<EnsembleJob, { kind: "observe" }>, "kind">): Promise<void>;
  drift(job: Omit<Extract<EnsembleJob, { kind: "drift" }>, "kind">): Promise<void>;
  backUp(job: { readonly ensemble: EnsembleName; readonly replyTo: ReplyTo }): Promise<void>;
  listBackups(job: { readonly ensemble: EnsembleName; readonly replyTo: ReplyTo }): Promise<void>;
  /** Asks a bot to bring a run's messages up to date. */
  notify(run: RunId): Promise<void>;
  reply(replyTo: ReplyTo, reply: Reply): Promise<void>;
  /** Jobs in each queue, by state. */
  depths(): Promise<readonly { readonly queue: string; readonly state: string; readonly jobs: number }[]>;
  close(): Promise<void>;
};

const KEEP = { removeOnComplete: { count: 1000 }, removeOnFail: { count: 1000 } } as const;

/** Producers over one Redis connection. */
export const makeProducers = (connection: ConnectionOptions): Producers => {
  const ensemble = new Queue<EnsembleJob>(ENSEMBLE_QUEUE, { connection, prefix: QUEUE_PREFIX });
  const slack = new Queue<SlackJob>(SLACK_QUEUE, { connection, prefix: QUEUE_PREFIX });
  // A queue without this listener turns a lost connection into an uncaught exception; the callers' promises still reject.
  ensemble.on("error", () => {});
  slack.on("error", () => {});
  return {
    wake: async (run) => {
      // No custom job id: BullMQ ignores an add whose id is still kept, which would lose the wake-up.
      await ensemble.add(
        "advance",
        { kind: "advance", run },
        { ...KEEP, deduplication: { id: `advance-${run}`, keepLastIfActive: true } },
      );
    },
    propose: async (job) => {
      await ensemble.add("propose", { kind: "propose", ...job }, KEEP);
    },
    observe: async (job) => {
      await ensemble.add("observe", { kind: "observe", ...job }, KEEP);
    },
    drift: async (job) => {
      await ensemble.add("drift", { kind: "drift", ...job }, KEEP);
    },
    backUp: async (job) => {
      await ensemble.add("back-up", { kind: "back-up", ...job }, KEEP);
    },
    listBackups: async (job) => {
      await ensemble.add("list-backups", { kind: "list-backups", ...job }, KEEP);
    },
    notify: async (run) => {
      await slack.add(
        "notify",
        { kind: "notify", run },
        { ...KEEP, deduplication: { id: `notify-${run}`, keepLastIfActive: true } },
      );
    },
    reply: async (replyTo, reply) => {
      await slack.add(
        "reply",
        { kind: "reply", replyTo, reply },
        { ...KEEP, attempts: 8, backoff: { type: "exponential", delay: 1000 } },
      );
    },
    depths: async () => {
      const counts = await Promise.all(
        [ensemble, slack].map(async (queue) => ({
          queue,
          by: await queue.getJobCounts("waiting", "active", "delayed", "failed"),
        })),
      );
      return counts.flatMap(({ queue, by }) =>
        Object.entries(by).map(([state, jobs]) => ({ queue: queue.name, state, jobs })),
      );
    },
    close: async () => {
      await Promise.all([ensemble.close(), slack.close()]);
    },
  };
};
