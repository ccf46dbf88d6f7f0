// How the service stands when a run is held: a last quick look, by the network only, that never fails.
import type { Observation } from "../model/ensemble.ts";
import { listInForce } from "../run/members-now.ts";
import type { RunState } from "../run/state.ts";
import { type AppDeps, ensembleSpec } from "./app-deps.ts";
import { observe, observeMembers } from "./observe.ts";

/** Null when not even a look was possible. */
export const observeForHold = async (state: RunState, deps: AppDeps): Promise<Observation | null> => {
  try {
    const inventory = deps.inventory();
    const ensemble = ensembleSpec(inventory, state.goal.ensemble);
    const members = listInForce(state);
    if (members !== null) {
      const membership = { source: "static", version: null, members } as const;
      return await observeMembers(inventory, ensemble, deps, membership, { withHosts: false });
    }
    return await observe(inventory, ensemble, deps, { withHosts: false });
  } catch {
    return null;
  }
};
