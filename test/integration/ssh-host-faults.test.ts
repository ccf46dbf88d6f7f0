// What may be wrong with a host, at the plan and in the middle of a run: a full disk, a folder that may not be written, a host key that
// changed. The plan refuses it, or the run holds before it does harm, in words that name the host; put right, it goes on.
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { observeServer } from "../../sandbox/four-letter-words.ts";
import { runCommand, tryCommand } from "../../sandbox/run-command.ts";
import type { UpgradeGoal } from "../../src/model/goal.ts";
import { ensembleName, runId } from "../../src/model/ids.ts";
import { release } from "../../src/model/release.ts";
import { CAMPAIGN } from "../support/in-campaign.ts";
import { goOn } from "../support/move-site.ts";
import { inflict } from "../support/ssh-faults.ts";
import { HOST_USER, type SshHost } from "../support/ssh-hosts.ts";
import { openSshSite, type SshSite } from "../support/ssh-site.ts";

const goal: UpgradeGoal = {
  kind: "upgrade",
  ensemble: ensembleName("orders"),
  release: release("3.9.6"),
  gates: "once",
  overrides: [],
};

describe.runIf(CAMPAIGN && process.getuid?.() === 0)("a host by ssh with something wrong", () => {
  let site: SshSite | null = null;
  const mounted: (readonly [SshHost, string])[] = [];
  /** `ip netns exec` gives sshd mounts of its own, and with it all that is started there. */
  const inside = (host: SshHost): readonly string[] => ["-t", String(host.sshd.pid), "-m"];
  const fill = async (host: SshHost, folder: string): Promise<void> => {
    await runCommand("install", ["-d", "-o", HOST_USER, folder]);
    await runCommand("nsenter", [
      ...inside(host),
      ...["mount", "-t", "tmpfs", "-o", "size=1m,mode=777", "full", folder],
    ]);
    mounted.push([host, folder]);
  };
  const empty = async (): Promise<void> => {
    for (let last = mounted.pop(); last !== undefined; last = mounted.pop())
      await tryCommand("nsenter", [...inside(last[0]), "umount", "-l", last[1]]);
  };
  afterEach(async () => {
    await empty();
    await site?.close();
    site = null;
  });

  it("is refused at the plan, or holds the run until it is put right", { timeout: 400_000 }, async () => {
    site = await openSshSite({ release: "3.8.0", releases: ["3.9.6"], hosts: 3 });
    const { worker, writer, hosts, moments } = site;
    const [one, two, three] = hosts;
    if (one === undefined || two === undefined || three === undefined) throw new Error("no hosts");
    const refused = async (): Promise<string> => {
      const proposed = await worker.propose(goal, runId("orders-fffff"), true);
      expect(proposed.kind).toBe("blocked");
      return proposed.kind === "blocked" ? proposed.findings.map(({ what }) => what).join("\n") : "";
    };

    await fill(two, join(two.dir, "zkshift"));
    expect(await refused()).toMatch(/host2 has 1 MB free where releases are unpacked; 100 MB are needed/);
    await empty();

    const own = join(three.dir, "zkshift");
    await mkdir(own, { recursive: true });
    await runCommand("chown", ["0:0", own]);
    expect(await refused()).toMatch(/host3.*(may not|cannot|not writable|write)/s);
    await runCommand("chown", ["-R", HOST_USER, own, join(two.dir, "zkshift")]);

    const known = one.sshd.access.knownHosts ?? "";
    const right = await readFile(known, "utf8");
    moments.push(
      { what: "started", kind: "install-release", act: () => fill(two, join(two.dir, "zkshift", "releases")) },
      {
        what: "started",
        kind: "write-config",
        act: async () => {
          const [address = ""] = right.split(" ");
          await writeFile(known, (await readFile(two.sshd.access.knownHosts ?? "", "utf8")).replace(/^\S+/, address));
          await inflict("killed", one, 0);
        },
      },
    );
    const run = runId("orders-h0001");
    expect((await worker.propose(goal, run)).kind).toBe("proposed");
    await worker.approve(run, "plan");

    const full = await goOn({ worker }, run);
    expect(full.phase).toBe("held");
    console.log(full.hold?.failure);
    expect(full.hold?.failure.what).toMatch(/host2/);
    expect(full.hold?.failure.next).toMatch(/space|room|disk/);
    await empty();
    await worker.click(run, { type: "resumed" });

    const strange = await goOn({ worker }, run);
    expect(strange.phase, strange.outcome ?? "").toBe("held");
    console.log(strange.hold?.failure);
    expect(strange.hold?.failure.what).toMatch(/host1.*key/);
    // The others serve on.
    expect(strange.hold?.service.margin).toBe(0);
    await writeFile(known, right);
    await worker.click(run, { type: "resumed" });

    const state = await goOn({ worker }, run);
    expect(state.outcome, state.hold?.failure.what).toBe("succeeded");
    expect(moments).toEqual([]);
    await writer.stop();
    for (const { address } of hosts) {
      expect((await observeServer(address, 2181))?.release).toBe("3.9.6");
      const found = await writer.verifyOn(`${address}:2181`);
      expect([found.missing, found.different]).toEqual([[], []]);
    }
  });
});
