// HTTP mode: each envelope is a request to the app's address, signed as Slack signs (docs.slack.dev, "Verifying requests from Slack").

import { createHmac } from "node:crypto";
import { type Envelope, msSince, type Outcome } from "./delivery.ts";
import { parseJson } from "./json.ts";

type Body = { readonly contentType: string; readonly text: string };

// Events are JSON, interactions are JSON in a form field, commands are a plain form.
function bodyOf(envelope: Envelope): Body {
  if (envelope.type === "events_api")
    return { contentType: "application/json", text: JSON.stringify(envelope.payload) };
  const contentType = "application/x-www-form-urlencoded";
  if (envelope.type === "interactive") {
    return { contentType, text: new URLSearchParams({ payload: JSON.stringify(envelope.payload) }).toString() };
  }
  const fields = Object.entries(envelope.payload).map(([name, value]): [string, string] => [name, String(value)]);
  return { contentType, text: new URLSearchParams(fields).toString() };
}

export const signature = (secret: string, timestamp: string, body: string): string =>
  `v0=${createHmac("sha256", secret).update(`v0:${timestamp}:${body}`).digest("hex")}`;

export async function deliverOverHttp(
  app: string,
  signingSecret: string,
  envelope: Envelope,
  withinMs: number,
): Promise<Outcome> {
  const startedAt = performance.now();
  const { contentType, text } = bodyOf(envelope);
  const timestamp = String(Math.floor(Date.now() / 1000));
  try {
    const response = await fetch(app, {
      method: "POST",
      headers: {
        "Content-Type": contentType,
        "X-Slack-Request-Timestamp": timestamp,
        "X-Slack-Signature": signature(signingSecret, timestamp, text),
        ...(envelope.retry === undefined
          ? {}
          : { "X-Slack-Retry-Num": String(envelope.retry.attempt), "X-Slack-Retry-Reason": envelope.retry.reason }),
      },
      body: text,
      signal: AbortSignal.timeout(withinMs),
    });
    const answer = await response.text();
    const ackMs = msSince(startedAt);
    if (response.status !== 200) return { kind: "undelivered", ackMs, why: `the app answered ${response.status}` };
    const isJson = response.headers.get("content-type")?.includes("json") ?? false;
    const parsed = isJson ? parseJson(answer) : undefined;
    return { kind: "acknowledged", ackMs, body: parsed?.ok ? parsed.value : answer };
  } catch (error) {
    const ackMs = msSince(startedAt);
    if (error instanceof Error && error.name === "TimeoutError") return { kind: "late", ackMs };
    return { kind: "undelivered", ackMs, why: `${app} could not be reached` };
  }
}
