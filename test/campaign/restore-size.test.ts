// What a backup and a restore cost with data of some size, told step by step: the figures of docs/benchmarks.md. On a busy machine it
// takes many minutes.
import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, expect, it } from "vitest";
import { backupBytes } from "../../src/model/backup.ts";
import { type MoveSite, openMoveSite } from "../support/move-site.ts";
import { backUp, restore, restoreGoal, shown, withSession } from "../support/restore-site.ts";

const ZNODES = 100_000;
const BYTES = 1_000;
const AT_ONCE = 500;

const megabytes = (bytes: number): string => `${Math.round(bytes / 1_000_000)} MB`;
/** As it lies on the disk: logs are sparse. */
const usedBy = (path: string): string =>
  megabytes(Number(execFileSync("du", ["-sk", path]).toString().split("\t")[0]) * 1024);

let site: MoveSite;
afterEach(() => site?.close());

it("backs 100,000 znodes of 1 kB up, and restores them", { timeout: 2_400_000 }, async () => {
  site = await openMoveSite({ ensemble: { release: "3.9.6", size: 3, heapMb: 1024 } });
  const { ensemble, worker, writer } = site;
  await withSession(ensemble, async (session) => {
    await session.create("/large", Buffer.from(""));
    for (let folder = 0; folder < 100; folder++) await session.create(`/large/${folder}`, Buffer.from(""));
    for (let done = 0; done < ZNODES; done += AT_ONCE)
      await Promise.all(
        Array.from({ length: AT_ONCE }, (_, i) =>
          session.create(`/large/${(done + i) % 100}/${done + i}`, randomBytes(BYTES)),
        ),
      );
  });
  const beganAt = Date.now();
  const manifest = await backUp(worker);
  const endedAt = Date.now();
  const { proof, way } = manifest;
  console.log(
    `backup by ${way} ${endedAt - beganAt} ms, its proof ${proof.proved ? proof.tookMs : "none"} ms, ${megabytes(backupBytes(manifest))}; longest pause of a client's writes meanwhile ${writer.longestGapMs(beganAt, endedAt)} ms`,
  );
  expect(proof).toMatchObject({ proved: true, znodes: expect.any(Number), mismatches: 0 });
  if (proof.proved) expect(proof.znodes).toBeGreaterThan(ZNODES);
  await withSession(ensemble, (session) => session.create("/later", Buffer.from("")));
  const restoredAt = Date.now();
  const state = await restore(worker, restoreGoal(manifest.name), "large");
  const wholeMs = Date.now() - restoredAt;
  expect([state.hold?.failure ?? null, state.outcome]).toEqual([null, "succeeded"]);
  const steps = state.plan.steps.map(({ kind }, i) => `${kind} ${state.steps[i]?.evidence?.tookMs ?? 0}`);
  const { downMs } = shown(state, "restore-data") as { downMs: number };
  console.log(
    `restore ${wholeMs} ms: ${steps.join(", ")}; down ${downMs} ms, longest pause of a client's writes ${writer.longestGapMs(restoredAt, Date.now())} ms`,
  );
  const [one] = ensemble.servers;
  const folders = (await readdir(one?.data ?? "")).filter((name) => name.startsWith("version-2"));
  console.log(`on a host: ${folders.map((name) => `${name} ${usedBy(join(one?.data ?? "", name))}`).join(", ")}`);
  expect(await withSession(ensemble, (session) => session.exists("/later"))).toBeNull();
  const last = ZNODES - 1;
  expect(await withSession(ensemble, (session) => session.exists(`/large/${last % 100}/${last}`))).not.toBeNull();
});
