// The answers of Web API methods, and how their arguments are read.

import type { Context } from "../context.ts";
import type { JsonObject } from "../json.ts";

export type Answer = JsonObject & { readonly ok: boolean };
export type Method = (args: JsonObject, context: Context) => Answer | Promise<Answer>;
export type Methods = Readonly<Record<string, Method>>;

export const ok = (fields: JsonObject = {}): Answer => ({ ok: true, ...fields });

/** Slack's error code, and in `messages` what is wrong in words. */
export const refuse = (error: string, messages?: readonly string[]): Answer =>
  messages === undefined || messages.length === 0
    ? { ok: false, error }
    : {
        ok: false,
        error,
        errors: messages,
        response_metadata: { messages: messages.map((text) => `[ERROR] ${text}`) },
      };

export const isTrue = (value: unknown): boolean => value === true || value === "true" || value === "1" || value === 1;

/** One page of a list by Slack's cursor rule: an opaque cursor names where the next page begins. */
export function pageOf<T>(
  all: readonly T[],
  args: JsonObject,
  defaultSize: number,
): { readonly items: readonly T[]; readonly nextCursor: string } | undefined {
  const size = Math.max(1, Math.min(1000, Number(args.limit ?? defaultSize) || defaultSize));
  const cursor = typeof args.cursor === "string" ? args.cursor : "";
  const start =
    cursor === ""
      ? 0
      : Number(
          Buffer.from(cursor, "base64")
            .toString()
            .replace(/^from:/, ""),
        );
  if (!Number.isInteger(start) || start < 0) return undefined;
  const end = start + size;
  return {
    items: all.slice(start, end),
    nextCursor: end < all.length ? Buffer.from(`from:${end}`).toString("base64") : "",
  };
}
