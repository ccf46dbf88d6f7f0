// An ensemble on three hosts reached by ssh moves to three others while a client writes: in the middle of steps of each kind a
// cable is taken out, a firewall swallows ssh, sshd stands still or a connection is killed.
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, describe, expect, it } from "vitest";
import { observeServer } from "../../sandbox/four-letter-words.ts";
import type { RunId } from "../../src/model/ids.ts";
import type { Step } from "../../src/model/plan.ts";
import { release } from "../../src/model/release.ts";
import type { RunState } from "../../src/run/state.ts";
import { begin, goOn, moveGoal } from "../support/move-site.ts";
import { type Fault, inflict } from "../support/ssh-faults.ts";
import type { SshHost } from "../support/ssh-hosts.ts";
import { openSshSite, type SshSite } from "../support/ssh-site.ts";

// Network namespaces are root's, and a move with its outages takes minutes.
const canRun = process.env.CAMPAIGN !== undefined && process.getuid?.() === 0;

type Trouble = readonly [kind: Step["kind"], nth: number, fault: Fault, afterMs: number, forMs: number];

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

  /** The host that a step works on: the first one, where it works on several. */
  const hostOf = ({ plan }: RunState, step: Step, { hosts, host }: SshSite): SshHost => {
    const ids =
      "server" in step
        ? [step.server]
        : "member" in step
          ? [step.member.id]
          : "servers" in step
            ? step.servers
            : plan.basis.servers.map(({ id }) => id);
    const prepared = plan.steps.find((each) => each.kind === "prepare-server" && each.server === ids[0]);
    const found = prepared?.kind === "prepare-server" ? host(prepared.host) : hosts[(ids[0] ?? 1) - 1];
    if (found === undefined) throw new Error(`${step.kind} is on no host`);
    return found;
  };

  const moveThrough = async (open: SshSite, to: string | null, troubles: readonly Trouble[]): Promise<RunState> => {
    const going: Promise<void>[] = [];
    let step = 0;
    for (const [kind, nth, fault, afterMs, forMs] of troubles) {
      open.moments.push({
        what: "started",
        kind,
        nth,
        act: async (run: RunId) => {
          const state = await open.worker.state(run);
          const at = state.plan.steps.filter((each) => each.kind === kind)[nth];
          if (at === undefined) throw new Error(`there is no ${kind} ${nth}`);
          const host = hostOf(state, at, open);
          going.push(sleep(afterMs).then(() => inflict(fault, host, forMs)));
        },
      });
    }
    const goal = moveGoal(["host4", "host5", "host6"], to === null ? {} : { release: release(to) });
    const run = await begin(open, goal, `m${String(step++).padStart(4, "0")}`);
    for (let holds = 0; ; holds++) {
      const state = await goOn(open, run);
      if (state.phase !== "held" || holds === 6) return state;
      const { failure } = state.hold ?? {};
      console.log(`held: ${failure?.what} | ${failure?.left} | ${failure?.next} | ${failure?.detail}`);
      expect(failure?.what).toMatch(/host\d|server\.\d/);
      expect(failure?.next).toMatch(/Retry|again/);
      // A person mends the link, then presses Retry.
      await Promise.all(going);
      await open.worker.click(run, { type: "resumed" });
    }
  };

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
      await expectWhole(site, await moveThrough(site, to, [...IN_BOTH, ...more]), to ?? from);
    },
    900_000,
  );
});
