// Says something to one person only: through the response address of what they did while it lives, else as an ephemeral
// message, else directly. Never posts anything that others see.
import type { WebClient } from "@slack/web-api";
import type { Log } from "../src/app/app-deps.ts";
import { refusalOf, slackError } from "./slack-error.ts";
import type { Message } from "./views/message.ts";

export type Listener = {
  readonly channel: string;
  readonly user: string;
  /** The thread they are in; null outside of one. */
  readonly threadTs: string | null;
  readonly responseUrl: string | null;
};

/** Throws `transient` when Slack does not answer. */
export type Tell = (to: Listener, message: Message) => Promise<void>;

const TIMEOUT_MS = 10_000;

export const makeTell = (slack: WebClient, log: Log): Tell => {
  /** False when the address is used up or too old (5 uses in 30 minutes). */
  const throughUrl = async (url: string, message: Message): Promise<boolean> => {
    const send = async (blocks: Message["blocks"]) => {
      const response = await fetch(url, {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify({ response_type: "ephemeral", replace_original: false, text: message.text, blocks }),
        signal: AbortSignal.timeout(TIMEOUT_MS),
      });
      return { status: response.status, text: await response.text() };
    };
    const first = await send(message.blocks);
    const refused = first.text.includes("invalid_blocks") && message.classic !== null;
    const answer = refused && message.classic !== null ? await send(message.classic) : first;
    if (answer.status >= 500) throw new Error(`the response address answered ${answer.status}`);
    return answer.status < 400;
  };

  const ephemeral = async ({ channel, user, threadTs }: Listener, message: Message): Promise<void> => {
    const send = (blocks: Message["blocks"]) =>
      slack.chat.postEphemeral({
        channel,
        user,
        text: message.text,
        blocks,
        ...(threadTs === null ? {} : { thread_ts: threadTs }),
      });
    try {
      await send(message.blocks);
    } catch (error) {
      if (refusalOf(error) !== "invalid_blocks" || message.classic === null) throw error;
      await send(message.classic);
    }
  };

  return async (to, message) => {
    try {
      if (to.responseUrl !== null && (await throughUrl(to.responseUrl, message))) return;
      try {
        await ephemeral(to, message);
      } catch (error) {
        const refusal = refusalOf(error);
        if (refusal === null) throw error;
        // Not in that channel, or it is closed to us: their direct conversation with us is always open.
        log.info({ refusal }, "an ephemeral message was refused; telling the person directly");
        await slack.chat.postMessage({
          channel: to.user,
          text: message.text,
          blocks: message.classic ?? message.blocks,
        });
      }
    } catch (error) {
      throw slackError(error, "a private answer could not be given");
    }
  };
};
