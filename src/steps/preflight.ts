// Looks at everything the plan rests on once more, by planning again: the same look must give the same plan.
import { OpsError } from "../errors.ts";
import { assertNever } from "../model/ids.ts";
import type { Plan, Planned } from "../model/plan.ts";
import { sameDoing } from "../plan/planner.ts";
import { staleReasons } from "../run/stale.ts";
import { leaderOf } from "./seeing.ts";
import type { StepHandler } from "./step-handler.ts";

/** Why a fresh plan is not the approved one; null when it is. Blocked is worth waiting for: a server may be catching up. */
const difference = (approved: Plan, again: Planned): { readonly wait: boolean; readonly why: string } | null => {
  switch (again.kind) {
    case "plan":
      return sameDoing(approved, again.plan)
        ? null
        : { wait: false, why: "A host or a configuration file has changed since the plan was made." };
    case "nothing-to-do":
      return { wait: false, why: `There is nothing left to do: ${again.why}` };
    case "blocked":
      return {
        wait: true,
        why: again.findings.map((finding) => `${finding.what} ${finding.todo}`).join(" "),
      };
    default:
      return assertNever(again);
  }
};

/** For a follower that is just catching up, a connection that was slow: not for repairs. */
const PATIENCE_MS = 10_000;

export const preflight: StepHandler<"preflight"> = {
  timeLimitMs: PATIENCE_MS,
  check: async (_step, world) => {
    const found = difference(world.plan, await world.planAgain());
    if (found === null) return { kind: "done" };
    if (found.wait) return { kind: "wait", for: found.why, againMs: 1_000 };
    const moved = staleReasons(world.state, await world.observe({ withHosts: false }));
    const why = moved.length === 0 ? found.why : moved.join(" ");
    throw new OpsError("stale", { what: why, next: "Ask for a new plan." });
  },
  apply: async () => {},
  verify: async (_step, world) => {
    const seen = await world.observe({ withHosts: false });
    return {
      kind: "preflight",
      serving: seen.servers.filter((server) => server.seen.status === "serving").length,
      rulesChecked: world.plan.rulesChecked,
      leader: leaderOf(seen)?.id ?? 0,
    };
  },
  undo: async () => "nothing-to-undo",
};
