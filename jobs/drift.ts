// Processor of `drift`: compares one ensemble for `/zk drift`.
import type { AppDeps } from "../src/app/app-deps.ts";
import { reportDrift } from "../src/app/report-drift.ts";
import type { EnsembleJob, Producers } from "./queues.ts";

export const processDrift = async (
  job: Extract<EnsembleJob, { kind: "drift" }>,
  deps: AppDeps,
  producers: Pick<Producers, "reply">,
): Promise<void> => {
  await producers.reply(job.replyTo, { kind: "drift", report: await reportDrift(job.ensemble, deps) });
};
