// The same work on several hosts at once. Every host is waited for, also when one has failed: a step that ends while work goes on
// elsewhere would not be over.
import { entersAgain, type Failure, failureOf, OpsError } from "../errors.ts";
import type { ServerHandle } from "./world.ts";

/** Answers in the order of `servers`; one error for all that failed. `what`: `3.9.6 could not be installed`; `left`: as in a failure. */
export const onEveryServer = async <T>(
  servers: readonly ServerHandle[],
  what: string,
  work: (server: ServerHandle) => Promise<T>,
  left?: string,
): Promise<readonly T[]> => {
  const ended = await Promise.allSettled(servers.map(work));
  const failed = ended.flatMap((one, i) =>
    one.status === "rejected" ? [{ host: servers[i]?.host ?? "", error: one.reason as unknown }] : [],
  );
  const [first] = failed;
  // What ends the worker's part must not look like a failure of the step, whatever failed elsewhere.
  const ending = failed.find(({ error }) => entersAgain(error));
  if (ending !== undefined) throw ending.error;
  if (first !== undefined) throw failed.length === 1 ? first.error : manyFailed(what, servers.length, failed, left);
  return ended.flatMap((one) => (one.status === "fulfilled" ? [one.value] : []));
};

/** Of the first one's kind, with every host's reason. */
const manyFailed = (
  what: string,
  all: number,
  failed: readonly { readonly host: string; readonly error: unknown }[],
  left: string | undefined,
): OpsError => {
  const failures = failed.map(({ host, error }): Failure & { readonly host: string } => ({
    ...failureOf(error),
    host,
  }));
  const reasons = failures.map((one) => (one.what.startsWith(`${one.host}: `) ? one.what : `${one.host}: ${one.what}`));
  const [first] = failures;
  return new OpsError(
    first?.kind ?? "bug",
    {
      what: `${what} on ${failed.length} of ${all} hosts. ${reasons.join(" ")}`,
      left: left ?? first?.left ?? "",
      next: first?.next ?? "Try again.",
    },
    {
      cause: failed[0]?.error,
      ...(failed[0]?.error instanceof OpsError && failed[0].error.code !== null ? { code: failed[0].error.code } : {}),
    },
  );
};
