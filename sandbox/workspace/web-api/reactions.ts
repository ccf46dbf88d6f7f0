// reactions.*: the bot's emoji on messages.

import type { Context } from "../context.ts";
import { type JsonObject, stringIn } from "../json.ts";
import { changeMessage, findMessage, slackMessage } from "../messages.ts";
import type { Message, Reaction } from "../state.ts";
import { type Answer, type Methods, ok, refuse } from "./answers.ts";

type Target =
  | { readonly kind: "found"; readonly message: Message }
  | { readonly kind: "refused"; readonly answer: Answer };

function target(args: JsonObject, { state }: Context): Target {
  const timestamp = stringIn(args, "timestamp");
  const channel = state.channels.get(stringIn(args, "channel") ?? "");
  if (timestamp === undefined) return { kind: "refused", answer: refuse("no_item_specified") };
  if (channel === undefined) return { kind: "refused", answer: refuse("channel_not_found") };
  if (!channel.botIsMember) return { kind: "refused", answer: refuse("not_in_channel") };
  const message = findMessage(state, channel.id, timestamp);
  // Slack has no reactions on messages that only one person sees.
  if (message === undefined || message.ephemeralFor !== undefined) {
    return { kind: "refused", answer: refuse("message_not_found") };
  }
  return { kind: "found", message };
}

const nameIn = (args: JsonObject): string | undefined => {
  const name = stringIn(args, "name");
  return name !== undefined && /^[a-z0-9_+'-]+(::skin-tone-[2-6])?$/.test(name) ? name : undefined;
};

const withReaction = (reactions: readonly Reaction[], name: string, user: string): readonly Reaction[] =>
  reactions.some((reaction) => reaction.name === name)
    ? reactions.map((one) => (one.name === name ? { ...one, users: [...one.users, user] } : one))
    : [...reactions, { name, users: [user] }];

const withoutReaction = (reactions: readonly Reaction[], name: string, user: string): readonly Reaction[] =>
  reactions
    .map((one) => (one.name === name ? { ...one, users: one.users.filter((id) => id !== user) } : one))
    .filter(({ users }) => users.length > 0);

const has = (message: Message, name: string, user: string): boolean =>
  message.reactions.some((reaction) => reaction.name === name && reaction.users.includes(user));

export const reactionMethods: Methods = {
  "reactions.add": (args, context) => {
    const on = target(args, context);
    if (on.kind === "refused") return on.answer;
    const name = nameIn(args);
    const me = context.state.bot.id;
    if (name === undefined) return refuse("invalid_name");
    if (has(on.message, name, me)) return refuse("already_reacted");
    changeMessage(context.state, on.message, { reactions: withReaction(on.message.reactions, name, me) });
    return ok();
  },

  "reactions.remove": (args, context) => {
    const on = target(args, context);
    if (on.kind === "refused") return on.answer;
    const name = nameIn(args);
    const me = context.state.bot.id;
    if (name === undefined) return refuse("invalid_name");
    if (!has(on.message, name, me)) return refuse("no_reaction");
    changeMessage(context.state, on.message, { reactions: withoutReaction(on.message.reactions, name, me) });
    return ok();
  },

  "reactions.get": (args, context) => {
    const on = target(args, context);
    if (on.kind === "refused") return on.answer;
    return ok({ type: "message", channel: on.message.channel, message: slackMessage(context.state, on.message) });
  },
};
