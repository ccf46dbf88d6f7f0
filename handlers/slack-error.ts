// What Slack's client throws, sorted by what it means for us: refused, told to wait, or not known whether it happened.
import { WebAPIPlatformError, WebAPIRateLimitedError } from "@slack/web-api";
import { OpsError } from "../src/errors.ts";

/** Slack's own name of a refusal, e.g. `not_in_channel`; null for anything else. */
export const refusalOf = (error: unknown): string | null =>
  error instanceof WebAPIPlatformError
    ? error.data.error
    : error instanceof OpsError && error.kind === "refused"
      ? error.code
      : null;

/** Seconds that Slack asks us to wait; null when it does not. */
export const waitAskedS = (error: unknown): number | null =>
  error instanceof WebAPIRateLimitedError ? error.retryAfter : null;

/** True when the call certainly had no effect: Slack answered, and refused. */
export const hadNoEffect = (error: unknown): boolean => refusalOf(error) !== null || waitAskedS(error) !== null;

const PASSING = ["internal_error", "fatal_error", "service_unavailable", "request_timeout", "ratelimited"];

/** `doing` completes "Slack …, so ": `the thread of orders-7k2mx is behind`. */
export const slackError = (error: unknown, doing: string): OpsError => {
  if (error instanceof OpsError) return error;
  const refusal = refusalOf(error);
  if (refusal !== null && !PASSING.includes(refusal)) {
    return new OpsError(
      "refused",
      {
        what: `Slack refused (${refusal}), so ${doing}.`,
        left: "Runs go on without it.",
        next: "See docs/operations.md, Slack.",
      },
      { cause: error, code: refusal },
    );
  }
  return new OpsError(
    "transient",
    {
      what: `Slack does not answer, so ${doing}: ${error instanceof Error ? error.message : String(error)}`,
      left: "Runs go on without it.",
      next: "The thread catches up by itself once Slack answers.",
    },
    { cause: error },
  );
};
