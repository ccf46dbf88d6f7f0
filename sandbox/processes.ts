// Looks at and ends processes by their id. Death is judged by the process's state: where PID 1 reaps slowly a killed
// process stays a zombie for seconds, and a plain `kill -0` calls it alive.
import { readdir, readFile } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";

/** True while the process runs; false for a zombie, a dead or an unknown id. */
export const isAlive = async (pid: number): Promise<boolean> => !["", "Z", "X"].includes(await stateOf(`${pid}`));

/** The letter that the kernel gives for a process, or for a thread (`<pid>/task/<tid>`); empty when it is gone. */
const stateOf = async (task: string): Promise<string> => {
  const stat = await readFile(`/proc/${task}/stat`, "utf8").catch(() => "");
  // The name in parentheses may itself hold parentheses and blanks: the state follows the last one.
  return stat.slice(stat.lastIndexOf(")") + 2, stat.lastIndexOf(")") + 3);
};

/** Resolves when every thread of a process that was sent SIGSTOP stands still: until then it may answer yet. */
export const waitUntilFrozen = async (pid: number, timeoutMs: number): Promise<boolean> => {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    const threads = await readdir(`/proc/${pid}/task`).catch(() => []);
    const states = await Promise.all(threads.map((thread) => stateOf(`${pid}/task/${thread}`)));
    if (states.every((state) => state === "T" || state === "")) return true;
    if (Date.now() > deadline) return false;
    await sleep(5);
  }
};

/** Sends a signal; a process that is already gone is no error. */
export const signalProcess = (pid: number, signal: NodeJS.Signals): void => {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
};

/** Waits until the process is dead; false when it still runs after `timeoutMs`. */
export const waitUntilDead = async (pid: number, timeoutMs: number): Promise<boolean> => {
  const deadline = Date.now() + timeoutMs;
  while (await isAlive(pid)) {
    if (Date.now() > deadline) return false;
    await sleep(10);
  }
  return true;
};

/** Ends a process for certain: asks with SIGTERM, and after `graceMs` insists with SIGKILL. Throws when even that fails. */
export const endProcess = async (pid: number, graceMs: number): Promise<void> => {
  if (graceMs > 0) {
    signalProcess(pid, "SIGTERM");
    if (await waitUntilDead(pid, graceMs)) return;
  }
  signalProcess(pid, "SIGKILL");
  if (!(await waitUntilDead(pid, 10_000))) throw new Error(`process ${pid} does not end`);
};

/** Ids of the live processes whose argument list satisfies `matches`. */
export const findProcesses = async (matches: (argv: readonly string[]) => boolean): Promise<readonly number[]> => {
  const found: number[] = [];
  for (const entry of await readdir("/proc")) {
    if (!/^\d+$/.test(entry)) continue;
    const commandLine = await readFile(`/proc/${entry}/cmdline`, "utf8").catch(() => "");
    if (commandLine !== "" && matches(commandLine.split("\0")) && (await isAlive(Number(entry)))) {
      found.push(Number(entry));
    }
  }
  return found;
};
