// Whatever a run is like, its messages are ones that Slack takes, and its thread tells every event once.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { ApproverGroup } from "../../handlers/views/approvers.ts";
import { auditMessage } from "../../handlers/views/audit.ts";
import { checkBlocks, checkView } from "../../handlers/views/block-limits.ts";
import { detailsModal } from "../../handlers/views/details.ts";
import type { Message } from "../../handlers/views/message.ts";
import { planFile } from "../../handlers/views/plan.ts";
import { reportFile } from "../../handlers/views/report-file.ts";
import { runMessage } from "../../handlers/views/run.ts";
import { runDetailMessage } from "../../handlers/views/runs.ts";
import { statusMessage } from "../../handlers/views/status.ts";
import { promptMessage, threadPosts } from "../../handlers/views/thread.ts";
import type { ClientConnection, ServerClients } from "../../src/model/clients.ts";
import { ensembleName, hostName } from "../../src/model/ids.ts";
import type { Finding, Plan } from "../../src/model/plan.ts";
import { reduceRun } from "../../src/run/reduce.ts";
import { moveWhole, sampleMove, sampleStaticMove, takeBack } from "../support/scripted-migration.ts";
import {
  byUser,
  type Script,
  samplePlan,
  samplePolicy,
  scriptHeld,
  scriptRun,
  scriptWhole,
  WORKER,
} from "../support/scripted-run.ts";

const takes = (message: Message): void => {
  expect(checkBlocks("message", message.blocks)).toEqual([]);
  expect(checkBlocks("message", message.classic ?? [])).toEqual([]);
  expect(message.text.length).toBeGreaterThan(0);
};

const nasty = fc.oneof(
  fc.string({ unit: "binary", maxLength: 40 }),
  fc.constantFrom("", "<!channel>", "```", "`", "x".repeat(4000), "a\nb\n".repeat(400), "&<>"),
);

/** Ensembles of 1 to 60 servers, with any rules' words. */
const plans: fc.Arbitrary<{ readonly plan: Plan; readonly hash: string }> = fc
  .record({
    servers: fc.constantFrom(1, 2, 3, 5, 9, 60),
    findings: fc.array(fc.record({ what: nasty, todo: nasty, source: nasty, rule: nasty }), { maxLength: 40 }),
    gates: fc.constantFrom("once" as const, "leader" as const, "each" as const),
  })
  .map(({ servers, findings, gates }) => {
    const many = Array.from({ length: servers }, (_, i) => ({
      id: i + 1,
      mode: servers === 1 ? ("standalone" as const) : i + 1 === servers ? ("leader" as const) : ("follower" as const),
      monitor: { syncedFollowers: servers - 1 },
      ...(servers === 1 ? { facts: { myid: null } } : {}),
    }));
    const overrides = ["standalone-stops", "no-quorum-margin"];
    const { plan, hash } = samplePlan({ gates, overrides }, many);
    const noted = findings.map((finding): Finding => ({ ...finding, severity: "warns", server: null }));
    return { plan: { ...plan, findings: noted }, hash };
  });

const connection: fc.Arbitrary<ClientConnection> = fc.record({
  address: fc.oneof(
    fc.ipV4().map((ip) => `${ip}:51000`),
    nasty,
  ),
  session: fc.oneof(fc.constant("0x1000004af"), nasty),
  since: fc.option(fc.integer({ min: 0, max: 4_000_000_000_000 })),
});

/** Clients of servers 1 to `count`: up to 50 of each are listed, and there may be more. */
const clientsOf = (count: number): fc.Arbitrary<readonly ServerClients[]> =>
  fc
    .array(fc.record({ listed: fc.array(connection, { maxLength: 50, size: "max" }), more: fc.nat(9999) }), {
      minLength: count,
      maxLength: count,
    })
    .map((all) =>
      all.map(({ listed, more }, i) => ({
        server: i + 1,
        host: `zk${i + 1}`,
        connections: listed,
        count: listed.length + more,
      })),
    );

/** Moves of three or five servers to three to five hosts, some of today's among them, and of 3.4; with clients that stay. */
const moves: fc.Arbitrary<{
  readonly made: ReturnType<typeof sampleMove>;
  readonly clients: readonly ServerClients[];
}> = fc
  .record({
    from: fc.constantFrom(3, 5),
    to: fc.subarray(["zk1", "zk3", "zk11", "zk12", "zk13", "zk14", "zk15"], { minLength: 1, maxLength: 5 }),
    gates: fc.constantFrom("once" as const, "leader" as const, "each" as const),
    isStatic: fc.boolean(),
    clients: clientsOf(5),
  })
  .filter(({ to, isStatic }) => isStatic || to.length > 2)
  .map(({ from, to, gates, isStatic, clients }) => {
    const hosts = isStatic ? Array.from({ length: from }, (_, i) => `zk${i + 11}`) : to;
    const made = isStatic ? sampleStaticMove(hosts) : sampleMove(hosts, { gates }, from);
    return { made, clients: clients.slice(0, from) };
  });

const groups: fc.Arbitrary<readonly ApproverGroup[]> = fc.array(
  fc.record({ handle: nasty, id: fc.constantFrom(null, "S0ZK") }),
  { maxLength: 3 },
);

/** A script cut after any of its events. */
const cutAt = (script: Script, share: number): Script => {
  const count = Math.max(1, Math.ceil(script.entries.length * share));
  script.entries.splice(count);
  return script;
};

const share = fc.double({ min: 0, max: 1, noNaN: true });

