// Slash commands: what a person typed goes to the app, which has three seconds to acknowledge it, with a message or without.

import type { Context } from "./context.ts";
import type { Outcome } from "./delivery.ts";
import { escapeText } from "./escape.ts";
import { isObject, type JsonObject } from "./json.ts";
import { commandPart } from "./payloads.ts";
import { responseAddress, sayThroughUrl } from "./response-urls.ts";
import type { Channel, Message, User } from "./state.ts";

export type CommandResult = {
  readonly ackMs: number;
  /** The message the app acknowledged with. */
  readonly response?: Message;
  /** What Slack would show the person instead. */
  readonly error?: string;
};

/** The words Slack uses when an app did not take an interaction. */
export function failureOf(outcome: Exclude<Outcome, { kind: "acknowledged" }>, what: string): string {
  return outcome.kind === "late"
    ? `${what} failed with the error "operation_timeout": the app did not acknowledge it in time.`
    : `${what} failed with the error "dispatch_failed": ${outcome.why}.`;
}

export async function runSlashCommand(
  context: Context,
  typed: { readonly user: User; readonly channel: Channel; readonly text: string; readonly threadTs?: string },
): Promise<CommandResult> {
  const { user, channel } = typed;
  const [command = ""] = typed.text.trim().split(/\s/, 1);
  const text = typed.text.trim().slice(command.length).trim();
  if (!context.settings.commands.includes(command)) {
    return {
      ackMs: 0,
      error: `${command} is not a valid command. Try one of ${context.settings.commands.join(", ")}.`,
    };
  }
  if (typed.threadTs !== undefined) {
    return { ackMs: 0, error: `${command} is not supported in threads. Sorry!` };
  }
  const url = context.responseUrls.issue({ user: user.id, channel: channel.id });
  const outcome = await context.deliver({
    type: "slash_commands",
    payload: {
      ...commandPart(context, user),
      channel_id: channel.id,
      channel_name: channel.withUser === undefined ? channel.name : "directmessage",
      command,
      text: context.settings.shouldEscape ? escapeText(context.state, text, "command") : text,
      response_url: responseAddress(context, url),
      trigger_id: context.triggers.issue({ user: user.id }),
    },
  });
  const { ackMs } = outcome;
  if (outcome.kind !== "acknowledged") return { ackMs, error: failureOf(outcome, command) };
  const answer = answerIn(outcome.body);
  if (answer === undefined) return { ackMs };
  const said = sayThroughUrl(context, url, answer);
  if (said.kind === "refused") return { ackMs, error: `${command} answered with what Slack refuses: ${said.error}` };
  return said.message === undefined ? { ackMs } : { ackMs, response: said.message };
}

/** An acknowledgement's message: a plain string, or an object that says something. */
function answerIn(body: unknown): JsonObject | undefined {
  if (typeof body === "string") return body.trim() === "" ? undefined : { text: body };
  if (!isObject(body)) return undefined;
  const says = ["text", "blocks", "attachments"].some((name) => body[name] !== undefined && body[name] !== "");
  return says ? body : undefined;
}
