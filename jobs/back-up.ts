// Processors of `back-up` and `list-backups`: what `/zk backup` and `/zk backups` ask of a worker.
import type { AppDeps } from "../src/app/app-deps.ts";
import { type BackupDeps, type BackupReport, backUpEnsemble, listBackupsOf } from "../src/app/back-up-ensemble.ts";
import { failureOf } from "../src/errors.ts";
import type { EnsembleName } from "../src/model/ids.ts";
import type { EnsembleJob, Producers, Reply } from "./queues.ts";

type BackUpJob = Extract<EnsembleJob, { kind: "back-up" }>;
type ListJob = Extract<EnsembleJob, { kind: "list-backups" }>;

/**
 * Never throws for what a person can be told. Who asks while one is being taken gets that one. `signal`: this worker stops; what is
 * being taken is given up, and `left` for the next worker to begin anew: nobody is told.
 */
export const makeBackUp = (
  deps: BackupDeps,
  producers: Pick<Producers, "reply">,
  signal: AbortSignal,
): ((job: BackUpJob) => Promise<"answered" | "left">) => {
  const underWay = new Map<EnsembleName, Promise<BackupReport>>();
  const take = (job: BackUpJob): Promise<BackupReport> => {
    const running = underWay.get(job.ensemble);
    if (running !== undefined) return running;
    const begun = backUpEnsemble({ ensemble: job.ensemble, by: job.replyTo.user }, deps, signal).finally(() =>
      underWay.delete(job.ensemble),
    );
    underWay.set(job.ensemble, begun);
    return begun;
  };
  return async (job) => {
    let reply: Reply;
    try {
      reply = { kind: "backed-up", report: await take(job) };
    } catch (error) {
      if (signal.aborted) return "left";
      deps.log.warn({ ensemble: job.ensemble, err: error }, "backup failed");
      reply = { kind: "failed", doing: `backing up ${job.ensemble}`, failure: failureOf(error) };
    }
    await producers.reply(job.replyTo, reply);
    return "answered";
  };
};

export const processListBackups = async (
  job: ListJob,
  deps: AppDeps,
  producers: Pick<Producers, "reply">,
): Promise<void> => {
  let reply: Reply;
  try {
    reply = { kind: "backups", ensemble: job.ensemble, ...(await listBackupsOf(job.ensemble, deps)) };
  } catch (error) {
    reply = { kind: "failed", doing: `listing the backups of ${job.ensemble}`, failure: failureOf(error) };
  }
  await producers.reply(job.replyTo, reply);
};
