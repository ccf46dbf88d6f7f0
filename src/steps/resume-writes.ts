// Ends the pause of writes. Before it does, it looks through the whole tree for anything that was done meanwhile: the pause is
// worth what this finds.
import { readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { StepEvidence } from "../model/evidence.ts";
import type { StepKind } from "../model/plan.ts";
import { type PauseProof, proveNothingWritten } from "./acl-fence.ts";
import { walkOptions } from "./pause-by-acl.ts";
import { wayOf } from "./pause-writes.ts";
import type { StepHandler } from "./step-handler.ts";
import type { World } from "./world.ts";

/** `at`: when the proof was taken, and writes began to come back; epoch ms. */
type Ended = { readonly at: number; readonly proof: PauseProof | null };
type Resumed = Ended & { readonly restored: number };

export const resumeWrites: StepHandler<"resume-writes"> = {
  // `apply` itself goes on until there is nothing left to do: a further look would tell no more.
  timeLimitMs: 0,
  check: async () => ({ kind: "ready" }),
  apply: async (step, world): Promise<Resumed> => {
    const ended = await endOf(world, wayOf(step).byAcl);
    return { ...ended, restored: await wayOf(step).resume(world) };
  },
  verify: async (step, world, applied): Promise<StepEvidence> => {
    const { restored, proof, at } = applied as Resumed;
    world.waiting(null);
    // From the first change to the last: somewhere in between each client was refused for the first and the last time.
    const since = stepOf(world, "pause-writes")?.begunAt ?? at;
    const pausedMs = Math.max(0, world.clock.now() - since);
    return { kind: "resume-writes", method: step.method, restored, pausedMs, proof };
  },
  // On the way back writes are resumed at the end, by the undo of their pause; a pause that was ended stays ended.
  undo: async () => "nothing-to-undo",
};

const stepOf = ({ plan, state }: World, wanted: StepKind) =>
  state.steps[plan.steps.findIndex(({ kind }) => kind === wanted)];

/**
 * Taken once a pause: as soon as the first client writes again nothing can be proved any more. So it is kept in a file before
 * that, for the case that this process ends, or loses its connection, in the middle. A worker that finds no file takes the proof
 * itself as long as it can tell that no earlier attempt has let clients write again, else it does without.
 */
const endOf = async (world: World, byAcl: boolean): Promise<Ended> => {
  const paused = stepOf(world, "pause-writes")?.evidence?.step;
  const own = stepOf(world, "resume-writes");
  const now = world.clock.now();
  if (paused?.kind !== "pause-writes") return { at: now, proof: null };
  const file = join(world.backupDirectory, `pause-proof-${paused.zxid}.json`);
  const taken = await readFile(file, "utf8").catch(() => null);
  if (taken !== null) return JSON.parse(taken) as Ended;
  const isTakenOver = own !== undefined && own.attempts > 1;
  if (isTakenOver && !byAcl && !world.portsStayedClosed) return { at: now, proof: null };
  const since = { zxid: BigInt(paused.zxid), persistent: paused.persistent, fenced: byAcl };
  const proof = await proveNothingWritten(await world.session(), since, {
    ...walkOptions(world),
    progress: (znodes) => world.waiting(`every znode to be looked at for writes meanwhile (${znodes} so far)`),
  });
  // Whoever set them, an earlier attempt that gave back part of the ACLs would have left the same.
  if (isTakenOver && proof.opened > 0) return { at: now, proof: null };
  const ended: Ended = { at: world.clock.now(), proof };
  await writeFile(`${file}.unfinished`, JSON.stringify(ended), { mode: 0o600 });
  await rename(`${file}.unfinished`, file);
  return ended;
};
