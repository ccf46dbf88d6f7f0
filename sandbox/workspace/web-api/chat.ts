// chat.*: the bot posts, changes and deletes messages.

import { type Content, LONGEST_UPDATE, readContent } from "../content.ts";
import type { Context } from "../context.ts";
import { type JsonObject, stringIn } from "../json.ts";
import { addMessage, changeMessage, findMessage, removeMessage, slackMessage } from "../messages.ts";
import { type Channel, findChannel, type Message, openDirect, type State } from "../state.ts";
import { type Answer, isTrue, type Methods, ok, refuse } from "./answers.ts";

type Found<T> = { readonly kind: "found"; readonly value: T } | { readonly kind: "refused"; readonly answer: Answer };
const found = <T>(value: T): Found<T> => ({ kind: "found", value });
const missing = (error: string): Found<never> => ({ kind: "refused", answer: refuse(error) });

/** Where to post: a channel's id or name, or a user's id for a direct message. */
function target(state: State, args: JsonObject): Found<Channel> {
  const wanted = stringIn(args, "channel");
  if (wanted === undefined) return missing("channel_not_found");
  const user = state.users.get(wanted);
  const channel = user === undefined ? findChannel(state, wanted) : openDirect(state, user);
  if (channel === undefined) return missing("channel_not_found");
  return channel.botIsMember ? found(channel) : missing("not_in_channel");
}

/** The thread to post in: the parent's timestamp, also when a reply's is given. */
function thread(state: State, channel: Channel, args: JsonObject): Found<string | undefined> {
  const threadTs = stringIn(args, "thread_ts");
  if (threadTs === undefined) return found(undefined);
  if (!/^\d+\.\d{6}$/.test(threadTs)) return missing("invalid_thread_ts");
  const parent = findMessage(state, channel.id, threadTs);
  if (parent === undefined || parent.ephemeralFor !== undefined) return missing("thread_not_found");
  return found(parent.threadTs ?? parent.ts);
}

type Post = { readonly channel: Channel; readonly threadTs: string | undefined; readonly content: Content };

function readPost(args: JsonObject, { state, settings }: Context): Found<Post> {
  const channel = target(state, args);
  if (channel.kind === "refused") return channel;
  const read = readContent(args, settings.refuseBlocks);
  if (read.kind === "refused") return { kind: "refused", answer: refuse(read.error, read.messages) };
  const threadTs = thread(state, channel.value, args);
  if (threadTs.kind === "refused") return threadTs;
  return found({ channel: channel.value, threadTs: threadTs.value, content: read.content });
}

/** A message of the bot that everyone sees; only such a one can be changed or deleted by its timestamp. */
function ownMessage(args: JsonObject, { state }: Context, notOwn: string): Found<Message> {
  const channel = state.channels.get(stringIn(args, "channel") ?? "");
  if (channel === undefined) return missing("channel_not_found");
  const message = findMessage(state, channel.id, stringIn(args, "ts") ?? "");
  if (message === undefined || message.ephemeralFor !== undefined || message.deleted)
    return missing("message_not_found");
  return message.user === state.bot.id ? found(message) : missing(notOwn);
}

export const chatMethods: Methods = {
  "chat.postMessage": (args, context) => {
    const post = readPost(args, context);
    if (post.kind === "refused") return post.answer;
    const { channel, threadTs, content } = post.value;
    const message = addMessage(context.state, context.ids, {
      channel: channel.id,
      user: context.state.bot.id,
      text: content.text ?? "",
      blocks: content.blocks ?? [],
      attachments: content.attachments ?? [],
      metadata: content.metadata,
      threadTs,
      broadcast: threadTs !== undefined && isTrue(args.reply_broadcast) ? true : undefined,
    });
    return ok({ channel: channel.id, ts: message.ts, message: slackMessage(context.state, message, true) });
  },

  "chat.postEphemeral": (args, context) => {
    const user = context.state.users.get(stringIn(args, "user") ?? "");
    const post = readPost(args, context);
    if (post.kind === "refused") return post.answer;
    if (user === undefined) return refuse("user_not_in_channel");
    const { channel, threadTs, content } = post.value;
    const message = addMessage(context.state, context.ids, {
      channel: channel.id,
      user: context.state.bot.id,
      text: content.text ?? "",
      blocks: content.blocks ?? [],
      attachments: content.attachments ?? [],
      threadTs,
      ephemeralFor: user.id,
    });
    return ok({ message_ts: message.ts });
  },

  "chat.update": (args, context) => {
    const own = ownMessage(args, context, "cant_update_message");
    if (own.kind === "refused") return own.answer;
    const read = readContent(args, context.settings.refuseBlocks, LONGEST_UPDATE);
    if (read.kind === "refused") return refuse(read.error, read.messages);
    const { text, blocks, attachments, metadata } = read.content;
    const message = changeMessage(context.state, own.value, {
      text: text ?? own.value.text,
      editedTs: context.ids.ts(),
      // Slack keeps what the call does not mention.
      ...(blocks === undefined ? {} : { blocks }),
      ...(attachments === undefined ? {} : { attachments }),
      ...(metadata === undefined ? {} : { metadata }),
    });
    return ok({
      channel: message.channel,
      ts: message.ts,
      text: message.text,
      message: slackMessage(context.state, message, true),
    });
  },

  "chat.delete": (args, context) => {
    const own = ownMessage(args, context, "cant_delete_message");
    if (own.kind === "refused") return own.answer;
    removeMessage(context.state, own.value);
    return ok({ channel: own.value.channel, ts: own.value.ts });
  },

  "chat.getPermalink": (args, { state, url }) => {
    const channel = state.channels.get(stringIn(args, "channel") ?? "");
    if (channel === undefined) return refuse("channel_not_found");
    const message = findMessage(state, channel.id, stringIn(args, "message_ts") ?? "");
    if (message === undefined || message.ephemeralFor !== undefined) return refuse("message_not_found");
    const query = message.threadTs === undefined ? "" : `?thread_ts=${message.threadTs}&cid=${channel.id}`;
    const permalink = `${url}/archives/${channel.id}/p${message.ts.replace(".", "")}${query}`;
    return ok({ channel: channel.id, permalink });
  },
};
