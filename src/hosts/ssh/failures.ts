// Why a command over ssh did not come to an end of its own, as the errors that a driver may throw.
import { OpsError } from "../../errors.ts";
import type { Ended } from "./run-command.ts";

export type NotExited = Exclude<Ended, { readonly kind: "exited" }>;

/** A file that does not move for so long will not: the connection's keepalive tells a dead link sooner, this a full queue. */
export const STALL_MS = 30_000;

/** `program`: what was to be run, on `host`, within `timeoutMs`. */
export const commandFailed = (host: string, program: string, timeoutMs: number, ended: NotExited): OpsError => {
  switch (ended.kind) {
    case "not-sent":
      return new OpsError(
        "transient",
        {
          what: `${host}: sshd took no further command (${ended.error.message}).`,
          next: "It is tried again. If it stays, see `MaxSessions` in its sshd_config: zkshift needs 10 sessions a connection.",
        },
        { cause: ended.error, code: "NO_SESSION" },
      );
    case "not-run":
      return new OpsError(
        "refused",
        {
          what: `${host}: the login did not run zkshift's command${/sudo/.test(ended.said) ? ", for sudo asks for a password or does not allow it" : ""}.`,
          next: "Log in there as that user and see that `sh -c true` works, with `sudo -n` where `ssh.sudo` is set; allow it in sudoers with NOPASSWD. Then Retry.",
          detail: ended.said.slice(-2000) || null,
        },
        { code: "LOGIN_SHELL" },
      );
    case "missing":
      return new OpsError(
        "transient",
        {
          what: `${program} could not be started on ${host}: there is no such program.`,
          next: "See that it is installed there and on the PATH of a login without a terminal.",
        },
        { code: "ENOENT" },
      );
    case "cut":
      return new OpsError(
        "transient",
        {
          what: `${host}: the input of a command did not arrive whole, so it was not run.`,
          next: "It is tried again.",
        },
        { code: "CUT_SHORT" },
      );
    case "lost":
      return new OpsError(
        "unknown-outcome",
        {
          what: `The connection to ${host} broke while a command ran there.`,
          left: "It may be done, half done or still be running.",
          next: "It is looked at again before anything else is done.",
        },
        { code: "CONNECTION_LOST" },
      );
    case "timed-out":
      return new OpsError(
        "unknown-outcome",
        {
          what: `A command on ${host} did not end within ${Math.round(timeoutMs / 1000)} s and ${ended.killed ? "was killed" : "could not be told to end; the host ends it by itself within seconds"}.`,
          left: "What it had begun may or may not be done.",
          next: "It is looked at again before anything else is done.",
          detail: ended.stderr.slice(-2000) || null,
        },
        { code: "TIMEOUT" },
      );
    case "stalled":
      return new OpsError(
        "transient",
        {
          what: `A file to or from ${host} did not move for ${STALL_MS / 1000} s.`,
          next: "See the host's load and disk. It is tried again.",
        },
        { code: "TIMEOUT" },
      );
    case "too-much-output":
      return new OpsError("bug", { what: `A command on ${host} gave more output than any answer has.` });
  }
};

export const copyFailed = (host: string, from: string, to: string, why: string, cause?: unknown): OpsError =>
  new OpsError(
    "transient",
    {
      what: `Copying ${from} to ${to} on ${host} failed (${why || "unknown error"}).`,
      next: "Check free space and permissions there, then try again.",
    },
    { code: "COPY_FAILED", ...(cause === undefined ? {} : { cause }) },
  );
