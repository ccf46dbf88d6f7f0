// Conversations as golden files: messages in plain text, each checked to be one that Slack takes, in both renderings.
import { expect } from "vitest";
import { approversOf } from "../../handlers/views/approvers.ts";
import { checkBlocks } from "../../handlers/views/block-limits.ts";
import type { Message } from "../../handlers/views/message.ts";
import { runMessage } from "../../handlers/views/run.ts";
import { threadPosts } from "../../handlers/views/thread.ts";
import type { Live } from "../../src/ports.ts";
import { messageText, spoken } from "./message-text.ts";
import { type Script, samplePolicy, T0 } from "./scripted-run.ts";

export const approvers = approversOf(samplePolicy());

const fits = (message: Message): Message => {
  expect(checkBlocks("message", message.blocks)).toEqual([]);
  expect(checkBlocks("message", message.classic ?? [])).toEqual([]);
  expect(message.text.length).toBeLessThanOrEqual(3000);
  return message;
};

export const bot = (message: Message, how = "zkshift"): string => spoken(how, messageText(fits(message)));
export const privately = (message: Message): string => bot(message, "zkshift, privately");

/** The run's own message after its last event. */
export const parent = (script: Script, live: Live | null = null, later = 500): string =>
  bot(
    runMessage({ state: script.state(), live, approvers, now: (script.entries.at(-1)?.at ?? T0) + later }),
    "the run's message",
  );

export const thread = (script: Script, after = 0): string =>
  threadPosts(script.events(), after, approvers)
    .flatMap(({ message, from, to }) =>
      message === null ? [] : [bot(message, `in its thread (entries ${from}–${to})`)],
    )
    .join("\n\n");

/** Compares with test/golden/chat/<name>.txt. */
export const save = (name: string, ...parts: readonly string[]): Promise<void> =>
  expect(`${parts.join("\n\n")}\n`).toMatchFileSnapshot(`../golden/chat/${name}.txt`);
