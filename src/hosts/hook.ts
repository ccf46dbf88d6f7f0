// Runs a team's own command (configuration management) on the worker: no shell, its own process group, a time limit.
import { OpsError } from "../errors.ts";
import { runChild } from "./child.ts";

/** More than a thread or a person reads; the end is where a failing tool says why, so the end is kept. */
const OUTPUT_LIMIT = 200_000;

/** A hook needs the worker's environment (agents, inventories, proxies), but never zkshift's own secrets. */
const withoutOwnSecrets = (environment: NodeJS.ProcessEnv): Record<string, string> => {
  const passed: Record<string, string> = {};
  for (const [name, value] of Object.entries(environment)) {
    if (value === undefined || name.startsWith("SLACK_") || name.startsWith("REDIS_")) continue;
    passed[name] = value;
  }
  return passed;
};

/** Keeps the last `limit` bytes of what it is given. */
const makeTail = (limit: number) => {
  let pieces: Buffer[] = [];
  let size = 0;
  let dropped = 0;
  return {
    add(piece: Buffer): void {
      pieces.push(piece);
      size += piece.length;
      if (size <= limit * 2) return;
      const all = Buffer.concat(pieces);
      dropped += all.length - limit;
      pieces = [all.subarray(all.length - limit)];
      size = limit;
    },
    text(): string {
      const all = Buffer.concat(pieces);
      const cut = Math.max(0, all.length - limit);
      const lost = dropped + cut;
      return `${lost > 0 ? `[${lost} bytes before this are left out]\n` : ""}${all.subarray(cut).toString("utf8")}`;
    },
  };
};

/**
 * Runs `argv` and resolves with its exit code and the last 200 kB of its output, both streams in the order they came.
 * Throws `input` when there is no such program, `unknown-outcome` when the time is over or the signal aborts; the
 * command's whole process group was killed then.
 */
export const runHook = async (
  argv: readonly string[],
  options: { readonly timeoutMs: number; readonly signal?: AbortSignal },
): Promise<{ readonly code: number; readonly output: string }> => {
  const program = argv[0];
  if (program === undefined || program === "") {
    throw new OpsError("input", { what: "A hook names no program.", next: "Write it as a list, program first." });
  }
  const tail = makeTail(OUTPUT_LIMIT);
  const ended = await runChild(argv, {
    stdin: null,
    timeoutMs: options.timeoutMs,
    env: withoutOwnSecrets(process.env),
    outputLimit: 0,
    dropRest: true,
    signal: options.signal,
    onOutput: tail.add,
  });
  const left = "What the command had changed by then stays changed.";
  switch (ended.kind) {
    case "exited":
      return { code: ended.code, output: tail.text() };
    case "not-started":
      throw new OpsError(
        "input",
        {
          what: `The hook ${program} could not be started: ${ended.error.message}.`,
          next: "See that it is installed on the worker and can be executed, or correct it in ensembles.yaml.",
        },
        { cause: ended.error, code: ended.error.code ?? "SPAWN" },
      );
    case "timed-out":
      throw new OpsError(
        "unknown-outcome",
        {
          what: `The hook ${program} did not end within ${Math.round(options.timeoutMs / 1000)} s and was killed.`,
          left,
          next: "Look at its output, then Retry or Roll back.",
          detail: tail.text().slice(-4000),
        },
        { code: "TIMEOUT" },
      );
    default:
      throw new OpsError(
        "unknown-outcome",
        { what: `The hook ${program} was ended before its time.`, left, next: "It is run again when the run goes on." },
        { code: "ABORTED" },
      );
  }
};
