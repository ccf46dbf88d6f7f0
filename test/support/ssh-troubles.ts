// A run on hosts by ssh, with trouble on the way to a host in the middle of steps of a test's choice.
import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "vitest";
import type { Goal } from "../../src/model/goal.ts";
import type { RunId } from "../../src/model/ids.ts";
import type { Step } from "../../src/model/plan.ts";
import type { RunState } from "../../src/run/state.ts";
import { begin, goOn } from "./move-site.ts";
import { type Fault, inflict } from "./ssh-faults.ts";
import type { SshHost } from "./ssh-hosts.ts";
import type { SshSite } from "./ssh-site.ts";

export type Trouble = readonly [kind: Step["kind"], nth: number, fault: Fault, afterMs: number, forMs: number];

/** More than these, and something does not mend. */
const MOST_HOLDS = 6;

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

/** The run at its end; each time it is held its words must name a host or a server, and it is retried once the trouble is over. */
export const goThrough = async (site: SshSite, goal: Goal, troubles: readonly Trouble[]): Promise<RunState> => {
  const going: Promise<void>[] = [];
  for (const [kind, nth, fault, afterMs, forMs] of troubles) {
    site.moments.push({
      what: "started",
      kind,
      nth,
      act: async (run: RunId) => {
        const state = await site.worker.state(run);
        const at = state.plan.steps.filter((each) => each.kind === kind)[nth];
        if (at === undefined) throw new Error(`there is no ${kind} ${nth}`);
        const host = hostOf(state, at, site);
        going.push(sleep(afterMs).then(() => inflict(fault, host, forMs)));
      },
    });
  }
  const run = await begin(site, goal, "troubles");
  for (let holds = 0; ; holds++) {
    const state = await goOn(site, run);
    if (state.phase !== "held" || holds === MOST_HOLDS) return state;
    const { failure } = state.hold ?? {};
    console.log(`held: ${failure?.what} | ${failure?.left} | ${failure?.next} | ${failure?.detail}`);
    expect(failure?.what).toMatch(/host\d|server\.\d/);
    expect(failure?.next).toMatch(/Retry|again/);
    // A person mends the link, then presses Retry.
    await Promise.all(going);
    await site.worker.click(run, { type: "resumed" });
  }
};
