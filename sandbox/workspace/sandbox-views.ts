// Messages and state as the sandbox API shows them: what a person would see, in plain fields.

import type { Context } from "./context.ts";
import { fileObject } from "./files.ts";
import type { JsonObject } from "./json.ts";
import { allMessages, repliesTo } from "./messages.ts";
import type { Channel, Message, User } from "./state.ts";

const shownUser = ({ id, name, realName, isBot }: User): JsonObject => ({ id, name, realName, isBot });

export function shownState(context: Context): JsonObject {
  const { state } = context;
  const channels = [...state.channels.values()];
  return {
    users: [...state.users.values()].map(shownUser),
    channels: channels
      .filter(({ withUser }) => withUser === undefined)
      .map(({ id, name, botIsMember }) => ({ id, name, botIsMember })),
    directs: channels.flatMap(({ id, withUser }) => (withUser === undefined ? [] : [{ id, user: withUser }])),
    name: state.team.name,
    usergroups: [...state.groups.values()].map((group) => ({ ...group, name: group.handle })),
    commands: context.settings.commands,
    sockets: context.sockets.ready(),
    downForMs: context.faults.downForMs(),
  };
}

export function shownMessage(context: Context, message: Message): JsonObject {
  const { state, url } = context;
  const replies = repliesTo(state, message.channel, message.ts);
  return {
    ts: message.ts,
    channel: message.channel,
    threadTs: message.threadTs,
    user: message.user,
    userName: state.users.get(message.user)?.name,
    text: message.text,
    blocks: message.blocks,
    attachments: message.attachments,
    ephemeralFor: message.ephemeralFor,
    broadcast: message.broadcast,
    deleted: message.deleted,
    reactions: message.reactions.map((reaction) => ({ ...reaction, count: reaction.users.length })),
    files: message.fileIds.flatMap((id) => {
      const file = fileObject(state, id, url);
      return file === undefined ? [] : { ...file, url: file.url_private };
    }),
    metadata: message.metadata,
    editedTs: message.editedTs,
    replyCount: replies.length,
    latestReply: replies.at(-1)?.ts,
  };
}

/** A channel's top level, or one thread with its parent, oldest first; private messages of `user`, or of all without one. */
export function shownMessages(
  context: Context,
  channel: Channel,
  thread: string | undefined,
  user: User | undefined,
): readonly JsonObject[] {
  const inView = (message: Message): boolean =>
    thread === undefined
      ? message.threadTs === undefined || message.threadTs === message.ts || message.broadcast === true
      : message.ts === thread || message.threadTs === thread;
  const mayRead = ({ ephemeralFor }: Message): boolean =>
    ephemeralFor === undefined || user === undefined || ephemeralFor === user.id;
  return allMessages(context.state, channel.id)
    .filter((message) => inView(message) && mayRead(message))
    .map((message) => shownMessage(context, message));
}
