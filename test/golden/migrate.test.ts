// Conversations about moving an ensemble, as people see them: test/golden/chat/migrate*.txt. After a change on purpose, run
// with `--update` and read the difference.
import { describe, expect, it } from "vitest";
import { knownOf } from "../../handlers/parse/known.ts";
import { parseCommand } from "../../handlers/parse-command.ts";
import { auditMessage } from "../../handlers/views/audit.ts";
import { checkView } from "../../handlers/views/block-limits.ts";
import { detailsModal } from "../../handlers/views/details.ts";
import { planTitle } from "../../handlers/views/goal-words.ts";
import { homeView } from "../../handlers/views/home.ts";
import { dryRunMessage, planFile } from "../../handlers/views/plan.ts";
import { lookingToMoveText, replyMessage, unknownMessage } from "../../handlers/views/replies.ts";
import { reportFile } from "../../handlers/views/report-file.ts";
import { runsMessage } from "../../handlers/views/runs.ts";
import { judge } from "../../src/app/decide-approval.ts";
import { hostName, runId } from "../../src/model/ids.ts";
import { release } from "../../src/model/release.ts";
import { planMigrate } from "../../src/plan/migrate.ts";
import type { Live } from "../../src/ports.ts";
import { bot, parent, privately, save, thread } from "../support/conversation.ts";
import { blocksText, spoken } from "../support/message-text.ts";
import {
  OPTIONS,
  sampleDestination,
  sampleMigrateGoal,
  sampleObservation,
  sampleSpec,
} from "../support/sample-ensemble.ts";
import { sampleInventory } from "../support/sample-inventory.ts";
import {
  moveHeld,
  moveToClients,
  moveToRetireGate,
  moveWhole,
  sampleClients,
  sampleMove,
  sampleStaticMove,
  stepIndex,
  takeBack,
} from "../support/scripted-migration.ts";
import { APPROVER, byUser, OPERATOR, type Script, scriptRun, T0, WORKER } from "../support/scripted-run.ts";

const inventory = sampleInventory();
const known = knownOf(inventory);

/** The beginning of a script, up to and with an entry. */
const cut = (script: Script, count: number): Script => {
  const part = scriptRun({ plan: script.plan, hash: script.hash });
  part.entries.splice(0, part.entries.length, ...script.entries.slice(0, count));
  return part;
};

/** Up to and with the beginning of a step. */
const until = (script: Script, step: number): Script =>
  cut(script, script.entries.findIndex(({ event }) => event.type === "step-started" && event.step === step) + 1);

