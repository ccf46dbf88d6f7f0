// How long steps take as a rule: for "about 1 min" and "0:30 left". Nothing is ever decided by these numbers.
// Measured on three servers with little data (docs/measurements); with much data a server takes longer to sync.
import { assertNever } from "../model/ids.ts";
import type { HandOver, Step } from "../model/plan.ts";

/** Milliseconds a step takes as a rule; 0 for waits that people set (approval) or chose (soak). */
const expectedStepMs = (step: Step): number => {
  switch (step.kind) {
    case "preflight":
      return 1_000;
    case "back-up":
      return 1_000;
    case "install-release":
      // One host after another: push, unpack, check.
      return 2_000 + 2_000 * step.servers.length;
    case "ask-approval":
    case "soak":
    case "wait-for-clients":
      return 0;
    case "stop-server":
      return 700;
    case "hand-over-leadership":
      return step.method === "observer-then-kill" ? 1_500 : 1_000;
    case "write-config":
      return 300;
    case "run-hook":
      return 5_000;
    case "start-server":
      return 500;
    case "wait-until-synced":
      return 2_000;
    case "reconfigure":
      return 500;
    case "prepare-server":
      return 700;
    case "wait-until-joined":
      return 3_000;
    case "add-member":
    case "remove-member":
      return 400;
    case "restart-with-members":
      return 3_500 * step.servers.length;
    case "retire-server":
      return 900;
    case "keep-paused":
      return step.ms;
    case "pause-writes":
    case "resume-writes":
      // What 10 000 znodes take.
      return 4_000;
    case "stage-backup":
      return 6_000;
    case "restore-data":
      return 8_000;
    case "verify-restore":
      return 4_000;
    case "verify-ensemble":
      return 3_000;
    default:
      return assertNever(step);
  }
};

/** Milliseconds all steps take as a rule, approvals and soak apart. */
export const expectedMs = (steps: readonly Step[]): number =>
  steps.reduce((sum, step) => sum + expectedStepMs(step), 0);

/** Milliseconds without a write acknowledged when leadership moves; medians of bare hand-overs. */
export const expectedPauseMs = (method: HandOver): number => (method === "observer-then-kill" ? 300 : 500);
