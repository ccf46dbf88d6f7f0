// Trigger ids: the right to open one modal, given with each interaction, good for three seconds and one use.

import { secretId } from "./ids.ts";

export type TriggerOrigin = { readonly user: string; readonly viewId?: string | undefined };
type Exchange =
  | { readonly kind: "good"; readonly origin: TriggerOrigin }
  | { readonly kind: "refused"; readonly error: "invalid_trigger_id" | "expired_trigger_id" | "exchanged_trigger_id" };

export type Triggers = {
  issue(origin: TriggerOrigin): string;
  exchange(id: string): Exchange;
};

type Trigger = { readonly origin: TriggerOrigin; readonly issuedAt: number; readonly used: boolean };

// Old triggers are kept for a while, so that a late one is called expired and not invalid.
const KEPT_MS = 10 * 60_000;

export function createTriggers(goodForMs: number): Triggers {
  const triggers = new Map<string, Trigger>();
  const forgetOld = (now: number) => {
    for (const [id, trigger] of triggers) {
      if (now - trigger.issuedAt < KEPT_MS) return;
      triggers.delete(id);
    }
  };
  return {
    issue(origin) {
      forgetOld(Date.now());
      const id = `${Date.now()}.${secretId()}`;
      triggers.set(id, { origin, issuedAt: Date.now(), used: false });
      return id;
    },
    exchange(id) {
      const trigger = triggers.get(id);
      if (trigger === undefined) return { kind: "refused", error: "invalid_trigger_id" };
      if (trigger.used) return { kind: "refused", error: "exchanged_trigger_id" };
      if (Date.now() - trigger.issuedAt > goodForMs) return { kind: "refused", error: "expired_trigger_id" };
      triggers.set(id, { ...trigger, used: true });
      return { kind: "good", origin: trigger.origin };
    },
  };
}