describe("the messages of any run", () => {
  it("fit Slack's limits at every point, and its thread tells each event once, in order", () => {
    fc.assert(
      fc.property(plans, groups, share, nasty, (made, someGroups, at, reason) => {
        const script = cutAt(scriptWhole(made), at);
        if (script.entries.length === 2)
          script.add(byUser("U0APPROVER"), { type: "approval-denied", gate: "plan", reason });
        const events = script.events();
        const approvers = { users: ["U0ANN"], groups: someGroups };
        const state = script.state();
        takes(runMessage({ state, live: null, approvers, now: 0 }));
        takes(runDetailMessage(state, events, null, 0, null));
        takes(auditMessage(state, events));
        for (const after of [0, Math.floor(events.length / 2)]) {
          const posts = threadPosts(events, after, approvers);
          expect(posts.flatMap(({ from, to }) => Array.from({ length: to - from + 1 }, (_, i) => from + i))).toEqual(
            events.filter(({ seq }) => seq > after).map(({ seq }) => seq),
          );
          for (const { message } of posts) if (message !== null) takes(message);
        }
        expect(reportFile(state, events, (user) => user)).toContain(state.run);
      }),
      { numRuns: 60 },
    );
  });

  it("fit all through a move, whoever is connected, and its thread tells each event once, in order", () => {
    fc.assert(
      fc.property(moves, groups, share, fc.boolean(), ({ made, clients }, someGroups, at, goesBack) => {
        const script = cutAt(moveWhole(clients, made), at);
        const { phase, steps } = script.state();
        const begun = steps.findLastIndex(({ state }) => state !== "todo");
        if (goesBack && phase !== "finished" && begun >= 0) takeBack(script, begun);
        const events = script.events();
        const approvers = { users: ["U0ANN"], groups: someGroups };
        const state = script.state();
        takes(runMessage({ state, live: null, approvers, now: 0 }));
        takes(runDetailMessage(state, events, null, 0, null));
        takes(auditMessage(state, events));
        const posts = threadPosts(events, 0, approvers);
        expect(posts.flatMap(({ from, to }) => Array.from({ length: to - from + 1 }, (_, i) => from + i))).toEqual(
          events.map(({ seq }) => seq),
        );
        for (const { message } of posts) if (message !== null) takes(message);
        expect(reportFile(state, events, (user) => user)).toContain(state.run);
        expect(checkView(detailsModal(state.run, made.plan, made.hash))).toEqual([]);
        expect(planFile(made.plan, made.hash, null, null)).toContain(made.hash);
      }),
      { numRuns: 60 },
    );
  });

  it("fit when it is held, whatever the failure says", () => {
    fc.assert(
      fc.property(nasty, nasty, nasty, nasty, (what, left, next, detail) => {
        const script = scriptRun().grant("plan");
        const failure = { kind: "step-failed", what, left, next, detail } as const;
        script.add(WORKER, {
          type: "held",
          why: "failed",
          step: 0,
          failure,
          service: { serving: [], notServing: [1, 2, 3], leader: null, margin: -1 },
        });
        takes(runMessage({ state: script.state(), live: null, approvers: { users: [], groups: [] }, now: 0 }));
        takes(promptMessage(script.events(), script.entries.length, { users: [], groups: [] }));
      }),
    );
  });

  it("fit behind Details and in the plan file", () => {
    fc.assert(
      fc.property(plans, ({ plan, hash }) => {
        expect(checkView(detailsModal("orders-7k2mx", plan, hash))).toEqual([]);
        expect(planFile(plan, hash, null, null)).toContain(hash);
      }),
      { numRuns: 40 },
    );
  });
});

it("a prompt has buttons exactly while it waits", () => {
  const { script } = scriptHeld();
  const seq = script.entries.length;
  const hasButtons = () =>
    promptMessage(script.events(), seq, { users: [], groups: [] }).blocks.some(({ type }) => type === "actions");
  expect(hasButtons()).toBe(true);
  script.add(byUser("U0APPROVER"), { type: "resumed" });
  expect(hasButtons()).toBe(false);
  expect(reduceRun(script.events())?.phase).toBe("running");
});

it("a gate that needs two shows the first approval and keeps its buttons", () => {
  const script = scriptRun({ policy: samplePolicy({ quorum: 2 }) });
  script
    .grant("plan")
    .steps(0, 3)
    .add(WORKER, { type: "approval-asked", gate: 11, needs: 2, expiresAt: Number.MAX_SAFE_INTEGER / 4096 });
  const seq = script.entries.length;
  script.add(byUser("U0FIRST"), { type: "approval-granted", gate: 11, planHash: script.state().planHash });
  const shown = JSON.stringify(promptMessage(script.events(), seq, { users: [], groups: [] }).blocks);
  expect(shown).toContain("<@U0FIRST> said yes, 1 more to go");
  expect(shown).toContain('"action_id":"continue"');
});

it("a status of many ensembles fits", () => {
  const server = (id: number) =>
    ({
      id,
      host: hostName(`zk${id}`),
      client: "10.0.0.1:2181",
      role: "participant",
      state: "serving",
      mode: "follower",
      release: "3.8.0",
      zxid: "0x1000004af",
      connections: 1,
      latencyMs: { min: 0, avg: 1, max: 2 },
      synced: true,
    }) as const;
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 120 }), fc.array(nasty, { maxLength: 5 }), (count, wrong) => {
      const reports = Array.from({ length: count }, (_, i) => ({
        kind: "seen" as const,
        ensemble: ensembleName(`ensemble-${i}`),
        seenAt: 0,
        configVersion: null,
        servers: [1, 2, 3, 4, 5].map(server),
        wrong,
        margin: 1,
        sessions: 1,
        znodes: 1,
      }));
      takes(statusMessage(reports));
    }),
    { numRuns: 40 },
  );
});
