// Processor of `observe`: looks at ensembles for `/zk status`.
import type { AppDeps } from "../src/app/app-deps.ts";
import { reportStatus } from "../src/app/report-status.ts";
import type { EnsembleName } from "../src/model/ids.ts";
import type { StatusReport } from "../src/model/status-report.ts";
import type { EnsembleJob, Producers } from "./queues.ts";

type ObserveJob = Extract<EnsembleJob, { kind: "observe" }>;

/**
 * A processor that has at most one look at an ensemble under way: who asks meanwhile gets the same answer. A look starts
 * programs on every host, so a hundred people who ask at once must not be a hundred looks.
 */
export const makeObserver = (
  deps: AppDeps,
  producers: Pick<Producers, "reply">,
  look: (name: EnsembleName, deps: AppDeps) => Promise<StatusReport> = reportStatus,
): ((job: ObserveJob) => Promise<void>) => {
  const underWay = new Map<EnsembleName, Promise<StatusReport>>();

  const lookOnce = (name: EnsembleName): Promise<StatusReport> => {
    const running = underWay.get(name);
    if (running !== undefined) return running;
    const begun = look(name, deps).finally(() => underWay.delete(name));
    underWay.set(name, begun);
    return begun;
  };

  return async (job) => {
    const reports = await Promise.all(job.ensembles.map(lookOnce));
    await producers.reply(job.replyTo, { kind: "status", reports });
  };
};
