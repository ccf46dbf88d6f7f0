// How the workspace reaches the app: one envelope, one outcome, whether over a socket or by a signed request.

import type { JsonObject } from "./json.ts";

export type Envelope = {
  readonly type: "slash_commands" | "interactive" | "events_api";
  readonly payload: JsonObject;
  /** Set when an event is delivered again. */
  readonly retry?: { readonly attempt: number; readonly reason: string } | undefined;
};

export type Outcome =
  /** `body` is what the app acknowledged with: an object, a string, or nothing. */
  | { readonly kind: "acknowledged"; readonly ackMs: number; readonly body: unknown }
  | { readonly kind: "late"; readonly ackMs: number }
  | { readonly kind: "undelivered"; readonly ackMs: number; readonly why: string };

export type Deliver = (envelope: Envelope) => Promise<Outcome>;

/** Milliseconds since `startedAt` (from `performance.now()`), to a tenth. */
export const msSince = (startedAt: number): number => Math.round((performance.now() - startedAt) * 10) / 10;
