// `@zkshift status` and the like: Slack has no slash commands in threads, so there words do. Pure: text → what is meant.
import type { Unknown } from "./parse/words.ts";
import type { Command } from "./parse-command.ts";

export type Mentioned =
  /** About the run whose thread this is. */
  | { readonly kind: "run-status" }
  | { readonly kind: "run-stop" }
  | { readonly kind: "run-help" }
  /** As if typed after `/zk`. */
  | { readonly kind: "command"; readonly command: Command | Unknown };

/** `inRunThread`: words without more mean the thread's run there. */
export const readMention = (
  text: string,
  inRunThread: boolean,
  parse: (text: string) => Command | Unknown,
): Mentioned => {
  const words = text.replace(/<@[A-Z0-9]+(\|[^>]*)?>/g, " ").trim();
  const [first = "", ...rest] = words
    .toLowerCase()
    .replace(/[.!?]+$/, "")
    .split(/\s+/);
  if (inRunThread && rest.length === 0) {
    if (first === "status" || first === "") return { kind: "run-status" };
    if (first === "stop") return { kind: "run-stop" };
    if (first === "help") return { kind: "run-help" };
  }
  const command = parse(words);
  // A form cannot be opened from a mention: Slack gives no trigger for it.
  return { kind: "command", command: command.kind === "wizard" ? { kind: "help", topic: null } : command };
};
