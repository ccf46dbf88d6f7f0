// The state of a run: what its log folds to. Data only; see reduce.ts for the fold and decide.ts for what comes next.
import type { Failure } from "../errors.ts";
import type { ServerClients } from "../model/clients.ts";
import type { Evidence } from "../model/evidence.ts";
import type { Goal } from "../model/goal.ts";
import type { ChannelId, PlanHash, RunId, UserId } from "../model/ids.ts";
import type { ApprovalPolicy } from "../model/inventory.ts";
import type { Plan } from "../model/plan.ts";
import type { Actor, Direction, Gate, Head, Outcome, ServiceSeen } from "../model/run-event.ts";

export type StepState = {
  /** `failed` and `running` may have left anything half-done; `undone` is back as it was. */
  readonly state: "todo" | "running" | "done" | "failed" | "undoing" | "undone";
  readonly attempts: number;
  /** Of the newest attempt. */
  readonly startedAt: number | null;
  /** Of the first attempt since it was last undone. */
  readonly begunAt: number | null;
  readonly endedAt: number | null;
  readonly evidence: Evidence | null;
  readonly undoEvidence: Evidence | null;
};

type Grant = { readonly by: Actor; readonly at: number };

/** A gate that waits for people now. Times are epoch ms. */
export type OpenGate = {
  readonly gate: Gate;
  readonly needs: number;
  readonly askedAt: number;
  readonly expiresAt: number;
  readonly granted: readonly Grant[];
  readonly reminded: boolean;
  /** Of a `wait-for-clients` step: who was connected when it was asked; absent of every other gate. */
  readonly clients?: readonly ServerClients[];
};

/** A gate that was passed, by whom. */
type PassedGate = { readonly gate: Gate; readonly granted: readonly Grant[] };

type Hold = {
  readonly why: "failed" | "stale" | "expired" | "stuck";
  readonly step: number;
  readonly failure: Failure;
  readonly service: ServiceSeen;
  readonly at: number;
};

export type RunState = {
  readonly run: RunId;
  readonly goal: Goal;
  readonly plan: Plan;
  readonly planHash: PlanHash;
  readonly requester: UserId;
  readonly channel: ChannelId;
  readonly policy: ApprovalPolicy;
  readonly phase: "waiting" | "running" | "held" | "finished";
  readonly direction: Direction;
  readonly gate: OpenGate | null;
  readonly passed: readonly PassedGate[];
  readonly denial: { readonly by: Actor; readonly at: number; readonly reason: string } | null;
  readonly steps: readonly StepState[];
  readonly hold: Hold | null;
  /** Why the run was held when a person last said "retry"; null again once a step has started. */
  readonly resumedFrom: Hold["why"] | null;
  readonly stopAsked: Grant | null;
  readonly rollbackAsked: Grant | null;
  /** Somebody wants the writes resumed while the run stays held; null again once that was done or has failed. */
  readonly resumeWritesAsked: Grant | null;
  readonly outcome: Outcome | null;
  /** Why a plan was superseded; absent else. */
  readonly outcomeWhy?: string;
  /** Evidence of the last look at the ensemble before `finished`, where one was taken. */
  readonly finalEvidence: Evidence | null;
  readonly proposedAt: number;
  /** When the plan's approval was complete. */
  readonly startedAt: number | null;
  readonly finishedAt: number | null;
  /** Milliseconds spent at gates after the start and in holds: waiting for people, not working. */
  readonly waitedMs: number;
  readonly head: Head;
};
