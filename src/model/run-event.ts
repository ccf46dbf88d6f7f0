// The run log's vocabulary. A run is a list of these; its state is their fold (src/run/reduce.ts).

import type { Failure } from "../errors.ts";
import type { ServerClients } from "./clients.ts";
import type { Evidence } from "./evidence.ts";
import type { Goal } from "./goal.ts";
import type { ChannelId, PlanHash, RunId, UserId } from "./ids.ts";
import type { ApprovalPolicy } from "./inventory.ts";
import type { Plan } from "./plan.ts";

/** Who did it. A worker is named `<host name>/<pid>`. */
export type Actor = { readonly kind: "user"; readonly id: UserId } | { readonly kind: "worker"; readonly name: string };

/** The plan's own approval, or the index of an `ask-approval` or `wait-for-clients` step. */
export type Gate = "plan" | number;

/** `forward`: doing the plan; `back`: undoing it. */
export type Direction = "forward" | "back";

/** How the service stood when a run was held. */
export type ServiceSeen = {
  readonly serving: readonly number[];
  readonly notServing: readonly number[];
  readonly leader: number | null;
  /** How many more servers may fail before writes stop. Negative: they have stopped. */
  readonly margin: number;
};

export type Outcome = "succeeded" | "rolled-back" | "stopped" | "denied" | "expired" | "superseded";

export type RunEvent =
  | {
      readonly type: "proposed";
      readonly goal: Goal;
      readonly plan: Plan;
      readonly planHash: PlanHash;
      readonly requester: UserId;
      readonly channel: ChannelId;
      readonly policy: ApprovalPolicy;
    }
  | {
      readonly type: "approval-asked";
      readonly gate: Gate;
      readonly needs: number;
      readonly expiresAt: number;
      /** At a `wait-for-clients` step: who is still connected. */
      readonly clients?: readonly ServerClients[];
    }
  | { readonly type: "approval-granted"; readonly gate: Gate; readonly planHash: PlanHash }
  | { readonly type: "approval-denied"; readonly gate: Gate; readonly reason: string }
  | { readonly type: "approval-reminded"; readonly gate: Gate }
  | { readonly type: "approval-expired"; readonly gate: Gate }
  | { readonly type: "step-started"; readonly step: number; readonly direction: Direction; readonly attempt: number }
  | { readonly type: "step-done"; readonly step: number; readonly evidence: Evidence }
  | {
      readonly type: "step-failed";
      readonly step: number;
      readonly direction: Direction;
      readonly failure: Failure;
    }
  | {
      readonly type: "step-undone";
      readonly step: number;
      readonly how: "undone" | "nothing-to-undo";
      readonly evidence: Evidence | null;
    }
  /** A person must decide. `stuck`: neither way works; `stale`: what the plan rests on has moved. */
  | {
      readonly type: "held";
      readonly why: "failed" | "stale" | "expired" | "stuck";
      readonly step: number;
      readonly failure: Failure;
      readonly service: ServiceSeen;
    }
  | { readonly type: "resumed" }
  | { readonly type: "stop-asked" }
  | { readonly type: "rollback-asked" }
  /** A person wants the writes resumed while the run stays held. */
  | { readonly type: "resume-writes-asked" }
  | {
      readonly type: "finished";
      readonly outcome: Outcome;
      readonly evidence: Evidence | null;
      /** Why a plan was superseded, in sentences. */
      readonly why?: string;
    };

/** An event as recorded: `hash` is SHA-256 over the canonical JSON of all the other fields, `prev` the hash before. */
export type RecordedEvent = {
  readonly run: RunId;
  /** 1, 2, 3 … */
  readonly seq: number;
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly actor: Actor;
  readonly event: RunEvent;
  readonly prev: string;
  readonly hash: string;
};

/** Where a log ends; `GENESIS` before its first event. */
export type Head = { readonly seq: number; readonly hash: string };
export const GENESIS: Head = { seq: 0, hash: "0".repeat(64) };
