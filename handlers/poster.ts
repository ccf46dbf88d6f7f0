// Slack's methods as the notifier needs them: at Slack's pace, without a retry that could post twice, with the classic
// rendering where a workspace refuses newer blocks. Keeps nothing about runs.
import type { KnownBlock } from "@slack/types";
import type { WebClient } from "@slack/web-api";
import type { Clock } from "../src/ports.ts";
import { makePace } from "./pace.ts";
import { refusalOf, slackError, waitAskedS } from "./slack-error.ts";
import type { Message } from "./views/message.ts";

/** What ties a message to its run. `from`…`seq`: the events it tells; `hash`: the record's at `seq`. 0 for the run's own message. */
export type Tag = { readonly run: string; readonly from: number; readonly seq: number; readonly hash: string };
type TaggedMessage = { readonly ts: string; readonly tag: Tag | null; readonly files: readonly string[] };

export type Poster = {
  post(to: { readonly channel: string; readonly threadTs?: string }, message: Message, tag: Tag): Promise<string>;
  /** Waits for its turn, then asks what to show: the latest state wins. Returns what was shown; null when nothing had to change. */
  update(channel: string, ts: string, render: () => Promise<Message | null>): Promise<Message | null>;
  /** Puts one reaction in the place of others. */
  react(channel: string, ts: string, add: string, remove: readonly string[]): Promise<void>;
  upload(
    channel: string,
    threadTs: string | null,
    files: readonly { readonly name: string; readonly text: string }[],
    comment: string,
  ): Promise<void>;
  /** The bot's own messages of a channel since `oldest` (epoch seconds), newest first. */
  history(channel: string, oldest: number): Promise<readonly TaggedMessage[]>;
  /** The bot's own messages of a thread, oldest first, the parent included. */
  thread(channel: string, ts: string): Promise<readonly TaggedMessage[]>;
  direct(user: string, message: Message): Promise<void>;
};

/** Slack allows about one post a second a channel. */
const POST_GAP_MS = 1_100;
/** Slack allows about 50 updates a minute an app. */
const UPDATE_GAP_MS = 1_300;
/** Slack allows 20 removals of reactions a minute. */
const REACTION_GAP_MS = 500;
/** A call that was told to wait so often is given up; the whole is tried again later. */
const MOST_WAITS = 6;
const METADATA = "zkshift";

const readTag = (metadata: unknown): Tag | null => {
  if (typeof metadata !== "object" || metadata === null) return null;
  const { event_type: type, event_payload: payload } = metadata as Record<string, unknown>;
  if (type !== METADATA || typeof payload !== "object" || payload === null) return null;
  const { run, from, seq, hash } = payload as Record<string, unknown>;
  return typeof run === "string" && typeof from === "number" && typeof seq === "number" && typeof hash === "string"
    ? { run, from, seq, hash }
    : null;
};

type HistoryMessage = {
  readonly ts?: string;
  readonly user?: string;
  readonly bot_id?: string;
  readonly metadata?: unknown;
  readonly files?: readonly { readonly name?: string | null }[];
};

const toTagged = (messages: readonly HistoryMessage[] | undefined, botUser: string): readonly TaggedMessage[] =>
  (messages ?? [])
    .filter((one) => one.user === botUser && one.ts !== undefined)
    .map((one) => ({
      ts: one.ts ?? "",
      tag: readTag(one.metadata),
      files: (one.files ?? []).flatMap(({ name }) => (name == null ? [] : [name])),
    }));

