// An ensemble on three hosts reached by ssh moves to three others while a client writes: in the middle of steps of each kind a
// cable is taken out, a firewall swallows ssh, sshd stands still or a connection is killed.
import { afterEach, describe, expect, it } from "vitest";
import { observeServer } from "../../sandbox/four-letter-words.ts";
import { release } from "../../src/model/release.ts";
import type { RunState } from "../../src/run/state.ts";
import { moveGoal } from "../support/move-site.ts";
import { openSshSite, type SshSite } from "../support/ssh-site.ts";
import { goThrough, type Trouble } from "../support/ssh-troubles.ts";

// Network namespaces are root's, and a move with its outages takes minutes.
const canRun = process.env.CAMPAIGN !== undefined && process.getuid?.() === 0;

const IN_BOTH: readonly Trouble[] = [
  ["preflight", 0, "killed", 100, 0],
  ["back-up", 0, "killed", 200, 0],
  ["install-release", 0, "cable", 200, 12_000],
  ["prepare-server", 0, "killed", 100, 0],
  ["start-server", 0, "frozen", 100, 14_000],
  ["wait-until-joined", 0, "firewall", 0, 12_000],
  ["prepare-server", 1, "cable", 50, 12_000],
  ["start-server", 1, "cable", 200, 12_000],
  ["wait-until-joined", 1, "cable", 300, 8_000],
  ["start-server", 2, "killed", 150, 0],
  ["retire-server", 0, "frozen", 0, 12_000],
  ["retire-server", 1, "cable", 50, 12_000],
  ["verify-ensemble", 0, "killed", 0, 0],
];
const BY_RECONFIG: readonly Trouble[] = [
  ["add-member", 0, "cable", 0, 6_000],
  ["remove-member", 1, "killed", 0, 0],
];
const BY_LISTS: readonly Trouble[] = [
  ["restart-with-members", 0, "killed", 200, 0],
  ["restart-with-members", 1, "frozen", 300, 12_000],
];

describe.runIf(canRun)("an ensemble that moves over ssh while links fail", () => {
  let site: SshSite | null = null;
  afterEach(async () => {
    await site?.close();
    site = null;
  });

  const expectWhole = async (open: SshSite, state: RunState, to: string): Promise<void> => {
    expect(state.phase, JSON.stringify(state.hold)).toBe("finished");
    expect(state.outcome).toBe("succeeded");
    // Each link failed when it was to.
    expect(open.moments).toEqual([]);
    const events = (await open.events(state.run)).map(({ event }) => event);
    const done = events.flatMap((event) => (event.type === "step-done" ? [event.step] : []));
    expect(new Set(done).size).toBe(done.length);
    for (const [at, host] of open.hosts.entries()) {
      expect([host.name, (await open.serversOn(host)).length]).toEqual([host.name, at < 3 ? 0 : 1]);
      if (at >= 3) expect((await observeServer(host.address, 2181))?.release).toBe(to);
    }
    await open.writer.stop();
    const stats = open.writer.stats();
    console.log(JSON.stringify(stats));
    expect(stats.acknowledged).toBeGreaterThan(100);
    for (const { address } of open.hosts.slice(3)) {
      const found = await open.writer.verifyOn(`${address}:2181`);
      expect([found.missing, found.different]).toEqual([[], []]);
    }
  };

  it.each([
    ["3.9.6", null, BY_RECONFIG],
    ["3.8.0", "3.9.6", BY_RECONFIG],
    ["3.4.13", null, BY_LISTS],
  ] as const)(
    "from %s (to %s) arrives, holding only in words that name the host",
    async (from, to, more) => {
      site = await openSshSite({ release: from, ...(to === null ? {} : { releases: [to] }), hosts: 6 });
      const goal = moveGoal(["host4", "host5", "host6"], to === null ? {} : { release: release(to) });
      await expectWhole(site, await goThrough(site, goal, [...IN_BOTH, ...more]), to ?? from);
    },
    900_000,
  );
});
