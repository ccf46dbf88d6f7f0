// Ends the pause of writes. Before it does, it looks through the whole tree for anything that was done meanwhile: the pause is
// worth what this finds.
import { readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { StepEvidence } from "../model/evidence.ts";
import { type PauseProof, proveNothingWritten } from "./acl-fence.ts";
import { walkOptions } from "./pause-by-acl.ts";
import { wayOf } from "./pause-writes.ts";
import type { StepHandler } from "./step-handler.ts";
import type { World } from "./world.ts";

type Resumed = { readonly restored: number; readonly proof: PauseProof | null };

export const resumeWrites: StepHandler<"resume-writes"> = {
  // `apply` itself goes on until there is nothing left to do: a further look would tell no more.
  timeLimitMs: 0,
  check: async () => ({ kind: "ready" }),
  apply: async (step, world): Promise<Resumed> => {
    const proof = await proofOf(world, wayOf(step).byAcl);
    return { restored: await wayOf(step).resume(world), proof };
  },
  verify: async (step, world, applied): Promise<StepEvidence> => {
    const { restored, proof } = applied as Resumed;
    world.waiting(null);
    return { kind: "resume-writes", method: step.method, restored, pausedMs: pausedMs(world), proof };
  },
  // On the way back writes are resumed at the end, by the undo of their pause; a pause that was ended stays ended.
  undo: async () => "nothing-to-undo",
};

const pauseOf = ({ plan, state }: World) => {
  const evidence = state.steps[plan.steps.findIndex(({ kind }) => kind === "pause-writes")];
  const shown = evidence?.evidence?.step;
  return shown?.kind === "pause-writes" ? { shown, endedAt: evidence?.endedAt ?? null } : null;
};

const pausedMs = (world: World): number => {
  const since = pauseOf(world)?.endedAt ?? null;
  const own = world.state.steps[world.plan.steps.findIndex(({ kind }) => kind === "resume-writes")];
  return since === null ? 0 : Math.max(0, (own?.startedAt ?? world.clock.now()) - since);
};

/**
 * Taken once: as soon as the first client writes again nothing can be proved any more. So it is kept in a file before that,
 * for the case that this process ends in the middle; another machine's worker has to do without.
 */
const proofOf = async (world: World, byAcl: boolean): Promise<PauseProof | null> => {
  const pause = pauseOf(world);
  if (pause === null) return null;
  const file = join(world.backupDirectory, "pause-proof.json");
  const own = world.state.steps[world.plan.steps.findIndex(({ kind }) => kind === "resume-writes")];
  if (own !== undefined && own.attempts > 1) {
    return readFile(file, "utf8").then(
      (text) => JSON.parse(text) as PauseProof,
      () => null,
    );
  }
  const { zxid, persistent } = pause.shown;
  const proof = await proveNothingWritten(
    await world.session(),
    { zxid: BigInt(zxid), persistent, fenced: byAcl },
    {
      ...walkOptions(world),
      progress: (znodes) => world.waiting(`every znode to be looked at for writes meanwhile (${znodes} so far)`),
    },
  );
  await writeFile(`${file}.unfinished`, JSON.stringify(proof), { mode: 0o600 });
  await rename(`${file}.unfinished`, file);
  return proof;
};