/** `botUser`: whose messages are ours; others could carry the same metadata. */
export const makePoster = (slack: WebClient, botUser: () => Promise<string>, clock: Clock): Poster => {
  const pace = makePace(clock);
  let tablesRefused = false;

  /** One call on a lane, again after each "wait so long"; a wait means that nothing happened. */
  const call = async <T>(lane: string, gapMs: number, doing: string, make: () => Promise<T>): Promise<T> => {
    for (let waits = 0; ; waits++) {
      await pace.turn(lane, gapMs);
      try {
        return await make();
      } catch (error) {
        const waitS = waitAskedS(error);
        if (waitS === null || waits >= MOST_WAITS) throw waitS === null ? error : slackError(error, doing);
        pace.quiet(lane, waitS * 1000);
      }
    }
  };

  /** Public channels can be entered; a private one must invite us. */
  const inChannel = async <T>(channel: string, make: () => Promise<T>): Promise<T> => {
    try {
      return await make();
    } catch (error) {
      if (refusalOf(error) !== "not_in_channel") throw error;
      await slack.conversations.join({ channel }).catch(() => {});
      return await make();
    }
  };

  /** The message as this workspace takes it. */
  const shown = async <T>(message: Message, send: (blocks: KnownBlock[]) => Promise<T>): Promise<T> => {
    if (tablesRefused && message.classic !== null) return send(message.classic);
    try {
      return await send(message.blocks);
    } catch (error) {
      if (refusalOf(error) !== "invalid_blocks" || message.classic === null) throw error;
      const sent = await send(message.classic);
      tablesRefused = true;
      return sent;
    }
  };

  const page = async (
    ask: (cursor: string | undefined) => Promise<{
      readonly messages?: readonly HistoryMessage[];
      readonly response_metadata?: { readonly next_cursor?: string };
    }>,
  ): Promise<readonly TaggedMessage[]> => {
    const bot = await botUser();
    const all: TaggedMessage[] = [];
    let cursor: string | undefined;
    do {
      const asked = cursor;
      const answer = await call("history", 0, "its history could not be read", () => ask(asked));
      all.push(...toTagged(answer.messages, bot));
      cursor = answer.response_metadata?.next_cursor;
    } while (cursor !== undefined && cursor !== "");
    return all;
  };

  return {
    post: ({ channel, threadTs }, message, tag) =>
      inChannel(channel, () =>
        shown(message, (blocks) =>
          call(`post ${channel}`, POST_GAP_MS, "it could not be posted", async () => {
            const answer = await slack.chat.postMessage({
              channel,
              text: message.text,
              blocks,
              unfurl_links: false,
              unfurl_media: false,
              metadata: { event_type: METADATA, event_payload: { ...tag } },
              ...(threadTs === undefined ? {} : { thread_ts: threadTs }),
            });
            if (answer.ts === undefined) throw new Error("Slack named no timestamp for the message");
            return answer.ts;
          }),
        ),
      ),

    update: async (channel, ts, render) => {
      await pace.turn("update", UPDATE_GAP_MS);
      const message = await render();
      if (message === null) return null;
      let first = true;
      await shown(message, (blocks) => {
        // The turn was taken before rendering; only a second try waits for another one.
        const make = () => slack.chat.update({ channel, ts, text: message.text, blocks });
        const gap = first ? 0 : UPDATE_GAP_MS;
        first = false;
        return call(gap === 0 ? "update now" : "update", gap, "a message could not be changed", make);
      });
      return message;
    },

    react: async (channel, timestamp, add, remove) => {
      const tolerate = async (make: () => Promise<unknown>): Promise<void> => {
        try {
          await call("reactions", REACTION_GAP_MS, "a reaction could not be changed", make);
        } catch (error) {
          // A reaction is an ornament: a refusal (already there, gone, not allowed) must not hold up the thread.
          if (refusalOf(error) === null) throw error;
        }
      };
      await tolerate(() => slack.reactions.add({ channel, timestamp, name: add }));
      for (const name of remove) await tolerate(() => slack.reactions.remove({ channel, timestamp, name }));
    },

    upload: (channel, threadTs, files, comment) =>
      inChannel(channel, () =>
        call(`post ${channel}`, POST_GAP_MS, "a file could not be uploaded", async () => {
          await slack.files.uploadV2({
            channel_id: channel,
            ...(threadTs === null ? {} : { thread_ts: threadTs }),
            initial_comment: comment,
            file_uploads: files.map(({ name, text }) => ({ filename: name, title: name, content: text })),
          });
        }),
      ),

    history: (channel, oldest) =>
      inChannel(channel, () =>
        page((cursor) =>
          slack.conversations.history({
            channel,
            oldest: String(oldest),
            include_all_metadata: true,
            limit: 200,
            ...(cursor === undefined ? {} : { cursor }),
          }),
        ),
      ),

    thread: (channel, ts) =>
      inChannel(channel, () =>
        page((cursor) =>
          slack.conversations.replies({
            channel,
            ts,
            include_all_metadata: true,
            limit: 200,
            ...(cursor === undefined ? {} : { cursor }),
          }),
        ),
      ),

    direct: async (user, message) => {
      await call(`post ${user}`, POST_GAP_MS, "a person could not be told", () =>
        slack.chat.postMessage({ channel: user, text: message.text, blocks: message.classic ?? message.blocks }),
      );
    },
  };
};
