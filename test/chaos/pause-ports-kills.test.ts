// A worker killed with SIGKILL while client ports on hosts reached by ssh are being closed, are closed, and are being opened: with
// another one after it, and with none.
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { UpgradeGoal } from "../../src/model/goal.ts";
import { ensembleName, type RunId } from "../../src/model/ids.ts";
import { release } from "../../src/model/release.ts";
import type { RunState } from "../../src/run/state.ts";
import { CAMPAIGN } from "../support/in-campaign.ts";
import { killInSteps } from "../support/kill-in-steps.ts";
import { begin } from "../support/move-site.ts";
import { waitFor } from "../support/run-on-stage.ts";
import { seededRandom } from "../support/seeded-random.ts";
import { allowNft, forbidNft, gateTables } from "../support/ssh-gates.ts";
import { openSshSite, type SshSite } from "../support/ssh-site.ts";

const seed = Number(process.env.CHAOS_SEED ?? Math.floor(Math.random() * 1e9));

const goal: UpgradeGoal = {
  kind: "upgrade",
  ensemble: ensembleName("orders"),
  release: release("3.9.6"),
  pause: "ports",
  gates: "once",
  overrides: [],
};

describe.runIf(CAMPAIGN && process.getuid?.() === 0)(
  `closed client ports under fire (needs root; CHAOS_SEED=${seed})`,
  () => {
    let site: SshSite;
    beforeEach(async () => {
      console.log(`CHAOS_SEED=${seed}`);
      await allowNft();
      site = await openSshSite({ release: "3.8.0", releases: ["3.9.6"], hosts: 4, writerOn: "host4" });
    });
    afterEach(async () => {
      await site?.close();
      await forbidNft();
    });

    const evidenceOf = (state: RunState) => {
      const resumed = state.steps.flatMap(({ evidence }) =>
        evidence?.step.kind === "resume-writes" ? [evidence.step] : [],
      );
      expect(resumed).toHaveLength(1);
      return resumed[0];
    };

    const expectWhole = async (run: RunId): Promise<RunState> => {
      const state = await site.worker.state(run);
      expect(state.outcome, JSON.stringify(state.hold)).toBe("succeeded");
      expect(await gateTables(site.hosts)).toEqual([]);
      const { acknowledged } = site.writer.stats();
      await expect.poll(() => site.writer.stats().acknowledged, { timeout: 20_000 }).toBeGreaterThan(acknowledged);
      await site.writer.stop();
      for (const { address } of site.hosts.slice(0, 3)) {
        const found = await site.writer.verifyOn(`${address}:2181`);
        expect([found.missing, found.different]).toEqual([[], []]);
      }
      return state;
    };

    it("stay closed under the next worker, and nothing is written meanwhile", { timeout: 400_000 }, async () => {
      const worker = await site.startWorker();
      const run = await begin(site, goal, "killed");
      const { recoveryMs } = await killInSteps({
        stage: { redis: site.redis, startApp: () => site.startWorker() },
        watcher: site,
        run,
        worker,
        random: seededRandom(seed),
        kinds: ["pause-writes", "write-config", "resume-writes"],
        redisToo: false,
      });
      console.log("recovery after kill -9, ms:", Object.fromEntries(recoveryMs));
      expect([...recoveryMs.keys()]).toEqual(["pause-writes", "write-config", "resume-writes"]);
      expect(evidenceOf(await expectWhole(run))).toMatchObject({ proof: { written: 0, deleted: 0 } });
    });

    it("open by themselves where no worker comes, and the next one closes them again", {
      timeout: 400_000,
    }, async () => {
      const first = await site.startWorker();
      const run = await begin(site, goal, "alone");
      const at = async (kind: string): Promise<boolean> => {
        const { steps, plan } = await site.worker.state(run);
        return plan.steps.some((step, i) => step.kind === kind && steps[i]?.state === "running");
      };
      await waitFor("the first server to be changed", () => at("write-config"), 120_000, 5);
      await first.kill();
      const killedAt = Date.now();
      expect(await gateTables(site.hosts)).toHaveLength(3);
      const { acknowledged } = site.writer.stats();
      await expect
        .poll(() => site.writer.stats().acknowledged, { timeout: 60_000, interval: 50 })
        .toBeGreaterThan(acknowledged);
      console.log(`opened by themselves ${Date.now() - killedAt} ms after kill -9`);
      await site.startWorker();
      await waitFor("the run's end", async () => (await site.worker.state(run)).phase !== "running" || null, 240_000);
      expect(evidenceOf(await expectWhole(run))?.proof?.written).toBeGreaterThan(0);
    });
  },
);
