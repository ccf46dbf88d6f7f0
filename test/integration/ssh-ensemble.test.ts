// An ensemble on hosts that are reached by ssh, upgraded while a client writes: in the middle of steps of each kind a cable is taken
// out, a firewall swallows ssh, sshd stands still or a connection is killed.
import { afterEach, describe, expect, it } from "vitest";
import { observeServer } from "../../sandbox/four-letter-words.ts";
import { ensembleName } from "../../src/model/ids.ts";
import { release } from "../../src/model/release.ts";
import { CAMPAIGN } from "../support/in-campaign.ts";
import { openSshSite, type SshSite } from "../support/ssh-site.ts";
import { goThrough, type Trouble } from "../support/ssh-troubles.ts";

// Network namespaces are root's, and the upgrade with its outages takes minutes.
const canRun = CAMPAIGN && process.getuid?.() === 0;

const TROUBLES: readonly Trouble[] = [
  ["preflight", 0, "frozen", 50, 12_000],
  ["back-up", 0, "firewall", 100, 12_000],
  ["install-release", 0, "killed", 300, 0],
  ["stop-server", 0, "cable", 0, 12_000],
  ["write-config", 0, "firewall", 0, 12_000],
  ["start-server", 0, "frozen", 100, 14_000],
  ["wait-until-synced", 0, "firewall", 0, 12_000],
  ["stop-server", 1, "frozen", 50, 14_000],
  ["start-server", 1, "killed", 120, 0],
  ["hand-over-leadership", 0, "firewall", 100, 12_000],
  ["start-server", 2, "firewall", 50, 12_000],
  ["verify-ensemble", 0, "frozen", 0, 12_000],
];

describe.runIf(canRun)("an ensemble on three hosts reached by ssh", () => {
  let site: SshSite | null = null;
  afterEach(async () => {
    await site?.close();
    site = null;
  });

  it("is upgraded while links and connections fail, holding only in words that name the host", async () => {
    site = await openSshSite({ release: "3.8.0", releases: ["3.9.6"], hosts: 3 });
    const state = await goThrough(
      site,
      { kind: "upgrade", ensemble: ensembleName("orders"), release: release("3.9.6"), gates: "once", overrides: [] },
      TROUBLES,
    );
    expect(state.outcome, JSON.stringify(state.hold)).toBe("succeeded");
    expect(site.moments).toEqual([]);
    await site.writer.stop();
    expect(site.writer.stats().sessionsLost).toBe(0);
    for (const { address } of site.hosts) {
      expect((await observeServer(address, 2181))?.release).toBe("3.9.6");
      const found = await site.writer.verifyOn(`${address}:2181`);
      expect([found.missing, found.different]).toEqual([[], []]);
    }
  }, 900_000);
});
