// Processor of `observe`: looks at ensembles for `/zk status`.
import type { AppDeps } from "../src/app/app-deps.ts";
import { reportStatus } from "../src/app/report-status.ts";
import type { EnsembleJob, Producers } from "./queues.ts";

export const processObserve = async (
  job: Extract<EnsembleJob, { kind: "observe" }>,
  deps: AppDeps,
  producers: Pick<Producers, "reply">,
): Promise<void> => {
  const reports = await Promise.all(job.ensembles.map((name) => reportStatus(name, deps)));
  await producers.reply(job.replyTo, { kind: "status", reports });
};
