// How commands and files reach a host: the only thing a new driver has to write. It knows nothing of ZooKeeper.
import type { ExecResult } from "../ports.ts";

/** Bytes of a file that are sent, of all of it. */
export type Sent = (sent: number, of: number) => void;

export type Transport = {
  /** Name of the host for texts. */
  readonly host: string;
  /**
   * Runs a program without a shell and resolves with its exit code and output, whatever the code (a signal's code is
   * 128 + its number). Throws `transient` when the host cannot be reached or the program is missing, `unknown-outcome`
   * (code `TIMEOUT`) when the time is over: the program and its process group were killed, but may have done their work.
   */
  exec(
    argv: readonly string[],
    options: { readonly stdin?: string; readonly timeoutMs: number; readonly env?: Readonly<Record<string, string>> },
  ): Promise<ExecResult>;
  /**
   * Copies a file of the worker to the host; the remote file appears complete or not at all. Where a copy of the same content broke
   * off, it may go on from there. `onSent` hears how many bytes of how many are on their way or there.
   */
  upload(localFile: string, remotePath: string, onSent?: Sent): Promise<void>;
  /** Copies a file of the host to the worker. */
  download(remotePath: string, localFile: string): Promise<void>;
};
