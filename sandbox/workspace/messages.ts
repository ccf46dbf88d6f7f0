// Messages in channels and threads: added, changed, removed, listed, and shown in Slack's own shape.

import { withIds } from "./block-ids.ts";
import type { Ids } from "./ids.ts";
import type { JsonObject } from "./json.ts";
import type { Message, State } from "./state.ts";

export type Draft = Pick<Message, "channel" | "user" | "text"> &
  Partial<Pick<Message, "blocks" | "attachments" | "fileIds" | "threadTs" | "broadcast" | "ephemeralFor" | "metadata">>;
export type Change = Partial<Omit<Message, "ts" | "channel" | "user">>;

const inChannel = (state: State, channel: string): Map<string, Message> => {
  const messages = state.messages.get(channel) ?? new Map<string, Message>();
  state.messages.set(channel, messages);
  return messages;
};

const threadKey = (channel: string, ts: string): string => `${channel} ${ts}`;

export function addMessage(state: State, ids: Ids, draft: Draft): Message {
  const message: Message = {
    reactions: [],
    fileIds: [],
    attachments: [],
    ...draft,
    blocks: withIds(draft.blocks ?? []),
    ts: ids.ts(),
  };
  inChannel(state, message.channel).set(message.ts, message);
  if (message.threadTs !== undefined && message.ephemeralFor === undefined) {
    const key = threadKey(message.channel, message.threadTs);
    state.threads.set(key, [...(state.threads.get(key) ?? []), message.ts]);
  }
  state.changed();
  return message;
}

export function changeMessage(state: State, message: Message, change: Change): Message {
  const changed = { ...message, ...change, ...(change.blocks === undefined ? {} : { blocks: withIds(change.blocks) }) };
  inChannel(state, message.channel).set(message.ts, changed);
  state.changed();
  return changed;
}

/** Removes a message. A parent with replies stays as an empty shell, so that its thread can still be read. */
export function removeMessage(state: State, message: Message): void {
  const hasReplies = repliesTo(state, message.channel, message.ts).length > 0;
  const shell = { deleted: true, text: "This message was deleted.", blocks: [], attachments: [], fileIds: [] };
  if (hasReplies) changeMessage(state, message, shell);
  else inChannel(state, message.channel).delete(message.ts);
  state.changed();
}

export const findMessage = (state: State, channel: string, ts: string): Message | undefined =>
  state.messages.get(channel)?.get(ts);

export const allMessages = (state: State, channel: string): readonly Message[] => [
  ...(state.messages.get(channel)?.values() ?? []),
];

/** Replies everyone sees, oldest first. */
export const repliesTo = (state: State, channel: string, ts: string): readonly Message[] =>
  (state.threads.get(threadKey(channel, ts)) ?? []).flatMap((reply) => findMessage(state, channel, reply) ?? []);

const threadFields = (state: State, message: Message): JsonObject => {
  const replies = repliesTo(state, message.channel, message.ts);
  if (replies.length === 0) return message.threadTs === undefined ? {} : { thread_ts: message.threadTs };
  return {
    thread_ts: message.ts,
    reply_count: replies.length,
    reply_users: [...new Set(replies.map((reply) => reply.user))],
    latest_reply: replies.at(-1)?.ts,
  };
};

/** The message as Slack's Web API and payloads show it. Metadata only where the caller asked for it. */
export function slackMessage(state: State, message: Message, withMetadata = false): JsonObject {
  const fromBot = message.user === state.bot.id;
  const subtype = message.deleted ? "tombstone" : message.broadcast ? "thread_broadcast" : undefined;
  return {
    type: "message",
    ...(subtype === undefined ? {} : { subtype }),
    user: message.user,
    ts: message.ts,
    text: message.text,
    team: state.team.id,
    ...(fromBot ? { bot_id: state.bot.botId, app_id: state.appId } : {}),
    ...(message.blocks.length === 0 ? {} : { blocks: message.blocks }),
    ...(message.attachments.length === 0 ? {} : { attachments: message.attachments }),
    ...threadFields(state, message),
    ...(message.reactions.length === 0
      ? {}
      : { reactions: message.reactions.map((reaction) => ({ ...reaction, count: reaction.users.length })) }),
    ...(message.editedTs === undefined ? {} : { edited: { user: message.user, ts: message.editedTs } }),
    ...(message.fileIds.length === 0 ? {} : { files: message.fileIds.map((id) => ({ id })) }),
    ...(withMetadata && message.metadata !== undefined ? { metadata: message.metadata } : {}),
  };
}
