// Moves of real ensembles with faults injected at random: `npm run campaign`. Each draws size, release, hosts, the step at which
// something happens and what; a held run is mended and then retried or taken back, as a person would. CAMPAIGN_SEED repeats a
// campaign, CAMPAIGN_MOVES says how many moves it has. test/integration/migrate-faults.test.ts is the bounded version.
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { launchServer, serverProcesses, signalServer } from "../../sandbox/ensemble/server.ts";
import { release } from "../../src/model/release.ts";
import type { RunState } from "../../src/run/state.ts";
import { begin, disturbed, goOn, type Moment, type MoveSite, moveGoal, openMoveSite } from "../support/move-site.ts";
import { seededRandom } from "../support/seeded-random.ts";

const seed = Number(process.env.CAMPAIGN_SEED ?? Math.floor(Math.random() * 1e9));
const moves = Number(process.env.CAMPAIGN_MOVES ?? 6);
const random = seededRandom(seed);
const pick = <T>(items: readonly T[]): T => {
  const item = items[Math.floor(random() * items.length)];
  if (item === undefined) throw new Error("nothing to pick from");
  return item;
};

type Drawn = {
  readonly size: number;
  readonly from: string;
  readonly to: string | null;
  readonly hosts: readonly string[];
  readonly fault: "kill" | "freeze";
  /** Of all steps, where it happens: 0 to 1. */
  readonly where: number;
  /** Of all servers that run then, which: 0 to 1. */
  readonly who: number;
  readonly afterwards: "retry" | "roll back";
};

const draw = (): Drawn => {
  const size = pick([3, 3, 3, 5]);
  const from = pick(["3.4.13", "3.8.0", "3.9.6"]);
  const to = pick([null, null, ...(from === "3.8.0" ? ["3.9.6"] : [])]);
  const stays = to === null && from !== "3.4.13" && random() < 0.4 ? 1 : 0;
  const fresh = Array.from({ length: size - stays }, (_, i) => `zk${size + 1 + i}`);
  const hosts = stays === 1 ? [`zk${1 + Math.floor(random() * size)}`, ...fresh] : fresh;
  const [fault, afterwards] = [pick(["kill", "freeze"] as const), pick(["retry", "roll back"] as const)];
  return { size, from, to, hosts, fault, where: random(), who: random(), afterwards };
};

/** Starts whatever was killed and is neither retired nor taken back. */
const mend = async (site: MoveSite): Promise<void> => {
  const { servers } = await site.look();
  for (const { host, seen } of servers) {
    const server = site.at(host);
    if (seen.status !== "serving" && (await serverProcesses(server)).length === 0) {
      await launchServer(server, "zkServer.sh", null);
    }
  }
  await sleep(6_000);
};

describe(`moves with faults (CAMPAIGN_SEED=${seed})`, () => {
  for (let i = 0; i < moves; i++) {
    const drawn = draw();
    it(`${i + 1}: ${JSON.stringify(drawn)}`, { timeout: 900_000 }, async () => {
      const moments: Moment[] = [];
      const site = await openMoveSite({
        ensemble: { release: drawn.from, size: drawn.size, spares: drawn.size },
        releases: drawn.to === null ? [] : [drawn.to],
        policy: { extra: { syncTimeout: "30s" } },
        change: disturbed(moments),
      });
      try {
        const goal = moveGoal(drawn.hosts, { release: drawn.to === null ? null : release(drawn.to) });
        const run = await begin(site, goal, "aaaaa");
        const { plan } = await site.worker.state(run);
        const at = 1 + Math.floor(drawn.where * (plan.steps.length - 2));
        const kind = plan.steps[at]?.kind ?? "preflight";
        const nth = plan.steps.slice(0, at).filter((step) => step.kind === kind).length;
        const all = [...site.ensemble.servers, ...site.ensemble.spares];
        moments.push({
          what: "started",
          kind,
          nth,
          act: async () => {
            const up = [];
            for (const server of all) if ((await serverProcesses(server)).length > 0) up.push(server);
            const victim = up[Math.floor(drawn.who * up.length)];
            if (victim === undefined) return;
            if (drawn.fault === "kill") return signalServer(victim, "SIGKILL");
            await signalServer(victim, "SIGSTOP");
            setTimeout(() => void signalServer(victim, "SIGCONT"), 4_000);
          },
        });
        let state: RunState = await goOn(site, run);
        for (let holds = 0; state.phase === "held" && holds < 4; holds++) {
          await mend(site);
          const goesBack = drawn.afterwards === "roll back" || holds > 1;
          const isBack = state.direction === "back";
          await site.worker.click(run, goesBack && !isBack ? { type: "rollback-asked" } : { type: "resumed" });
          state = await goOn(site, run);
        }
        expect(["succeeded", "rolled-back", "superseded"], JSON.stringify(state.hold)).toContain(state.outcome);
        await mend(site);
        await site.writer.stop();
        expect(await site.writer.sessionAlive()).toBe(true);
        for (const { client, host, seen } of (await site.look()).servers) {
          expect([host, seen.status]).toEqual([host, "serving"]);
          const found = await site.writer.verifyOn(`${client.host}:${client.port}`);
          expect([host, found.missing, found.different, found.ephemeralIsThere]).toEqual([host, [], [], true]);
        }
      } finally {
        await site.close();
      }
    });
  }
});
