// conversations.*: channels, their history and their threads.

import { fileObject } from "../files.ts";
import { type JsonObject, stringIn } from "../json.ts";
import { allMessages, findMessage, repliesTo, slackMessage } from "../messages.ts";
import { type Channel, type Message, openDirect, type State } from "../state.ts";
import { type Answer, isTrue, type Method, type Methods, ok, pageOf, refuse } from "./answers.ts";

const channelObject = (state: State, channel: Channel): JsonObject =>
  channel.withUser === undefined
    ? {
        id: channel.id,
        name: channel.name,
        name_normalized: channel.name,
        is_channel: true,
        is_im: false,
        is_private: false,
        is_archived: false,
        is_member: channel.botIsMember,
        num_members: [...state.users.values()].filter(({ isBot }) => !isBot).length + (channel.botIsMember ? 1 : 0),
      }
    : { id: channel.id, is_im: true, is_channel: false, is_archived: false, user: channel.withUser };

/** A method about one channel, which it looks up first. */
const aboutChannel =
  (method: (channel: Channel, ...rest: Parameters<Method>) => Answer): Method =>
  (args, context) => {
    const channel = context.state.channels.get(stringIn(args, "channel") ?? "");
    return channel === undefined ? refuse("channel_not_found") : method(channel, args, context);
  };

/** A method that reads messages, for which the bot must be a member. */
const aboutMessages = (method: (channel: Channel, ...rest: Parameters<Method>) => Answer): Method =>
  aboutChannel((channel, args, context) =>
    channel.botIsMember ? method(channel, args, context) : refuse("not_in_channel"),
  );

function inTime(messages: readonly Message[], args: JsonObject): readonly Message[] {
  const oldest = Number(args.oldest ?? 0);
  const latest = args.latest === undefined || args.latest === "" ? Number.POSITIVE_INFINITY : Number(args.latest);
  const inclusive = isTrue(args.inclusive);
  return messages.filter(({ ts }) => {
    const at = Number(ts);
    return inclusive ? at >= oldest && at <= latest : at > oldest && at < latest;
  });
}

function messagePage(state: State, messages: readonly Message[], args: JsonObject, url: string): Answer {
  const page = pageOf(messages, args, 100);
  if (page === undefined) return refuse("invalid_cursor");
  const withMetadata = isTrue(args.include_all_metadata);
  const shown = page.items.map((message) => ({
    ...slackMessage(state, message, withMetadata),
    ...(message.fileIds.length === 0
      ? {}
      : { files: message.fileIds.flatMap((id) => fileObject(state, id, url) ?? []) }),
  }));
  return ok({
    messages: shown,
    has_more: page.nextCursor !== "",
    ...(page.nextCursor === "" ? {} : { response_metadata: { next_cursor: page.nextCursor } }),
  });
}

export const conversationMethods: Methods = {
  "conversations.list": (args, { state }) => {
    const types = String(args.types ?? "public_channel").split(",");
    const wanted = [...state.channels.values()].filter(({ withUser }) =>
      types.includes(withUser === undefined ? "public_channel" : "im"),
    );
    const page = pageOf(wanted, args, 100);
    if (page === undefined) return refuse("invalid_cursor");
    return ok({
      channels: page.items.map((channel) => channelObject(state, channel)),
      response_metadata: { next_cursor: page.nextCursor },
    });
  },

  "conversations.info": aboutChannel((channel, _args, { state }) => ok({ channel: channelObject(state, channel) })),

  "conversations.join": aboutChannel((channel, _args, { state }) => {
    if (channel.withUser !== undefined) return refuse("method_not_supported_for_channel_type");
    const joined = { ...channel, botIsMember: true };
    state.channels.set(channel.id, joined);
    state.changed();
    return ok({
      channel: channelObject(state, joined),
      ...(channel.botIsMember ? { warning: "already_in_channel" } : {}),
    });
  }),

  "conversations.open": (args, { state }) => {
    const ids = String(args.users ?? "")
      .split(",")
      .filter((id) => id !== "");
    const [user] = ids.map((id) => state.users.get(id));
    if (ids.length !== 1 || user === undefined)
      return refuse(ids.length === 0 ? "users_list_not_supplied" : "user_not_found");
    const channel = openDirect(state, user);
    return ok({ channel: isTrue(args.return_im) ? channelObject(state, channel) : { id: channel.id } });
  },

  "conversations.history": aboutMessages((channel, args, { state, url }) => {
    const shown = allMessages(state, channel.id).filter(
      ({ ephemeralFor, threadTs, ts, broadcast }) =>
        ephemeralFor === undefined && (threadTs === undefined || threadTs === ts || broadcast === true),
    );
    return messagePage(state, inTime(shown, args).toReversed(), args, url);
  }),

  "conversations.replies": aboutMessages((channel, args, { state, url }) => {
    const ts = stringIn(args, "ts");
    const parent = ts === undefined ? undefined : findMessage(state, channel.id, ts);
    if (parent === undefined || parent.ephemeralFor !== undefined) return refuse("thread_not_found");
    const replies = inTime(repliesTo(state, channel.id, parent.ts), args);
    return messagePage(state, [parent, ...replies], args, url);
  }),
};
