// The HTTP API that stands in for people: the web page and all tests type, click, submit and look through it. docs/workspace.md
// describes it. Every refusal is a sentence that says what to do.

import { clickInMessage, clickInView } from "./block-actions.ts";
import type { Context } from "./context.ts";
import { openHome, writeMessage } from "./events.ts";
import { isObject, type JsonObject, stringIn } from "./json.ts";
import { findMessage } from "./messages.ts";
import { dismissModal, submitModal } from "./modals.ts";
import { shownMessage, shownMessages, shownState } from "./sandbox-views.ts";
import { runShortcut } from "./shortcuts.ts";
import { runSlashCommand } from "./slash-commands.ts";
import { type Channel, findChannel, findGroup, findUser, type User } from "./state.ts";
import { modalsOf, slackView } from "./views.ts";

export type SandboxAnswer = { readonly status: number; readonly body: unknown };
type Handler = (fields: JsonObject, context: Context) => SandboxAnswer | Promise<SandboxAnswer>;

const good = (body: unknown): SandboxAnswer => ({ status: 200, body });
const bad = (error: string, status = 400): SandboxAnswer => ({ status, body: { error } });

// How long GET /sandbox/home waits for the app to publish: longer when there is nothing to show yet.
const FIRST_HOME_MS = 1_000;
const NEXT_HOME_MS = 250;

/** A handler that acts as a user, and is told who. */
const asUser =
  (handler: (user: User, fields: JsonObject, context: Context) => SandboxAnswer | Promise<SandboxAnswer>): Handler =>
  (fields, context) => {
    const name = stringIn(fields, "user") ?? "";
    const user = findUser(context.state, name);
    if (user !== undefined && !user.isBot) return handler(user, fields, context);
    const there = [...context.state.users.values()].filter(({ isBot }) => !isBot).map((one) => one.name);
    return bad(`There is no user ${JSON.stringify(name)}: give user as one of ${there.join(", ")}.`);
  };

const channelIn = (fields: JsonObject, { state }: Context): Channel | undefined =>
  findChannel(state, stringIn(fields, "channel") ?? "");

const noChannel = (fields: JsonObject, { state }: Context): SandboxAnswer => {
  const there = [...state.channels.values()].map(({ name }) => `#${name}`);
  return bad(
    `There is no channel ${JSON.stringify(fields.channel ?? "")}: give channel as one of ${there.join(", ")}.`,
  );
};

/** A handler that acts as a user in a channel. */
const inChannel = (
  handler: (
    user: User,
    channel: Channel,
    fields: JsonObject,
    context: Context,
  ) => SandboxAnswer | Promise<SandboxAnswer>,
): Handler =>
  asUser((user, fields, context) => {
    const channel = channelIn(fields, context);
    return channel === undefined ? noChannel(fields, context) : handler(user, channel, fields, context);
  });

const write = (mentionBot: boolean): Handler =>
  inChannel((user, channel, fields, context) => {
    const typed = stringIn(fields, "text");
    if (typed === undefined) return bad("There is nothing to say: give text.");
    const threadTs = stringIn(fields, "threadTs");
    if (threadTs !== undefined && findMessage(context.state, channel.id, threadTs) === undefined) {
      return bad(
        `There is no message ${threadTs} in #${channel.name}: give threadTs as the ts of a thread's first message.`,
      );
    }
    const { bot } = context.state;
    const named = typed.includes(`@${bot.name}`) || typed.includes(`<@${bot.id}>`);
    const text = mentionBot && !named ? `<@${bot.id}> ${typed}` : typed;
    const message = writeMessage(context, user, channel, text, threadTs);
    return good({ ts: message.ts, message: shownMessage(context, message) });
  });

