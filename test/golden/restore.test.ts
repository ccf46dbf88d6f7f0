// What people read of backups and restores, in test/golden/chat/*.txt. After a change on purpose run with `--update` and read the
// difference.
import { describe, expect, it } from "vitest";
import { knownOf } from "../../handlers/parse/known.ts";
import { parseCommand } from "../../handlers/parse-command.ts";
import { backingUpText } from "../../handlers/views/backups.ts";
import { checkView } from "../../handlers/views/block-limits.ts";
import { detailsModal } from "../../handlers/views/details.ts";
import { dryRunMessage, planFile } from "../../handlers/views/plan.ts";
import { lookingToRestoreText, replyMessage, unknownMessage } from "../../handlers/views/replies.ts";
import { typeNameModal } from "../../handlers/views/type-name.ts";
import { type Click, judge } from "../../src/app/decide-approval.ts";
import { ensembleName, userId } from "../../src/model/ids.ts";
import { LEFT_AFTER_EXCHANGE, NEXT_AFTER_EXCHANGE } from "../../src/steps/restore-data.ts";
import { parent, privately, save, thread } from "../support/conversation.ts";
import { blocksText, spoken } from "../support/message-text.ts";
import { NOT_PROVED, planSampleRestore, sampleManifest, sampleRestoreGoal } from "../support/sample-backup.ts";
import { sampleObservation } from "../support/sample-ensemble.ts";
import { sampleInventory } from "../support/sample-inventory.ts";
import {
  APPROVER,
  byUser,
  OPERATOR,
  type Script,
  scriptRun,
  scriptToGate,
  scriptWhole,
  T0,
  WORKER,
} from "../support/scripted-run.ts";

const known = knownOf(sampleInventory());
const DOWN = { status: "not-serving", reason: "refused" } as const;

const planned = (given: Parameters<typeof planSampleRestore>[0] = {}) => {
  const { planned: made } = planSampleRestore(given);
  if (made.kind !== "plan") throw new Error(JSON.stringify(made));
  return made;
};
const GATE = 2;
const EXCHANGE = 3;

/** Held in the middle of the exchange. */
const heldInExchange = (): Script => {
  const { script } = scriptToGate(planned());
  const failure = {
    kind: "step-failed",
    what: "server.2 ended by itself after its start.",
    left: LEFT_AFTER_EXCHANGE,
    next: NEXT_AFTER_EXCHANGE,
    detail: "java.lang.OutOfMemoryError: Java heap space",
  } as const;
  return script
    .grant(GATE)
    .add(WORKER, { type: "step-started", step: EXCHANGE, direction: "forward", attempt: 1 })
    .add(WORKER, { type: "step-failed", step: EXCHANGE, direction: "forward", failure })
    .add(WORKER, {
      type: "held",
      why: "failed",
      step: EXCHANGE,
      failure,
      service: { serving: [1, 3], notServing: [2], leader: 3, margin: 0 },
    });
};

const rolledBack = (): Script =>
  heldInExchange()
    .add(byUser(APPROVER), { type: "rollback-asked" })
    .add(WORKER, { type: "step-started", step: EXCHANGE, direction: "back", attempt: 2 })
    .add(WORKER, { type: "step-undone", step: EXCHANGE, how: "undone", evidence: null })
    .add(WORKER, { type: "step-started", step: 1, direction: "back", attempt: 2 })
    .add(WORKER, { type: "step-undone", step: 1, how: "undone", evidence: null })
    .add(WORKER, { type: "finished", outcome: "rolled-back", evidence: null });

