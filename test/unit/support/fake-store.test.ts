import { expect, test } from "vitest";
import { headOf, verifyChain } from "../../../src/run/chain.ts";
import { makeFakeStore } from "../../support/fake-store.ts";
import { firstEntries, newRunId, stepStarted } from "../../support/sample-run.ts";
import { storeContract } from "../../support/store-contract.ts";

storeContract("the fake store", async () => {
  const fake = makeFakeStore();
  return { ...fake, expireLease: async (ensemble) => fake.expireLease(ensemble), close: async () => {} };
});

test("a lost answer of the fake store leaves the entry written, and the repeat answers appended", async () => {
  const { runLog, loseNextAnswer } = makeFakeStore();
  const run = newRunId();
  await runLog.begin(run, firstEntries());
  const head = headOf(await runLog.read(run));
  loseNextAnswer();
  await expect(runLog.append(run, head, stepStarted(0))).rejects.toMatchObject({ kind: "transient" });
  expect((await runLog.append(run, head, stepStarted(0))).kind).toBe("appended");
  expect(verifyChain(await runLog.read(run)).ok).toBe(true);
  expect(await runLog.read(run)).toHaveLength(3);
});
