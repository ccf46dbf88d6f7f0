// What Redis and its client throw, as OpsErrors. The kind comes from error codes and Redis' own error prefixes.
import { OpsError } from "../errors.ts";

/** Prefixes of Redis error replies that pass by themselves or by a failover. */
const PASSING = ["LOADING", "READONLY", "MASTERDOWN", "CLUSTERDOWN", "TRYAGAIN", "BUSY", "NOREPLICAS", "UNBLOCKED"];
const NO_ACCESS = ["NOAUTH", "WRONGPASS", "NOPERM", "ERR AUTH"];

const codeIn = (error: unknown): string | null =>
  error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : null;

const PROTECTED = "DENIED";

const isReplyWith = (error: unknown, prefixes: readonly string[]): boolean =>
  error instanceof Error && error.name === "ReplyError" && prefixes.some((known) => error.message.startsWith(known));

/** Whether Redis will go on saying so until a person changes something. */
export const isRefusal = (error: unknown): boolean => isReplyWith(error, [...NO_ACCESS, PROTECTED]);

/** `doing` completes the sentence "Redis does not answer, so … ", e.g. `the log of orders-x7k2q could not be read`. */
export const redisError = (error: unknown, doing: string): OpsError => {
  if (error instanceof OpsError) return error;
  const message = error instanceof Error ? error.message : String(error);
  const prefix = message.split(" ", 1)[0] ?? "";
  const isReply = error instanceof Error && error.name === "ReplyError";
  const left = "Redis may have carried it out or not; the log itself says which.";
  if (isReplyWith(error, [PROTECTED])) {
    return new OpsError(
      "refused",
      {
        what: `Redis refuses zkshift, so ${doing}: it has no password and is in protected mode, in which only its own machine may connect.`,
        next: "Give Redis a password (requirepass) and write it into REDIS_URL, redis://:password@host:6379; or set protected-mode no where nobody else reaches it.",
      },
      { cause: error, code: PROTECTED },
    );
  }
  if (isReplyWith(error, NO_ACCESS)) {
    return new OpsError(
      "refused",
      { what: `Redis refuses zkshift, so ${doing} (${prefix}).`, next: "Correct user and password in REDIS_URL." },
      { cause: error, code: prefix },
    );
  }
  if (isReply && (prefix === "OOM" || prefix === "MISCONF")) {
    const why = prefix === "OOM" ? "is out of memory" : "cannot write to its disk";
    return new OpsError(
      "transient",
      { what: `Redis ${why}, so ${doing}.`, next: "Give Redis room; zkshift goes on by itself." },
      { cause: error, code: prefix },
    );
  }
  if (isReply && !PASSING.includes(prefix)) {
    return new OpsError("bug", { what: `Redis did not understand zkshift, so ${doing}: ${message}` }, { cause: error });
  }
  if (error instanceof TypeError || error instanceof RangeError) {
    return new OpsError("bug", { what: `zkshift itself failed, so ${doing}: ${message}` }, { cause: error });
  }
  const code = isReply ? prefix : codeIn(error);
  return new OpsError(
    "transient",
    {
      what: `Redis does not answer, so ${doing} (${code ?? message}).`,
      left,
      next: "Look whether Redis runs and REDIS_URL is right; zkshift goes on by itself once it answers.",
    },
    code === null ? { cause: error } : { cause: error, code },
  );
};

/** Runs `call`; whatever it throws becomes an OpsError. */
export const overRedis = async <T>(doing: string, call: () => Promise<T>): Promise<T> => {
  try {
    return await call();
  } catch (error) {
    throw redisError(error, doing);
  }
};
