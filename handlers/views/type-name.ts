// The modal in which an approver of a restore types the ensemble's name: nobody does that by a slip of the finger. Pure.
import type { ModalView } from "@slack/types";
import type { RunState } from "../../src/run/state.ts";
import { planTitle } from "./goal-words.ts";
import { sections } from "./message.ts";
import { lossLines } from "./restore-words.ts";
import { esc } from "./words.ts";

export const TYPE_NAME_CALLBACK = "type_name";
/** Id of the one input, and of its block. */
export const TYPE_NAME = "name";

/** `privateMetadata` comes back at submit: what the click was bound to. */
export const typeNameModal = ({ plan, gate }: RunState, privateMetadata: string): ModalView => ({
  type: "modal",
  callback_id: TYPE_NAME_CALLBACK,
  private_metadata: privateMetadata,
  title: { type: "plain_text", text: "Restore: are you sure?" },
  submit: { type: "plain_text", text: gate?.gate === "plan" ? "Approve" : "Stop and restore" },
  close: { type: "plain_text", text: "Cancel" },
  blocks: [
    ...sections([
      `*${esc(planTitle(plan))}*`,
      ...lossLines(plan),
      gate?.gate === "plan"
        ? "With the last approval the backup is proved and laid beside the data; I ask once more before any server is stopped."
        : "*With the last approval all servers are stopped at once* and get the backup's data.",
    ]),
    {
      type: "input",
      block_id: TYPE_NAME,
      label: { type: "plain_text", text: `Type the ensemble's name, ${plan.goal.ensemble}, to approve` },
      element: {
        type: "plain_text_input",
        action_id: TYPE_NAME,
        min_length: 1,
        max_length: 200,
        placeholder: { type: "plain_text", text: "the ensemble's name" },
      },
    },
  ],
});
