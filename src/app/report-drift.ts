// Compares an ensemble with ensembles.yaml and its servers with each other, for `/zk drift`. Reads only.
import { OpsError } from "../errors.ts";
import type { DriftReport } from "../model/drift-report.ts";
import type { Observation } from "../model/ensemble.ts";
import type { EnsembleName } from "../model/ids.ts";
import type { EnsembleSpec } from "../model/inventory.ts";
import { driftsOf } from "../plan/drift.ts";
import { type AppDeps, ensembleSpec } from "./app-deps.ts";
import { observe } from "./observe.ts";

/** Never throws: what could not be seen is said in the report. */
export const reportDrift = async (name: EnsembleName, deps: AppDeps): Promise<DriftReport> => {
  try {
    const inventory = deps.inventory();
    const spec = ensembleSpec(inventory, name);
    return driftOf(await observe(inventory, spec, deps, { withHosts: true }), spec);
  } catch (error) {
    const failure = error instanceof OpsError ? error.failure : null;
    return {
      kind: "unseen",
      ensemble: name,
      why: failure?.what ?? String(error),
      next: failure?.next ?? "Look at the worker's log.",
    };
  }
};

/** Pure: an observation as a report. */
export const driftOf = (seen: Observation, spec: EnsembleSpec): DriftReport => {
  const unread = seen.servers.flatMap(({ id, host, onHost }) => {
    if (onHost === null) return [{ server: Number(id), host, why: "it was not asked" }];
    if ("unreadable" in onHost) return [{ server: Number(id), host, why: onHost.unreadable }];
    return onHost.configText === null ? [{ server: Number(id), host, why: `there is no ${onHost.configFile}` }] : [];
  });
  return {
    kind: "seen",
    ensemble: seen.ensemble,
    seenAt: seen.seenAt,
    servers: seen.servers.length - unread.length,
    drifts: driftsOf(seen, spec),
    unread,
  };
};
