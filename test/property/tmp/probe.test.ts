import fc from "fast-check";
import { test } from "vitest";
import type { SimulatedEnsemble } from "../../support/simulated-ensemble.ts";
import { Impossible, lastOf, playPlan } from "../../support/simulated-steps.ts";
import { undoPlan } from "../../support/simulated-undo.ts";
import { losesWrites } from "../../support/simulated-votes.ts";
import { staticMoveWithPlan } from "../plan-arbitrary.ts";

const show = (e: SimulatedEnsemble) =>
  `L=${e.leader} ` +
  e.servers
    .map(
      (s) =>
        `${s.id}${s.state === "serving" ? "+" : s.state === "joining" ? "~" : "-"}[${s.list.map((m) => m.id + (m.role === "observer" ? "o" : "")).join()}]`,
    )
    .join(" ");
test("undo", () => {
  let best: any = null,
    note = "",
    imp: Record<string, number> = {},
    ok = 0;
  for (const g of fc.sample(staticMoveWithPlan, 150)) {
    if (g.ensemble.servers.length > 9) continue;
    for (let done = 0; done <= g.plan.steps.length; done++) {
      try {
        const forth = playPlan(g.ensemble, { steps: g.plan.steps.slice(0, done) });
        const back = undoPlan(lastOf(forth), g.plan, done);
        const all = [...forth, ...back.slice(1)];
        if (losesWrites(all)) {
          if (best === null || all.length < best.length) {
            best = all;
            note = `release ${g.plan.release} done ${done} ${g.plan.steps[done - 1]?.kind}`;
          }
        } else ok++;
      } catch (e) {
        if (!(e instanceof Impossible)) throw e;
        const k = e.message.replace(/\d+/g, "N");
        imp[k] = (imp[k] ?? 0) + 1;
      }
    }
  }
  console.log(ok, imp, note);
  if (best !== null) console.log(best.map(show).join("\n"));
});