describe("moves", () => {
  it("typing something wrong", async () => {
    const lines = [
      "migrate",
      "migrate orders",
      "migrate ordres to zk4 zk5 zk6",
      "migrate orders to zk4,zk5,zk66",
      "migrate orders to zk4:2181,zk5:2181,zk6:2181 release 3.9.6",
      "migrate orders to zk4,zk4,zk5",
      "migrate orders to newhost1,newhost2",
      "migrate orders to zk4,zk5,zk6 relase 3.9.6",
      "migrate orders to zk4,zk5,zk6 at 3.9",
      "migrate orders to zk4,zk5,zk6 gates two",
      "mirgate orders to zk4",
    ];
    await save(
      "migrate-wrong-words",
      ...lines.flatMap((text) => {
        const parsed = parseCommand(text, known);
        if (parsed.kind !== "unknown") throw new Error(`${text} was understood`);
        return [spoken("operator", `/zk ${text}`), privately(unknownMessage(parsed))];
      }),
    );
  });

  it("a move from the plan to the end", async () => {
    const whole = moveWhole();
    const { plan } = whole;
    const joining = stepIndex(plan, (step) => step.kind === "wait-until-joined" && step.server === 5);
    const live: Live = {
      step: joining,
      waitingFor: "server.5 to reach 0x1000004d2",
      writes: 2204,
      failed: 0,
      longestPauseMs: 30,
      lastWriteMs: 4,
      lastWriteAt: T0 + 20_000,
      servers: [
        { id: 1, host: hostName("zk1"), release: "3.8.0", mode: "follower" },
        { id: 2, host: hostName("zk2"), release: "3.8.0", mode: "follower" },
        { id: 3, host: hostName("zk3"), release: "3.8.0", mode: "leader" },
        { id: 4, host: hostName("zk4"), release: "3.8.0", mode: "follower" },
        { id: 5, host: hostName("zk5"), release: "3.8.0", mode: "observer" },
      ],
    };
    const retiring = stepIndex(plan, (step) => step.kind === "retire-server");
    await save(
      "migrate",
      spoken("zkshift, privately", lookingToMoveText("orders", 3, ["zk4", "zk5", "zk6"])),
      parent(cut(whole, 2)),
      parent(until(whole, joining), live),
      parent(moveToRetireGate().script),
      parent(moveToClients().script),
      parent(until(whole, retiring)),
      parent(whole),
      thread(whole),
    );
  });

  it("a move with a new release, and one that keeps a host", async () => {
    const upgrade = sampleMove(["zk4", "zk5", "zk6"], { release: release("3.9.6"), gates: "each" });
    const partial = sampleMove(["zk1", "zk4", "zk5"], { gates: "once" });
    const bigger = sampleMove(["zk1", "zk2", "zk3", "zk4", "zk5"]);
    const smaller = sampleMove(["zk6", "zk7", "zk8"], {}, 5);
    await save(
      "migrate-plans",
      ...[upgrade, partial, bigger, smaller].map(({ plan, hash }) => privately(dryRunMessage(plan, hash))),
      parent(moveWhole(sampleClients([0, 0, 0]), sampleMove(["zk4", "zk5", "zk6"], { release: release("3.9.6") }))),
    );
  });

  it("a move of servers that know no reconfiguration", async () => {
    const given = sampleStaticMove();
    const whole = moveWhole(sampleClients([0, 3, 0]), given);
    const restart = given.plan.steps.findLastIndex((step) => step.kind === "restart-with-members");
    await save(
      "migrate-static",
      privately(dryRunMessage(given.plan, given.hash)),
      parent(moveToRetireGate(given).script),
      parent(until(whole, restart)),
      parent(whole),
      thread(whole, 20),
      parent(takeBack(until(whole, restart), restart)),
    );
  });

  it("clients that stay on the old servers", async () => {
    const many = moveToClients(sampleClients([50, 1204, 0])).script;
    const few = moveToClients(sampleClients([1, 0, 0]));
    const asked = few.script.entries.length;
    few.script.add(WORKER, { type: "approval-reminded", gate: few.gate });
    const waiting = parent(few.script);
    few.script.add(WORKER, {
      type: "step-done",
      step: few.gate,
      evidence: {
        step: {
          kind: "wait-for-clients",
          servers: sampleClients([0, 0, 0]),
          left: 0,
          connectString: "10.0.0.4:2181,10.0.0.5:2181,10.0.0.6:2181",
        },
        tookMs: 65_000,
        canary: null,
      },
    });
    const continued = moveToClients(sampleClients([1, 12, 0]));
    continued.script.grant(continued.gate);
    const expired = moveToClients(sampleClients([1, 0, 0]));
    expired.script.add(WORKER, { type: "approval-expired", gate: expired.gate });
    await save(
      "migrate-clients",
      thread(many, many.entries.length - 1),
      waiting,
      thread(few.script, asked - 1),
      thread(continued.script, continued.script.entries.length - 1),
      thread(expired.script, expired.script.entries.length - 1),
    );
  });

  it("a move that is held, rolled back, stopped", async () => {
    const { script, step } = moveHeld();
    const before = [parent(script), thread(script, script.entries.length - 2)];
    const back = takeBack(moveHeld().script, step);
    const stopped = moveHeld()
      .script.add(byUser(OPERATOR), { type: "stop-asked" })
      .add(WORKER, { type: "finished", outcome: "stopped", evidence: null });
    const whole = moveWhole();
    const late = until(
      whole,
      stepIndex(whole.plan, (one) => one.kind === "retire-server" && one.server === 2),
    );
    late.add(WORKER, {
      type: "held",
      why: "failed",
      step: stepIndex(whole.plan, (one) => one.kind === "retire-server" && one.server === 2),
      failure: {
        kind: "step-failed",
        what: "server.2 does not end.",
        left: "server.2 runs on zk2 and is no member.",
        next: "End its process on zk2, then Retry; or Roll back.",
        detail: null,
      },
      service: { serving: [4, 5, 6], notServing: [], leader: 5, margin: 1 },
    });
    await save(
      "migrate-held",
      ...before,
      parent(cut(back, back.entries.length - 14)),
      parent(back),
      thread(back, back.entries.length - 14),
      parent(stopped),
      parent(late),
    );
  });

  it("answers and records", async () => {
    const goal = sampleMigrateGoal(["zk4", "zk5"]);
    const blocked = planMigrate(
      goal,
      {
        ...sampleObservation(),
        destinations: [sampleDestination("zk4", { room: { javaMajor: null } }), sampleDestination("zk5")],
        usedIds: [],
      },
      sampleSpec(),
      OPTIONS,
    );
    if (blocked.kind !== "blocked") throw new Error("a host without Java should be refused");
    const whole = moveWhole();
    const [events, state] = [whole.events(), whole.state()];
    const name = (user: string) => user.replace("U0", "").toLowerCase();
    const modal = detailsModal(whole.run, whole.plan, whole.hash);
    const home = homeView(inventory, [{ state, link: null, waitsForMe: false }]);
    expect([...checkView(modal), ...checkView(home)]).toEqual([]);
    const click = { decision: "approve", by: OPERATOR, gate: "plan", planHash: whole.hash, reason: "" } as const;
    const mine = judge(cut(whole, 2).state(), click, T0, { isApprover: true, approvers: "@zk-approvers" });
    await save(
      "migrate-records",
      privately(
        replyMessage(
          {
            kind: "blocked",
            goal,
            findings: blocked.findings,
            rulesChecked: blocked.rulesChecked,
            releases: ["3.9.6"],
          },
          "C0",
        ),
      ),
      privately(
        replyMessage({ kind: "nothing-to-do", goal, why: "The servers of orders are on zk4 and zk5 already." }, "C0"),
      ),
      `${OPERATOR} presses approve → ${"explain" in mine ? mine.explain : "taken"}`,
      bot(runsMessage(null, [state, scriptRun({ run: runId("orders-aaaaa") }).state()], name)),
      bot(auditMessage(state, events)),
      spoken("modal", blocksText(modal.blocks)),
      spoken("App Home", blocksText(home.blocks)),
      spoken("plan.md", planFile(whole.plan, whole.hash, whole.run, "@operator")),
      spoken("report.md", reportFile(state, events, name)),
    );
    expect(planTitle(whole.plan)).toBe("Move orders to zk4, zk5, zk6");
    expect(state.passed.at(-1)?.granted[0]?.by).toEqual(byUser(APPROVER));
  });
});
