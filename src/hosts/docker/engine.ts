// One Docker engine, asked through its API. Every call has a deadline, and what the engine says becomes an OpsError.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import Docker from "dockerode";
import { OpsError } from "../../errors.ts";
import type { DockerAccess } from "../../model/inventory.ts";

export type Engine = {
  /** Name of the host for texts. */
  readonly host: string;
  /** Where the engine is: two hosts with the same text share it. */
  readonly where: string;
  /**
   * Asks the engine. Throws `transient` (`ENGINE_UNREACHABLE`) when it does not answer at all, `unknown-outcome` (`TIMEOUT`) when not in
   * time, `step-failed` with its own words otherwise; the code is `ENGINE_` and the HTTP status then.
   */
  ask<T>(doing: string, call: (docker: Docker) => Promise<T>, timeoutMs?: number): Promise<T>;
};

/** A container's start or end takes a second or two; a minute is an engine that hangs. */
const ASK_MS = 60_000;

const open = ({ engine }: DockerAccess): Docker => {
  if ("socket" in engine) return new Docker({ socketPath: engine.socket });
  const { host, port, certs } = engine;
  if (certs === null) return new Docker({ protocol: "http", host, port });
  const pem = (name: string): Buffer => readFileSync(join(certs, `${name}.pem`));
  return new Docker({ protocol: "https", host, port, ca: pem("ca"), cert: pem("cert"), key: pem("key") });
};

const engineText = ({ engine }: DockerAccess): string =>
  "socket" in engine ? `unix://${engine.socket}` : `tcp://${engine.host}:${engine.port}`;

/** HTTP status of the engine's answer; null when it gave none. */
const statusOf = (error: unknown): number | null => {
  const status = (error as { statusCode?: unknown }).statusCode;
  return typeof status === "number" ? status : null;
};

/** What the engine says, without the words that docker-modem puts before it. */
const saidBy = (error: unknown): string => {
  const said = (error as { json?: { message?: unknown } }).json?.message;
  return (typeof said === "string" ? said : error instanceof Error ? error.message : String(error)).trim();
};

/** `why`: a code of the system's or of Node.js' TLS. */
const unreachable = (host: string, where: string, why: string): { readonly what: string; readonly next: string } => {
  if (/_ALERT_/.test(why)) {
    return {
      what: `${host}: the Docker engine at ${where} does not take the worker's certificate (${why}).`,
      next: "Put a certificate of the engine's authority, with its key, into the folder that `certs` names, then Retry.",
    };
  }
  if (/CERT|SIGNATURE|SELF_SIGNED/.test(why)) {
    return {
      what: `${host}: the worker does not trust the Docker engine at ${where} (${why}).`,
      next: "See that ca.pem in the folder that `certs` names is of its authority, and that its certificate holds this name, then Retry.",
    };
  }
  return {
    what: `${host}: the Docker engine at ${where} cannot be reached (${why}).`,
    next: "See that it runs and that the worker may use its socket (docs/docker.md), then Retry.",
  };
};

const failed = (host: string, where: string, doing: string, error: unknown): OpsError => {
  if (error instanceof OpsError) return error;
  const status = statusOf(error);
  if (status === null) {
    const why = (error as NodeJS.ErrnoException).code ?? saidBy(error);
    return new OpsError("transient", unreachable(host, where, why), { cause: error, code: "ENGINE_UNREACHABLE" });
  }
  return new OpsError(
    "step-failed",
    {
      what: `${host}: the Docker engine could not ${doing}: ${saidBy(error)}`,
      left: "Nothing else was changed on this host.",
      next: "Remove the cause on the engine's machine, then Retry.",
    },
    { cause: error, code: `ENGINE_${status}` },
  );
};

/** Opens no connection yet. Throws `input` where the engine's certificates cannot be read. */
export const makeEngine = (host: string, access: DockerAccess): Engine => {
  const where = engineText(access);
  // Anew each time: certificates are renewed in their folder while the worker runs.
  const client = (): Docker => {
    try {
      return open(access);
    } catch (cause) {
      throw new OpsError(
        "input",
        {
          what: `${host}: the certificates for its Docker engine cannot be read (${(cause as Error).message}).`,
          next: "Put ca.pem, cert.pem and key.pem into the folder that `certs` names in ensembles.yaml.",
        },
        { cause, code: "NO_CERTS" },
      );
    }
  };
  return {
    host,
    where,
    ask: async (doing, call, timeoutMs = ASK_MS) => {
      let timer: NodeJS.Timeout | undefined;
      const late = new Promise<never>((_, reject) => {
        timer = setTimeout(() => {
          const what = `${host}: the Docker engine did not ${doing} within ${Math.round(timeoutMs / 1000)} s.`;
          const left = "It may do so yet.";
          const next = "It is looked at again before anything else is done.";
          reject(new OpsError("unknown-outcome", { what, left, next }, { code: "TIMEOUT" }));
        }, timeoutMs);
      });
      try {
        return await Promise.race([call(client()), late]);
      } catch (error) {
        throw failed(host, where, doing, error);
      } finally {
        clearTimeout(timer);
      }
    },
  };
};

/** The answer, or null where the engine says that there is no such thing. */
export const orNull = async <T>(answer: Promise<T>): Promise<T | null> => {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof OpsError && error.code === "ENGINE_404") return null;
    throw error;
  }
};

/** Takes an answer of "there is none" or "it is so already" for done. */
export const alreadySo = async (doing: Promise<unknown>): Promise<void> => {
  try {
    await doing;
  } catch (error) {
    if (error instanceof OpsError && (error.code === "ENGINE_404" || error.code === "ENGINE_304")) return;
    throw error;
  }
};
