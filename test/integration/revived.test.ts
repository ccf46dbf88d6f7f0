// Something else (an init system, a colleague) starts a server that a run has stopped, on its old release.
import { afterEach, describe, expect, it } from "vitest";
import { launchServer, serverProcesses } from "../../sandbox/ensemble/server.ts";
import { observeServer } from "../../sandbox/four-letter-words.ts";
import { signalProcess, waitUntilDead } from "../../sandbox/processes.ts";
import type { UpgradeGoal } from "../../src/model/goal.ts";
import { ensembleName, type RunId } from "../../src/model/ids.ts";
import { release } from "../../src/model/release.ts";
import { CAMPAIGN } from "../support/in-campaign.ts";
import { begin, disturbed, goOn, type Moment, type MoveSite, openMoveSite } from "../support/move-site.ts";
import { waitFor } from "../support/run-on-stage.ts";

const goal: UpgradeGoal = {
  kind: "upgrade",
  ensemble: ensembleName("orders"),
  release: release("3.9.6"),
  gates: "once",
  overrides: [],
};

describe.runIf(CAMPAIGN)("a server that is revived while a run has it stopped holds the run, which", () => {
  let site: MoveSite | null = null;
  afterEach(async () => {
    await site?.close();
    site = null;
  });

  /** The held run, and ends the server that was revived. */
  const holdByRevival = async (): Promise<{ run: RunId; site: MoveSite; end(): Promise<void> }> => {
    const moments: Moment[] = [];
    const opened = await openMoveSite({
      ensemble: { release: "3.8.0", size: 3 },
      releases: ["3.9.6"],
      change: disturbed(moments),
    });
    site = opened;
    const { worker, ensemble } = opened;
    const revived: (typeof ensemble.servers)[number][] = [];
    moments.push({
      what: "done",
      kind: "stop-server",
      act: async (run) => {
        const { plan } = await worker.state(run);
        const first = plan.steps.find(({ kind }) => kind === "stop-server");
        const server = ensemble.servers.find(({ id }) => first?.kind === "stop-server" && id === first.server);
        if (server === undefined) throw new Error("nothing was stopped");
        revived.push(server);
        await launchServer(server, "zkServer.sh", null);
        await waitFor("the revived server", () => observeServer(server.address, server.clientPort));
      },
    });
    const run = await begin(opened, goal, "revived");
    const held = await goOn(opened, run);
    const [server] = revived;
    expect(held.phase).toBe("held");
    expect(held.hold?.failure.what).toBe(
      `server.${server?.id} was started by something else, from ${server?.root}/releases/apache-zookeeper-3.8.0-bin, while zkshift had it stopped.`,
    );
    expect(held.hold?.failure.next).toMatch(/init system.*stop the server, then Retry/);
    return {
      run,
      site: opened,
      end: async () => {
        for (const pid of server === undefined ? [] : await serverProcesses(server)) {
          signalProcess(pid, "SIGTERM");
          await waitUntilDead(pid, 10_000);
        }
      },
    };
  };

  const expectOn = async ({ ensemble, writer }: MoveSite, wanted: string): Promise<void> => {
    await writer.stop();
    for (const { address, clientPort } of ensemble.servers) {
      expect((await observeServer(address, clientPort))?.release).toBe(wanted);
      const found = await writer.verifyOn(`${address}:${clientPort}`);
      expect([found.missing, found.different]).toEqual([[], []]);
    }
  };

  it("goes on once the server is stopped again", { timeout: 300_000 }, async () => {
    const held = await holdByRevival();
    await held.end();
    await held.site.worker.click(held.run, { type: "resumed" });
    const state = await goOn(held.site, held.run);
    expect(state.outcome, state.hold?.failure.what).toBe("succeeded");
    await expectOn(held.site, "3.9.6");
  });

  it("is taken back with the server as it runs", { timeout: 300_000 }, async () => {
    const held = await holdByRevival();
    await held.site.worker.click(held.run, { type: "rollback-asked" });
    const state = await goOn(held.site, held.run);
    expect(state.outcome, state.hold?.failure.what).toBe("rolled-back");
    await expectOn(held.site, "3.8.0");
  });
});
