// Resident memory of an app that has nothing to do: the built program, started as `npm start` does, 30 s after it was ready.
import { readFile } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import type { AppProcess } from "../sandbox/app-process.ts";
import { onStage } from "./bench-stage.ts";
import type { Bench, Measured, Row } from "./measurement.ts";
import { sumOf } from "./side-by-side.ts";

const IDLE_MS = 30_000;
const TARGET_MB = 200;

type Held = { readonly role: string; readonly rssMb: number; readonly ownMb: number };

export const measureMemory = async (bench: Bench): Promise<Measured> => {
  const apart = await idle(bench, ["bot", "worker"]);
  const together = await idle(bench, ["all"]);
  const rss = sumOf(apart.map(({ rssMb }) => rssMb));
  const rows: readonly Row[] = [
    {
      what: "bot and worker idle, RSS together",
      measured: mb(rss),
      spread: apart.map(({ role, rssMb, ownMb }) => `${role} ${mb(rssMb)}, ${mb(ownMb)} of it its own`).join("; "),
      target: `< ${TARGET_MB} MB`,
      met: rss < TARGET_MB,
    },
    {
      what: "both roles in one process idle, RSS",
      measured: mb(sumOf(together.map(({ rssMb }) => rssMb))),
      spread: "",
      target: "",
      met: null,
    },
  ];
  return { rows, raw: { apart, together } };
};

const mb = (value: number): string => `${Math.round(value)} MB`;

const idle = async (bench: Bench, roles: readonly AppProcess["role"][]): Promise<readonly Held[]> =>
  onStage(bench, `idle-${roles.join("-")}`, { roles }, async (stage) => {
    bench.say(`${roles.join(" and ")}: idle for ${IDLE_MS / 1000} s`);
    await sleep(IDLE_MS);
    return Promise.all(stage.apps.map(held));
  });

/** `ownMb`: without the pages of files (the program node itself, mostly), which the processes share. */
const held = async ({ role, pid }: AppProcess): Promise<Held> => {
  const status = await readFile(`/proc/${pid}/status`, "utf8");
  const kb = (key: string): number => Number(new RegExp(`^${key}:\\s+(\\d+) kB`, "m").exec(status)?.[1] ?? 0);
  return { role, rssMb: kb("VmRSS") / 1024, ownMb: kb("RssAnon") / 1024 };
};
