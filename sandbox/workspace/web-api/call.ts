// One call of the Web API: faults first, then the token, the rate limit, and the method itself.

import type { Context } from "../context.ts";
import { type JsonObject, stringIn } from "../json.ts";
import { findChannel } from "../state.ts";
import { type Answer, type Method, type Methods, ok, refuse } from "./answers.ts";
import { chatMethods } from "./chat.ts";
import { conversationMethods } from "./conversations.ts";
import { fileMethods } from "./files.ts";
import { peopleMethods } from "./people.ts";
import { reactionMethods } from "./reactions.ts";
import { viewMethods } from "./views.ts";

const botMethods: Methods = {
  ...chatMethods,
  ...conversationMethods,
  ...fileMethods,
  ...peopleMethods,
  ...reactionMethods,
  ...viewMethods,
};

// The only method that wants the app's token and not the bot's.
const openConnection: Method = (_args, context) =>
  ok({ url: `${context.url.replace("http", "ws")}${context.sockets.issuePath()}` });

export type CallResult =
  | { readonly kind: "answered"; readonly status: number; readonly answer: Answer; readonly retryAfterS?: number }
  /** The call took effect, and the connection is cut before the answer. */
  | { readonly kind: "lost" };

const KEPT_CALLS = 1_000;
const INJECTED_RETRY_S = 1;

const limited = (retryAfterS: number): CallResult => ({
  kind: "answered",
  status: 429,
  answer: refuse("ratelimited"),
  retryAfterS,
});

export async function callMethod(
  context: Context,
  method: string,
  token: string | undefined,
  args: JsonObject,
): Promise<CallResult> {
  const result = await decide(context, method, token, args);
  const [status, error] =
    result.kind === "lost" ? [0, "answer lost"] : [result.status, stringIn(result.answer, "error")];
  context.calls.push({ at: Date.now(), method, status, error });
  if (context.calls.length > KEPT_CALLS) context.calls.shift();
  return result;
}

async function decide(
  context: Context,
  method: string,
  token: string | undefined,
  args: JsonObject,
): Promise<CallResult> {
  const fault = context.faults.next(method);
  if (fault === "rate-limit") return limited(INJECTED_RETRY_S);
  if (fault === "fail") return { kind: "answered", status: 500, answer: refuse("internal_error") };

  const denied = tokenProblem(context, method, token);
  if (denied !== undefined) return { kind: "answered", status: 200, answer: refuse(denied) };

  const wanted = stringIn(args, "channel") ?? "";
  const retryAfterS = context.limits.count(method, findChannel(context.state, wanted)?.id ?? wanted);
  if (retryAfterS !== undefined) return limited(retryAfterS);

  const run = method === "apps.connections.open" ? openConnection : botMethods[method];
  const answer = run === undefined ? refuse("unknown_method") : await run(args, context);
  return fault === "lose-answer" ? { kind: "lost" } : { kind: "answered", status: 200, answer };
}

function tokenProblem({ settings }: Context, method: string, token: string | undefined): string | undefined {
  if (token === undefined) return "not_authed";
  if (token !== settings.botToken && token !== settings.appToken) return "invalid_auth";
  const needed = method === "apps.connections.open" ? settings.appToken : settings.botToken;
  return token === needed ? undefined : "not_allowed_token_type";
}
