// The modal that asks why a plan is denied. Pure.
import type { ModalView } from "@slack/types";
import { section } from "./message.ts";
import { esc } from "./words.ts";

export const DENY_CALLBACK = "deny_reason";
/** Id of the one input, and of its block. */
export const DENY_REASON = "reason";
/** Long enough to explain, short enough for a thread line. */
const DENY_LONGEST = 500;

/** `privateMetadata` comes back at submit: what the click was bound to. */
export const denyModal = (title: string, privateMetadata: string): ModalView => ({
  type: "modal",
  callback_id: DENY_CALLBACK,
  private_metadata: privateMetadata,
  title: { type: "plain_text", text: "Deny this plan" },
  submit: { type: "plain_text", text: "Deny" },
  close: { type: "plain_text", text: "Cancel" },
  blocks: [
    section(`*${esc(title)}*\nNothing will be changed. Your reason goes into the thread and the audit log.`),
    {
      type: "input",
      block_id: DENY_REASON,
      label: { type: "plain_text", text: "Why?" },
      element: {
        type: "plain_text_input",
        action_id: DENY_REASON,
        multiline: true,
        min_length: 1,
        max_length: DENY_LONGEST,
        placeholder: { type: "plain_text", text: "e.g. not during the sale; ask again on Monday" },
      },
    },
  ],
});
