// `npm run bench`: measures zkshift against the limits it is built to hold, and prints a table. Everything runs on this
// machine and is ended and removed at the end, by Ctrl-C too.
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { cleanUp, onExit } from "../sandbox/cleanup.ts";
import { ensurePrerequisites } from "../sandbox/prerequisites.ts";
import { measureAck } from "./ack.ts";
import { measureAnsible } from "./ansible.ts";
import { measureClick } from "./click.ts";
import { machineLine, untilCalm } from "./machine.ts";
import type { Bench, Measured, MeasurementName, Row } from "./measurement.ts";
import { measureMemory } from "./memory.ts";
import { measureMigration } from "./migrate.ts";
import { readOptions } from "./options.ts";
import { measurePause } from "./pause.ts";
import { measureRecovery } from "./recovery.ts";
import { type Pair, playPairs } from "./side-by-side.ts";
import { stallRows } from "./stall.ts";
import { renderTable } from "./table.ts";
import { upgradeRows } from "./upgrade.ts";

const options = readOptions();
const say = (line: string): void => console.log(line);

/** Both the duration and the stall come from the same repetitions. */
const makeMeasurements = (): Readonly<Record<MeasurementName, (bench: Bench) => Promise<Measured>>> => {
  let pairs: Promise<readonly Pair[]> | null = null;
  const played = (bench: Bench): Promise<readonly Pair[]> => {
    pairs ??= playPairs(bench);
    return pairs;
  };
  return {
    ack: measureAck,
    click: measureClick,
    upgrade: async (bench) => ({ rows: upgradeRows(await played(bench)), raw: await played(bench) }),
    stall: async (bench) => ({ rows: stallRows(await played(bench)), raw: await played(bench) }),
    memory: measureMemory,
    recovery: measureRecovery,
    migrate: measureMigration,
    ansible: measureAnsible,
    pause: measurePause,
  };
};

/** What `npm start` runs. */
const build = (): void => {
  say("· building dist/ as `npm start` does");
  const root = resolve(import.meta.dirname, "..");
  const { status } = spawnSync("npm", ["run", "--silent", "build"], { cwd: root, stdio: "inherit" });
  if (status !== 0) throw new Error("the build failed, so there is nothing to measure");
};

const main = async (): Promise<number> => {
  const began = Date.now();
  await ensurePrerequisites(["java", "ps", "redis"], (line) => say(`· ${line}`));
  build();
  const folder = mkdtempSync(join(tmpdir(), "zkshift-bench-"));
  onExit(() => rm(folder, { recursive: true, force: true }));

  const startedAt = new Date().toISOString();
  const rows: Row[] = [];
  const raw: Record<string, unknown> = {};
  const busy: string[] = [];
  const measurements = makeMeasurements();
  for (const name of options.only) {
    const busyNow = await untilCalm();
    busy.push(`${name}: ${busyNow}`);
    say(`\n${name} (${busyNow})`);
    const measured = await measurements[name]({
      repetitions: options.repetitions,
      newFolder: (stageName) => {
        const made = join(folder, `${stageName}-${Date.now().toString(36)}`);
        mkdirSync(made, { recursive: true });
        return made;
      },
      say: (line) => say(`· ${((Date.now() - began) / 1000).toFixed(0).padStart(4)} s  ${line}`),
    });
    rows.push(...measured.rows);
    raw[name] = measured.raw;
  }

  say(`\n${renderTable(rows)}\n`);
  say(`${startedAt.slice(0, 10)}, ${machineLine()}. Before each measurement, nothing of it running yet:`);
  for (const line of busy) say(`  ${line}`);
  if (options.json !== null) {
    writeFileSync(options.json, `${JSON.stringify({ startedAt, machine: machineLine(), busy, rows, raw }, null, 2)}\n`);
    say(`everything that was measured: ${options.json}`);
  }
  return rows.some(({ met }) => met === false) ? 1 : 0;
};

let code = 2;
try {
  code = await main();
} catch (error) {
  console.error(`\nThe measurement ended early: ${error instanceof Error ? error.message : String(error)}`);
}
await cleanUp();
process.exit(code);
