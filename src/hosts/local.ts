// The driver for servers on the worker's own machine. Children get a session of their own, so that what they start
// outlives the worker, and none of the worker's secrets: of its environment only what any login would have.
import { randomBytes } from "node:crypto";
import { copyFile, mkdir, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { OpsError } from "../errors.ts";
import { runChild } from "./child.ts";
import type { Transport } from "./transport.ts";

/** What a child may know of the worker's environment. Everything else (tokens, addresses) stays with the worker. */
const PLAIN_VARIABLES = ["PATH", "HOME", "USER", "LOGNAME", "LANG", "TZ", "TMPDIR", "JAVA_HOME"] as const;

/** Far above any answer a script gives; a host that sends more is not answering the question. */
const OUTPUT_LIMIT = 16 * 1024 * 1024;

const plainEnvironment = (): Record<string, string> => {
  const plain: Record<string, string> = { PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin" };
  for (const name of PLAIN_VARIABLES) {
    const value = process.env[name];
    if (value !== undefined && value !== "") plain[name] = value;
  }
  return plain;
};

const copyInOnePiece = async (host: string, from: string, to: string): Promise<void> => {
  const unfinished = `${to}.${randomBytes(4).toString("hex")}.part`;
  try {
    await mkdir(dirname(to), { recursive: true });
    await copyFile(from, unfinished);
    await rename(unfinished, to);
  } catch (cause) {
    await rm(unfinished, { force: true }).catch(() => undefined);
    const code = (cause as NodeJS.ErrnoException).code ?? "";
    throw new OpsError(
      "transient",
      {
        what: `Copying ${from} to ${to} on ${host} failed (${code || "unknown error"}).`,
        next: "Check free space and permissions there, then try again.",
      },
      { cause, code },
    );
  }
};

/** The transport to the worker's own machine. */
export const makeLocalTransport = (host: string): Transport => ({
  host,
  async exec(argv, options) {
    const ended = await runChild(argv, {
      stdin: options.stdin ?? null,
      timeoutMs: options.timeoutMs,
      env: { ...plainEnvironment(), ...options.env },
      outputLimit: OUTPUT_LIMIT,
    });
    switch (ended.kind) {
      case "exited":
        return { code: ended.code, stdout: ended.stdout, stderr: ended.stderr };
      case "not-started":
        throw new OpsError(
          "transient",
          {
            what: `${argv[0]} could not be started on ${host}: ${ended.error.message}.`,
            next: "See that it is installed and that the machine has memory and processes to spare.",
          },
          { cause: ended.error, code: ended.error.code ?? "SPAWN" },
        );
      case "timed-out":
        throw new OpsError(
          "unknown-outcome",
          {
            what: `A command on ${host} did not end within ${Math.round(options.timeoutMs / 1000)} s and was killed.`,
            left: "What it had begun may or may not be done.",
            next: "It is looked at again before anything else is done.",
            detail: ended.stderr.slice(-2000) || null,
          },
          { code: "TIMEOUT" },
        );
      case "aborted":
      case "too-much-output":
        throw new OpsError("bug", { what: `A command on ${host} gave more output than any answer has.` });
    }
  },
  upload: (localFile, remotePath) => copyInOnePiece(host, localFile, remotePath),
  download: (remotePath, localFile) => copyInOnePiece(host, remotePath, localFile),
});
