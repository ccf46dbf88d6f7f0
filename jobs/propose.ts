// Processor of `propose`: makes the plan, and tells the requester what came of it.
import { createHash } from "node:crypto";
import type { AppDeps } from "../src/app/app-deps.ts";
import { propose } from "../src/app/propose.ts";
import { failureOf } from "../src/errors.ts";
import { goalNoun } from "../src/model/goal.ts";
import { assertNever, type EnsembleName, type RunId, runId } from "../src/model/ids.ts";
import type { EnsembleJob, Producers, Reply } from "./queues.ts";

type ProposeJob = Extract<EnsembleJob, { kind: "propose" }>;

/** Letters that are hard to mistake for one another, read aloud or typed. */
const LETTERS = "abcdefghjkmnpqrstvwxyz23456789";

/** The same job, entered again after a crash, gives the same run. */
export const runIdOf = (ensemble: EnsembleName, seed: string): RunId => {
  const bytes = createHash("sha256").update(seed).digest();
  const name = [...bytes.subarray(0, 5)].map((byte) => LETTERS[byte % LETTERS.length]).join("");
  return runId(`${ensemble}-${name}`);
};

/** Never throws for what a person can be told; throws only when Redis does not take the answer. */
export const processPropose = async (
  job: ProposeJob,
  seed: string,
  deps: AppDeps,
  producers: Pick<Producers, "reply">,
): Promise<void> => {
  const { goal } = job;
  const reply = await answer(job, runIdOf(goal.ensemble, seed), deps);
  await producers.reply(job.replyTo, reply);
};

const answer = async (job: ProposeJob, run: RunId, deps: AppDeps): Promise<Reply> => {
  const { goal, dryRun, requester, channel } = job;
  try {
    const proposed = await propose({ run, goal, dryRun, requester, channel }, deps);
    switch (proposed.kind) {
      case "proposed":
        return { kind: "proposed", run: proposed.run, ensemble: goal.ensemble };
      case "dry-run":
        return { kind: "dry-run", plan: proposed.plan, planHash: proposed.planHash };
      case "nothing-to-do":
        return { kind: "nothing-to-do", goal, why: proposed.why };
      case "blocked":
        return { ...proposed, goal };
      case "reserved":
        return { kind: "reserved", goal, by: proposed.by };
      default:
        return assertNever(proposed);
    }
  } catch (error) {
    deps.log.warn({ ensemble: goal.ensemble, err: error }, "proposal failed");
    return {
      kind: "failed",
      doing: `planning the ${goalNoun(goal)} of ${goal.ensemble}`,
      failure: failureOf(error),
    };
  }
};
