// The form that `/zk` alone opens. Pure.
import type { KnownBlock, ModalView, PlainTextOption } from "@slack/types";
import type { Known, KnownHost } from "../parse/known.ts";
import { context, section } from "./message.ts";

export const WIZARD_CALLBACK = "wizard";
/** The action that leads to another form. */
export const CHOOSE_BACKUP = "restore";
/** Ids of the inputs, and of their blocks. */
export const WIZARD_FIELDS = {
  ensemble: "ensemble",
  action: "action",
  hosts: "hosts",
  release: "release",
  gates: "gates",
} as const;

/** Slack allows 100 options a menu. */
const OPTIONS = 100;

const option = (value: string, text = value): PlainTextOption => ({
  text: { type: "plain_text", text: text.slice(0, 75) },
  value,
});

const UPGRADE = option("upgrade", "Upgrade (a plan first, then approval)");
const ACTIONS = [
  option("status", "Status: how is it?"),
  option("drift", "Drift: is it as ensembles.yaml wants it?"),
  option("runs", "Runs: what ran and what runs"),
  UPGRADE,
  option("dry-run", "Upgrade, dry run: only show me the plan"),
  option("migrate", "Move to other hosts (a plan first, then approval)"),
  option("migrate-dry-run", "Move, dry run: only show me the plan"),
  option("configure", "Configure: bring settings and JVM flags (a plan first)"),
  option("configure-dry-run", "Configure, dry run: only show me the plan"),
  option("pause-writes", "Pause writes (a plan first, then approval)"),
  option("resume-writes", "Resume writes that I have paused"),
  option("backup", "Backup: take one and prove it"),
  option("backups", "Backups: which are there?"),
  option(CHOOSE_BACKUP, "Restore: choose a backup (a plan first, then approval)"),
];
const AS_CONFIGURED = option("configured", "As the inventory says");
const GATES = [
  AS_CONFIGURED,
  option("once", "Once, for the plan"),
  option("leader", "Also before the leader's turn, or before old servers stop"),
  option("each", "Before every server's turn"),
];

const hostText = ({ name, usedBy }: KnownHost): string =>
  `${name} (${usedBy.length === 0 ? "free" : usedBy.join(", ")})`;

/** Free hosts first; none where the inventory has no hosts, for a menu may not be empty. */
const hostsInput = ({ hosts }: Known): readonly KnownBlock[] => {
  const sorted = [...hosts].sort((a, b) => Math.min(1, a.usedBy.length) - Math.min(1, b.usedBy.length));
  const options = sorted.slice(0, OPTIONS).map((host) => option(host.name, hostText(host)));
  if (options.length === 0) return [];
  return [
    {
      type: "input",
      block_id: WIZARD_FIELDS.hosts,
      optional: true,
      label: { type: "plain_text", text: "Hosts" },
      hint: { type: "plain_text", text: "For a move: all hosts it is to be on afterwards." },
      element: { type: "multi_static_select", action_id: WIZARD_FIELDS.hosts, options },
    },
  ];
};

/** `privateMetadata`: the channel the form was opened in. */
export const wizardModal = (known: Known, privateMetadata: string): ModalView => {
  const frame = {
    type: "modal",
    callback_id: WIZARD_CALLBACK,
    private_metadata: privateMetadata,
    title: { type: "plain_text", text: "zkshift" },
  } as const;
  const options = known.ensembles.slice(0, OPTIONS).map((name) => option(name));
  const [first] = options;
  if (first === undefined)
    return { ...frame, blocks: [section("The inventory names no ensembles yet: add one to `ensembles.yaml`.")] };
  return {
    ...frame,
    submit: { type: "plain_text", text: "Go" },
    close: { type: "plain_text", text: "Cancel" },
    blocks: [
      {
        type: "input",
        block_id: WIZARD_FIELDS.ensemble,
        label: { type: "plain_text", text: "Ensemble" },
        element: { type: "static_select", action_id: WIZARD_FIELDS.ensemble, options, initial_option: first },
      },
      {
        type: "input",
        block_id: WIZARD_FIELDS.action,
        label: { type: "plain_text", text: "What" },
        element: { type: "static_select", action_id: WIZARD_FIELDS.action, options: ACTIONS, initial_option: UPGRADE },
      },
      ...hostsInput(known),
      {
        type: "input",
        block_id: WIZARD_FIELDS.release,
        optional: true,
        label: { type: "plain_text", text: "Release" },
        hint: { type: "plain_text", text: "Three numbers. Needed for an upgrade; a move without one keeps what runs." },
        element: {
          type: "plain_text_input",
          action_id: WIZARD_FIELDS.release,
          max_length: 40,
          placeholder: { type: "plain_text", text: "3.9.6" },
        },
      },
      {
        type: "input",
        block_id: WIZARD_FIELDS.gates,
        label: { type: "plain_text", text: "Approval is asked" },
        element: {
          type: "static_select",
          action_id: WIZARD_FIELDS.gates,
          options: GATES,
          initial_option: AS_CONFIGURED,
        },
      },
      context("Nothing is touched before somebody else approves the plan."),
    ],
  };
};
