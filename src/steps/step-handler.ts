// The four verbs of a step kind. See docs/adr on what each may assume; a crash may come between any two lines of any of them.
import type { Failure } from "../errors.ts";
import type { StepEvidence } from "../model/evidence.ts";
import type { StepKind, StepOf } from "../model/plan.ts";
import type { World } from "./world.ts";

export type Check =
  /** The world is already as the step wants it. */
  | { readonly kind: "done" }
  /** `apply` may go. */
  | { readonly kind: "ready" }
  /** Not yet; look again after `againMs`. */
  | { readonly kind: "wait"; readonly for: string; readonly againMs: number }
  /** Must not be done. */
  | { readonly kind: "refuse"; readonly failure: Failure };

export type Undone = "undone" | "nothing-to-undo";

export type StepHandler<K extends StepKind> = {
  /** Reads the world, never memory; changes nothing. */
  check(step: StepOf<K>, world: World): Promise<Check>;
  /** Makes it so. Safe to enter twice, and half-done by a process that died. What it answers is handed to `verify`. */
  apply(step: StepOf<K>, world: World): Promise<unknown>;
  /** Proves it; throws `step-failed` where it cannot. `applied` is null when an earlier process may have applied it. */
  verify(step: StepOf<K>, world: World, applied: unknown): Promise<StepEvidence>;
  /** Converges back to how it was before the step; throws when it cannot. Safe to enter twice. */
  undo(step: StepOf<K>, world: World): Promise<Undone>;
  /** How long `check` may answer `wait` before the step has failed. */
  readonly timeLimitMs: number | ((step: StepOf<K>) => number);
};
