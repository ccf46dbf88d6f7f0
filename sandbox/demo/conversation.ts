// Prints a channel and its threads as they grow and change, for a person who watches a terminal instead of the page.
import type { SandboxClient, ShownMessage } from "../workspace/client.ts";

export type Conversation = {
  /** Prints what is new since the last look. */
  look(): Promise<void>;
  /** Prints a line of a person's own. */
  says(user: string, text: string): void;
  /** Looks all the time until stopped. */
  follow(everyMs: number): { stop(): Promise<void> };
};

const emoji: Readonly<Record<string, string>> = {
  white_check_mark: "✅",
  hourglass_flowing_sand: "⏳",
  large_orange_circle: "🟠",
  white_large_square: "⬜",
  double_vertical_bar: "⏸",
  mag_right: "🔎",
  mag: "🔎",
  warning: "⚠️",
  leftwards_arrow_with_hook: "↩️",
  stopwatch: "⏱",
  no_entry: "⛔",
  x: "❌",
};

/** Slack's markup as plain text. */
const plain = (text: string, names: ReadonlyMap<string, string>): string =>
  text
    .replace(/<@([A-Z0-9]+)(?:\|[^>]*)?>/g, (_, id: string) => `@${names.get(id) ?? id}`)
    .replace(/<!subteam\^[A-Z0-9]+(?:\|@?([^>]*))?>/g, (_, name: string | undefined) => `@${name ?? "group"}`)
    .replace(/<!date\^[^|>]*\|([^>]*)>/g, "$1")
    .replace(/<([^|>]+)\|([^>]+)>/g, "$2 ($1)")
    .replace(/:([a-z0-9_+-]+):/g, (whole, name: string) => emoji[name] ?? whole)
    .replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">")
    .replaceAll("&amp;", "&");

export const watchConversation = (
  slack: SandboxClient,
  options: { readonly channel: string; readonly user: string; readonly names: ReadonlyMap<string, string> },
  say: (line: string) => void,
): Conversation => {
  const shown = new Map<string, string>();

  const print = (message: ShownMessage, depth: number): void => {
    const text = plain(message.text, options.names);
    const known = shown.get(message.ts);
    if (known === text) return;
    shown.set(message.ts, text);
    const margin = depth === 0 ? "" : "   │ ";
    const who = message.userName ?? options.names.get(message.user) ?? message.user;
    const marks = `${message.ephemeralFor === undefined ? "" : " (only to you)"}${known === undefined ? "" : " (changed)"}`;
    const lines = text.split("\n");
    say(`${margin}${who}${marks}: ${lines[0] ?? ""}`);
    for (const line of lines.slice(1)) say(`${margin}   ${line}`);
    for (const file of known === undefined ? message.files : []) say(`${margin}   📎 ${file.name}`);
  };

  const look = async (): Promise<void> => {
    const top = await slack.messages({ channel: options.channel, user: options.user });
    for (const message of top) {
      print(message, 0);
      if (message.replyCount === 0) continue;
      const thread = await slack.messages({ channel: options.channel, thread: message.ts, user: options.user });
      for (const reply of thread.filter(({ ts }) => ts !== message.ts)) print(reply, 1);
    }
  };

  return {
    look,
    says: (user, text) => say(`${user}: ${text}`),
    follow: (everyMs) => {
      let stopped = false;
      const following = (async () => {
        while (!stopped) {
          await look().catch(() => {});
          await new Promise((resolve) => setTimeout(resolve, everyMs));
        }
        await look().catch(() => {});
      })();
      return {
        stop: async () => {
          stopped = true;
          await following;
        },
      };
    },
  };
};
