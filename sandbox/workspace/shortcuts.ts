// Shortcuts: from the menu of a message, or from anywhere.

import type { ClickResult } from "./block-actions.ts";
import type { Context } from "./context.ts";
import { slackMessage } from "./messages.ts";
import { channelPart, interactionPart } from "./payloads.ts";
import { responseAddress } from "./response-urls.ts";
import { failureOf } from "./slash-commands.ts";
import type { Channel, Message, User } from "./state.ts";

export async function runShortcut(
  context: Context,
  user: User,
  callbackId: string,
  on: { readonly channel: Channel; readonly message: Message } | undefined,
): Promise<ClickResult> {
  const base = {
    ...interactionPart(context, user),
    callback_id: callbackId,
    action_ts: context.ids.ts(),
    trigger_id: context.triggers.issue({ user: user.id }),
  };
  const outcome = await context.deliver({
    type: "interactive",
    payload:
      on === undefined
        ? { ...base, type: "shortcut" }
        : {
            ...base,
            type: "message_action",
            channel: channelPart(on.channel),
            message_ts: on.message.ts,
            message: slackMessage(context.state, on.message, true),
            response_url: responseAddress(
              context,
              context.responseUrls.issue({ user: user.id, channel: on.channel.id, source: on.message.ts }),
            ),
          },
  });
  return outcome.kind === "acknowledged"
    ? { ackMs: outcome.ackMs }
    : { ackMs: outcome.ackMs, error: failureOf(outcome, "The shortcut") };
}
