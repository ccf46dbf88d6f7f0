// Channel names of the inventory (`#zookeeper`) as Slack's ids. Read ahead of need, so that a command is never kept waiting.
import type { WebClient } from "@slack/web-api";
import type { Log } from "../src/app/app-deps.ts";
import { type ChannelId, channelId } from "../src/model/ids.ts";

export type Channels = {
  /** Reads the list again. Never throws: without it plans go to the channel they were asked in. */
  refresh(): Promise<void>;
  /** Null when the name is not known (yet), or names a channel we are not in. */
  idOf(name: string): ChannelId | null;
};

/** Slack allows 20 list calls a minute, 1000 channels each; more channels than this are not looked through. */
const MOST_PAGES = 10;

export const makeChannels = (slack: WebClient, log: Log): Channels => {
  let ids: ReadonlyMap<string, ChannelId> = new Map();
  return {
    async refresh() {
      try {
        const found = new Map<string, ChannelId>();
        let cursor = "";
        for (let page = 0; page < MOST_PAGES; page++) {
          const answer = await slack.conversations.list({
            types: "public_channel,private_channel",
            exclude_archived: true,
            limit: 1000,
            ...(cursor === "" ? {} : { cursor }),
          });
          for (const { id, name, is_member: isMember } of answer.channels ?? []) {
            if (id !== undefined && name !== undefined && isMember) found.set(name, channelId(id));
          }
          cursor = answer.response_metadata?.next_cursor ?? "";
          if (cursor === "") break;
        }
        ids = found;
      } catch (error) {
        log.warn({ error: String(error) }, "Slack would not list channels; plans go to the channel they were asked in");
      }
    },
    idOf: (name) => (/^[CG][A-Z0-9]{6,}$/.test(name) ? channelId(name) : (ids.get(name.replace(/^#/, "")) ?? null)),
  };
};
