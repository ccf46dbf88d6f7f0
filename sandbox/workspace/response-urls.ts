// Response addresses: the app may answer an interaction through one up to five times in thirty minutes, also privately, and it
// is the only way to change a message that only one person sees.

import { readContent } from "./content.ts";
import type { Context } from "./context.ts";
import { secretId } from "./ids.ts";
import type { JsonObject } from "./json.ts";
import { addMessage, changeMessage, findMessage, removeMessage } from "./messages.ts";
import type { Message } from "./state.ts";

const MOST_USES = 5;

export type ResponseUrl = {
  readonly id: string;
  readonly user: string;
  readonly channel: string;
  /** The message that `replace_original` and `delete_original` mean. */
  readonly source?: string | undefined;
  readonly issuedAt: number;
  readonly uses: number;
};

export type ResponseUrls = {
  issue(origin: Pick<ResponseUrl, "user" | "channel" | "source">): ResponseUrl;
  /** Counts one use; refuses one too many, one too late, and an unknown address. */
  use(id: string): { readonly kind: "good"; readonly url: ResponseUrl } | { readonly kind: "refused"; error: string };
  setSource(id: string, ts: string): void;
};

export function createResponseUrls(goodForMs: number): ResponseUrls {
  const urls = new Map<string, ResponseUrl>();
  const forgetOld = () => {
    for (const [id, url] of urls) {
      if (Date.now() - url.issuedAt < 2 * goodForMs) return;
      urls.delete(id);
    }
  };
  return {
    issue(origin) {
      forgetOld();
      const url = { ...origin, id: secretId(), issuedAt: Date.now(), uses: 0 };
      urls.set(url.id, url);
      return url;
    },
    use(id) {
      const url = urls.get(id);
      if (url === undefined) return { kind: "refused", error: "invalid_url" };
      if (Date.now() - url.issuedAt > goodForMs) return { kind: "refused", error: "expired_url" };
      if (url.uses >= MOST_USES) return { kind: "refused", error: "used_url" };
      const used = { ...url, uses: url.uses + 1 };
      urls.set(id, used);
      return { kind: "good", url: used };
    },
    setSource(id, ts) {
      const url = urls.get(id);
      if (url !== undefined) urls.set(id, { ...url, source: ts });
    },
  };
}

export const responseAddress = (context: Context, url: ResponseUrl): string => `${context.url}/response/${url.id}`;

export type Response = { readonly status: number; readonly body: JsonObject };

/** What the app posted to a response address: a new message, or a change of the one it answers. */
export function answerThroughUrl(context: Context, id: string, body: JsonObject): Response {
  const use = context.responseUrls.use(id);
  if (use.kind === "refused") return { status: 404, body: { ok: false, error: use.error } };
  const said = sayThroughUrl(context, use.url, body);
  if (said.kind === "refused") return { status: 400, body: { ok: false, error: said.error } };
  return { status: 200, body: { ok: true } };
}

type Said =
  | { readonly kind: "said"; readonly message?: Message }
  | { readonly kind: "refused"; readonly error: string };

/** Does what an acknowledgement or an answer says. A `refused` outcome names Slack's error and what is wrong. */
export function sayThroughUrl(context: Context, url: ResponseUrl, body: JsonObject): Said {
  const { state, ids, settings } = context;
  const source = url.source === undefined ? undefined : findMessage(state, url.channel, url.source);
  if (body.delete_original === true) {
    if (source !== undefined) removeMessage(state, source);
    return { kind: "said" };
  }
  const read = readContent(body, settings.refuseBlocks);
  if (read.kind === "refused") {
    return { kind: "refused", error: [read.error, ...(read.messages ?? [])].join(": ") };
  }
  const { text = "", blocks = [], attachments = [], metadata } = read.content;
  if (body.replace_original === true && source !== undefined) {
    const editedTs = source.ephemeralFor === undefined ? ids.ts() : undefined;
    return { kind: "said", message: changeMessage(state, source, { text, blocks, attachments, editedTs }) };
  }
  const message = addMessage(state, ids, {
    channel: url.channel,
    user: state.bot.id,
    text,
    blocks,
    attachments,
    metadata,
    threadTs: typeof body.thread_ts === "string" ? body.thread_ts : undefined,
    ephemeralFor: body.response_type === "in_channel" ? undefined : url.user,
  });
  if (url.source === undefined) context.responseUrls.setSource(url.id, message.ts);
  return { kind: "said", message };
}
