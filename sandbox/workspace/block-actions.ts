// Clicks and choices: a button, menu or picker in a message, a modal or App Home becomes a block_actions payload to the app.

import type { Context } from "./context.ts";
import { elementsIn, type Placed, readEntry, valuesOf, withEntry } from "./elements.ts";
import { isObject, type JsonObject, objectsIn } from "./json.ts";
import { findMessage, slackMessage } from "./messages.ts";
import { channelPart, interactionPart } from "./payloads.ts";
import { responseAddress } from "./response-urls.ts";
import { failureOf } from "./slash-commands.ts";
import type { Channel, Message, OpenView, User, Values } from "./state.ts";
import { findView, keepView, slackView } from "./views.ts";

export type ClickResult = { readonly ackMs: number; readonly error?: string };
export type Click = { readonly actionId: string; readonly blockId?: string | undefined; readonly value?: unknown };

const refused = (error: string): ClickResult => ({ ackMs: 0, error });

export async function clickInMessage(
  context: Context,
  user: User,
  channel: Channel,
  ts: string,
  click: Click,
): Promise<ClickResult> {
  const message = findMessage(context.state, channel.id, ts);
  if (message === undefined || !isVisibleTo(message, user)) {
    return refused(
      `There is no message ${ts} in #${channel.name} that ${user.name} can see; list them with GET /sandbox/messages.`,
    );
  }
  const blocks = [...message.blocks, ...message.attachments.flatMap((attachment) => objectsIn(attachment.blocks))];
  const key = `${user.id} ${channel.id} ${ts}`;
  const action = readAction(context, blocks, context.state.choices.get(key) ?? {}, click, `message ${ts}`);
  if (action.kind === "refused") return refused(action.error);
  context.state.choices.set(key, action.values);

  const isEphemeral = message.ephemeralFor !== undefined;
  const url = context.responseUrls.issue({ user: user.id, channel: channel.id, source: ts });
  const thread = message.threadTs === undefined ? {} : { thread_ts: message.threadTs };
  return send(context, {
    ...interactionPart(context, user),
    type: "block_actions",
    container: { type: "message", message_ts: ts, channel_id: channel.id, is_ephemeral: isEphemeral, ...thread },
    trigger_id: context.triggers.issue({ user: user.id }),
    channel: channelPart(channel),
    // Slack does not hand the app a message that only one person sees.
    ...(isEphemeral ? {} : { message: slackMessage(context.state, message, true) }),
    state: { values: action.values },
    response_url: responseAddress(context, url),
    actions: [action.payload],
  });
}

export async function clickInView(context: Context, user: User, viewId: string, click: Click): Promise<ClickResult> {
  const open = findView(context.state, viewId);
  if (open === undefined || open.user !== user.id) {
    return refused(`${user.name} has no view ${viewId} open; list them with GET /sandbox/views?user=${user.name}.`);
  }
  const action = readAction(context, objectsIn(open.view.blocks), open.values, click, `view ${viewId}`);
  if (action.kind === "refused") return refused(action.error);
  const changed: OpenView = { ...open, values: action.values };
  keepView(context.state, changed);
  return send(context, {
    ...interactionPart(context, user),
    type: "block_actions",
    container: { type: "view", view_id: viewId },
    trigger_id: context.triggers.issue({ user: user.id, viewId }),
    view: slackView(context.state, changed),
    actions: [action.payload],
  });
}

const isVisibleTo = (message: Message, user: User): boolean =>
  message.ephemeralFor === undefined || message.ephemeralFor === user.id;

async function send(context: Context, payload: JsonObject): Promise<ClickResult> {
  const outcome = await context.deliver({ type: "interactive", payload });
  return outcome.kind === "acknowledged"
    ? { ackMs: outcome.ackMs }
    : { ackMs: outcome.ackMs, error: failureOf(outcome, "The action") };
}

type ActionRead =
  | { readonly kind: "action"; readonly payload: JsonObject; readonly values: Values }
  | { readonly kind: "refused"; readonly error: string };

function readAction(
  context: Context,
  blocks: readonly JsonObject[],
  entered: Values,
  click: Click,
  where: string,
): ActionRead {
  const all = elementsIn(blocks);
  const found = all.filter((placed) => matches(placed, click));
  const [placed] = found;
  if (placed === undefined) {
    const there = all.map(({ element }) => element.action_id).join(", ") || "none";
    const wanted = click.value === undefined ? "" : ` and the value ${JSON.stringify(click.value)}`;
    return {
      kind: "refused",
      error: `Nothing on ${where} as it is now has the action id ${click.actionId}${wanted}. Its action ids: ${there}.`,
    };
  }
  const { blockId, element } = placed;
  const actionTs = context.ids.ts();
  const base = { action_id: element.action_id, block_id: blockId, action_ts: actionTs };
  const values = valuesOf(context.state, blocks, entered);
  if (isButton(element)) {
    const { text, value, style, url } = element;
    const own = Object.fromEntries(
      Object.entries({ text, value, style, url }).filter(([, field]) => field !== undefined),
    );
    return { kind: "action", payload: { ...base, type: element.type, ...own }, values };
  }
  const read = readEntry(context.state, element, click.value);
  if (read.kind === "refused")
    return { kind: "refused", error: `That cannot be chosen in ${click.actionId}: ${read.why}.` };
  const kept = element.type === "overflow" ? values : withEntry(values, blockId, String(element.action_id), read.entry);
  return { kind: "action", payload: { ...base, ...read.entry }, values: kept };
}

const isButton = (element: JsonObject): boolean => element.type === "button" || element.type === "workflow_button";

// The same action id may stand in several blocks; a button is then told apart by its value.
function matches({ blockId, element }: Placed, click: Click): boolean {
  if (element.action_id !== click.actionId) return false;
  if (click.blockId !== undefined && blockId !== click.blockId) return false;
  if (isButton(element) && click.value !== undefined) return element.value === click.value;
  return isObject(element);
}
