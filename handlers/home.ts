// App Home: what this person sees when they open the app. Reads runs and rights, changes nothing.
import type { HomeView } from "@slack/types";
import { failureOf } from "../src/errors.ts";
import type { Inventory } from "../src/model/inventory.ts";
import type { RunState } from "../src/run/state.ts";
import type { Authorize } from "./authorize.ts";
import type { Records } from "./records.ts";
import { type HomeRun, homeView } from "./views/home.ts";
import { section } from "./views/message.ts";

export type HomeDeps = {
  readonly inventory: () => Inventory;
  readonly records: Records;
  readonly authorize: Authorize;
};

/** Runs looked at for Home; each is one read of its log. */
const RUNS = 20;

/** True when this person could decide something about the run now. */
const waitsFor = async (state: RunState, user: string, authorize: Authorize): Promise<boolean> => {
  if (state.phase !== "waiting" && state.phase !== "held") return false;
  const { isApprover } = await authorize.rights(state.policy, user);
  if (state.phase === "held") return isApprover || state.requester === user;
  const hasSaid = state.gate?.granted.some(({ by }) => by.kind === "user" && by.id === user) ?? false;
  return isApprover && !hasSaid && (state.policy.selfApproval || state.requester !== user);
};

/** Never throws: what is wrong is shown in the place of the runs. */
export const makeHome =
  (deps: HomeDeps) =>
  async (user: string): Promise<HomeView> => {
    try {
      const states = await deps.records.states(null, RUNS);
      const runs = await Promise.all(
        states.map(
          async (state): Promise<HomeRun> => ({
            state,
            link: await deps.records.link(state.run).catch(() => null),
            waitsForMe: await waitsFor(state, user, deps.authorize),
          }),
        ),
      );
      return homeView(deps.inventory(), runs);
    } catch (error) {
      const failure = failureOf(error);
      return { type: "home", blocks: [section(`⚠️ ${failure.what} ${failure.next}`)] };
    }
  };
