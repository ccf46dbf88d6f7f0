// Runs one program of the worker's machine in a session and process group of its own, with a time limit and an output
// limit. No shell, no meaning: what an exit code says is for the caller.
import { spawn } from "node:child_process";
import { constants } from "node:os";

export type ChildEnded =
  | { readonly kind: "exited"; readonly code: number; readonly stdout: string; readonly stderr: string }
  | { readonly kind: "not-started"; readonly error: NodeJS.ErrnoException }
  | { readonly kind: "timed-out" | "aborted" | "too-much-output"; readonly stdout: string; readonly stderr: string };

export type ChildOptions = {
  readonly stdin: string | null;
  readonly timeoutMs: number;
  readonly env: Readonly<Record<string, string>>;
  /** Bytes of stdout and of stderr that are kept. Past it the child is killed, or the rest is dropped when `dropRest`. */
  readonly outputLimit: number;
  readonly dropRest?: boolean;
  readonly signal?: AbortSignal | undefined;
  /** Sees every piece of output in the order it came, whichever stream it came from. */
  readonly onOutput?: (piece: Buffer) => void;
};

/** After the child's end its output pipes may be held open by a process it left behind; waiting longer gains nothing. */
const PIPE_GRACE_MS = 1_000;

const killGroup = (pid: number): void => {
  try {
    process.kill(-pid, "SIGKILL");
  } catch {
    // The group is already gone.
  }
};

/** Resolves when the program ended, whichever way; never rejects. */
export const runChild = (argv: readonly string[], options: ChildOptions): Promise<ChildEnded> =>
  new Promise((resolve) => {
    const [program = "", ...args] = argv;
    if (options.signal?.aborted) {
      resolve({ kind: "aborted", stdout: "", stderr: "" });
      return;
    }
    // detached: setsid(2), so neither a SIGKILL of the worker nor a Ctrl-C at its terminal ends what was started.
    const child = spawn(program, args, { env: { ...options.env }, detached: true, stdio: "pipe" });
    const kept = { stdout: [] as Buffer[], stderr: [] as Buffer[] };
    const sizes = { stdout: 0, stderr: 0 };
    let cutShort: "timed-out" | "aborted" | "too-much-output" | null = null;
    let settled = false;
    let grace: NodeJS.Timeout | undefined;

    const textOf = (stream: "stdout" | "stderr"): string => Buffer.concat(kept[stream]).toString("utf8");
    const settle = (ended: ChildEnded): void => {
      if (settled) return;
      settled = true;
      clearTimeout(limit);
      clearTimeout(grace);
      options.signal?.removeEventListener("abort", onAbort);
      child.stdout.destroy();
      child.stderr.destroy();
      resolve(ended);
    };
    const cut = (why: "timed-out" | "aborted" | "too-much-output"): void => {
      if (cutShort !== null || settled) return;
      cutShort = why;
      if (child.pid !== undefined) killGroup(child.pid);
    };
    const onAbort = (): void => cut("aborted");
    const limit = setTimeout(() => cut("timed-out"), options.timeoutMs);
    options.signal?.addEventListener("abort", onAbort, { once: true });

    const keep = (stream: "stdout" | "stderr") => (piece: Buffer) => {
      options.onOutput?.(piece);
      const room = options.outputLimit - sizes[stream];
      if (room > 0) kept[stream].push(piece.length > room ? piece.subarray(0, room) : piece);
      sizes[stream] += piece.length;
      if (sizes[stream] > options.outputLimit && options.dropRest !== true) cut("too-much-output");
    };
    child.stdout.on("data", keep("stdout"));
    child.stderr.on("data", keep("stderr"));
    // A child that ends without reading its input closes the pipe: no error of ours.
    child.stdin.on("error", () => undefined);
    child.stdin.end(options.stdin ?? "");

    const finish = (code: number | null, signal: NodeJS.Signals | null): void => {
      const stdout = textOf("stdout");
      const stderr = textOf("stderr");
      if (cutShort !== null) settle({ kind: cutShort, stdout, stderr });
      else
        settle({
          kind: "exited",
          code: code ?? 128 + (signal === null ? 0 : constants.signals[signal]),
          stdout,
          stderr,
        });
    };
    child.on("error", (error) => {
      if (child.pid === undefined) settle({ kind: "not-started", error });
    });
    child.on("exit", (code, signal) => {
      grace = setTimeout(() => finish(code, signal), PIPE_GRACE_MS);
    });
    child.on("close", finish);
  });