const posts: Readonly<Record<string, Handler>> = {
  command: inChannel(async (user, channel, fields, context) => {
    const text = stringIn(fields, "text")?.trim() ?? "";
    if (!text.startsWith("/")) return bad("text must begin with a slash command, such as /zk help.");
    const threadTs = stringIn(fields, "threadTs");
    const typed = { user, channel, text, ...(threadTs === undefined ? {} : { threadTs }) };
    const { ackMs, response, error } = await runSlashCommand(context, typed);
    return good({ ackMs, response: response && shownMessage(context, response), error });
  }),

  click: asUser(async (user, fields, context) => {
    const actionId = stringIn(fields, "actionId");
    if (actionId === undefined) return bad("Say what to click: give actionId.");
    const click = { actionId, blockId: stringIn(fields, "blockId"), value: fields.value };
    const viewId = stringIn(fields, "viewId");
    if (viewId !== undefined) return good(await clickInView(context, user, viewId, click));
    const channel = channelIn(fields, context);
    if (channel === undefined) return noChannel(fields, context);
    const ts = stringIn(fields, "ts");
    if (ts === undefined) return bad("Say where to click: give the message's ts, or a viewId.");
    return good(await clickInMessage(context, user, channel, ts, click));
  }),

  mention: write(true),
  post: write(false),

  shortcut: asUser(async (user, fields, context) => {
    const callbackId = stringIn(fields, "callbackId");
    if (callbackId === undefined) return bad("Say which shortcut: give callbackId.");
    const ts = stringIn(fields, "ts");
    if (ts === undefined) return good(await runShortcut(context, user, callbackId, undefined));
    const channel = channelIn(fields, context);
    if (channel === undefined) return noChannel(fields, context);
    const message = findMessage(context.state, channel.id, ts);
    if (message === undefined) return bad(`There is no message ${ts} in #${channel.name}: give the ts of one that is.`);
    return good(await runShortcut(context, user, callbackId, { channel, message }));
  }),

  submit: asUser(async (user, fields, context) => {
    const values = fields.values ?? {};
    if (!isObject(values))
      return bad("values must be an object: { actionId: value } or { blockId: { actionId: value } }.");
    return good(await submitModal(context, user, stringIn(fields, "viewId") ?? "", values));
  }),

  close: asUser(async (user, fields, context) =>
    good(await dismissModal(context, user, stringIn(fields, "viewId") ?? "", fields.clear === true)),
  ),

  groups: (fields, { state }) => {
    const group = findGroup(state, stringIn(fields, "group") ?? "");
    const handles = [...state.groups.values()].map(({ handle }) => handle).join(", ");
    if (group === undefined) return bad(`There is no such user group: give group as one of ${handles}.`);
    const names = Array.isArray(fields.users) ? fields.users.map(String) : [];
    const users = names.flatMap((name) => findUser(state, name) ?? []);
    if (!Array.isArray(fields.users) || users.length < names.length)
      return bad("users must be a list of users' names or ids.");
    const changed = { ...group, users: users.map(({ id }) => id) };
    state.groups.set(group.id, changed);
    state.changed();
    return good(changed);
  },

  faults: (fields, context) => {
    const numbers = ["rateLimit", "failNext", "loseAnswers", "downMs"] as const;
    const wrong = numbers.find((name) => fields[name] !== undefined && !(Number(fields[name]) >= 0));
    if (wrong !== undefined) return bad(`${wrong} must be a number, 0 or more.`);
    const count = (name: (typeof numbers)[number]) =>
      fields[name] === undefined ? {} : { [name]: Number(fields[name]) };
    const method = stringIn(fields, "method");
    const counts = Object.assign({}, ...numbers.map(count));
    context.faults.want({ ...counts, ...(method === undefined ? {} : { method }) });
    if (context.faults.downForMs() > 0) {
      context.sockets.cut();
      context.later(context.faults.downForMs(), () => context.state.changed());
    }
    if (fields.recycleSockets === true) void context.sockets.recycle();
    context.state.changed();
    return good({ ok: true });
  },
};

const gets: Readonly<Record<string, Handler>> = {
  state: (_fields, context) => good(shownState(context)),

  messages: (fields, context) => {
    const channel = channelIn(fields, context);
    if (channel === undefined) return noChannel(fields, context);
    const named = stringIn(fields, "user");
    const user = named === undefined ? undefined : findUser(context.state, named);
    if (named !== undefined && user === undefined)
      return bad(`There is no user ${named}; GET /sandbox/state lists them.`);
    return good(shownMessages(context, channel, stringIn(fields, "thread"), user));
  },

  views: asUser((user, _fields, { state }) => good(modalsOf(state, user.id).map((open) => slackView(state, open)))),

  home: asUser(async (user, fields, context) => {
    const { state } = context;
    if (fields.peek === undefined && openHome(context, user)) {
      const published = state.homesPublished.get(user.id);
      const deadline = Date.now() + (state.homes.has(user.id) ? NEXT_HOME_MS : FIRST_HOME_MS);
      while (state.homesPublished.get(user.id) === published && Date.now() < deadline) {
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
    }
    const home = state.homes.get(user.id);
    return good(home === undefined ? null : slackView(state, home));
  }),

  calls: (fields, context) => {
    const method = stringIn(fields, "method");
    return good(context.calls.filter((call) => method === undefined || call.method === method));
  },
};

/** Answers one request of the sandbox API. `fields` are the query's or the JSON body's. */
export async function answerSandbox(
  context: Context,
  httpMethod: string,
  name: string,
  fields: JsonObject,
): Promise<SandboxAnswer> {
  const handlers = httpMethod === "POST" ? posts : gets;
  const handler = handlers[name];
  if (handler !== undefined) return handler(fields, context);
  const known = [...Object.keys(gets).map((one) => `GET ${one}`), ...Object.keys(posts).map((one) => `POST ${one}`)];
  return bad(
    `There is no ${httpMethod} /sandbox/${name}. There are: ${known.join(", ")}, GET events, GET files/:id.`,
    404,
  );
}
