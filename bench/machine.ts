// What a result depends on that is not ours: the machine, and how busy others keep it. Reads only.
import { readFile } from "node:fs/promises";
import { availableParallelism, cpus, loadavg, totalmem } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";

/** Busy and total CPU time since boot, in ticks, over all cores. */
const cpuTimes = async (): Promise<{ readonly busy: number; readonly total: number }> => {
  const [line = ""] = (await readFile("/proc/stat", "utf8")).split("\n");
  const times = line.trim().split(/\s+/).slice(1).map(Number);
  const total = times.slice(0, 8).reduce((sum, time) => sum + time, 0);
  const idle = (times[3] ?? 0) + (times[4] ?? 0);
  return { busy: total - idle, total };
};

/** Share of all cores that is busy, 0 to 1, over the next `overMs`. */
const busyShare = async (overMs: number): Promise<number> => {
  const before = await cpuTimes();
  await sleep(overMs);
  const after = await cpuTimes();
  return (after.busy - before.busy) / Math.max(1, after.total - before.total);
};

export const machineLine = (): string =>
  `${availableParallelism()} cores (${cpus()[0]?.model ?? "unknown"}), ${Math.round(totalmem() / 2 ** 30)} GB, Node ${process.version}`;

/** Below this what others do hardly shows in what is measured. */
const CALM_SHARE = 0.15;
const PATIENCE_MS = 90_000;

/** Waits until others leave the machine alone, though not for ever; answers how busy it then was, in words. */
export const untilCalm = async (): Promise<string> => {
  const deadline = Date.now() + PATIENCE_MS;
  for (;;) {
    const share = await busyShare(1_000);
    if (share < CALM_SHARE || Date.now() > deadline) {
      return `${Math.round(share * 100)} % of the cores busy with other things, load average ${(loadavg()[0] ?? 0).toFixed(1)}`;
    }
    await sleep(1_000);
  }
};
