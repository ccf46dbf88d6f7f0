// What a backup and a restore cost with data of some size, told step by step. On a busy machine it takes many minutes.
import { randomBytes } from "node:crypto";
import { afterEach, expect, it } from "vitest";
import { type MoveSite, openMoveSite } from "../support/move-site.ts";
import { backUp, restore, restoreGoal, shown, withSession } from "../support/restore-site.ts";

const ZNODES = 10_000;
const BYTES = 2_000;
const AT_ONCE = 500;

let site: MoveSite;
afterEach(() => site?.close());

it("backs 10,000 znodes of 2 kB up, and restores them", { timeout: 1_800_000 }, async () => {
  site = await openMoveSite({ ensemble: { release: "3.9.6", size: 3, heapMb: 640 } });
  const { ensemble, worker } = site;
  await withSession(ensemble, async (session) => {
    await session.create("/large", Buffer.from(""));
    for (let done = 0; done < ZNODES; done += AT_ONCE)
      await Promise.all(
        Array.from({ length: AT_ONCE }, (_, i) => session.create(`/large/${done + i}`, randomBytes(BYTES))),
      );
  });
  const beganAt = Date.now();
  const manifest = await backUp(worker);
  const tookMs = Date.now() - beganAt;
  const { proof, files } = manifest;
  console.log(
    `${files.map(({ name, bytes }) => `${name} ${bytes}`).join(", ")}; backup ${tookMs} ms, its proof ${proof.proved ? proof.tookMs : "none"} ms`,
  );
  expect(proof).toMatchObject({ proved: true, shared: expect.objectContaining({ digest: expect.any(String) }) });
  await withSession(ensemble, (session) => session.create("/later", Buffer.from("")));
  const state = await restore(worker, restoreGoal(manifest.name), "large");
  expect([state.hold?.failure ?? null, state.outcome]).toEqual([null, "succeeded"]);
  const steps = state.plan.steps.map(({ kind }, i) => `${kind} ${state.steps[i]?.evidence?.tookMs ?? 0}`);
  const { downMs } = shown(state, "restore-data") as { downMs: number };
  console.log(`${steps.join(", ")}; down ${downMs} ms`);
  expect(await withSession(ensemble, (session) => session.exists("/later"))).toBeNull();
  expect(await withSession(ensemble, (session) => session.exists(`/large/${ZNODES - 1}`))).not.toBeNull();
});
