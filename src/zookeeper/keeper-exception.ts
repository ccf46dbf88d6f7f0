// KeeperExceptions: their numbers on the wire, upstream's names (KeeperException.Code in SCREAMING_SNAKE), and what each
// means for a request: refused, to be tried again, or an outcome that nobody knows.
import { OpsError, type OpsErrorKind } from "../errors.ts";

const NAMES: ReadonlyMap<number, string> = new Map([
  [-1, "SYSTEM_ERROR"],
  [-2, "RUNTIME_INCONSISTENCY"],
  [-3, "DATA_INCONSISTENCY"],
  [-4, "CONNECTION_LOSS"],
  [-5, "MARSHALLING_ERROR"],
  [-6, "UNIMPLEMENTED"],
  [-7, "OPERATION_TIMEOUT"],
  [-8, "BAD_ARGUMENTS"],
  [-12, "UNKNOWN_SESSION"],
  [-13, "NEW_CONFIG_NO_QUORUM"],
  [-14, "RECONFIG_IN_PROGRESS"],
  [-100, "API_ERROR"],
  [-101, "NO_NODE"],
  [-102, "NO_AUTH"],
  [-103, "BAD_VERSION"],
  [-108, "NO_CHILDREN_FOR_EPHEMERALS"],
  [-110, "NODE_EXISTS"],
  [-111, "NOT_EMPTY"],
  [-112, "SESSION_EXPIRED"],
  [-113, "INVALID_CALLBACK"],
  [-114, "INVALID_ACL"],
  [-115, "AUTH_FAILED"],
  [-118, "SESSION_MOVED"],
  [-119, "NOT_READ_ONLY"],
  [-120, "EPHEMERAL_ON_LOCAL_SESSION"],
  [-121, "NO_WATCHER"],
  [-122, "REQUEST_TIMEOUT"],
  [-123, "RECONFIG_DISABLED"],
  [-124, "SESSION_CLOSED_REQUIRE_SASL_AUTH"],
  [-125, "QUOTA_EXCEEDED"],
  [-127, "THROTTLED_OP"],
]);

/** Upstream's name of a code; `CODE_<n>` for one that no release up to 3.9 has. */
export const keeperName = (code: number): string => NAMES.get(code) ?? `CODE_${Math.abs(code)}`;

/** The connection went before the answer came: a write may have been done. */
const LOST: ReadonlySet<string> = new Set([
  "CONNECTION_LOSS",
  "OPERATION_TIMEOUT",
  "REQUEST_TIMEOUT",
  "SESSION_EXPIRED",
]);
/** The server says no for now, and did nothing. */
const NOT_NOW: ReadonlySet<string> = new Set([
  "RECONFIG_IN_PROGRESS",
  "THROTTLED_OP",
  "SESSION_MOVED",
  "UNKNOWN_SESSION",
]);
/** The server failed in the middle. */
const BROKEN: ReadonlySet<string> = new Set(["SYSTEM_ERROR", "RUNTIME_INCONSISTENCY", "DATA_INCONSISTENCY"]);

/** What was asked, and whether a lost answer leaves open what happened. */
type Asked = { readonly what: string; readonly writes: boolean };

/** The OpsError of a request that was sent and answered with a KeeperException, or lost on the way. */
export const keeperError = (asked: Asked, name: string): OpsError => {
  const unknown = LOST.has(name) || BROKEN.has(name);
  if (unknown && asked.writes) return unknownOutcome(asked, name);
  const kind: OpsErrorKind = unknown || NOT_NOW.has(name) ? "transient" : "refused";
  return new OpsError(kind, { what: `${asked.what}: ${name}.` }, { code: name });
};

/** A write whose answer did not come. */
const unknownOutcome = (asked: Asked, name: string): OpsError =>
  new OpsError(
    "unknown-outcome",
    {
      what: `${asked.what}: ${name}, and no answer came.`,
      left: "It may have been done or not.",
      next: "Read what it should have changed, then decide.",
    },
    { code: name },
  );

/** A request that was never sent, so that it changed nothing. */
export const notSent = (asked: Asked, name: string, why: string): OpsError =>
  new OpsError("transient", { what: `${asked.what} was not sent: ${why}.` }, { code: name });
