// A run's id comes from its job, so that a job that is entered again after a crash does not begin a second run.
import { expect, it } from "vitest";
import { runIdOf } from "../../../jobs/propose.ts";
import { ensembleName, ensembleOf } from "../../../src/model/ids.ts";

it("is the same for the same job, another for another, and names its ensemble", () => {
  const ensemble = ensembleName("orders-eu");
  expect(runIdOf(ensemble, "7/1000")).toBe(runIdOf(ensemble, "7/1000"));
  expect(runIdOf(ensemble, "7/1000")).not.toBe(runIdOf(ensemble, "8/1000"));
  expect(runIdOf(ensemble, "7/1000")).toMatch(/^orders-eu-[a-z2-9]{5}$/);
  expect(ensembleOf(runIdOf(ensemble, "7/1000"))).toBe(ensemble);
});
