// Conversations as people see them, in files that can be read: test/golden/chat/*.txt. After a change on purpose,
// run with `--update` and read the difference.
import { describe, expect, it } from "vitest";
import { knownOf } from "../../handlers/parse/known.ts";
import { HELP_TOPICS, parseCommand } from "../../handlers/parse-command.ts";
import { auditMessage, verifyMessage } from "../../handlers/views/audit.ts";
import { checkView } from "../../handlers/views/block-limits.ts";
import { chooseBackupModal, lookingForBackupsModal } from "../../handlers/views/choose-backup.ts";
import { denyModal } from "../../handlers/views/deny.ts";
import { detailsModal } from "../../handlers/views/details.ts";
import { ensemblesMessage } from "../../handlers/views/ensembles.ts";
import { helpMessage } from "../../handlers/views/help.ts";
import { homeView } from "../../handlers/views/home.ts";
import { dryRunMessage, planFile } from "../../handlers/views/plan.ts";
import { failureMessage, replyMessage, unknownMessage } from "../../handlers/views/replies.ts";
import { hookFiles, reportFile } from "../../handlers/views/report-file.ts";
import { runDetailMessage, runsMessage } from "../../handlers/views/runs.ts";
import { statusMessage } from "../../handlers/views/status.ts";
import { threadPosts } from "../../handlers/views/thread.ts";
import { wizardModal } from "../../handlers/views/wizard.ts";
import type { Reply } from "../../jobs/queues.ts";
import { type Click, judge } from "../../src/app/decide-approval.ts";
import { driftOf } from "../../src/app/report-drift.ts";
import type { DriftReport } from "../../src/model/drift-report.ts";
import { formatMembers } from "../../src/model/dynamic-config.ts";
import { ensembleName, hostName, runId, userId } from "../../src/model/ids.ts";
import { release } from "../../src/model/release.ts";
import type { StatusReport } from "../../src/model/status-report.ts";
import { plan as planFor } from "../../src/plan/planner.ts";
import type { Live } from "../../src/ports.ts";
import { verifyChain } from "../../src/run/chain.ts";
import type { RunState } from "../../src/run/state.ts";
import { approvers, bot, parent, privately, save, thread } from "../support/conversation.ts";
import { blocksText, spoken } from "../support/message-text.ts";
import { BACKUP, NOT_PROVED, sampleManifest } from "../support/sample-backup.ts";
import {
  OPTIONS,
  sampleConfigureGoal,
  sampleGoal,
  sampleMember,
  sampleObservation,
  sampleSpec,
  zooCfg,
} from "../support/sample-ensemble.ts";
import { sampleInventory } from "../support/sample-inventory.ts";
import {
  APPROVER,
  byUser,
  OPERATOR,
  type Script,
  samplePlan,
  scriptHeld,
  scriptRun,
  scriptToGate,
  scriptWhole,
  T0,
  WORKER,
} from "../support/scripted-run.ts";

const inventory = sampleInventory();
const known = knownOf(inventory);

