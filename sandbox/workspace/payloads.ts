// The parts that all payloads to the app have in common.

import type { Context } from "./context.ts";
import type { JsonObject } from "./json.ts";
import type { User } from "./state.ts";

// Slack still sends this long-retired token; nobody may rely on it.
const LEGACY_TOKEN = "verification-token-not-for-use";

const userPart = ({ state }: Context, user: User): JsonObject => ({
  id: user.id,
  username: user.name,
  name: user.name,
  team_id: state.team.id,
});

export const channelPart = (channel: { readonly id: string; readonly name: string }): JsonObject => ({
  id: channel.id,
  name: channel.name,
});

/** Everything an interaction says about where it comes from. */
export const interactionPart = (context: Context, user: User): JsonObject => ({
  user: userPart(context, user),
  team: { id: context.state.team.id, domain: context.state.team.domain },
  api_app_id: context.state.appId,
  token: LEGACY_TOKEN,
  enterprise: null,
  is_enterprise_install: false,
});

export const commandPart = ({ state }: Context, user: User): JsonObject => ({
  token: LEGACY_TOKEN,
  team_id: state.team.id,
  team_domain: state.team.domain,
  user_id: user.id,
  user_name: user.name,
  api_app_id: state.appId,
  is_enterprise_install: "false",
});

export const eventPart = ({ state, ids }: Context, event: JsonObject): JsonObject => ({
  token: LEGACY_TOKEN,
  team_id: state.team.id,
  api_app_id: state.appId,
  event,
  type: "event_callback",
  event_id: ids.next("Ev"),
  event_time: Math.floor(Date.now() / 1000),
  authorizations: [
    {
      enterprise_id: null,
      team_id: state.team.id,
      user_id: state.bot.id,
      is_bot: true,
      is_enterprise_install: false,
    },
  ],
  is_ext_shared_channel: false,
});
