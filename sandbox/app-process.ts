// Runs the app as its users do: as processes of its own that know nothing but their environment.
import { type ChildProcess, spawn } from "node:child_process";
import { createWriteStream } from "node:fs";
import { readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { onExit } from "./cleanup.ts";
import { findFreePort } from "./free-port.ts";
import { signalProcess, waitUntilDead } from "./processes.ts";

export type AppRole = "all" | "bot" | "worker";

export type AppProcess = {
  readonly role: AppRole;
  readonly pid: number;
  /** Health and metrics, `http://127.0.0.1:port`. */
  readonly url: string;
  readonly logFile: string;
  /** Asks it to stop and waits; kills it when it takes longer than `graceMs`. Answers its exit code. */
  stop(graceMs?: number): Promise<number | null>;
  /** SIGKILL, or another signal, to the process itself: what it started on hosts lives on. */
  kill(signal?: NodeJS.Signals): Promise<void>;
};

const root = resolve(import.meta.dirname, "..");

/** Node's arguments for the sources, or for what `npm run build` made of them, as `npm start` runs it. */
const programArguments = (built: boolean): readonly string[] =>
  built
    ? ["--enable-source-maps", resolve(root, "dist/src/main.js")]
    : // Resolved here: the app runs in another folder, which has no packages.
      ["--import", import.meta.resolve("tsx"), resolve(root, "src/main.ts")];

/** Starts one app process and waits until `/readyz` says yes. Rejects with the end of its log when it ends before. */
export const startApp = async (options: {
  readonly role: AppRole;
  readonly dir: string;
  readonly environment: Readonly<Record<string, string>>;
  /** Run what is in `dist/` instead of the sources. */
  readonly built?: boolean;
  readonly readyWithinMs?: number;
}): Promise<AppProcess> => {
  const { role, dir, environment, built = false, readyWithinMs = 30_000 } = options;
  const port = await findFreePort();
  const logFile = join(dir, `${role}-${port}.log`);
  const log = createWriteStream(logFile, { flags: "a" });
  const child: ChildProcess = spawn(process.execPath, programArguments(built), {
    cwd: dir,
    env: { ...process.env, ROLE: role, HTTP_PORT: String(port), ...environment },
    stdio: ["ignore", "pipe", "pipe"],
  });
  child.stdout?.pipe(log);
  child.stderr?.pipe(log);
  const pid = child.pid;
  if (pid === undefined) throw new Error(`the ${role} could not be started`);
  let exit: number | null | undefined;
  const exited = new Promise<void>((done) => {
    child.on("exit", (code) => {
      exit = code;
      done();
    });
  });
  const forget = onExit(() => signalProcess(pid, "SIGKILL"));

  const stop = async (graceMs = 15_000): Promise<number | null> => {
    forget();
    if (exit === undefined) signalProcess(pid, "SIGTERM");
    if (!(await waitUntilDead(pid, graceMs))) {
      signalProcess(pid, "SIGKILL");
      await waitUntilDead(pid, 5_000);
    }
    // Node tells how it ended a moment after it has.
    await Promise.race([exited, sleep(1_000)]);
    return exit ?? null;
  };

  const url = `http://127.0.0.1:${port}`;
  const deadline = Date.now() + readyWithinMs;
  for (;;) {
    if (exit !== undefined) {
      forget();
      const said = (await readFile(logFile, "utf8").catch(() => "")).trimEnd().split("\n").slice(-20).join("\n");
      throw new Error(`the ${role} ended with code ${exit} before it was ready:\n${said}`);
    }
    const ready = await fetch(`${url}/readyz`, { signal: AbortSignal.timeout(2_000) }).then(
      (response) => response.ok,
      () => false,
    );
    if (ready) break;
    if (Date.now() > deadline) {
      await stop(0);
      throw new Error(`the ${role} was not ready within ${readyWithinMs / 1000} s; its log is ${logFile}`);
    }
    await sleep(50);
  }
  return {
    role,
    pid,
    url,
    logFile,
    stop,
    kill: async (signal = "SIGKILL") => {
      signalProcess(pid, signal);
      if (signal === "SIGKILL") {
        forget();
        await waitUntilDead(pid, 5_000);
      }
    },
  };
};