describe("conversations", () => {
  it("typing something wrong", async () => {
    const lines = [
      "upgrde orders",
      "orders",
      "upgrade",
      "upgrade orders",
      "upgrade ordres 3.9.6",
      "upgrade orders 3.9",
      "upgrade orders 3.9.6 gates two",
      "upgrade orders 3.9.6 force",
      "upgrade orders 3.9.6 pause gently",
      "upgrade orders 3.9.6 paus acl",
      "run",
      "run orders",
      "audit orders-7k2mx delete",
      "move orders to zk4",
    ];
    await save(
      "wrong-words",
      ...lines.flatMap((text) => {
        const parsed = parseCommand(text, known);
        if (parsed.kind !== "unknown") throw new Error(`${text} was understood`);
        return [spoken("operator", `/zk ${text}`), privately(unknownMessage(parsed))];
      }),
    );
  });

  it("asking for help", async () => {
    const topics = [null, ...HELP_TOPICS];
    await save(
      "help",
      ...topics.map((topic) => privately(helpMessage(topic, known))),
      privately(ensemblesMessage(inventory)),
    );
  });

  it("an upgrade from the plan to the end", async () => {
    const { script, gate } = scriptToGate();
    const cut = (count: number): Script => {
      const part = scriptRun();
      part.entries.splice(0, part.entries.length, ...whole.entries.slice(0, count));
      return part;
    };
    const whole = scriptWhole();
    const live: Live = {
      step: 10,
      waitingFor: "the leader to count server.2 as synced",
      writes: 1204,
      failed: 0,
      longestPauseMs: 380,
      lastWriteMs: 4,
      lastWriteAt: T0 + 20_000,
      servers: [
        { id: 1, host: hostName("zk1"), release: "3.9.6", mode: "follower" },
        { id: 2, host: hostName("zk2"), release: null, mode: "not-serving" },
        { id: 3, host: hostName("zk3"), release: "3.8.0", mode: "leader" },
      ],
    };
    await save(
      "upgrade",
      parent(cut(2)),
      parent(cut(24), live),
      parent(script),
      bot(
        threadPosts(script.events(), script.entries.length - 1, approvers)[0]?.message ?? fail(),
        "in its thread, while it waits",
      ),
      parent(whole),
      thread(whole),
    );
    expect(script.plan.steps[gate]?.kind).toBe("ask-approval");
  });

  it("a change of configuration, from the plan to the end, refused, and with nothing to do", async () => {
    const spec = sampleSpec({
      settings: { maxClientCnxns: "100" },
      jvm: ["-Xmx2g"],
      hooks: { configure: ["ansible-playbook", "-l", "{host}", "zookeeper.yml"] },
    });
    const goal = sampleConfigureGoal();
    const planned = planFor(goal, sampleObservation(), spec, OPTIONS);
    if (planned.kind !== "plan") throw new Error("no plan");
    const script = scriptRun(planned);
    const asked = parent(script);
    const gate = planned.plan.steps.findIndex(({ kind }) => kind === "ask-approval");
    script.grant("plan").steps(0, gate);
    script.add(WORKER, { type: "approval-asked", gate, needs: 1, expiresAt: T0 + 4 * 3_600_000 });
    const waits = parent(script);
    script
      .grant(gate)
      .steps(gate + 1, planned.plan.steps.length)
      .add(WORKER, { type: "finished", outcome: "succeeded", evidence: null });
    const restart = planFor({ ...goal, everyServer: true }, sampleObservation(), sampleSpec(), OPTIONS);
    const nothing = planFor(goal, sampleObservation(), sampleSpec(), OPTIONS);
    const unsafe = planFor(goal, sampleObservation(), sampleSpec({ settings: { sslQuorum: "true" } }), OPTIONS);
    const same = planFor(sampleGoal({ release: release("3.8.0") }), sampleObservation(), spec, OPTIONS);
    if (restart.kind !== "plan" || unsafe.kind !== "blocked") throw new Error("not as it should be");
    if (nothing.kind !== "nothing-to-do" || same.kind !== "nothing-to-do") throw new Error("something to do");
    const answer = (reply: Reply) => privately(replyMessage(reply, "C0ZOOKEEPER"));
    await save(
      "configure",
      asked,
      waits,
      parent(script),
      thread(script),
      ...hookFiles(script.state()).map(({ name, text }) => `${name}:\n${text}`),
      privately(dryRunMessage(restart.plan, restart.hash)),
      answer({ ...nothing, goal }),
      answer({ ...same, goal: sampleGoal({ release: release("3.8.0") }) }),
      answer({ ...unsafe, goal, releases: [] }),
      ...["configure", "configure orders 3.9.6", "configure orders maxClientCnxns=100"].map((text) => {
        const parsed = parseCommand(text, known);
        if (parsed.kind !== "unknown") throw new Error(`${text} was understood`);
        return `${spoken("operator", `/zk ${text}`)}\n${privately(unknownMessage(parsed))}`;
      }),
    );
  });

  it("an upgrade with writes paused, held in the middle", async () => {
    const { plan, hash } = samplePlan({ pause: "acl", gates: "once" });
    const { script } = scriptHeld({ plan, hash: hash as RunState["planHash"] });
    const asked = scriptRun({ plan, hash: hash as RunState["planHash"] });
    const whole = scriptRun({ plan, hash: hash as RunState["planHash"] })
      .grant("plan")
      .steps(0, plan.steps.length)
      .add(WORKER, { type: "finished", outcome: "succeeded", evidence: null });
    const held = parent(script);
    const pause = plan.steps.findIndex(({ kind }) => kind === "pause-writes");
    script
      .add(byUser(APPROVER), { type: "resume-writes-asked" })
      .add(WORKER, { type: "step-started", step: pause, direction: "back", attempt: 2 })
      .add(WORKER, { type: "step-undone", step: pause, how: "undone", evidence: null });
    await save("paused", parent(asked), thread(whole), held, parent(script), thread(script, script.entries.length - 5));
  });

  it("an upgrade with client ports closed, from the plan to the end", async () => {
    const { plan, hash } = samplePlan({ pause: "ports", gates: "once" });
    const asked = scriptRun({ plan, hash: hash as RunState["planHash"] });
    const whole = scriptRun({ plan, hash: hash as RunState["planHash"] })
      .grant("plan")
      .steps(0, plan.steps.length)
      .add(WORKER, { type: "finished", outcome: "succeeded", evidence: null });
    await save("paused-ports", parent(asked), thread(whole), parent(whole));
  });

  it("a pause of writes of its own, from the plan to its end, and ended early", async () => {
    const goal = {
      kind: "pause-writes",
      ensemble: ensembleName("orders"),
      release: null,
      pause: "acl",
      forMs: 600_000,
      gates: null,
      overrides: [],
    } as const;
    const planned = planFor(goal, sampleObservation(), sampleSpec(), OPTIONS);
    if (planned.kind !== "plan") throw new Error(JSON.stringify(planned));
    const made = { plan: planned.plan, hash: planned.hash as RunState["planHash"] };
    const asked = scriptRun(made);
    const whole = scriptRun(made)
      .grant("plan")
      .steps(0, made.plan.steps.length)
      .add(WORKER, { type: "finished", outcome: "succeeded", evidence: null });
    const half = scriptRun(made).grant("plan").steps(0, 2);
    half.add(WORKER, { type: "step-started", step: 2, direction: "forward", attempt: 1 });
    const running = parent(half);
    half.add(byUser(APPROVER), { type: "resume-writes-asked" });
    await save(
      "pause-writes",
      parent(asked),
      running,
      parent(half),
      thread(half, half.entries.length - 1),
      thread(whole),
      parent(whole),
      spoken("operator", "/zk pause-writes orders dry-run"),
      privately(dryRunMessage(made.plan, made.hash)),
      ...[
        "pause-writes",
        "pause-writes orders gently",
        "pause-writes orders for ever",
        "pause-writes orders for 3d",
        "resume-writes",
      ].flatMap((text) => {
        const parsed = parseCommand(text, known);
        if (parsed.kind !== "unknown") throw new Error(`${text} was understood`);
        return [spoken("operator", `/zk ${text}`), privately(unknownMessage(parsed))];
      }),
    );
  });

  it("a run that is held, rolled back, stopped", async () => {
    const { script, step } = scriptHeld();
    const before = [parent(script), thread(script, script.entries.length - 2)];
    script.add(byUser(APPROVER), { type: "rollback-asked" });
    const asked = parent(script);
    for (let i = step; i >= 3; i--) {
      script.add(WORKER, { type: "step-started", step: i, direction: "back", attempt: 1 });
      script.add(WORKER, {
        type: "step-undone",
        step: i,
        how: i === step ? "nothing-to-undo" : "undone",
        evidence: null,
      });
    }
    const half = parent(script);
    const undone = script.entries.length;
    script.add(WORKER, { type: "finished", outcome: "rolled-back", evidence: null });
    const stopped = scriptHeld()
      .script.add(byUser(OPERATOR), { type: "stop-asked" })
      .add(WORKER, { type: "finished", outcome: "stopped", evidence: null });
    await save("held", ...before, asked, half, parent(script), thread(script, undone - 3), parent(stopped));
  });

  it("a plan that is denied, or that nobody answers", async () => {
    const denied = scriptRun().add(byUser(APPROVER), {
      type: "approval-denied",
      gate: "plan",
      reason: "not during the <sale>",
    });
    denied.add(WORKER, { type: "finished", outcome: "denied", evidence: null });
    const expired = scriptRun()
      .add(WORKER, { type: "approval-reminded", gate: "plan" })
      .add(WORKER, { type: "approval-expired", gate: "plan" });
    expired.add(WORKER, { type: "finished", outcome: "expired", evidence: null });
    const replaced = scriptRun().add(WORKER, { type: "finished", outcome: "superseded", evidence: null });
    await save("not-approved", parent(denied), thread(denied), parent(expired), thread(expired), parent(replaced));
  });

  it("clicks that change nothing", async () => {
    const rights = { isApprover: true, approvers: "@zk-approvers" };
    const click = (script: Script, decision: Click["decision"], by: string, change: Partial<Click> = {}): Click => ({
      decision,
      by: userId(by),
      gate: script.state().gate?.gate ?? script.state().hold?.step ?? null,
      planHash: script.hash,
      reason: "",
      ...change,
    });
    const say = (
      script: Script,
      who: string,
      decision: Click["decision"],
      change: Partial<Click> = {},
      isApprover = true,
      now = T0 + 60_000,
    ): string => {
      const judged = judge(script.state(), click(script, decision, who, change), now, { ...rights, isApprover });
      return `${who} presses ${decision} → ${"explain" in judged ? judged.explain : "append" in judged ? `(recorded: ${judged.append.type})` : `(asked to type ${judged.typeName})`}`;
    };
    const open = scriptRun();
    const approved = scriptRun().grant("plan");
    const two = scriptRun({ plan: { ...open.plan, approvals: 2 } }).grant("plan");
    const { script: held } = scriptHeld();
    const done = scriptWhole();
    const denied = scriptRun()
      .add(byUser(APPROVER), { type: "approval-denied", gate: "plan", reason: "no" })
      .add(WORKER, { type: "finished", outcome: "denied", evidence: null });
    const back = scriptHeld().script.add(byUser(APPROVER), { type: "rollback-asked" });
    await save(
      "clicks",
      [
        say(open, OPERATOR, "approve"),
        say(open, "U0VIEWER", "approve", {}, false),
        say(open, APPROVER, "approve", { planHash: "0".repeat(64) }),
        say(open, APPROVER, "approve", {}, true, T0 + 5 * 3_600_000),
        say(open, APPROVER, "approve"),
        say(open, "U0VIEWER", "deny", {}, false),
        say(open, OPERATOR, "deny", { reason: "wrong release" }, false),
        say(open, OPERATOR, "stop", {}, false),
        say(open, APPROVER, "roll_back"),
        say(open, APPROVER, "retry"),
        say(approved, APPROVER, "approve", { gate: "plan" }),
        say(approved, APPROVER, "deny", { gate: "plan" }),
        say(approved, APPROVER, "retry"),
        say(approved, APPROVER, "roll_back"),
        say(approved, OPERATOR, "stop", {}, false),
        say(two, APPROVER, "approve"),
        say(two, "U0SECOND", "approve"),
        say(held, "U0VIEWER", "retry", {}, false),
        say(held, OPERATOR, "retry", {}, false),
        say(held, APPROVER, "retry", { gate: 3 }),
        say(held, APPROVER, "roll_back"),
        say(held, APPROVER, "approve", { gate: "plan" }),
        say(back, APPROVER, "roll_back", { gate: null }),
        say(back, APPROVER, "stop", { gate: null }),
        say(done, APPROVER, "roll_back", { gate: null }),
        say(denied, APPROVER, "approve", { gate: "plan" }),
      ].join("\n"),
    );
  });

  it("answers of a worker", async () => {
    const goal = sampleGoal({ release: release("3.9.3") });
    const blocked = planFor(goal, sampleObservation(), sampleSpec(), OPTIONS);
    if (blocked.kind !== "blocked") throw new Error("3.9.3 should be refused");
    const override = planFor(sampleGoal({ release: release("3.9.2") }), sampleObservation(), sampleSpec(), {
      ...OPTIONS,
      releases: [...OPTIONS.releases, release("3.9.2")],
    });
    if (override.kind !== "blocked") throw new Error("3.9.2 should need an override");
    const { plan, hash } = scriptRun();
    const asked = scriptRun().state();
    const atWork = scriptRun().grant("plan").steps(0, 8).state();
    const halfWay = scriptHeld({ ...samplePlan({ pause: "acl", gates: "once" }) } as Parameters<
      typeof scriptHeld
    >[0]).script.state();
    const reports: readonly StatusReport[] = [
      {
        kind: "seen",
        ensemble: ensembleName("orders"),
        seenAt: T0,
        configVersion: "100000000",
        servers: [
          {
            id: 1,
            host: hostName("zk1"),
            client: "10.0.0.1:2181",
            role: "participant",
            state: "serving",
            mode: "follower",
            release: "3.8.0",
            zxid: "0x1000004af",
            connections: 3,
            latencyMs: { min: 0, avg: 1.234, max: 9 },
            synced: true,
          },
          {
            id: 2,
            host: hostName("zk2"),
            client: "10.0.0.2:2181",
            role: "participant",
            state: "unreachable",
            mode: null,
            release: null,
            zxid: null,
            connections: null,
            latencyMs: null,
            synced: null,
          },
          {
            id: 3,
            host: hostName("zk3"),
            client: "10.0.0.3:2181",
            role: "participant",
            state: "serving",
            mode: "leader",
            release: "3.8.0",
            zxid: "0x1000004af",
            connections: 1204,
            latencyMs: { min: 0, avg: 0, max: 40 },
            synced: true,
          },
        ],
        wrong: ["server.2 (10.0.0.2:2181) does not answer: connection refused."],
        margin: 0,
        sessions: 12,
        znodes: 201,
      },
      {
        kind: "unseen",
        ensemble: ensembleName("billing"),
        why: "No server of billing answers.",
        next: "Check the addresses in ensembles.yaml.",
      },
    ];
    const configured = planFor(
      sampleGoal({ gates: "once" }),
      sampleObservation([
        { id: 1 },
        { id: 2 },
        {
          id: 3,
          mode: "leader",
          monitor: { syncedFollowers: 2 },
          facts: { configText: zooCfg(["maxClientCnxns=60"]) },
        },
      ]),
      sampleSpec({ settings: { maxClientCnxns: "100" }, jvm: ["-Xmx2g", "-XX:+UseG1GC"] }),
      OPTIONS,
    );
    if (configured.kind !== "plan") throw new Error("no plan");
    const all = [1, 2, 3].map((id) => sampleMember(id));
    const drifted = sampleObservation([
      { id: 1, facts: { configText: zooCfg(["maxClientCnxns=60"]), dynamicText: formatMembers(all), myid: "4" } },
      { id: 2, release: "3.9.6", facts: { dynamicText: formatMembers(all.slice(0, 2)) } },
      { id: 3, mode: "leader", onHost: { unreadable: "No answer from zk3 within 10 s." } },
    ]);
    const wanted = sampleSpec({ settings: { maxClientCnxns: "100", tickTime: "2000" } });
    const alike = sampleObservation([{ id: 1, mode: "standalone", facts: { myid: null } }]);
    const drifts: readonly DriftReport[] = [
      driftOf(drifted, wanted, new Map([[1, new Map([["maxClientCnxns", "50"]])]])),
      driftOf(alike, sampleSpec()),
      {
        kind: "unseen",
        ensemble: ensembleName("orders"),
        why: "No server of orders answers.",
        next: "Check the addresses.",
      },
    ];
    const failure = {
      kind: "transient",
      what: "No server of orders answers.",
      left: "Nothing was changed.",
      next: "Check the addresses in ensembles.yaml.",
      detail: "ECONNREFUSED",
    } as const;
    await save(
      "answers",
      privately(
        replyMessage(
          {
            kind: "blocked",
            goal,
            findings: blocked.findings,
            rulesChecked: blocked.rulesChecked,
            releases: ["3.9.6", "3.9.3", "3.8.0"],
          },
          "C0ZOOKEEPER",
        ),
      ),
      privately(
        replyMessage(
          {
            kind: "blocked",
            goal: sampleGoal({ release: release("3.9.2") }),
            findings: override.findings,
            rulesChecked: override.rulesChecked,
            releases: ["3.9.6", "3.9.2"],
          },
          "C0ZOOKEEPER",
        ),
      ),
      privately(replyMessage({ kind: "nothing-to-do", goal, why: "every server runs 3.9.3 already." }, "C0ZOOKEEPER")),
      privately(replyMessage({ kind: "reserved", goal, by: runId("orders-7k2mx") }, "C0ZOOKEEPER")),
      privately(
        replyMessage({ kind: "proposed", run: runId("orders-7k2mx"), ensemble: ensembleName("orders") }, "C0ZOOKEEPER"),
      ),
      privately(replyMessage({ kind: "failed", doing: "looking at orders", failure }, "C0ZOOKEEPER")),
      privately(failureMessage(null, failure)),
      privately(statusMessage(reports.slice(0, 1))),
      privately(statusMessage(reports)),
      privately(statusMessage([])),
      ...[atWork, halfWay, asked].flatMap((state) => {
        const runs = new Map([[state.goal.ensemble, { state, link: "https://slack.test/p1" }]]);
        return [
          privately(statusMessage(reports.slice(0, 1), runs)),
          ...drifts
            .slice(0, 1)
            .map((report) => privately(replyMessage({ kind: "drift", report }, "C0ZOOKEEPER", runs))),
        ];
      }),
      ...drifts.map((report) => privately(replyMessage({ kind: "drift", report }, "C0ZOOKEEPER"))),
      privately(dryRunMessage(plan, hash)),
      privately(dryRunMessage(configured.plan, configured.hash)),
      spoken("plan.md", planFile(configured.plan, configured.hash, null, null)),
    );
  });

  it("records", async () => {
    const whole = scriptWhole();
    const events = whole.events();
    const state = whole.state();
    const name = (user: string) => user.replace("U0", "").toLowerCase();
    const good = { head: { seq: 26, hash: events[25]?.hash ?? "", ts: String(T0 / 1000) }, why: null };
    await save(
      "records",
      privately(runsMessage(null, [scriptRun({ run: runId("orders-aaaaa") }).state(), state], name)),
      privately(runsMessage("orders", [], name)),
      privately(runDetailMessage(state, events, null, T0, "https://example.slack.com/archives/C0ZOOKEEPER/p1")),
      privately(auditMessage(state, events)),
      privately(
        verifyMessage(state.run, events.length, { chain: verifyChain(events), heads: [good], threadUnread: null }),
      ),
      privately(
        verifyMessage(state.run, events.length, {
          chain: verifyChain([...events.slice(0, 9), ...events.slice(10)]),
          heads: [{ ...good, why: "entry 26 is not the one whose hash was posted" }],
          threadUnread: null,
        }),
      ),
      privately(
        verifyMessage(state.run, events.length, {
          chain: verifyChain(events),
          heads: [],
          threadUnread: "missing_scope",
        }),
      ),
      spoken("plan.md", planFile(whole.plan, whole.hash, whole.run, "@operator")),
      spoken("report.md", reportFile(state, events, name)),
    );
  });

  it("forms and Home", async () => {
    const { plan, hash, run } = scriptRun();
    const views = [
      wizardModal(known, "{}"),
      wizardModal({ ensembles: [], hosts: [] }, "{}"),
      lookingForBackupsModal("orders"),
      chooseBackupModal(
        {
          kind: "backups",
          ensemble: ensembleName("orders"),
          folder: "/state/backups/orders",
          listed: [
            { name: BACKUP, manifest: sampleManifest() },
            { name: "20261121T180000Z", manifest: sampleManifest({ ...NOT_PROVED, name: "20261121T180000Z" }) },
            { name: "20261120T180000Z", manifest: null, problem: "It is damaged." },
          ],
        },
        "{}",
      ),
      chooseBackupModal(
        { kind: "backups", ensemble: ensembleName("orders"), folder: "/state/backups/orders", listed: [] },
        "{}",
      ),
      denyModal("Upgrade orders: 3.8.0 → 3.9.6", "{}"),
      detailsModal(run, plan, hash),
    ];
    const states = [scriptRun().state(), scriptHeld().script.state(), scriptWhole().state()];
    const home = homeView(
      inventory,
      states.map((state, i) => ({ state, link: i === 0 ? "https://example.slack.com/p1" : null, waitsForMe: i === 0 })),
    );
    const empty = homeView({ hosts: new Map(), ensembles: new Map() }, []);
    for (const view of [...views, home, empty]) expect(checkView(view)).toEqual([]);
    await save(
      "views",
      ...views.map((view) => spoken(`modal “${view.title.text}”`, blocksText(view.blocks))),
      ...[home, empty].map((view) => spoken("App Home", blocksText(view.blocks))),
    );
  });
});

function fail(): never {
  throw new Error("there should be a message");
}
