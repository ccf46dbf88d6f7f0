// Compares an ensemble with ensembles.yaml and its servers with each other, for `/zk drift`. Reads only.
import { OpsError } from "../errors.ts";
import type { DriftReport } from "../model/drift-report.ts";
import type { Observation } from "../model/ensemble.ts";
import type { EnsembleName } from "../model/ids.ts";
import type { EnsembleSpec } from "../model/inventory.ts";
import { entriesOf, parseZooCfg } from "../model/zoo-cfg.ts";
import { driftsOf } from "../plan/drift.ts";
import { type AppDeps, ensembleSpec } from "./app-deps.ts";
import { observe } from "./observe.ts";

/** Never throws: what could not be seen is said in the report. */
export const reportDrift = async (name: EnsembleName, deps: AppDeps): Promise<DriftReport> => {
  try {
    const inventory = deps.inventory();
    const spec = ensembleSpec(inventory, name);
    const seen = await observe(inventory, spec, deps, { withHosts: true });
    return driftOf(seen, spec, await askRunning(seen, deps));
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

/** What each server says that it runs with; those that may not be asked, or do not answer, are left out. */
const askRunning = async (
  { servers }: Observation,
  { zookeeper }: AppDeps,
): Promise<ReadonlyMap<number, ReadonlyMap<string, string>>> => {
  const told = await Promise.all(
    servers.map(async ({ id, client, seen }) => {
      if (seen.status !== "serving") return [];
      const text = await zookeeper.fourLetterWord(client, "conf").catch(() => null);
      return text === null ? [] : [[Number(id), entriesOf(parseZooCfg(text))] as const];
    }),
  );
  return new Map(told.flat());
};

/** Pure: an observation as a report. */
export const driftOf = (
  seen: Observation,
  spec: EnsembleSpec,
  running: ReadonlyMap<number, ReadonlyMap<string, string>> = new Map(),
): DriftReport => {
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
    drifts: driftsOf(seen, spec, running),
    unread,
  };
};
