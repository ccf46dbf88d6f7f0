// How the service stands when a run is held: a last quick look, by the network only, that never fails.
import type { Observation } from "../model/ensemble.ts";
import type { RunState } from "../run/state.ts";
import { type AppDeps, ensembleSpec } from "./app-deps.ts";
import { observe } from "./observe.ts";

/** Null when not even a look was possible. */
export const observeForHold = async (state: RunState, deps: AppDeps): Promise<Observation | null> => {
  try {
    const inventory = deps.inventory();
    return await observe(inventory, ensembleSpec(inventory, state.goal.ensemble), deps, { withHosts: false });
  } catch {
    return null;
  }
};
