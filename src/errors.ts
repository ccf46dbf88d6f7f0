// The one error type. An expected negative is a value; an OpsError says that we could not, and what to do about it.

/** See docs/errors.md: one table (jobs/worker.ts) maps kind to reaction. */
export type OpsErrorKind =
  | "input"
  | "refused"
  | "stale"
  | "transient"
  | "unknown-outcome"
  | "step-failed"
  | "stuck"
  | "bug";

/** An OpsError as plain data: goes into logs, events and messages, so it never holds a secret. */
export type Failure = {
  readonly kind: OpsErrorKind;
  readonly what: string;
  readonly left: string;
  readonly next: string;
  /** Raw material for a reader, e.g. the end of a server's log. */
  readonly detail: string | null;
};

export class OpsError extends Error {
  readonly failure: Failure;
  /** Upstream's name where there is one, e.g. a KeeperException `NO_NODE` or an errno `ECONNREFUSED`. */
  readonly code: string | null;

  constructor(
    kind: OpsErrorKind,
    text: { what: string; left?: string; next?: string; detail?: string | null },
    options: { cause?: unknown; code?: string } = {},
  ) {
    super(text.what, options.cause === undefined ? {} : { cause: options.cause });
    this.name = "OpsError";
    this.failure = {
      kind,
      what: text.what,
      left: text.left ?? "Nothing was changed.",
      next: text.next ?? "Try again; if it stays, look at the worker's log.",
      detail: text.detail ?? null,
    };
    this.code = options.code ?? null;
  }

  get kind(): OpsErrorKind {
    return this.failure.kind;
  }
}

/** Any thrown thing as a Failure; what is not an OpsError is a bug. */
export const failureOf = (error: unknown): Failure =>
  error instanceof OpsError
    ? error.failure
    : {
        kind: "bug",
        what: `zkshift itself failed: ${error instanceof Error ? error.message : String(error)}`,
        left: "Nothing further was changed.",
        next: "Look at the worker's log and report it.",
        detail: null,
      };

/** Upstream's code of an error, null when it has none. */
export const codeOf = (error: unknown): string | null => (error instanceof OpsError ? error.code : null);

/** Work was broken off because its worker is told to stop. */
export const isAbort = (error: unknown): boolean => error instanceof Error && error.name === "AbortError";

const TAKEN_OVER: ReadonlySet<string> = new Set(["LEASE_LOST", "FENCED", "LOG_SHORTER"]);

/**
 * Another worker has the ensemble, or the log is no longer what this one knows: it must let the run go as it is, and may enter
 * it again only from the log.
 */
export const isTakenOver = (error: unknown): boolean => error instanceof OpsError && TAKEN_OVER.has(error.code ?? "");

/** A worker that is shutting down, or has lost its lease, leaves a step to the next one. */
export const entersAgain = (error: unknown): boolean => isAbort(error) || isTakenOver(error);
