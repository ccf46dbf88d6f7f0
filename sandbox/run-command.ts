// Runs one outside program to its end. No shell in between, so nothing in an argument can be taken for syntax.
import { spawn } from "node:child_process";

export type CommandOptions = {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly timeoutMs?: number;
  readonly input?: string;
};

export type CommandOutcome = { readonly code: number; readonly stdout: string; readonly stderr: string };

/** Runs a program and reports how it ended, whatever the exit code; throws only when it could not be started or took too long. */
export const tryCommand = (
  program: string,
  args: readonly string[],
  options: CommandOptions = {},
): Promise<CommandOutcome> =>
  new Promise((resolve, reject) => {
    const child = spawn(program, [...args], {
      cwd: options.cwd,
      env: { ...process.env, ...options.env },
      stdio: ["pipe", "pipe", "pipe"],
      timeout: options.timeoutMs,
      killSignal: "SIGKILL",
    });
    let stdout = "";
    let stderr = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      stdout += text;
    });
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      stderr += text;
    });
    child.stdin.on("error", () => undefined);
    child.stdin.end(options.input ?? "");
    child.on("error", reject);
    // A program may leave something behind that holds its pipes open; nothing more is expected from it then.
    child.on("exit", () => {
      setTimeout(() => {
        child.stdout.destroy();
        child.stderr.destroy();
      }, 1_000).unref();
    });
    child.on("close", (code, signal) => {
      if (signal !== null) reject(new Error(`${program} ended by ${signal}: ${lastLines(stderr)}`));
      else resolve({ code: code ?? 1, stdout, stderr });
    });
  });

/** Runs a program and returns its standard output; throws with the end of its error output when it fails. */
export const runCommand = async (
  program: string,
  args: readonly string[],
  options: CommandOptions = {},
): Promise<string> => {
  const outcome = await tryCommand(program, args, options);
  if (outcome.code !== 0) {
    const why = lastLines(outcome.stderr || outcome.stdout);
    throw new Error(`${program} ${args[0] ?? ""} failed with exit code ${outcome.code}: ${why}`);
  }
  return outcome.stdout;
};

const lastLines = (text: string): string => text.trim().split("\n").slice(-5).join("\n");
