import fc from "fast-check";
import { test } from "vitest";
import { staticMoveWithPlan } from "../plan-arbitrary.ts";
import { playPlan, lastOf, play, stop, start, sync } from "../../support/simulated-steps.ts";
import { undoPlan } from "../../support/simulated-undo.ts";
import { losesWrites } from "../../support/simulated-votes.ts";
import type { SimulatedEnsemble } from "../../support/simulated-ensemble.ts";
const show = (e: SimulatedEnsemble) => `L=${e.leader} ` + e.servers.map(s => `${s.id}${s.state === "serving" ? "+" : s.state === "joining" ? "~" : "-"}[${s.list.map(m => m.id + (m.role === "observer" ? "o" : "")).join()}]`).join(" ");
test("undo", () => {
  let best: any = null;
  for (const g of fc.sample(staticMoveWithPlan, 1500)) {
    if (g.ensemble.servers.length > 3) continue;
    for (let done = 0; done <= g.plan.steps.length; done++) {
      const forth = playPlan(g.ensemble, { steps: g.plan.steps.slice(0, done) });
      const back = undoPlan(lastOf(forth), g.plan, done);
      const all = [...forth, ...back.slice(1)];
      if (losesWrites(all) && (best === null || all.length < best.length)) best = all;
    }
  }
  if (best === null) { console.log("none"); return; }
  console.log(best.map(show).join("\n"));
});
test("crash", () => {
  let best: any = null;
  for (const g of fc.sample(staticMoveWithPlan, 300)) {
    if (g.ensemble.servers.length > 3) continue;
    for (let at = 0; at <= g.plan.steps.length; at++) for (let who = 0; who < 6; who++) {
      const instants = [g.ensemble];
      try {
      for (const [i, step] of g.plan.steps.entries()) {
        if (i === at) {
          const up = lastOf(instants).servers.filter(s => s.state === "serving" && !s.retired);
          const s = up[who]; if (s === undefined) break;
          instants.push(stop(lastOf(instants), s.id)); instants.push(start(lastOf(instants), s.id)); instants.push(sync(lastOf(instants), s.id));
        }
        instants.push(...play(lastOf(instants), step));
      } } catch (e) {}
      if (losesWrites(instants) && (best === null || instants.length < best.length)) best = instants;
    }
  }
  if (best === null) { console.log("none"); return; }
  console.log(best.map(show).join("\n"));
});