describe("conversations", () => {
  it("backups", async () => {
    const folder = "/var/lib/zkshift/backups/orders";
    const streamed = sampleManifest({
      way: "snapshot-stream",
      wayWhy: null,
      release: "3.9.6",
      files: [...sampleManifest().files, { name: "snapshot.100000400", bytes: 1_204_000, sha256: "5a5a".repeat(16) }],
    });
    const copied = sampleManifest({
      ...NOT_PROVED,
      name: "20261121T180000Z",
      run: "orders-7k2mx",
      by: "run orders-7k2mx",
    });
    const logsOnly = sampleManifest({ name: "20261119T180000Z", release: "3.4.13", snapshot: "none" });
    const fresh = sampleManifest({ name: "20261118T180000Z", snapshot: "0x0" });
    const told = [
      { manifest: streamed, folder, removed: ["20261101T180000Z", "20261102T180000Z"] },
      { manifest: copied, folder, removed: [] },
      { manifest: logsOnly, folder, removed: [] },
      { manifest: fresh, folder, removed: [] },
    ];
    const listed = [
      { name: streamed.name, manifest: streamed },
      { name: copied.name, manifest: copied },
      {
        name: "20261120T180000Z",
        manifest: null,
        problem: "The backup 20261120T180000Z is damaged: it has no manifest.json.",
      },
    ];
    const ensemble = ensembleName("orders");
    await save(
      "backups",
      spoken("zkshift, privately", backingUpText("orders")),
      ...told.map((report) => privately(replyMessage({ kind: "backed-up", report }, "C0ZOOKEEPER"))),
      privately(replyMessage({ kind: "backups", ensemble, folder, listed }, "C0ZOOKEEPER")),
      privately(replyMessage({ kind: "backups", ensemble, folder, listed: [] }, "C0ZOOKEEPER")),
      privately(
        replyMessage(
          {
            kind: "failed",
            doing: "backing up orders",
            failure: {
              kind: "refused",
              what: "The backup does not hold what the ensemble holds: of /app/1, the data are not the same (server.1).",
              left: "No server was touched. The backup was not kept.",
              next: "Compare the servers. Then take it again.",
              detail: null,
            },
          },
          "C0ZOOKEEPER",
        ),
      ),
    );
  });

  it("typing a restore wrong", async () => {
    const texts = [
      "restore",
      "restore ordrs from 20261122T180000Z",
      "restore orders",
      "restore orders from",
      "restore orders from yesterday",
      "restore orders from a/b/20261122T180000Z",
      "restore orders from 20261122T180000Z gates each",
      "restore orders from 20261122T180000Z pause acl",
      "restore orders from 20261122T180000Z now",
      "restor orders",
    ];
    await save(
      "restore-wrong-words",
      ...texts.flatMap((text) => {
        const read = parseCommand(text, known);
        if (read.kind !== "unknown") throw new Error(`${text} was understood`);
        return [spoken("operator", `/zk ${text}`), privately(unknownMessage(read))];
      }),
    );
  });

  it("a restore from the plan to the end", async () => {
    const made = planned();
    const { script } = scriptToGate(made);
    const whole = scriptWhole(made);
    const modals = [scriptRun(made).state(), script.state()].map((state) => typeNameModal(state, "{}"));
    for (const view of modals) expect(checkView(view)).toEqual([]);
    expect(checkView(detailsModal(script.run, made.plan, made.hash))).toEqual([]);
    await save(
      "restore",
      spoken("zkshift, privately", lookingToRestoreText(sampleRestoreGoal(), 3)),
      parent(scriptRun(made)),
      ...modals.map((view) => spoken(`modal “${view.title.text}”`, blocksText(view.blocks))),
      parent(script),
      parent(whole),
      thread(whole),
      spoken("plan.md", planFile(made.plan, made.hash, whole.run, "@operator")),
    );
  });

  it("a restore of dead servers, of another ensemble, and one that is refused", async () => {
    const dead = sampleObservation([1, 2, 3].map((id) => ({ id, seen: DOWN, facts: { process: null } })));
    const other = planned({
      goal: { of: ensembleName("payments") },
      manifest: { ...NOT_PROVED, ensemble: "payments" },
    });
    const refused = planSampleRestore({ manifest: { release: "3.9.6" } }).planned;
    const blocked = planSampleRestore({
      manifest: { release: "3.9.6" },
      seen: sampleObservation([{ id: 1, release: "3.4.13" }]),
    });
    if (refused.kind !== "blocked" || blocked.planned.kind !== "blocked") throw new Error("should be refused");
    const reply = (found: typeof refused) =>
      privately(
        replyMessage(
          {
            kind: "blocked",
            goal: sampleRestoreGoal(),
            findings: found.findings,
            rulesChecked: found.rulesChecked,
            releases: [],
          },
          "C0ZOOKEEPER",
        ),
      );
    const down = planned({ seen: dead });
    await save(
      "restore-plans",
      privately(dryRunMessage(down.plan, down.hash)),
      privately(dryRunMessage(other.plan, other.hash)),
      reply(refused),
      reply(blocked.planned),
    );
  });

  it("a restore that is held, and taken back", async () => {
    const held = heldInExchange();
    const back = rolledBack();
    const stopped = scriptToGate(planned())
      .script.add(byUser(OPERATOR), { type: "stop-asked" })
      .add(WORKER, { type: "finished", outcome: "stopped", evidence: null });
    const click = (decision: Click["decision"], change: Partial<Click> = {}): string => {
      const asked: Click = { decision, by: userId(APPROVER), gate: null, planHash: held.hash, reason: "", ...change };
      const judged = judge(held.state(), asked, T0 + 60_000, { isApprover: true, approvers: "@zk-approvers" });
      return "explain" in judged ? judged.explain : JSON.stringify(judged);
    };
    const open = scriptRun(planned());
    const approve = (typed?: string, by = APPROVER): string =>
      JSON.stringify(
        judge(
          open.state(),
          {
            decision: "approve",
            by: userId(by),
            gate: "plan",
            planHash: open.hash,
            reason: "",
            ...(typed === undefined ? {} : { typed }),
          },
          T0 + 60_000,
          { isApprover: true, approvers: "@zk-approvers" },
        ),
      );
    expect(approve()).toBe('{"typeName":"orders"}');
    expect(approve("order")).toBe('{"typeName":"orders"}');
    expect(approve("orders")).toContain("approval-granted");
    expect(approve("orders", OPERATOR)).toContain("someone else must approve it");
    await save(
      "restore-held",
      parent(held),
      thread(held, held.entries.length - 2),
      spoken("approver presses stop → zkshift, privately", click("stop")),
      parent(back),
      thread(back, held.entries.length),
      parent(stopped),
    );
  });
});
