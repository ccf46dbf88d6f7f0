// Who is there: auth.test, users.*, usergroups.*, team.info and bots.info.

import { type JsonObject, stringIn } from "../json.ts";
import type { Group, State, User } from "../state.ts";
import { isTrue, type Method, type Methods, ok, pageOf, refuse } from "./answers.ts";

const emailOf = (user: User): string => `${user.name}@example.com`;

const userObject = (state: State, user: User): JsonObject => ({
  id: user.id,
  team_id: state.team.id,
  name: user.name,
  real_name: user.realName,
  deleted: false,
  is_bot: user.isBot,
  is_app_user: false,
  tz: "Etc/UTC",
  tz_label: "Coordinated Universal Time",
  tz_offset: 0,
  profile: {
    real_name: user.realName,
    display_name: user.name,
    ...(user.isBot ? { bot_id: state.bot.botId, api_app_id: state.appId } : { email: emailOf(user) }),
  },
});

const groupObject = (state: State, group: Group, withUsers: boolean): JsonObject => ({
  id: group.id,
  team_id: state.team.id,
  is_usergroup: true,
  name: group.handle,
  handle: group.handle,
  description: "",
  date_delete: 0,
  user_count: group.users.length,
  ...(withUsers ? { users: group.users } : {}),
});

/** User groups are for paying workspaces. */
const onPaidPlan =
  (method: Method): Method =>
  (args, context) =>
    context.settings.freePlan ? refuse("plan_upgrade_required") : method(args, context);

export const peopleMethods: Methods = {
  "auth.test": (_args, { state, url }) =>
    ok({
      url: `${url}/`,
      team: state.team.name,
      team_id: state.team.id,
      user: state.bot.name,
      user_id: state.bot.id,
      bot_id: state.bot.botId,
      is_enterprise_install: false,
    }),

  "users.info": (args, { state }) => {
    const user = state.users.get(stringIn(args, "user") ?? "");
    return user === undefined ? refuse("user_not_found") : ok({ user: userObject(state, user) });
  },

  "users.list": (args, { state }) => {
    const page = pageOf([...state.users.values()], args, 100);
    if (page === undefined) return refuse("invalid_cursor");
    return ok({
      members: page.items.map((user) => userObject(state, user)),
      cache_ts: Math.floor(Date.now() / 1000),
      response_metadata: { next_cursor: page.nextCursor },
    });
  },

  "users.lookupByEmail": (args, { state }) => {
    const user = [...state.users.values()].find((one) => !one.isBot && emailOf(one) === args.email);
    return user === undefined ? refuse("users_not_found") : ok({ user: userObject(state, user) });
  },

  "usergroups.list": onPaidPlan((args, { state }) =>
    ok({
      usergroups: [...state.groups.values()].map((group) => groupObject(state, group, isTrue(args.include_users))),
    }),
  ),

  "usergroups.users.list": onPaidPlan((args, { state }) => {
    const group = state.groups.get(stringIn(args, "usergroup") ?? "");
    return group === undefined ? refuse("no_such_subteam") : ok({ users: group.users });
  }),

  "team.info": (_args, { state, url }) =>
    ok({ team: { id: state.team.id, name: state.team.name, domain: state.team.domain, url: `${url}/` } }),

  "bots.info": (args, { state }) => {
    const wanted = stringIn(args, "bot");
    if (wanted !== undefined && wanted !== state.bot.botId) return refuse("bot_not_found");
    const { botId, name, id } = state.bot;
    return ok({ bot: { id: botId, deleted: false, name, app_id: state.appId, user_id: id } });
  },
};
