// What a finished step can show. Everything here goes into the run log and the thread, so: plain JSON, no secrets.

/** What the canary saw during a step: it writes to the ensemble all the time, one write after another. */
export type CanaryReport = {
  readonly writes: number;
  readonly failed: number;
  /** Longest time between two acknowledgements. */
  readonly longestPauseMs: number;
  readonly sessionsLost: number;
  /** Worst write latency in each slot of {@link SLOT_MS}, −1 where none was acknowledged; `startedAt` is epoch ms. */
  readonly startedAt: number;
  readonly slots: readonly number[];
};

/** Width of a slot of {@link CanaryReport}. */
export const SLOT_MS = 250;

export type StepEvidence =
  | { readonly kind: "preflight"; readonly serving: number; readonly rulesChecked: number; readonly leader: number }
  | {
      readonly kind: "back-up";
      readonly server: number;
      readonly snapshot: string;
      readonly bytes: number;
      readonly sha256: string;
      readonly file: string;
      readonly znodes: number | null;
    }
  | {
      readonly kind: "install-release";
      readonly release: string;
      readonly hosts: readonly { readonly host: string; readonly how: "installed" | "already there" }[];
      readonly sha512: string;
    }
  | { readonly kind: "ask-approval" }
  | { readonly kind: "stop-server"; readonly server: number; readonly signal: string }
  | {
      readonly kind: "hand-over-leadership";
      readonly server: number;
      readonly how: "observer-then-kill" | "kill" | "was not the leader";
      readonly newLeader: number | null;
    }
  | {
      readonly kind: "write-config";
      readonly server: number;
      readonly release: string;
      readonly diff: readonly string[];
    }
  | { readonly kind: "run-hook"; readonly server: number; readonly code: number; readonly output: string }
  | { readonly kind: "start-server"; readonly server: number; readonly release: string; readonly pid: number }
  | {
      readonly kind: "wait-until-synced";
      readonly server: number;
      readonly mode: string;
      readonly release: string;
      readonly zxid: string;
      /** From the start of the process to synced. */
      readonly syncedMs: number;
      readonly proof: string;
    }
  | { readonly kind: "reconfigure"; readonly server: number; readonly role: string; readonly configVersion: string }
  | { readonly kind: "soak"; readonly server: number; readonly ms: number }
  | {
      readonly kind: "verify-ensemble";
      readonly release: string;
      /** How sameness was shown: tree digests at one zxid, or a walk of the whole tree on every server. */
      readonly method: "digest" | "walk";
      readonly digest: string;
      readonly zxid: string;
      readonly znodes: number;
      readonly servers: readonly { readonly id: number; readonly mode: string; readonly writeMs: number }[];
    };

/** Evidence of a step with the time it took and what the canary saw meanwhile (null where it did not run). */
export type Evidence = {
  readonly step: StepEvidence;
  readonly tookMs: number;
  readonly canary: CanaryReport | null;
  /** What had to come about before the step could be taken, and how long that took; absent where it was ready at once. */
  readonly waited?: { readonly for: string; readonly ms: number };
};
