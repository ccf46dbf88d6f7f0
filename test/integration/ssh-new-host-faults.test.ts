// What may be wrong with a host that an ensemble is to move to: no Java, a clock that is far off.
import { dirname } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { observeServer } from "../../sandbox/four-letter-words.ts";
import { ensurePrerequisites } from "../../sandbox/prerequisites.ts";
import { runCommand, tryCommand } from "../../sandbox/run-command.ts";
import { runId } from "../../src/model/ids.ts";
import { CAMPAIGN } from "../support/in-campaign.ts";
import { begin, goOn, moveGoal } from "../support/move-site.ts";
import { openSshSite, type SshSite } from "../support/ssh-site.ts";

describe.runIf(CAMPAIGN && process.getuid?.() === 0)("a host to move to", () => {
  let site: SshSite | null = null;
  afterEach(async () => {
    await site?.close();
    site = null;
  });

  it("without Java is refused; with a wrong clock it is warned of, and taken", { timeout: 400_000 }, async () => {
    const { faketime = "" } = await ensurePrerequisites(["faketime"], () => undefined);
    const ahead = `SetEnv SHLVL=1 LD_PRELOAD=${faketime} FAKETIME=+90s FAKETIME_DONT_FAKE_MONOTONIC=1`;
    site = await openSshSite({ release: "3.9.6", hosts: 4, sshdLines: (number) => (number === 4 ? [ahead] : []) });
    const { worker, writer, host } = site;
    const four = host("host4");
    const goal = moveGoal(["host1", "host2", "host4"]);
    const { stdout } = await tryCommand("readlink", ["-f", "/usr/bin/java"]);
    const within = ["-t", String(four.sshd.pid), "-m"];
    const jvm = dirname(stdout.trim());
    await runCommand("nsenter", [...within, "mount", "-t", "tmpfs", "none", jvm]);
    try {
      const bare = await worker.propose(goal, runId("orders-nojava"), true);
      expect(bare).toMatchObject({
        kind: "blocked",
        findings: [{ rule: "java-too-old", what: "No Java was found on host4; 3.9.6 needs 8 or later." }],
      });
    } finally {
      await runCommand("nsenter", [...within, "umount", jvm]);
    }
    const run = await begin({ worker }, goal, "clock");
    const { plan } = await worker.state(run);
    expect(plan.findings).toMatchObject([
      {
        rule: "destination-clock",
        severity: "warns",
        what: expect.stringMatching(/^The clock of host4 is [89]\d\.\d s off\.$/),
      },
    ]);
    const state = await goOn({ worker }, run);
    expect(state.outcome, state.hold?.failure.what).toBe("succeeded");
    await writer.stop();
    for (const name of ["host1", "host2", "host4"]) {
      const { address } = host(name);
      expect(await observeServer(address, 2181)).not.toBeNull();
      const found = await writer.verifyOn(`${address}:2181`);
      expect([found.missing, found.different]).toEqual([[], []]);
    }
  });
});
