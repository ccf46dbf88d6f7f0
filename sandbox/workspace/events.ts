// Events: what people write and open. Slack does not wait for the app here; an event nobody acknowledges is sent again, three times.

import type { Context } from "./context.ts";
import { escapeText } from "./escape.ts";
import type { JsonObject } from "./json.ts";
import { addMessage } from "./messages.ts";
import { eventPart } from "./payloads.ts";
import type { Channel, Message, User } from "./state.ts";
import { slackView } from "./views.ts";

/** Sends one event to the app, again after each pause of the settings for as long as it is not acknowledged. */
function sendEvent(context: Context, event: JsonObject): void {
  const payload = eventPart(context, event);
  const pauses = context.settings.eventRetryMs;
  const attempt = async (number: number, reason: string): Promise<void> => {
    const retry = number === 0 ? undefined : { attempt: number, reason };
    const outcome = await context.deliver({ type: "events_api", payload, retry });
    const pause = pauses[number];
    if (outcome.kind === "acknowledged" || pause === undefined) return;
    const why = outcome.kind === "late" ? "timeout" : "connection_failed";
    context.later(pause, () => void attempt(number + 1, why));
  };
  void attempt(0, "");
}

/** A person writes a message; whoever names the bot in it mentions it. */
export function writeMessage(
  context: Context,
  user: User,
  channel: Channel,
  typed: string,
  threadTs: string | undefined,
): Message {
  const { state, ids } = context;
  const text = escapeText(state, typed, "message");
  const message = addMessage(state, ids, { channel: channel.id, user: user.id, text, threadTs });
  if (!channel.botIsMember) return message;
  const event = {
    user: user.id,
    text,
    ts: message.ts,
    event_ts: message.ts,
    channel: channel.id,
    team: state.team.id,
    ...(threadTs === undefined ? {} : { thread_ts: threadTs }),
  };
  const isDirect = channel.withUser !== undefined;
  if (text.includes(`<@${state.bot.id}>`) && !isDirect) sendEvent(context, { ...event, type: "app_mention" });
  sendEvent(context, { ...event, type: "message", channel_type: isDirect ? "im" : "channel" });
  return message;
}

// The page asks again after every change; asking so soon after the last time is the same tab still being open.
const SAME_OPENING_MS = 500;

/** A person opens the app's Home tab. False when it was open a moment ago, and the app is not told again. */
export function openHome(context: Context, user: User): boolean {
  const { state, ids } = context;
  const last = state.homesOpenedAt.get(user.id) ?? 0;
  if (Date.now() - last < SAME_OPENING_MS) return false;
  state.homesOpenedAt.set(user.id, Date.now());
  const home = state.homes.get(user.id);
  sendEvent(context, {
    type: "app_home_opened",
    user: user.id,
    channel: `D${user.id.slice(1)}`,
    tab: "home",
    event_ts: ids.ts(),
    ...(home === undefined ? {} : { view: slackView(state, home) }),
  });
  return true;
}
